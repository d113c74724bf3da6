"""The base of every record read from a configuration file, and what several of them hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# As words of the CRMs are compared: without blanks around, in lower case.
FoldedText = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]


class Strict(BaseModel):
    """A record that refuses keys it does not know, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
