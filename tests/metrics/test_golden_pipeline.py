"""The golden examples of open deals, stages and forecast; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    at,
    compute,
    deal,
    deal_history,
    insert,
    insert_deals,
    loaded,
    total,
    values,
)
from tests.metrics.rows import fact, quota
from tests.metrics.test_golden import DEALS

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
MONTH = ("month", "2026-03-01")
DAY = 24 * 3600


def test_sales_velocity(company: sa.Engine) -> None:
    insert(company, facts.deal, [state for row in DEALS for state in deal_history(*row)])
    compute(company, AS_OF, ["sales_velocity"])
    row = total(company, "sales_velocity", *MONTH)
    # 3 open x 0.8 x 1500 / (95 / 3) days
    assert row.value == pytest.approx(Decimal("113.68"), abs=Decimal("0.005"))
    assert row.numerator == 3600


def test_won_deals_of_unknown_worth_are_counted_where_they_lack(company: sa.Engine) -> None:
    rows = [
        deal("D0", "2026-03-02", "2026-03-12", "won", 500, owner_user_id="A"),
        deal("D1", "2026-03-02", "2026-03-12", "won", None, owner_user_id="A"),
        # Created after it was won: of its worth, and of no length
        deal("D2", "2026-03-20", "2026-03-12", "won", 300, owner_user_id="B"),
        deal("D3", "2026-02-02", "2026-03-30", "open", 400, 0.5, owner_user_id="B"),
    ]
    insert_deals(company, rows)
    quotas = [quota(name, "2026-03-01", "2026-04-01", 1000) for name in "AB"]
    insert(company, facts.quota, quotas)
    compute(
        company, AS_OF, ["forecast", "forecast_accuracy", "pipeline_coverage", "sales_velocity"]
    )
    # 500 + 300 + 400 x 0.5, of two won deals and an open one
    row = total(company, "forecast", *MONTH)
    assert (row.value, row.sample_count, row.excluded_count) == (1000, 3, 1)
    # 400 / (2000 - 800), at least
    row = total(company, "pipeline_coverage", *MONTH)
    assert (row.numerator, row.denominator, row.excluded_count) == (400, 1200, 1)
    owners = values(company, "pipeline_coverage", slice_id="owner", **MARCH)
    assert {name: row.excluded_count for name, row in owners.items()} == {"A": 1, "B": 0}
    # Of three that were won D1 is in no value, and D2 in no cycle.
    row = total(company, "sales_velocity", *MONTH)
    assert (row.sample_count, row.excluded_count) == (3, 2)
    assert total(company, "forecast_accuracy", *MONTH).excluded_count == 1


def test_a_forecast_of_deals_nothing_is_known_of_was_none(company: sa.Engine) -> None:
    """Before their history began, deals stood open without a probability, and were won since."""
    before, won = at("2026-02-10"), at("2026-03-10")
    dates = ("2026-02-10", "2026-03-10")
    for name, probability in (("D0", None), ("D1", None)):
        rows = [
            deal(name, *dates, "open", 500, probability, known_from=before, known_until=won),
            deal(name, *dates, "won", 500, known_from=won),
        ]
        insert(company, facts.deal, rows)
    metrics = ["forecast_at_start", "forecast_accuracy"]
    compute(company, AS_OF, metrics)
    for row in (total(company, metric_id, *MONTH) for metric_id in metrics):
        # Neither a forecast of 0, nor one that was 0 % right
        assert (row.value, row.status, row.excluded_count) == (None, "NO_DATA", 2)
    # One of them was expected at half: 250 of the 1000, and one is not told
    known = deal("D2", *dates, "open", 500, 0.5, known_from=before)
    insert(company, facts.deal, [known])
    compute(company, AS_OF, metrics)
    rows = [total(company, metric_id, *MONTH) for metric_id in metrics]
    # 1 - |1000 - 250| / 1000
    assert [row.value for row in rows] == [250, Decimal("0.25")]
    assert {(row.sample_count, row.excluded_count) for row in rows} == {(1, 2)}


def test_forecast_and_its_accuracy(company: sa.Engine) -> None:
    rows = [
        # At the start of March: 8000 x 0.75 + 3000 x 0.5 = 7500 expected in March
        deal("A", "2026-01-05", "2026-03-20", "open", 8000, 0.75, known_until=at("2026-03-20")),
        deal("A", "2026-01-05", "2026-03-20", "won", 6000, 1, known_from=at("2026-03-20")),
        deal("B", "2026-01-05", "2026-03-31", "open", 3000, 0.5, known_until=at("2026-03-15")),
        deal("B", "2026-01-05", "2026-05-31", "open", 3000, 0.5, known_from=at("2026-03-15")),
        deal("C", "2026-01-05", "2026-04-05", "open", 9999, 0.9),
        # Came up and was expected within March, but not yet at its start
        deal("D", "2026-03-05", "2026-03-30", "open", 400, 0.25),
    ]
    insert(company, facts.deal, rows)
    metrics = ["forecast", "forecast_at_start", "forecast_accuracy"]
    compute(company, AS_OF, metrics)
    assert total(company, "forecast_at_start", *MONTH).value == 7500
    # 1 - |6000 - 7500| / 6000
    accuracy = total(company, "forecast_accuracy", *MONTH)
    assert (accuracy.numerator, accuracy.denominator) == (4500, 6000)
    assert accuracy.value == Decimal("0.75")
    # Won 6000, and D's 400 x 0.25 still open
    assert total(company, "forecast", *MONTH).value == 6100
    # In the middle of March, after B went: A's 6000 and D's 100, nothing won
    middle = at("2026-03-16")
    compute(company, middle, metrics)
    assert total(company, "forecast", *MONTH, as_of_at=middle).value == 6100
    assert total(company, "forecast_accuracy", *MONTH, as_of_at=middle).status == "NO_DATA"


def test_a_deal_won_late_within_the_period_is_expected_no_more(company: sa.Engine) -> None:
    """Open at the end of March; told on 2 April to have been won on 31 March."""
    late = ("late", "2026-02-01", "2026-03-31")
    rows = [
        deal(*late, "open", 1000, 0.5, known_until=at("2026-04-02")),
        deal(*late, "won", 1000, 1, known_from=at("2026-04-02")),
        deal("in time", "2026-02-01", "2026-03-20", "won", 100, 1, known_from=at("2026-03-20")),
        deal("still open", "2026-02-01", "2026-03-31", "open", 40, 0.5),
    ]
    insert_deals(company, rows)
    insert(company, facts.quota, [quota("A", "2026-03-01", "2026-04-01", 3100)])
    as_of = at("2026-04-05")
    loaded(company, [source.id for source in SOURCE_OBJECTS], as_of)
    for instant in (AS_OF, as_of):
        compute(company, instant, ["forecast", "pipeline_coverage"])
    # 100 won, half of 1000 and of 40 expected; then 1100 won, and half of 40
    assert total(company, "forecast", *MONTH, as_of_at=AS_OF).value == 620
    assert total(company, "forecast", *MONTH, as_of_at=as_of).value == 1120
    # 1040 / (3100 - 100), and 40 / (3100 - 1100)
    row = total(company, "pipeline_coverage", *MONTH, as_of_at=AS_OF)
    assert (row.numerator, row.denominator) == (1040, 3000)
    row = total(company, "pipeline_coverage", *MONTH, as_of_at=as_of)
    assert (row.numerator, row.denominator) == (40, 2000)


def test_pipeline_movement_closes(company: sa.Engine) -> None:
    inside = at("2026-03-10")

    def changed(name: str, before: Row, after: Row) -> list[Row]:
        return [before | {"valid_to_at": inside}, after | {"valid_from_at": inside}]

    created, due, later = "2026-02-01", "2026-03-20", "2026-05-01"
    rows = [
        # Open at the start: 2000 + 1200 + 600 + 1100 + 100 = 5000
        *changed("won", deal("won", created, due, "open", 2000),
                 deal("won", created, "2026-03-10", "won", 2000)),
        *changed("lost", deal("lost", created, due, "open", 1200),
                 deal("lost", created, "2026-03-10", "lost", 1200)),
        *changed("pushed", deal("pushed", created, due, "open", 600),
                 deal("pushed", created, later, "open", 600)),
        *changed("grown", deal("grown", created, due, "open", 1100),
                 deal("grown", created, due, "open", 1200)),
        deal("kept", created, due, "open", 100),
        # Created within: 1500. Pulled in: 700.
        deal("created", "2026-03-05", due, "open", 1500),
        *changed("pulled", deal("pulled", created, later, "open", 700),
                 deal("pulled", created, due, "open", 700)),
        # No part of it: expected later, closed before, or not counted
        deal("later", created, later, "open", 9000),
        *deal_history("before", created, "2026-02-20", "won", 9000),
        deal("aside", created, due, "open", 9000, is_counted=False),
    ]  # fmt: skip
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["pipeline_movement"])
    movements = values(company, "pipeline_movement", slice_id="movement", **MARCH)
    assert {member: row.value for member, row in movements.items()} == {
        "opening": 5000,
        "created": 1500,
        "pulled_in": 700,
        "won": -2000,
        "lost": -1200,
        "pushed": -600,
        "amount_changed": 100,
    }
    # 5000 + 1500 + 700 - 2000 - 1200 - 600 + 100
    assert total(company, "pipeline_movement", *MONTH).value == 3500


def test_pipeline_movement_of_deals_that_come_and_go(company: sa.Engine) -> None:
    rows = [
        # Created and won within, for more than first thought
        deal("quick", "2026-03-02", "2026-03-30", "open", 50, known_until=at("2026-03-12")),
        deal("quick", "2026-03-02", "2026-03-12", "won", 80, known_from=at("2026-03-12")),
        # Expected in May, won in March
        deal("early", "2026-02-01", "2026-05-01", "open", 300, known_until=at("2026-03-12")),
        deal("early", "2026-02-01", "2026-03-12", "won", 200, known_from=at("2026-03-12")),
        # Deleted while it was expected
        deal("gone", "2026-02-01", "2026-03-30", "open", 40, known_until=at("2026-03-12")),
        # Lost before, opened again
        deal("again", "2026-01-01", "2026-02-10", "lost", 60, known_until=at("2026-03-12")),
        deal("again", "2026-01-01", "2026-03-30", "open", 60, known_from=at("2026-03-12")),
        # Found to be duplicates: one while it was expected, one created within
        deal("twice", "2026-02-01", "2026-03-30", "open", 5, known_until=at("2026-03-12")),
        deal("twice", "2026-02-01", "2026-03-12", "disqualified", 7, known_from=at("2026-03-12")),
        deal("thrice", "2026-03-02", "2026-03-30", "open", 3, known_until=at("2026-03-12")),
        deal("thrice", "2026-03-02", "2026-03-12", "disqualified", 3, known_from=at("2026-03-12")),
    ]
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["pipeline_movement"])
    movements = values(company, "pipeline_movement", slice_id="movement", **MARCH)
    assert {member: row.value for member, row in movements.items()} == {
        "opening": 45,
        # 40, and the duplicates of 7 and 3
        "removed": -50,
        "created": 83,
        # early as it was, and again
        "pulled_in": 360,
        "amount_changed": -98,
        "won": -280,
    }
    # Only "again" is open at the end: 45 - 50 + 83 + 360 - 98 - 280
    assert total(company, "pipeline_movement", *MONTH).value == 60


def test_movements_of_deals_without_an_amount_are_counted(company: sa.Engine) -> None:
    rows = [
        deal("known", "2026-02-01", "2026-03-30", "open", 100),
        # Open at the start without an amount, and won without one
        deal("bare", "2026-02-01", "2026-03-30", "open", None, known_until=at("2026-03-12")),
        deal("bare", "2026-02-01", "2026-03-12", "won", None, known_from=at("2026-03-12")),
        # Its amount became known
        deal("told", "2026-02-01", "2026-03-30", "open", None, known_until=at("2026-03-12")),
        deal("told", "2026-02-01", "2026-03-30", "open", 30, known_from=at("2026-03-12")),
        # Deleted without one, and created without one
        deal("gone", "2026-02-01", "2026-03-30", "open", None, known_until=at("2026-03-12")),
        deal("new", "2026-03-02", "2026-03-30", "open", None),
    ]
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["pipeline_movement"])
    movements = values(company, "pipeline_movement", slice_id="movement", **MARCH)
    found = {member: (row.value, row.excluded_count) for member, row in movements.items()}
    # Of the opening: bare, told and gone.
    assert found == {
        "opening": (100, 3),
        "amount_changed": (30, 0),
        "won": (None, 1),
        "removed": (None, 1),
        "created": (None, 1),
    }
    row = total(company, "pipeline_movement", *MONTH)
    # 3 + 1 + 1 + 1; known was there, and told changed.
    assert (row.value, row.excluded_count, row.sample_count) == (130, 6, 2)


def stay(
    name: str, stage: str, entered: str, days: float | None, known_from: str | None = None,
    **columns: object,
) -> Row:  # fmt: skip
    """An open stage entered on a day, left after so many days."""
    start = date.fromisoformat(entered)
    left = None if days is None else at(entered) + timedelta(days=days)
    return fact(
        facts.stage_transition,
        f"{name}:{stage}",
        **{
            "known_from": at(known_from or entered),
            "deal_id": name,
            "stage_id": stage,
            "direction": "forward",
            "entered_at": at(entered),
            "entered_date": start,
            "exited_at": left,
            "exited_date": left.date() if left else None,
            "stage_seconds": None if days is None else int(days * DAY),
            "is_open_stage": True,
            "is_first_entry": True,
            **columns,
        },
    )


def test_stage_conversion_and_win_rate(company: sa.Engine) -> None:
    rows = []
    # 100 enter Q, 40 of them P, 24 of those N, 12 of those are won.
    for number in range(100):
        for stage, reached, next_reached in (("Q", 100, 40), ("P", 40, 24), ("N", 24, 12)):
            if number < reached:
                rows.append(
                    stay(
                        f"D{number:03}", stage, "2026-03-05", 1,
                        is_passed=number < next_reached, is_won=number < 12,
                    )
                )  # fmt: skip
    rows += [
        # Neither a second entry nor the closed stage itself
        stay("D000", "Q2", "2026-03-06", 1, is_first_entry=False),
        stay("D000", "won", "2026-03-06", None, is_open_stage=False),
    ]
    insert(company, facts.stage_transition, rows)
    compute(company, AS_OF, ["stage_conversion", "stage_win_rate"])
    passed = values(company, "stage_conversion", slice_id="stage", **MARCH)
    assert {member: row.value for member, row in passed.items()} == {
        "Q": Decimal("0.4"), "P": Decimal("0.6"), "N": Decimal("0.5"),
    }  # fmt: skip
    won = values(company, "stage_win_rate", slice_id="stage", **MARCH)
    # 12 / 40
    assert won["P"].value == Decimal("0.3")


def test_time_in_stage_and_stalled_deals(company: sa.Engine) -> None:
    rows = [stay(f"W{days}", "P", "2026-02-15", days, is_won=True) for days in (5, 10, 20, 40)]
    rows += [
        stay("lost", "P", "2026-02-20", 300, is_won=False),
        # On 1 April 30 days in the stage, and 25
        stay("slow", "P", "2026-03-02", None, owner_user_id="A"),
        stay("usual", "P", "2026-03-07", None, owner_user_id="B"),
        stay("other stage", "Q", "2026-01-01", None),
    ]
    insert(company, facts.stage_transition, rows)
    compute(company, AS_OF, ["time_in_stage", "stalled_deals"])
    # 5, 10 and 20 days from 15 February on end in February and March; 40 days on 27 March
    quarter = total(company, "time_in_stage", "quarter", "2026-01-01")
    # The middle of 5, 10, 20, 40
    assert (quarter.value, quarter.sample_count) == (15 * DAY, 4)
    # Third quartile: 2.25 steps from the first, 20 + 0.25 * 20 = 25 days; only "slow" is above it.
    # Of stage Q no deal was won, so nothing is usual there.
    stalled = total(company, "stalled_deals", *MONTH)
    assert (stalled.value, stalled.sample_count, stalled.excluded_count) == (1, 2, 1)
    owners = values(company, "stalled_deals", slice_id="owner", **MARCH)
    assert {member: row.value for member, row in owners.items()} == {
        "A": 1, "B": 0, "(none)": None,
    }  # fmt: skip


def test_where_nothing_is_usual_no_deal_is_told_to_go_on_as_usual(company: sa.Engine) -> None:
    """A company that has won nothing yet has deals of years ago, of which none was stalled."""
    insert(company, facts.stage_transition, [stay("old", "P", "2025-01-01", None)])
    compute(company, AS_OF, ["stalled_deals"])
    row = total(company, "stalled_deals", *MONTH)
    assert (row.value, row.status, row.excluded_count) == (None, "NO_DATA", 1)
    assert row.status_reason == "No won deal is known to have left these stages."
