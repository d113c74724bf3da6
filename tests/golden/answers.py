"""What a worked example must come to, and what the pipeline says instead."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

# The examples are of March, as of its end.
MARCH, FEBRUARY, JANUARY = "2026-03", "2026-02", "2026-01"
BOTH_CRMS = ("salesforce", "hubspot", "both")
AS_OF = "2026-04-01"
ABSENT = object()


@dataclass(frozen=True)
class Answer:
    """One number of an example: which row of metrics.metric_value, and what stands there.

    `member` is the label of a member of the slice `cut`; where each CRM has a member of that label,
    there are two `rows`, whose numerators and denominators are added. What is not given is not looked at; a
    `value` of None says that there must be none. `crms` are the variants the answer holds in.
    """

    metric: str
    period: str
    value: float | Any | None = ABSENT
    cut: str = "total"
    member: str = ""
    numerator: float | None = None
    denominator: float | None = None
    mean: float | None = None
    median: float | None = None
    sample: int | None = None
    excluded: int | None = None
    status: str | None = None
    crms: tuple[str, ...] = BOTH_CRMS
    rows: int = 1
    as_of: str = AS_OF

    @property
    def id(self) -> str:
        """How a test names it."""
        parts = (self.metric, self.period, self.member, "" if self.as_of == AS_OF else self.as_of)
        return "-".join(part for part in parts if part)


class Values:
    """Every metric value of a run."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def row(self, answer: Answer) -> dict[str, Any]:
        """The row an answer is about; fails the test when there is none, or more."""
        found = self.frame[
            (self.frame.metric_id == answer.metric)
            & (self.frame.period_id == answer.period)
            & (self.frame.grain == grain_of(answer.period))
            & (self.frame.slice_id == answer.cut)
            & (self.frame.slice_label == answer.member)
            & (self.frame.as_of_at == pd.Timestamp(answer.as_of, tz="UTC"))
        ]
        if len(found) != answer.rows:
            others = self.frame[
                (self.frame.metric_id == answer.metric) & (self.frame.slice_id == answer.cut)
            ]
            pytest.fail(
                f"{len(found)} rows of {answer.metric} {answer.period} {answer.member!r}; there are "
                f"{sorted(set(zip(others.period_id, others.slice_label, strict=True)))[-20:]}"
            )
        row = dict(found.iloc[0])
        if answer.rows > 1:
            sums = ("numerator", "denominator")
            row |= {name: sum(map(float, found[name])) for name in sums}
        return row

    def check(self, answer: Answer) -> None:
        """Compare a row with the answer."""
        row = self.row(answer)
        told = {name: row[name] for name in ("status", "status_reason", "sample_count")}
        if answer.value is None:
            assert pd.isna(row["value"]), told
        wanted = {
            "value": None if answer.value is ABSENT else answer.value,
            "numerator": answer.numerator,
            "denominator": answer.denominator,
            "mean_value": answer.mean,
            "median_value": answer.median,
            "sample_count": answer.sample,
            "excluded_count": answer.excluded,
        }
        for name, value in wanted.items():
            if value is not None:
                assert not pd.isna(row[name]), (name, value, told)
                assert float(row[name]) == pytest.approx(value, abs=1e-9, rel=1e-6), (name, told)
        if answer.status is not None:
            assert row["status"] == answer.status, told


def grain_of(period: str) -> str:
    """The grain a period's name is of."""
    if len(period) == 4:
        return "year"
    if "W" in period:
        return "week"
    if "Q" in period:
        return "quarter"
    return "month" if len(period) == 7 else "day"


def number(value: Any) -> float:
    """A sum of the warehouse; nothing is zero."""
    return float(value or Decimal(0))
