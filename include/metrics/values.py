"""One SELECT that gives the values of one metric, all slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.aggregate import MEMBER, period_sums
from include.metrics.availability import BLOCKING
from include.metrics.distribution import distributions
from include.metrics.metric import Metric
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    STRETCHED,
    in_stretches,
    known_by,
    positions,
)
from include.metrics.seen import member_name
from include.metrics.slices import NO_MEMBER, TOTAL, Slice
from include.metrics.wanted import as_instant, of_wanted, wanted_period
from include.tables.base import BEGINNING_OF_TIME, END_OF_TIME

# A rate or an average of one person over fewer events than this is flagged.
PERSON_MINIMUM_SAMPLE = 5
PRINTABLE = ("OK", "PARTIAL", "SUPPRESSED_SMALL_N")


def metric_values(metric: Metric, as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period and member with events, or the total, and as-ofs of which the value is
    the same.

    Columns: the first as-of and the last one, how many these are, and those of metrics.value_state that are not the same
    for all of the metric.
    """
    read = _with_status(metric, (TOTAL, *metric.slices), as_ofs).subquery("read")
    is_printable = read.c.status.in_(PRINTABLE)

    def printable(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((is_printable, sa.cast(value, sa.Numeric(28, 10))))

    def trusted(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((read.c.status.not_in(BLOCKING), sa.cast(value, sa.Numeric(28, 10))))

    mean = safe_divide(read.c.numerator, read.c.denominator)
    nothing = sa.null()
    return sa.select(
        read.c.grain,
        read.c.start_date.label("period_start_date"),
        read.c.slice_id,
        read.c.member.label("slice_value"),
        read.c.as_of_at,
        read.c.last_as_of_at,
        read.c.as_of_count,
        read.c.end_date.label("period_end_date"),
        read.c.period_id,
        read.c.label.label("slice_label"),
        trusted(read.c.numerator).label("numerator"),
        trusted(nothing if metric.is_additive else read.c.denominator).label("denominator"),
        printable(read.c.headline).label("value"),
        printable(nothing if metric.distribution is None else mean).label("mean_value"),
        printable(read.c.median_value).label("median_value"),
        printable(read.c.p90_value).label("p90_value"),
        read.c.sample_count,
        read.c.excluded_count,
        sa.literal(metric.unit).label("unit"),
        read.c.status,
        _reason(metric, read).label("status_reason"),
        read.c.is_complete,
    )


def _with_status(metric: Metric, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """The sums of the wanted periods with distributions, labels and status."""
    wanted, last = wanted_period, wanted_period.alias("last")
    names = _labels(cuts, as_ofs)
    renamed: sa.FromClause | None = None
    # As of one instant nobody takes another name.
    if names is not None and len(as_ofs.each) > 1:
        renamed = _renamed(names, as_ofs).subquery("renamed")
    sums = period_sums(metric, cuts, as_ofs, renamed).subquery("sums")
    is_last = sa.and_(
        *(last.c[name] == sums.c[name] for name in STRETCHED), last.c.position == sums.c[LEAVES]
    )
    source = wanted.join(sums, of_wanted(sums)).join(last, is_last)
    label: sa.ColumnElement[Any] = sums.c.member
    median: sa.ColumnElement[Any] = sa.null()
    p90: sa.ColumnElement[Any] = sa.null()
    if names is not None:
        source = source.outerjoin(names, _stands(names, sums, ("slice_id", "member")))
        label = sa.func.coalesce(names.c.label, label)
    if metric.distribution is not None:
        spread = distributions(metric, metric.distribution, cuts, as_ofs).subquery("spread")
        # What a median is taken of is summed as well: where it changes, sums begin anew.
        source = source.outerjoin(spread, _stands(spread, sums, MEMBER))
        median, p90 = spread.c.median_value, spread.c.p90_value
    missing = {cut.id: cut.missing for cut in cuts}
    is_missing = sums.c.member == NO_MEMBER
    measures: dict[str, sa.ColumnElement[Any]] = {name: sums.c[name] for name in metric.measures}
    headline = _headline(metric, measures, median)
    return sa.select(
        *(wanted.c[name] for name in ("as_of_at", "grain", "start_date", "end_date", "period_id")),
        last.c.as_of_at.label("last_as_of_at"),
        (sums.c[LEAVES] - sums.c[ENTERS] + 1).label("as_of_count"),
        *(wanted.c[name] for name in ("is_complete", "source_reason")),
        sums.c.slice_id,
        sums.c.member,
        sa.case((is_missing, sa.case(missing, value=sums.c.slice_id)), else_=label).label("label"),
        *(value.label(name) for name, value in measures.items()),
        headline.label("headline"),
        median.label("median_value"),
        p90.label("p90_value"),
        _status(metric, cuts, sums.c.slice_id, measures, headline).label("status"),
    ).select_from(source)


def _labels(cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.CTE | None:
    """One row per slice, member and name of its own, with the positions of the as-ofs it is for; None
    where no slice has names.
    """
    named = [cut.id for cut in cuts if cut.labels is not None]
    if not named:
        return None
    each = member_name
    known_from = sa.func.coalesce(each.c.known_from_at, as_instant(BEGINNING_OF_TIME))
    known_to = sa.func.coalesce(each.c.known_to_at, as_instant(END_OF_TIME))
    known = known_by(known_from, known_to, as_ofs)
    columns = (each.c[name] for name in ("slice_id", "member", "label"))
    is_its = each.c.slice_id.in_(named)
    return (
        sa.select(*columns, *positions(known_from, known_to, as_ofs))
        .where(is_its, *known)
        .cte("names")
    )


def _renamed(names: sa.CTE, as_ofs: AsOfs) -> sa.Select[Any]:
    """The members that take or lose a name between two as-ofs, in each stretch."""
    last = len(as_ofs.each)
    turned = sa.select(names).where(sa.or_(names.c[ENTERS] > 1, names.c[LEAVES] < last))
    return in_stretches(turned.subquery("turned"), (), ("slice_id", "member"), ())


def _stands(
    rows: sa.FromClause, sums: sa.FromClause, keys: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Whether a row is that of the as-ofs of a row of sums, in between which it does not change."""
    return sa.and_(
        *(rows.c[name] == sums.c[name] for name in keys),
        sums.c[ENTERS].between(rows.c[ENTERS], rows.c[LEAVES]),
    )


def _headline(
    metric: Metric, measures: dict[str, sa.ColumnElement[Any]], median: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """The value as it is printed."""
    if metric.headline == "median":
        return median
    if metric.is_additive:
        return measures["numerator"]
    return safe_divide(measures["numerator"], measures["denominator"])


def _status(
    metric: Metric,
    cuts: Sequence[Slice],
    slice_id: sa.ColumnElement[Any],
    measures: dict[str, sa.ColumnElement[Any]],
    headline: sa.ColumnElement[Any],
) -> sa.ColumnElement[Any]:
    """The first of these that applies; a zero is only a zero when every source is there."""
    given, sample = wanted_period.c.source_status, measures["sample_count"]
    denominator = sa.func.coalesce(measures["denominator"], 0)
    cases: list[tuple[sa.ColumnElement[bool], Any]] = [
        (given.in_(BLOCKING), given),
        ((given == "PARTIAL") & (sample == 0), "SOURCE_UNAVAILABLE"),
    ]
    if metric.is_of_whole_periods:
        cases.append((sa.not_(wanted_period.c.is_complete), "NO_DATA"))
    if metric.none_is_unknown:
        cases.append((sample + measures["excluded_count"] == 0, "NO_DATA"))
    if not metric.is_additive:
        cases.append((denominator <= 0, "ZERO_DENOMINATOR"))
    cases.append((headline.is_(None), "NO_DATA"))
    if _is_sum_of_money(metric) or metric.compared_with:
        cases.append((_is_all_left_out(measures), "NO_DATA"))
    cases.append((given == "PARTIAL", given))
    if metric.partly is not None:
        cases.append((measures["partly_count"] > 0, "PARTIAL"))
    persons = [cut.id for cut in cuts if cut.is_person]
    if persons and not metric.is_additive:
        is_small = sa.and_(slice_id.in_(persons), sample < PERSON_MINIMUM_SAMPLE)
        cases.append((is_small, "SUPPRESSED_SMALL_N"))
    return sa.case(*cases, else_="OK")


def _is_sum_of_money(metric: Metric) -> bool:
    """Whether what has no amount adds nothing to it."""
    return metric.is_additive and metric.unit == "money"


def _is_all_left_out(measures: Mapping[str, sa.ColumnElement[Any]]) -> sa.ColumnElement[bool]:
    """Whether there was something, and all of it is of an amount that nobody knows."""
    return sa.and_(measures["sample_count"] == 0, measures["excluded_count"] > 0)


def _reason(metric: Metric, read: sa.Subquery) -> sa.ColumnElement[Any]:
    """The status in words."""
    no_denominator = metric.zero_denominator or f"There are no {metric.events} to divide by."
    unfinished = sa.not_(read.c.is_complete) if metric.is_of_whole_periods else sa.false()
    is_unpriced = _is_all_left_out(dict(read.c)) if _is_sum_of_money(metric) else sa.false()
    no_data = sa.case(
        (unfinished, "The period has not ended, and only whole periods are compared."),
        (is_unpriced & (read.c.partly_count > 0), metric.partly_reason),
        (is_unpriced, "All of it has an unknown amount and is left out."),
        else_=metric.not_known,
    )
    # What the sources lack is said before what the events do.
    partly = sa.case((read.c.source_reason != "", read.c.source_reason), else_=metric.partly_reason)
    words: dict[str, Any] = {
        "OK": "",
        "NO_DATA": no_data,
        "PARTIAL": partly,
        "ZERO_DENOMINATOR": no_denominator,
        "SUPPRESSED_SMALL_N": f"Fewer than {PERSON_MINIMUM_SAMPLE} {metric.events}: read with care.",
    }
    return sa.case(words, value=read.c.status, else_=read.c.source_reason)
