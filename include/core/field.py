"""One column on its way from a landed record to a typed table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# money and decimal differ in meaning only: both are exact numerics, never floats.
FieldType = Literal["text", "integer", "decimal", "money", "boolean", "date", "timestamp"]

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Field:
    """A value we read, where it stands in the source's record, and what it must look like.

    `source` is the path in the record as landed: an API name (`Amount`), or dotted into nested
    JSON (`properties.amount`). `column` is the typed column's name.
    `required`, `values`, `minimum`, `maximum` and `references` (another object of the same CRM,
    by its table stem) are what validation expects; `severity` is what a broken expectation means:
    critical sets the record aside, warning only counts it. What is `required` has to be shown to us
    whatever the severity: a record may lack it, an object may not.
    """

    source: str
    column: str
    type: FieldType
    comment: str
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    references: str | None = None
    severity: Severity = "critical"
