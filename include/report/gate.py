"""Whether a snapshot may go out, decided once, when it is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

State = Literal["clean", "information", "banner", "metric_out", "hold"]

# Something went wrong, as opposed to: there is nothing to measure, or nobody set it up.
BROKEN = frozenset({"not_computed", "not_complete", "source_unavailable", "partial", "withheld"})
SMALLEST_SHARE_TO_SEND = Decimal("0.6")
SET_ASIDE_RATE_TO_WARN = Decimal("0.005")


@dataclass(frozen=True)
class Gate:
    """The decision, and why it is not `clean`."""

    state: State
    reason: str


def gate(
    must_have: Sequence[tuple[str, str]],
    missing: Sequence[tuple[str, str]],
    metric_count: int,
    warnings: Sequence[str],
    remarks: Sequence[str],
) -> Gate:
    """The gate's state from what is missing and what is doubtful.

    `must_have` are (label, reason) of metrics without a figure that the report must not go out
    without, `missing` (label, code) of all that have none. `warnings` are the data-quality lines
    readers see on top, `remarks` what they only see at the end.
    """
    broken = [label for label, code in missing if code in BROKEN]
    if must_have:
        why = (f"{label} is not available: {reason.rstrip('.')}" for label, reason in must_have)
        return Gate("hold", "; ".join(why))
    if metric_count and Decimal(len(broken)) > (1 - SMALLEST_SHARE_TO_SEND) * metric_count:
        return Gate("hold", f"too much is not available: {_listed(broken)}")
    if broken:
        return Gate("metric_out", f"not available: {_listed(broken)}")
    if warnings:
        return Gate("banner", " ".join(warnings))
    if remarks or missing:
        return Gate("information", " ".join([*remarks, *(label for label, _ in missing)]))
    return Gate("clean", "")


def _listed(labels: Iterable[str]) -> str:
    """Names with commas."""
    return ", ".join(labels)
