"""One spelling per value: the same value reads the same whichever API sent it.

Bulk writes `23.0` and `...000Z` where REST writes `23` and `...000+0000`, and HubSpot sends dates
as text or as milliseconds. Canonical text is what PostgreSQL reads back into the typed column
without loss, and what a row's hash is made of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

from include.core.field import Field, FieldType

STRING = pd.StringDtype("pyarrow")
_TRUE_AND_FALSE = {"true": "true", "false": "false", "1": "true", "0": "false"}
_COUNT_OF_TIME = re.compile(r"-?\d{9,}")
# Fewer digits are seconds: taken for milliseconds, all that happened would have in January 1970.
_EPOCH_MILLISECONDS = re.compile(r"-?\d{11,}")
# Smaller numbers are 0 in every column, and their digits more than PostgreSQL reads.
_LEAST_EXPONENT = -11
# 1900 to 2200: a date outside is a typing error or a unit mistaken, not a business event.
_EARLIEST, _LATEST = pd.Timestamp("1900-01-01", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")


def canonical_frame(
    frame: pd.DataFrame, fields: Sequence[Field]
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Text columns by source path in, canonical text columns by column name out.

    The second value holds, per column with any, the mask of rows whose text is not of the field's
    type; their canonical value is NULL.
    """
    columns: dict[str, pd.Series] = {}
    failures: dict[str, pd.Series] = {}
    for field in fields:
        values = canonical_series(frame[field.source], field.type)
        failed = frame[field.source].notna() & values.isna()
        columns[field.column] = values
        if field.type != "text" and failed.any():
            failures[field.column] = failed
    return pd.DataFrame(columns, index=frame.index), failures


def canonical_series(values: pd.Series, type_: FieldType) -> pd.Series:
    """Canonical text of one column; NULL where the text is not of the type."""
    if values.isna().all():
        # Half the fields of an object are used by nobody, and to parse nothing takes as long.
        return pd.Series(None, index=values.index, dtype=STRING)
    if type_ == "text":
        # PostgreSQL text cannot hold NUL, and nobody means one.
        return values.astype(STRING).str.replace("\x00", "", regex=False)
    if type_ == "boolean":
        return values.str.strip().str.lower().map(_TRUE_AND_FALSE).astype(STRING)
    if type_ in ("date", "timestamp"):
        instants = parse_instants(values)
        if type_ == "date":
            spelled = np.datetime_as_string(_without_zone(instants), unit="D")
        else:
            spelled = np.char.add(np.datetime_as_string(_without_zone(instants), unit="us"), "+00")
        return (
            pd.Series(spelled, index=values.index).where(instants.notna().to_numpy()).astype(STRING)
        )
    whole_only = type_ == "integer"
    spelling = {text: _number(text, whole_only) for text in values.dropna().unique()}
    return values.map(spelling).astype(STRING)


def parse_instants(values: pd.Series) -> pd.Series:
    """Instants in UTC from ISO text or epoch milliseconds; NaT where it is neither."""
    text = values.str.strip()
    is_epoch, is_count = (
        text.str.fullmatch(pattern).fillna(False).astype(bool)
        for pattern in (_EPOCH_MILLISECONDS, _COUNT_OF_TIME)
    )
    instants = pd.to_datetime(
        text.where(~is_count).astype(object), utc=True, format="ISO8601", errors="coerce"
    ).astype("datetime64[us, UTC]")
    if is_epoch.any():
        epoch = pd.to_datetime(
            pd.to_numeric(text.where(is_epoch).astype(object), errors="coerce"),
            unit="ms",
            utc=True,
            errors="coerce",
        )
        instants = instants.fillna(epoch.astype("datetime64[us, UTC]"))
    return instants.where(instants.between(_EARLIEST, _LATEST))


def custom_fields_text(frame: pd.DataFrame, sources: Sequence[str]) -> pd.Series:
    """The custom fields of each record as one JSON object, keyed by the last step of their path."""
    names = [source.rsplit(".", 1)[-1] for source in sources]
    rows = zip(*(frame[source].astype(object) for source in sources), strict=True)
    documents = [
        json.dumps(
            {name: value for name, value in zip(names, row, strict=True) if pd.notna(value)},
            sort_keys=True,
            ensure_ascii=False,
        )
        for row in rows
    ]
    return pd.Series(documents, index=frame.index, dtype=STRING)


def _without_zone(instants: pd.Series) -> np.ndarray:
    """UTC instants as numpy datetimes, which know no zone."""
    return instants.dt.tz_localize(None).to_numpy("datetime64[us]")


def _number(text: str, whole_only: bool) -> str | None:
    """A decimal without exponent or trailing zeros; None when it is not a finite number."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or value.adjusted() > 17 or round(value, 6).adjusted() > 17:
        return None
    if whole_only and value != value.to_integral_value():
        return None
    if value.adjusted() < _LEAST_EXPONENT:
        return "0"
    spelled = format(value.normalize(), "f")
    return "0" if spelled == "-0" else spelled
