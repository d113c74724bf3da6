"""Random deals, costs, customers and campaigns against a reckoning by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.tables import SOURCE_OBJECTS, facts
from include.tables.metrics import metric_value
from tests.metrics.builders import (
    END_OF_TIME,
    Row,
    at,
    build_calendar,
    compute,
    customer,
    deal,
    insert,
    loaded,
)
from tests.metrics.reckoning import Facts, Reckoning, dated, mean, quotient, stored_values
from tests.metrics.rows import fact

FIRST = date(2026, 2, 1)
days = st.integers(0, 75).map(lambda offset: FIRST + timedelta(days=offset))
instants = st.integers(0, 75 * 4).map(
    lambda quarters: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=6 * quarters)
)
as_ofs = st.integers(0, 50).map(
    lambda offset: datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=offset)
)
channels = st.sampled_from(("event", "partner"))


@st.composite
def deals(draw: st.DrawFn, name: str) -> list[Row]:
    """States of one deal, one after the other, perhaps with an end; dates as they may come."""
    turns = sorted(set(draw(st.lists(instants, min_size=1, max_size=3))))
    ends = [*turns[1:], END_OF_TIME]
    if len(turns) > 1 and draw(st.booleans()):
        turns, ends = turns[:-1], ends[:-1]
    created = draw(days)
    return [
        deal(
            name,
            str(created),
            str(draw(days)),
            draw(st.sampled_from(("open", "open", "won", "lost"))),
            draw(st.sampled_from((None, 40, 100, 250))),
            draw(st.sampled_from((0.25, 0.5))),
            known_from=start,
            known_until=end,
            channel=draw(channels),
            is_counted=draw(st.integers(0, 7)) > 0,
        )
        for start, end in zip(turns, ends, strict=True)
    ]


@st.composite
def quotas(draw: st.DrawFn, name: str) -> list[Row]:
    start, end = draw(
        st.sampled_from(
            ((date(2026, 2, 1), date(2026, 3, 1)), (date(2026, 3, 1), date(2026, 4, 1)),
             (date(2026, 1, 1), date(2026, 4, 1)))
        )
    )  # fmt: skip
    return [
        fact(facts.quota, name, start_date=start, end_date=end, quota_amount=draw(
            st.sampled_from((100, 300))), owner_user_id=name, is_counted=draw(st.booleans()))
    ]  # fmt: skip


@st.composite
def costs(draw: st.DrawFn, name: str) -> list[Row]:
    return [
        fact(
            facts.cost,
            name,
            cost_date=draw(days),
            cost_amount=draw(st.sampled_from((10, 25, 60))),
            category=draw(st.sampled_from(("acquisition", "acquisition", "retention"))),
            channel=draw(st.one_of(st.none(), channels)),
        )
    ]


@st.composite
def customers(draw: st.DrawFn, name: str) -> list[Row]:
    channel = draw(channels)
    since = draw(st.one_of(st.none(), days))
    return [
        customer(
            name, str(since) if since else None, channel=channel, is_marketing=channel == "event"
        )
    ]


@st.composite
def touches(draw: st.DrawFn, name: str) -> list[Row]:
    """Two campaigns that share a deal, whatever the shares."""
    share = draw(st.sampled_from((0, 0.25, 1)))
    closed, is_won = draw(days), draw(st.booleans())
    amount = draw(st.sampled_from((None, 100)))
    return [
        fact(facts.deal_touch, f"{name}:{campaign}", deal_id=name, campaign_id=campaign,
             closed_date=closed, is_won=is_won, deal_amount=amount, even_weight=weight,
             channel=draw(channels))
        for campaign, weight in (("K1", share), (None, 1 - share))
    ]  # fmt: skip


def many(make: Any, prefix: str, most: int) -> st.SearchStrategy[list[Row]]:
    return st.integers(1, most).flatmap(
        lambda count: st.tuples(*(make(f"{prefix}{n}") for n in range(count))).map(
            lambda groups: [row for group in groups for row in group]
        )
    )


def moment(period: Any, as_of: datetime) -> datetime:
    return min(period.end_at, as_of)


def start_of(period: Any) -> datetime:
    return datetime.combine(period.start_date, datetime.min.time(), UTC)


def due(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal"), "expected_close_date", period) if row.is_open]


def won(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal"), "closed_date", period) if row.is_won]


def money(rows: list[Any], column: str = "deal_amount") -> float:
    return sum(float(getattr(row, column) or 0) for row in rows)


def quota(known: Facts, period: Any) -> float:
    return sum(
        float(row.quota_amount)
        for row in known.of("quota")
        if row.start_date >= period.start_date and row.end_date <= period.end_date
    )


def forecast(known: Facts, period: Any, as_of: datetime) -> float:
    still_open = due(known.at(moment(period, as_of)), period)
    return money(won(known, period)) + money(still_open, "weighted_amount")


def forecast_at_start(known: Facts, period: Any, as_of: datetime) -> float:
    return money(due(known.at(start_of(period)), period), "weighted_amount")


def forecast_accuracy(known: Facts, period: Any, as_of: datetime) -> float | None:
    actual = money(won(known, period))
    if period.end_at > as_of:
        return None
    return quotient(actual - abs(actual - forecast_at_start(known, period, as_of)), actual)


def velocity(known: Facts, period: Any, as_of: datetime) -> float | None:
    is_open = [row for row in known.at(moment(period, as_of)).of("deal") if row.is_open]
    closed = dated(known.of("deal"), "closed_date", period)
    is_won = [row for row in closed if row.is_won]
    values = [float(row.deal_amount) for row in is_won if row.deal_amount is not None]
    cycles = [row.cycle_days for row in is_won if row.cycle_days == row.cycle_days]
    cycles = [float(days) for days in cycles if days is not None]
    if not cycles or mean(cycles) == 0 or not values:
        return None
    return len(is_open) * len(is_won) / len(closed) * (mean(values) or 0) / (mean(cycles) or 1)


def coverage(known: Facts, period: Any, as_of: datetime) -> float | None:
    missing = quota(known, period) - money(won(known, period))
    return quotient(money(due(known.at(moment(period, as_of)), period)), missing)


def new_customers(known: Facts, period: Any) -> list[Any]:
    return [
        row for row in dated(known.of("customer"), "customer_date", period) if row.is_new_counted
    ]


def acquisition(known: Facts, period: Any) -> list[Any]:
    spent = dated(known.of("cost"), "cost_date", period)
    return [row for row in spent if row.category == "acquisition"]


def even_revenue(known: Facts, period: Any, as_of: datetime) -> float:
    touched = dated(known.of("deal_touch"), "closed_date", period)
    return sum(
        float(row.deal_amount or 0) * float(row.even_weight) for row in touched if row.is_won
    )


RECKONINGS: dict[str, Reckoning] = {
    "forecast": forecast,
    "forecast_at_start": forecast_at_start,
    "forecast_accuracy": forecast_accuracy,
    # What the movements add up to is what is open at the end.
    "pipeline_movement": lambda known, period, as_of: money(
        due(known.at(moment(period, as_of)), period)
    ),
    "sales_velocity": velocity,
    "pipeline_coverage": coverage,
    "quota_attainment": lambda known, period, as_of: quotient(
        money(won(known, period)), quota(known, period)
    ),
    "close_rate_cohort": lambda known, period, as_of: quotient(
        sum(row.is_won for row in dated(known.of("deal"), "created_date", period)),
        len(dated(known.of("deal"), "created_date", period)),
    ),
    "cac": lambda known, period, as_of: quotient(
        money(acquisition(known, period), "cost_amount"), len(new_customers(known, period))
    ),
    "cac_paid": lambda known, period, as_of: quotient(
        money([row for row in acquisition(known, period) if row.channel], "cost_amount"),
        len(new_customers(known, period)),
    ),
    "marketing_originated_pct": lambda known, period, as_of: quotient(
        sum(row.is_marketing for row in new_customers(known, period)),
        len(new_customers(known, period)),
    ),
    "clv_historic_revenue": lambda known, period, as_of: quotient(
        money(
            [
                row
                for row in known.of("deal")
                if row.is_won and row.closed_date < min(
                    period.end_date, (as_of + timedelta(days=1)).date())
            ]
        ),
        sum(
            bool(row.is_new_counted)
            and row.customer_date < min(period.end_date, (as_of + timedelta(days=1)).date())
            for row in known.of("customer")
        ),
    ),
    "revenue_per_campaign_even": even_revenue,
}  # fmt: skip


def unconfigured(known: Facts, metric_id: str) -> bool:
    """Whether nothing at all was entered that the metric needs."""
    spent = [row for row in known.of("cost") if row.category == "acquisition"]
    if metric_id in ("pipeline_coverage", "quota_attainment"):
        return not known.of("quota")
    if metric_id == "cac_paid":
        return not [row for row in spent if row.channel]
    return metric_id == "cac" and not spent


@settings(
    max_examples=5,
    deadline=None,
    # Each example takes seconds: to shrink one would take hours.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sales=many(deals, "D", 10),
    targets=many(quotas, "Q", 4),
    ledger=many(costs, "X", 8),
    buyers=many(customers, "C", 8),
    shares=many(touches, "D", 5),
    as_of=as_ofs,
)
def check(
    engine: sa.Engine,
    sales: list[Row],
    targets: list[Row],
    ledger: list[Row],
    buyers: list[Row],
    shares: list[Row],
    as_of: datetime,
) -> None:
    rows = {
        "deal": sales, "quota": targets, "cost": ledger, "customer": buyers, "deal_touch": shares,
    }  # fmt: skip
    with engine.begin() as connection:
        for table in (*(getattr(facts, name) for name in rows), metric_value):
            connection.execute(table.delete())
    for name, each in rows.items():
        insert(engine, getattr(facts, name), each)
    compute(engine, as_of, list(RECKONINGS))
    known = Facts(rows, as_of)
    stored = stored_values(engine)
    assert {row.metric_id for row in stored} == set(RECKONINGS)
    for row in stored:
        where = (row.metric_id, row.grain, row.period_id, row.status)
        if unconfigured(known, row.metric_id):
            assert (row.value, row.status) == (None, "NOT_CONFIGURED"), where
            continue
        expected = RECKONINGS[row.metric_id](known, row, as_of)
        if expected is None:
            assert row.value is None, where
            assert row.status in ("ZERO_DENOMINATOR", "NO_DATA"), where
        else:
            assert row.value is not None, where
            assert float(row.value) == pytest.approx(expected, abs=1e-9), where


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2027-06-30")
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    check(warehouse)
