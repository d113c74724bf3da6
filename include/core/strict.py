"""The base of every record read from a configuration file, and what several of them hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def folded_text(text: str) -> str:
    """Text as words of the CRMs are compared: without blanks around, in lower case.

    Letter by letter, as `portable.folded` does in SQL: by words Python makes two letters of an İ, and
    another of a Σ at the end, and such a word would be like none of a CRM.
    """
    return "".join(letter.lower()[:1] for letter in text.strip())


FoldedText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(folded_text)
]


class Strict(BaseModel):
    """A record that refuses keys it does not know, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
