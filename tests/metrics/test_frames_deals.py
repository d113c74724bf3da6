"""Random deals, their stages, quotas, and what was billed against a reckoning by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import Row, at, build_calendar, deal, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, ZONE, Chance, credits_of, local_day, many
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    dated,
    hold,
    known_money,
    mean,
    median,
    moment,
    money,
    months_later,
    of_whole_periods,
    quotient,
)
from tests.metrics.rows import fact

MONTHS = {"month": 1, "quarter": 3, "fiscal_quarter": 3, "year": 12, "fiscal_year": 12}
DAYS = {"day": 1, "week": 7}
OWNERS = {"owner": "owner_user_id"}


def deals(chance: Chance, name: str) -> list[Row]:
    """A deal that may be open, won, lost or disqualified in any of its states."""
    created = chance.day()
    # What was closed a year ago is compared with what closes now.
    years = chance.choice((0, 0, 0, 364, 365))

    def course() -> dict[str, Any]:
        closes = chance.day() - timedelta(days=years)
        row = deal(
            name,
            str(created),
            str(closes),
            chance.choice(("open", "won", "won", "lost", "disqualified")),
            chance.choice((None, -30, 40, 100, 250)),
            chance.choice((None, 0.25, 0.5)),
            owner_user_id=chance.maybe(("A", "B")),
            stage_id=chance.maybe(("S1", "S2")),
            is_counted=chance.flag(0.9),
        )
        del row["valid_from_at"], row["valid_to_at"]
        return row

    return chance.states(course(), course)


def entries(chance: Chance, name: str) -> list[Row]:
    """A deal's stay in a stage, which may have ended."""
    entered_at = chance.instant()
    stay = chance.maybe((0, 3600, 86400, 864000))
    exited_at = None if stay is None else entered_at + timedelta(seconds=stay)
    row = fact(
        facts.stage_transition,
        name,
        deal_id=name,
        stage_id=chance.choice(("S1", "S2")),
        entered_at=entered_at,
        entered_date=local_day(entered_at),
        exited_at=exited_at,
        exited_date=exited_at and local_day(exited_at),
        stage_seconds=stay,
        is_open_stage=chance.flag(0.8),
        is_first_entry=chance.flag(0.8),
        is_counted=chance.flag(0.9),
    )

    def fate() -> dict[str, Any]:
        is_won = chance.flag()
        return {"is_won": is_won, "is_passed": is_won or chance.flag()}

    return chance.states(row | fate(), fate)


def quotas(chance: Chance, name: str) -> list[Row]:
    """A quota of one of several months, or of a quarter, of an owner or a team."""
    start = chance.choice([date(2026, month, 1) for month in (1, 2, 3, 4)])
    row = fact(
        facts.quota,
        name,
        start_date=start,
        end_date=months_later(start, chance.choice((1, 1, 3))),
        owner_user_id=chance.maybe(("A", "B")),
        quota_amount=chance.choice((0, 60, 150, 400)),
        is_counted=chance.flag(0.9),
    )
    return chance.states(row, lambda: {"quota_amount": chance.choice((30, 90))})


def bills(chance: Chance, name: str) -> list[Row]:
    """An order or invoice, perhaps a credit or without a usable amount, whose day may be corrected."""
    row = fact(
        facts.billing,
        name,
        billed_date=chance.day(),
        billing_amount=chance.choice((None, -30, 40, 100, 250)),
        is_duplicate=chance.flag(0.2),
        owner_user_id=chance.maybe(("A", "B")),
        is_counted=chance.flag(0.9),
    )
    return chance.states(
        row, lambda: {"billed_date": chance.day(), "billing_amount": chance.choice((None, 70))}
    )


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    deal_rows = many(40, deals, chance)
    return {
        "deal": deal_rows,
        "deal_credit": credits_of(deal_rows, Chance(seed)),
        "stage_transition": many(40, entries, chance),
        "quota": many(12, quotas, chance),
        "billing": many(30, bills, chance),
    }


def revenue(known: Facts, start: date, end: date) -> float:
    return money(
        [r for r in known.of("deal") if r.is_won and start <= r.closed_date < end], "deal_amount"
    )


def growth(known: Facts, period: Any, base: tuple[date, date]) -> float | None:
    before = revenue(known, *base)
    return quotient(revenue(known, period.start_date, period.end_date) - before, before)


def before(period: Any) -> tuple[date, date]:
    """First day of the period before, and first day after it."""
    if period.grain in DAYS:
        return period.start_date - timedelta(days=DAYS[period.grain]), period.start_date
    return months_later(period.start_date, -MONTHS[period.grain]), period.start_date


def year_ago(period: Any) -> tuple[date, date]:
    """The same of the period a year ago; a weekday is compared with the same one."""
    if period.grain in DAYS:
        return period.start_date - timedelta(days=364), period.end_date - timedelta(days=364)
    return months_later(period.start_date, -12), months_later(period.end_date, -12)


def still_open(known: Facts, period: Any, as_of: datetime) -> list[Any]:
    return [row for row in known.at(moment(period, as_of)).of("deal") if row.is_open]


def overdue(known: Facts, period: Any, as_of: datetime) -> float:
    """From the day after the day on which it was to close."""
    today = moment(period, as_of).astimezone(ZONE).date()
    return sum(row.expected_close_date < today for row in still_open(known, period, as_of))


def by_amount(known: Facts, period: Any, as_of: datetime) -> float | None:
    ended = decided(known, period)
    won = [row for row in ended if row.is_won]
    return quotient(money(won, "deal_amount"), money(ended, "deal_amount"))


def entered(known: Facts, period: Any) -> list[Any]:
    return [
        row
        for row in dated(known.of("stage_transition"), "entered_date", period)
        if row.is_first_entry and row.is_open_stage
    ]


def stays(known: Facts, period: Any, as_of: datetime) -> float | None:
    left = dated(known.of("stage_transition"), "exited_date", period)
    return median([row.stage_seconds for row in left if row.is_open_stage])


def stalled(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Open stays longer than three quarters of those of deals won, as known at the as-of; none where
    nothing is known of any.
    """
    usual: dict[str, list[float]] = defaultdict(list)
    for row in known.of("stage_transition"):
        if row.is_open_stage and row.is_won and row.stage_seconds is not None:
            usual[row.stage_id].append(row.stage_seconds)
    end = moment(period, as_of)
    still = [
        row
        for row in known.at(end).of("stage_transition")
        if row.is_open_stage and row.entered_at < end and row.exited_at is None
    ]
    told = [row for row in still if usual[row.stage_id]]
    if still and not told:
        return None
    return sum(
        int((end - row.entered_at).total_seconds()) > pd.Series(usual[row.stage_id]).quantile(0.75)
        for row in told
    )


def sellers(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of the owners with a quota, those who won it."""
    quota: dict[str, float] = defaultdict(float)
    for row in known.of("quota"):
        is_within = row.start_date >= period.start_date and row.end_date <= period.end_date
        if is_within and row.owner_user_id is not None:
            quota[row.owner_user_id] += float(row.quota_amount)
    won = {
        owner: money(
            [
                row
                for row in dated(known.of("deal_credit"), "closed_date", period)
                if row.is_won and row.owner_user_id == owner
            ],
            "credit_amount",
        )
        for owner in quota
    }
    given = {owner: amount for owner, amount in quota.items() if amount > 0}
    return quotient(sum(won[owner] >= amount for owner, amount in given.items()), len(given))


def closed(known: Facts, period: Any) -> list[Any]:
    return dated(known.of("deal"), "closed_date", period)


def decided(known: Facts, period: Any) -> list[Any]:
    """What was lost for a reason that is not counted was never there to be won."""
    return [row for row in closed(known, period) if not row.is_disqualified]


def of_won(known: Facts, period: Any, column: str) -> list[float]:
    """What is known of a column of the deals won in the period."""
    return [
        value
        for row in closed(known, period)
        if row.is_won and (value := getattr(row, column)) is not None
    ]


RECKONINGS: dict[str, Reckoning] = {
    "revenue": lambda known, period, as_of: revenue(known, period.start_date, period.end_date),
    "revenue_billed": lambda known, period, as_of: money(
        [row for row in dated(known.of("billing"), "billed_date", period) if not row.is_duplicate],
        "billing_amount",
    ),
    "close_rate": lambda known, period, as_of: quotient(
        sum(row.is_won for row in closed(known, period)), len(decided(known, period))
    ),
    "sales_cycle_days": lambda known, period, as_of: median(of_won(known, period, "cycle_days")),
    "avg_purchase_value": lambda known, period, as_of: mean(of_won(known, period, "deal_amount")),
    "pipeline_amount": lambda known, period, as_of: money(
        still_open(known, period, as_of), "deal_amount"
    ),
    "sales_growth": of_whole_periods(
        lambda known, period, as_of: growth(known, period, before(period))
    ),
    "sales_growth_year_over_year": of_whole_periods(
        lambda known, period, as_of: growth(known, period, year_ago(period))
    ),
    "close_rate_by_amount": by_amount,
    "deals_lost": lambda known, period, as_of: sum(row.is_lost for row in closed(known, period)),
    "sales_performance": lambda known, period, as_of: known_money(
        [r for r in dated(known.of("deal_credit"), "closed_date", period) if r.is_won],
        "credit_amount",
    ),
    "pipeline_weighted_amount": lambda known, period, as_of: money(
        still_open(known, period, as_of), "weighted_amount"
    ),
    "pipeline_overdue_count": overdue,
    "stage_conversion": lambda known, period, as_of: quotient(
        sum(row.is_passed for row in entered(known, period)), len(entered(known, period))
    ),
    "stage_win_rate": lambda known, period, as_of: quotient(
        sum(row.is_won for row in entered(known, period)), len(entered(known, period))
    ),
    "time_in_stage": stays,
    "stalled_deals": stalled,
    "quota_attained_rate": sellers,
}


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2024-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        telling |= hold(warehouse, company(seed), as_ofs, RECKONINGS, CALENDAR, OWNERS)
    assert telling == set(RECKONINGS)
