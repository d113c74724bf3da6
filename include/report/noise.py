"""What is change and what is noise. Pure arithmetic on a metric's own past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

LONGEST_PAST = 26
SHORTEST_PAST = 8
# Individuals and moving range chart: three standard deviations, estimated from mean moving ranges.
_LIMIT = Decimal("2.66")
_RANGE_LIMIT = Decimal("3.267")
# Two-sided 95 %.
_SIGNIFICANT_Z = Decimal("1.96")


@dataclass(frozen=True)
class UsualRange:
    """Where a metric's figure lies, and by how much two of them differ, when nothing changed."""

    low: Decimal
    high: Decimal
    usual_difference: Decimal

    def place(self, value: Decimal) -> Literal["above", "inside", "below"]:
        """above, inside or below."""
        return "above" if value > self.high else "below" if value < self.low else "inside"


def usual_range(past: Sequence[Decimal]) -> UsualRange | None:
    """The range of a metric from its earlier complete periods, oldest first; None for too few."""
    recent = past[-LONGEST_PAST:]
    if len(recent) < SHORTEST_PAST:
        return None
    mean = sum(recent, Decimal(0)) / len(recent)
    moves = [abs(later - earlier) for earlier, later in pairwise(recent)]
    mean_move = sum(moves, Decimal(0)) / len(moves)
    return UsualRange(
        mean - _LIMIT * mean_move, mean + _LIMIT * mean_move, _RANGE_LIMIT * mean_move
    )


def rates_differ(part: Decimal, whole: Decimal, other_part: Decimal, other_whole: Decimal) -> bool:
    """Whether two shares differ by more than chance would have it (two-proportion z test)."""
    pooled = (part + other_part) / (whole + other_whole)
    variance = pooled * (1 - pooled) * (1 / whole + 1 / other_whole)
    if variance <= 0:
        return False
    return abs(part / whole - other_part / other_whole) / variance.sqrt() >= _SIGNIFICANT_Z
