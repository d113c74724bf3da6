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
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    STRETCHED,
    changes,
    sums_between,
)
from include.metrics.slices import TOTAL, Slice
from include.metrics.sums_by_day import sums_of_events
from include.metrics.sums_joined import sums_of_joined, sums_of_prepared
from include.metrics.sums_running import sums_of_changes, sums_of_spans
from include.metrics.wanted import wanted_period

# What names a row of sums, with the positions of as-ofs it is of.
MEMBER = (*STRETCHED, "slice_id", "member")
ROW = (*MEMBER, ENTERS, LEAVES)
SHAPES = {
    "period": sums_of_events,
    "cohort": sums_of_events,
    "snapshot": sums_of_changes,
    "active": sums_of_spans,
    "prepared": sums_of_prepared,
}


def period_sums(
    metric: Metric, cuts: Sequence[Slice], as_ofs: AsOfs, renamed: sa.FromClause | None
) -> sa.Select[Any]:
    """One row per wanted period, slice and member with events, and as-ofs of which nothing changes: the
    measures, and the first as-of. The total of a period without events has zeros.

    No member takes another name in between either: `renamed` has those that do, as sums have members.
    """
    groups = grouped(metric.summed)
    readings = [_reading(group, cuts, as_ofs) for group in groups]
    names = [name for group in groups for name in group.parts]
    sums = _side_by_side(groups, readings, renamed, as_ofs).subquery("sums")
    is_first = sa.and_(
        *(wanted_period.c[name] == sums.c[name] for name in STRETCHED),
        wanted_period.c.position == sums.c[ENTERS],
    )
    as_of = sa.select(
        wanted_period.c.as_of_at, *(sums.c[name] for name in (*ROW, *names))
    ).join_from(sums, wanted_period, is_first)
    each = as_of.subquery("each_sum")
    row = [each.c[name] for name in ("as_of_at", *ROW)]
    # As-ofs computed together carry on members that events have left; a measure that looks at all
    # members, as a share of the whole, is not zero for these.
    is_any = sa.or_(each.c.slice_id == TOTAL.id, *(each.c[name] != 0 for name in names))
    measures = (value.label(name) for name, value in metric.measures.items())
    rows = sa.select(*row, *measures).select_from(each).where(is_any).subquery("measured")
    is_nonzero = sa.or_(*(rows.c[name] != 0 for name in metric.measures))
    return sa.select(
        rows.c.as_of_at,
        *(rows.c[name] for name in ROW),
        *(
            sa.case((is_nonzero, _measure(rows, name)), else_=0).label(name)
            for name in metric.measures
        ),
    ).where(sa.or_(rows.c.slice_id == TOTAL.id, is_nonzero))


def _measure(rows: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """A measure; a count of nothing is none."""
    is_count = name in ("sample_count", "excluded_count", "partly_count")
    return sa.func.coalesce(rows.c[name], 0) if is_count else rows.c[name]


def _reading(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """The sums of one group."""
    if group.first.on is not None:
        return sums_of_joined(group, cuts, as_ofs)
    return SHAPES[group.first.timing](group, cuts, as_ofs)


def _side_by_side(
    groups: list[Group],
    readings: list[sa.Select[Any]],
    renamed: sa.FromClause | None,
    as_ofs: AsOfs,
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """One row per stretch of a wanted period, slice and member that any reading has, and positions of it
    between which none changes; what another lacks is zero. Totals always have one.
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
    given = sa.union_all(*padded).cte("given")
    beside: list[Any] = [_totals().subquery("totals")]
    if renamed is not None:
        beside.append(renamed)
    if len(readings) > 1:
        return _put_together(given, [], beside, names, as_ofs)
    # One reading has each once: only totals, and members renamed in between, have something beside them.
    is_alone = given.c.slice_id != TOTAL.id
    if renamed is not None:
        # Not EXISTS: beside another condition that is asked for each row anew.
        member, its = ([each.c.slice_id, each.c.member] for each in (given, renamed))
        is_alone &= sa.tuple_(*member).not_in(sa.select(*its))
    alone = sa.select(*(given.c[name] for name in (*ROW, *names))).where(is_alone)
    others = _put_together(given, [sa.not_(is_alone)], beside, names, as_ofs)
    return sa.union_all(alone, others)


def _put_together(
    given: sa.FromClause,
    where: Sequence[sa.ColumnElement[bool]],
    beside: Sequence[sa.FromClause],
    names: Sequence[str],
    as_ofs: AsOfs,
) -> sa.Select[Any]:
    """Rows of sums and of what lies beside them, with positions between which none changes."""
    # NULL adds nothing to a sum, and does not make one of none.
    nothing = [sa.cast(sa.null(), sa.Numeric).label(name) for name in names]
    rows = [sa.select(*(given.c[name] for name in (*ROW, *names))).where(*where)]
    rows += [sa.select(*(row.c[name] for name in ROW), *nothing) for row in beside]
    each = sa.union_all(*rows).cte("reading")
    change = changes(each, MEMBER, names, as_ofs).subquery("change")
    by = [change.c[name] for name in (*MEMBER, POSITION)]
    summed = sa.select(*by, *(sa.func.sum(change.c[name]).label(name) for name in names)).group_by(
        *by
    )
    return sums_between(summed.subquery("summed"), MEMBER, names, as_ofs)


def _totals() -> sa.Select[Any]:
    """The total of each stretch of a wanted period."""
    wanted = wanted_period.c
    return sa.select(
        *(wanted[name] for name in STRETCHED),
        sa.literal_column(f"'{TOTAL.id}'", sa.Text).label("slice_id"),
        sa.literal_column("''", sa.Text).label("member"),
        wanted.position.label(ENTERS),
        wanted.until_position.label(LEAVES),
    ).where(wanted.until_position.is_not(None))
