"""Which periods each as-of computes, and the as-ofs beside it that have them too.

History belongs to the earliest as-of: it fills what no earlier one has, and a later one that had
filled it, because it was computed first, loses it. So as-ofs computed in any order, one by one or
together, leave the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.periods import AsOf, Period, Reach, choose_periods, recent
from include.tables.metrics import computed_period

PeriodKey = tuple[str, date]
# First day, first day after, and the first days of the periods it is compared with.
Days = tuple[date, date, date, date]
# The periods that an as-of has values of: grain, as-of and first days, in order.
Having = tuple[tuple[str, datetime, tuple[date, ...]], ...]


@dataclass(frozen=True)
class Choice:
    """A period an as-of computes, and the nearest as-ofs that have it as well."""

    as_of: AsOf
    position: int
    period: Period
    previous_as_of_at: datetime | None
    next_as_of_at: datetime | None


@dataclass(frozen=True)
class Plan:
    """What is to be computed, and the (period, later as-of) whose values are another's to fill."""

    choices: tuple[Choice, ...]
    superfluous: tuple[tuple[PeriodKey, datetime], ...]

    @cached_property
    def numbers(self) -> dict[Days, int]:
        """A number for each period chosen, the same for those of the same days."""
        numbers: dict[Days, int] = {}
        for choice in self.choices:
            numbers.setdefault(days_of(choice.period), len(numbers))
        return numbers

    @cached_property
    def wanted(self) -> frozenset[tuple[datetime, Period]]:
        """What is chosen, without what lies beside it."""
        return frozenset((choice.as_of.at, choice.period) for choice in self.choices)


def days_of(period: Period) -> Days:
    """What the sums of a period follow from: those of a fiscal quarter that is a quarter are the same."""
    return (
        period.start_date,
        period.end_date,
        period.previous_start_date,
        period.year_ago_start_date,
    )


def as_ofs_having(connection: sa.Connection, metric: Metric, as_ofs: Sequence[AsOf]) -> Having:
    """The periods other as-ofs have values of: the nearest before these of each period, and all later."""
    own, found = [as_of.at for as_of in as_ofs], computed_period.c
    keys, is_its = [found.grain, found.period_start_date], found.metric_id == metric.id
    before = (
        sa.select(*keys, sa.func.max(found.as_of_at).label("as_of_at"))
        .where(is_its, found.as_of_at < own[0])
        .group_by(*keys)
        .subquery("before")
    )
    later = sa.select(*keys, found.as_of_at).where(
        is_its, found.as_of_at > own[0], found.as_of_at.not_in(own)
    )
    having = []
    for side in (before, later.subquery("later")):
        # Most of history was filled by one as-of: a row for each would be most of what is read.
        days = sa.func.array_agg(side.c.period_start_date)
        same = side.c.grain, side.c.as_of_at
        for grain, at, start_dates in connection.execute(sa.select(*same, days).group_by(*same)):
            having.append((grain, at, tuple(sorted(start_dates))))
    return tuple(sorted(having))


def by_period(having: Having) -> dict[PeriodKey, set[datetime]]:
    """The as-ofs that have values of each period."""
    found: dict[PeriodKey, set[datetime]] = {}
    for grain, at, start_dates in having:
        for start_date in start_dates:
            found.setdefault((grain, start_date), set()).add(at)
    return found


def plan(
    periods: dict[str, list[Period]],
    as_ofs: Sequence[AsOf],
    first_dates: Sequence[date | None],
    reach: Reach,
    having: Mapping[PeriodKey, set[datetime]],
) -> Plan:
    """The periods of each as-of, the earliest as-of first.

    `first_dates` has the first event of each as-of, `having` the other as-ofs by period, of which none
    is among these.
    """
    known = {key: set(ats) for key, ats in having.items()}
    own = {as_of.at for as_of in as_ofs}
    superfluous: dict[tuple[PeriodKey, datetime], None] = {}
    chosen: list[tuple[AsOf, int, Period, datetime | None]] = []
    # Periods that an as-of before has, and those that others have: the next to be filled last.
    filled: set[PeriodKey] = set()
    waiting = sorted(((min(ats), key) for key, ats in having.items() if ats), reverse=True)
    for position, (as_of, first_date) in enumerate(zip(as_ofs, first_dates, strict=True), start=1):
        while waiting and waiting[-1][0] < as_of.at:
            filled.add(waiting.pop()[1])
        wanted = choose_periods(periods, as_of, reach, first_date, filled)
        for period in wanted:
            ats = known.setdefault((period.grain, period.start_date), set())
            previous_at = max((at for at in ats if at < as_of.at), default=None)
            later_at = min((at for at in ats if at > as_of.at), default=None)
            if later_at is not None:
                later = recent(periods[period.grain], AsOf(later_at, as_of.zone), reach)
                if period.start_date < later[0].start_date:
                    superfluous[(period.grain, period.start_date), later_at] = None
                    ats.discard(later_at)
            ats.add(as_of.at)
            chosen.append((as_of, position, period, previous_at))
        filled.update((period.grain, period.start_date) for period in wanted)
    choices = []
    for as_of, position, period, previous_at in chosen:
        ats = known[period.grain, period.start_date]
        next_at = min((at for at in ats if at > as_of.at), default=None)
        # One of these as-ofs is compared with the one before it by itself.
        beside = None if next_at in own else next_at
        choices.append(Choice(as_of, position, period, previous_at, beside))
    return Plan(tuple(choices), tuple(superfluous))
