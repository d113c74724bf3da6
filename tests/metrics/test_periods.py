"""Periods and instants: what is computed for an as-of, and which state of an event it sees."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.errors import ConfigurationError, StopError
from include.core.settings import Calendar
from include.metrics.periods import AsOf, Period, Reach, recent
from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import (
    SALES_OBJECTS,
    at,
    build_calendar,
    compute,
    deal,
    deal_history,
    insert,
    loaded,
    login,
    total,
    user,
    values,
)

NEW_YORK = Calendar(
    time_zone="America/New_York", currency="USD", fiscal_year_start_month=2, trailing_periods=3
)


def periods(engine: sa.Engine, metric_id: str, grain: str, as_of_at: datetime) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(metric_value.c.period_id)
            .where(
                metric_value.c.metric_id == metric_id,
                metric_value.c.grain == grain,
                metric_value.c.slice_id == "total",
                metric_value.c.as_of_at == as_of_at,
            )
            .order_by(metric_value.c.period_start_date)
        )
        return [row.period_id for row in rows]


def test_the_first_run_fills_history_and_the_next_only_recent_periods(
    warehouse: sa.Engine,
) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, deal_history("D", "2025-11-01", "2025-11-20", "won", 10))
    compute(warehouse, at("2026-06-01"), ["revenue"])
    filled = periods(warehouse, "revenue", "month", at("2026-06-01"))
    # From the month of the first event to the one that just ended; June has not begun.
    assert filled == ["2025-11", "2025-12", *(f"2026-0{month}" for month in range(1, 6))]
    compute(warehouse, at("2026-06-02"), ["revenue"])
    # June, and the three closed months before it.
    recent = periods(warehouse, "revenue", "month", at("2026-06-02"))
    assert recent == ["2026-03", "2026-04", "2026-05", "2026-06"]
    assert periods(warehouse, "revenue", "year", at("2026-06-02")) == [
        "2024",
        "2025",
        "2026",
    ]


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        # In Cairo it is an hour past midnight by then, for the clock leaves midnight out.
        ("Africa/Cairo", "2026-04-23T22:00"),
        ("America/Sao_Paulo", "2018-11-04T03:00"),
        ("Africa/Cairo", "2026-04-24T21:00"),
    ],
)
def test_a_day_ends_at_a_midnight_that_the_clock_leaves_out(zone: str, instant: str) -> None:
    as_of = AsOf(at(instant), ZoneInfo(zone))
    assert as_of.is_end_of_day
    assert as_of.last_date == as_of.local_date - timedelta(days=1)


@pytest.mark.parametrize(
    ("reach", "first"),
    [
        (Reach(1), 9),  # the tenth week, and the one before it
        (Reach(1, 10), 9),  # the ninth ended four days before
        (Reach(1, 11), 8),  # the eighth eleven days before
        (Reach(3, 11), 7),  # three weeks go further back than eleven days
        (Reach(0, 900), 1),
    ],
)
def test_what_is_not_mature_is_computed_again(reach: Reach, first: int) -> None:
    """Of weeks from Monday 5 January; the as-of is the end of Thursday 12 March, in the tenth."""
    starts = [date(2026, 1, 5) + timedelta(weeks=n) for n in range(20)]
    weeks = [
        Period("week", day, day + timedelta(days=7), at(f"{day + timedelta(days=7)}"), str(n), day, day)
        for n, day in enumerate(starts, 1)
    ]  # fmt: skip
    chosen = recent(weeks, AsOf(at("2026-03-13"), ZoneInfo("UTC")), reach)
    assert [week.period_id for week in chosen] == [str(n) for n in range(first, 11)]


def test_an_event_found_late_has_its_period_filled(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, [deal("D", "2025-11-01", "2025-11-20", "won", 10)])
    compute(warehouse, at("2026-06-01"), ["revenue"])
    insert(warehouse, facts.deal, [deal("E", "2025-08-01", "2025-09-20", "won", 20)])
    compute(warehouse, at("2026-06-02"), ["revenue"])
    assert periods(warehouse, "revenue", "month", at("2026-06-02")) == [
        "2025-09",
        "2025-10",
        "2026-03",
        "2026-04",
        "2026-05",
        "2026-06",
    ]


def test_the_same_as_of_again_replaces_its_values(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, [deal("D", "2026-05-01", "2026-05-20", "won", 10)])
    first = compute(warehouse, at("2026-06-01"), ["revenue"], run_id="one")
    assert compute(warehouse, at("2026-06-01"), ["revenue"], run_id="two") == first
    with warehouse.connect() as connection:
        runs = connection.execute(
            sa.select(metric_value.c.run_id, sa.func.count()).group_by("run_id")
        )
        assert [tuple(row) for row in runs] == [("two", first)]


def test_an_as_of_in_the_past_sees_what_was_known_then(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(
        warehouse,
        facts.deal,
        [
            # Won for 100 on 10 March, corrected to 80 on 5 April, deleted on 20 April.
            deal(
                "D", "2026-03-01", "2026-03-10", "won", 100,
                known_from=at("2026-03-10"), known_until=at("2026-04-05"),
            ),
            deal(
                "D", "2026-03-01", "2026-03-10", "won", 80,
                known_from=at("2026-04-05"), known_until=at("2026-04-20"),
            ),
        ],
    )  # fmt: skip
    seen = {}
    for day in ("2026-05-01", "2026-04-01", "2026-04-05", "2026-04-06"):
        compute(warehouse, at(day), ["revenue"])
        seen[day] = total(warehouse, "revenue", "month", "2026-03-01", as_of_at=at(day)).value
    # At midnight of the correction the old amount still stands: the as-of itself is left out.
    assert seen == {"2026-04-01": 100, "2026-04-05": 100, "2026-04-06": 80, "2026-05-01": 0}


def test_a_snapshot_in_the_past_stands_as_it_stood(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    rows = [
        deal(
            "D", "2026-03-01", "2026-03-31", "open", 100, 0.1, owner_user_id="A",
            known_until=at("2026-03-15T12:00"),
        ),
        deal(
            "D", "2026-03-01", "2026-04-30", "open", 300, 0.5, owner_user_id="B",
            known_from=at("2026-03-15T12:00"), known_until=at("2026-04-10"),
        ),
        deal("D", "2026-03-01", "2026-04-10", "won", 300, 1, known_from=at("2026-04-10")),
    ]  # fmt: skip
    insert(warehouse, facts.deal, rows)
    compute(warehouse, at("2026-05-01"), ["pipeline_amount", "pipeline_overdue_count"])
    days = ("2026-03-01", "2026-03-14", "2026-03-15", "2026-04-09", "2026-04-10")
    amounts = {day: total(warehouse, "pipeline_amount", "day", day).value for day in days}
    assert list(amounts.values()) == [100, 100, 300, 300, 0]
    by_owner = values(
        warehouse,
        "pipeline_amount",
        slice_id="owner",
        grain="month",
        period_start_date=date(2026, 3, 1),
    )
    assert {member: row.value for member, row in by_owner.items()} == {"B": 300}


@pytest.mark.parametrize(
    ("as_of", "amount"),
    [("2026-03-15T11:59", 100), ("2026-03-15T12:00", 100), ("2026-03-15T12:01", 300)],
)
def test_a_running_day_shows_the_state_at_the_as_of(
    warehouse: sa.Engine, as_of: str, amount: int
) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    change = at("2026-03-15T12:00")
    rows = [
        deal("D", "2026-03-01", "2026-03-31", "open", 100, known_until=change),
        deal("D", "2026-03-01", "2026-03-15", "open", 300, known_from=change),
    ]
    insert(warehouse, facts.deal, rows)
    compute(warehouse, at(as_of), ["pipeline_amount", "pipeline_overdue_count"])
    row = total(warehouse, "pipeline_amount", "day", "2026-03-15")
    assert (row.value, row.is_complete) == (amount, False)
    # Expected on the 15th, it is not overdue on the 15th.
    assert total(warehouse, "pipeline_overdue_count", "day", "2026-03-15").value == 0


def test_a_deal_is_overdue_from_the_day_after(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    rows = [
        deal("D", "2026-03-01", "2026-03-10", "open", 1, known_until=at("2026-03-12T08:00")),
        # Moved on, so no longer overdue; then created with a date that had passed.
        deal("D", "2026-03-01", "2026-03-20", "open", 1, known_from=at("2026-03-12T08:00")),
        deal("E", "2026-03-13", "2026-03-01", "open", 1),
        # Overdue for some hours between two midnights.
        deal(
            "F",
            "2026-03-01",
            "2026-03-05",
            "open",
            1,
            known_from=at("2026-03-08T01:00"),
            known_until=at("2026-03-08T02:00"),
        ),
    ]
    insert(warehouse, facts.deal, rows)
    compute(warehouse, at("2026-03-31"), ["pipeline_overdue_count"])
    counts = {
        day: total(warehouse, "pipeline_overdue_count", "day", f"2026-03-{day:02}").value
        for day in (8, 9, 10, 11, 12, 13, 19, 20)
    }
    # Midnight after the 10th is the end of the 10th: D's date has passed then.
    assert counts == {8: 0, 9: 0, 10: 1, 11: 1, 12: 0, 13: 1, 19: 1, 20: 2}


def test_week_53_and_its_neighbours(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2027-12-31"))
    # 2026 has 53 ISO weeks: W53 is 28 December to 3 January.
    insert(
        warehouse,
        facts.deal,
        [
            deal("A", "2026-12-01", "2026-12-27", "won", 1),
            deal("B", "2026-12-01", "2026-12-28", "won", 2),
            deal("C", "2026-12-01", "2027-01-03", "won", 4),
            deal("D", "2026-12-01", "2027-01-04", "won", 8),
        ],
    )
    compute(warehouse, at("2027-01-11"), ["revenue", "sales_growth"])
    weeks = {
        start: total(warehouse, "revenue", "week", start)
        for start in ("2026-12-21", "2026-12-28", "2027-01-04")
    }
    assert {row.period_id: row.value for row in weeks.values()} == {
        "2026-W52": 1,
        "2026-W53": 6,
        "2027-W01": 8,
    }
    # (8 - 6) / 6 and (6 - 1) / 1
    assert float(total(warehouse, "sales_growth", "week", "2027-01-04").value) == pytest.approx(
        1 / 3
    )
    assert total(warehouse, "sales_growth", "week", "2026-12-28").value == 5


def test_fiscal_year_from_february_and_the_reporting_zone(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, calendar=NEW_YORK)
    midnight = datetime(2026, 5, 1, tzinfo=ZoneInfo("America/New_York"))
    loaded(warehouse, SALES_OBJECTS, midnight)
    rows = [
        deal("A", "2025-06-01", "2026-01-31", "won", 1, zone="America/New_York"),
        deal("B", "2025-06-01", "2026-02-01", "won", 2, zone="America/New_York"),
        deal("C", "2025-06-01", "2026-04-30", "won", 4, zone="America/New_York"),
    ]
    insert(warehouse, facts.deal, rows)
    compute(warehouse, midnight, ["revenue"], NEW_YORK)
    quarter = total(warehouse, "revenue", "fiscal_quarter", "2026-02-01")
    assert (quarter.value, quarter.is_complete) == (6, True)
    year = total(warehouse, "revenue", "fiscal_year", "2026-02-01")
    assert (year.value, year.is_complete) == (6, False)
    assert total(warehouse, "revenue", "fiscal_year", "2025-02-01").value == 1
    # April ended with the as-of, to the second, though it is 04:00 in UTC.
    assert total(warehouse, "revenue", "month", "2026-04-01").is_complete


def test_a_snapshot_on_the_day_the_clocks_change(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, calendar=NEW_YORK)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    # New York: 8 March 2026 begins at 05:00 UTC and ends at 04:00 UTC, 23 hours later.
    rows = [
        deal("A", "2026-03-01", "2026-06-01", "open", 1, known_from=at("2026-03-08T04:59")),
        deal("B", "2026-03-01", "2026-06-01", "open", 2, known_from=at("2026-03-09T03:59")),
        deal("C", "2026-03-01", "2026-06-01", "open", 4, known_from=at("2026-03-09T04:00")),
    ]
    insert(warehouse, facts.deal, rows)
    compute(warehouse, at("2026-03-12T04:00"), ["pipeline_amount"], NEW_YORK)
    days = {day: total(warehouse, "pipeline_amount", "day", f"2026-03-{day:02}").value
            for day in (7, 8, 9)}  # fmt: skip
    assert days == {7: 1, 8: 3, 9: 7}


def test_a_week_of_logins_keeps_the_time_of_day_when_the_clocks_change(
    warehouse: sa.Engine,
) -> None:
    build_calendar(warehouse, calendar=NEW_YORK)
    as_of = at("2026-03-12T04:00")  # midnight in New York, in summer time
    loaded(warehouse, ("salesforce.user", "salesforce.login"), as_of)
    insert(warehouse, facts.user, [user(name, name) for name in ("early", "late", "other")])
    # Seven days before is midnight of 5 March in winter time: 05:00 UTC, not 04:00.
    early = login("early", "2026-03-05T04:30") | {"login_date": date(2026, 3, 4)}
    late = login("late", "2026-03-05T05:00") | {"login_date": date(2026, 3, 5)}
    other = login("other", "2026-03-01T12:00")
    insert(warehouse, facts.login_day, [early, late, other])
    compute(warehouse, as_of, ["users_logged_in_7d"], NEW_YORK)
    assert total(warehouse, "users_logged_in_7d", "day", "2026-03-11").numerator == 1


def test_a_login_day_that_lies_across_the_as_of_counts_by_the_hour(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    as_of = at("2026-03-20T12:00")
    loaded(warehouse, ("salesforce.user", "salesforce.login"), as_of)
    names = ("before", "since", "until", "after", "old")
    insert(warehouse, facts.user, [user(name, name) for name in names])
    insert(
        warehouse,
        facts.login_day,
        [
            login("old", "2026-03-02T10:00"),
            login("before", "2026-03-13T08:00", "2026-03-13T11:59"),
            login("since", "2026-03-13T08:00", "2026-03-13T12:00"),
            login("until", "2026-03-20T11:59", "2026-03-20T15:00"),
            login("after", "2026-03-20T12:00"),
        ],
    )
    compute(warehouse, as_of, ["users_logged_in_7d"])
    row = total(warehouse, "users_logged_in_7d", "day", "2026-03-20")
    assert (row.numerator, row.denominator) == (2, 5)


def test_labels_are_the_names_known_at_the_as_of(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    rows = [
        deal("D1", "2026-03-01", "2026-03-10", "won", 1, owner_user_id="A", role_id="R"),
        deal("D2", "2026-03-01", "2026-03-10", "won", 2, owner_user_id="gone"),
        deal("D3", "2026-03-01", "2026-03-10", "won", 4),
    ]
    insert(warehouse, facts.deal, rows)
    married = at("2026-04-10")
    insert(
        warehouse,
        facts.user,
        [
            user("A", "Ann Old") | {"valid_to_at": married},
            user("A", "Ann New", known_from=married),
            # Deleted since: her last name is still her name.
            user("gone", "Gwen Gone") | {"valid_to_at": at("2026-03-15")},
        ],
    )
    insert(warehouse, facts.role, [{"role_id": "R", "role_name": "Account executive"}])
    seen = {}
    for as_of in (at("2026-04-01"), at("2026-05-01")):
        compute(warehouse, as_of, ["revenue"])
        march = {"grain": "month", "period_start_date": date(2026, 3, 1), "as_of_at": as_of}
        owners = values(warehouse, "revenue", slice_id="owner", **march)
        seen[as_of.month] = {row.slice_label: row.value for row in owners.values()}
    assert seen == {
        4: {"Ann Old": 1, "Gwen Gone": 2, "(no owner)": 4},
        5: {"Ann New": 1, "Gwen Gone": 2, "(no owner)": 4},
    }
    roles = values(warehouse, "revenue", slice_id="role", **march)
    assert {row.slice_label: row.value for row in roles.values()} == {
        "Account executive": 1,
        "(no role)": 6,
    }


def test_an_as_of_beyond_the_calendar_stops(warehouse: sa.Engine) -> None:
    with pytest.raises(StopError, match=r"facts\.period is empty"):
        compute(warehouse, at("2026-04-01"))
    build_calendar(warehouse, "2025-01-01", "2025-12-31")
    with pytest.raises(StopError, match="no period for 2026-03-31"):
        compute(warehouse, at("2026-04-01"))
    # The last instant of the calendar is still inside.
    compute(warehouse, at("2026-01-01"), ["revenue"])


def test_an_unknown_metric_lists_those_there_are(warehouse: sa.Engine) -> None:
    with pytest.raises(ConfigurationError, match=r"no metric profit\..*revenue, .*sales_growth"):
        compute(warehouse, at("2026-04-01"), ["revenue", "profit"])


def test_an_as_of_without_a_zone_is_refused(warehouse: sa.Engine) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        compute(warehouse, datetime(2026, 4, 1))
