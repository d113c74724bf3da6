"""The base of every record read from a configuration file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A record that refuses keys it does not know, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
