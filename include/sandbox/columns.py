"""Filtering and sorting whole columns at once, for SOQL and for HubSpot's search alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

# `exact` is text whose case matters (ids); `text` is compared without regard to case.
Kind = Literal["number", "instant", "boolean", "text", "exact"]
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """Comparable values of one field, and which records have one.

    Numbers and booleans are doubles, instants milliseconds since 1970, text is folded.
    """

    values: np.ndarray
    present: np.ndarray

    def where(self, comparison: Comparison, operand: Any) -> np.ndarray:
        """Mask of the records that have a value and compare so with the operand."""
        compared = {
            "=": np.equal,
            "!=": np.not_equal,
            "<": np.less,
            "<=": np.less_equal,
            ">": np.greater,
            ">=": np.greater_equal,
        }[comparison](self.values, operand)
        return self.present & compared.astype(bool)

    def where_in(self, operands: Sequence[Any]) -> np.ndarray:
        """Mask of the records whose value is one of the operands."""
        if self.values.dtype != object:
            return self.present & np.isin(self.values, np.array(list(operands)))
        wanted = set(operands)
        matches = np.fromiter(
            (value in wanted for value in self.values), dtype=bool, count=len(self.values)
        )
        return self.present & matches

    def where_matching(self, pattern: re.Pattern[str]) -> np.ndarray:
        """Mask of the records whose whole text matches."""
        matches = np.fromiter(
            (pattern.fullmatch(value) is not None for value in self.values),
            dtype=bool,
            count=len(self.values),
        )
        return self.present & matches


def build_column(raw: Sequence[Any], kind: Kind) -> Column:
    """A column of records' values; what is missing, empty or not of the kind is absent."""
    comparable = [comparable_value(value, kind) for value in raw]
    present = np.fromiter((v is not None for v in comparable), dtype=bool, count=len(comparable))
    if kind in ("text", "exact"):
        values = np.empty(len(comparable), dtype=object)
        values[:] = ["" if value is None else value for value in comparable]
        return Column(values, present)
    dtype = np.int64 if kind == "instant" else np.float64
    return Column(np.array([value or 0 for value in comparable], dtype=dtype), present)


def comparable_value(value: Any, kind: Kind) -> Any:
    """One value in the form its column compares, None when it is absent or not of the kind."""
    if value is None or value == "":
        return None
    try:
        if kind == "number":
            return float(value)
        if kind == "boolean":
            return float(str(value).lower() == "true")
        if kind == "instant":
            return epoch_milliseconds(value)
    except ValueError:
        return None
    return str(value).casefold() if kind == "text" else str(value)


def epoch_milliseconds(value: Any) -> int:
    """Milliseconds since 1970 of an instant as either CRM writes it: ISO text, date or number.

    Raises:
        ValueError: it is none of these.
    """
    text = str(value)
    if text.lstrip("-").isdigit():
        return int(text)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    passed = instant - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000


def sorted_positions(
    positions: np.ndarray, keys: Sequence[tuple[Column, bool, bool]]
) -> np.ndarray:
    """Positions ordered by (column, descending, absent last) keys, the first one first."""
    for column, descending, absent_last in reversed(keys):
        values, present = column.values[positions], column.present[positions]
        if descending:
            # Ties must keep their order, so a stable ascending sort is run from the back.
            order = len(positions) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        else:
            order = np.argsort(values, kind="stable")
        absent = order[~present[order]]
        held = order[present[order]]
        order = np.concatenate([held, absent] if absent_last else [absent, held])
        positions = positions[order]
    return positions
