"""What a metric is made of, summed per wanted period and slice member.

Each way to read events is one SELECT in one module; here they are put together to numerator,
denominator, sample_count and excluded_count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, grouped
from include.metrics.metric import Metric
from include.metrics.periods import AsOfs
from include.metrics.slices import TOTAL, Slice
from include.metrics.sums_by_day import sums_of_events
from include.metrics.sums_joined import sums_of_joined, sums_of_prepared
from include.metrics.sums_running import sums_of_changes, sums_of_spans
from include.metrics.wanted import KEYS

# What names a row of sums.
ROW = (*KEYS, "slice_id", "member")
SHAPES = {
    "period": sums_of_events,
    "cohort": sums_of_events,
    "snapshot": sums_of_changes,
    "active": sums_of_spans,
    "prepared": sums_of_prepared,
}


def period_sums(metric: Metric, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, slice and member with events, and the measures."""
    groups = grouped(metric.summed)
    readings = [_reading(group, cuts, as_ofs) for group in groups]
    sums = readings[0].subquery("sums")
    if len(readings) > 1:
        sums = _side_by_side(groups, readings).subquery("sums")
    measured = sa.select(
        *(sums.c[name] for name in ROW),
        *(value.label(name) for name, value in metric.measures.items()),
    ).select_from(sums)
    # As-ofs computed together carry on members that events have left; a measure that looks at all
    # members, as a share of the whole, is not zero for these.
    is_any = sa.or_(*(sums.c[name] != 0 for group in groups for name in group.parts))
    measured = measured.where(sa.or_(sums.c.slice_id == TOTAL.id, is_any))
    rows = measured.subquery("measured")
    return sa.select(rows).where(sa.or_(*(rows.c[name] != 0 for name in metric.measures)))


def _reading(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """The sums of one group."""
    if group.first.on is not None:
        return sums_of_joined(group, cuts, as_ofs)
    return SHAPES[group.first.timing](group, cuts, as_ofs)


def _side_by_side(groups: list[Group], readings: list[sa.Select[Any]]) -> sa.Select[Any]:
    """One row per wanted period, slice and member that any reading has; what another lacks is
    zero.
    """
    names = [name for group in groups for name in group.parts]
    padded = []
    for group, reading in zip(groups, readings, strict=True):
        rows = reading.subquery()
        padded.append(
            sa.select(
                *(rows.c[name] for name in ROW),
                *(
                    rows.c[name] if name in group.parts else sa.literal_column("0").label(name)
                    for name in names
                ),
            )
        )
    each = sa.union_all(*padded).subquery("each")
    keys = [each.c[name] for name in ROW]
    return sa.select(*keys, *(sa.func.sum(each.c[name]).label(name) for name in names)).group_by(
        *keys
    )
