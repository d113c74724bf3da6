"""facts.deal: the golden deals, and one odd row for each rule."""

from __future__ import annotations

from datetime import date

from include.tables import facts
from tests.facts.builders import (
    END,
    as_of,
    at,
    built,
    change,
    hubspot_change,
    hubspot_deal,
    hubspot_stages,
    opportunity,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def test_golden_deals(warehouse, settings):
    """The deals of the metric canon, March 2026, in UTC and dollars."""
    put(
        warehouse,
        *stages(),
        opportunity("O1", "2026-01-02", "2026-02-01", "won", 1000, 100),
        opportunity("O2", "2026-01-10", "2026-03-11", "won", 3000, 100),
        opportunity("O3", "2026-02-01", "2026-03-03", "lost", 2000, 0),
        opportunity("O4", "2026-02-15", "2026-03-17", "won", 2000, 100),
        opportunity("O5", "2026-03-05", "2026-03-10", "won", 500, 100),
        opportunity("O6", "2026-03-01", "2026-04-15", "open", 4000, 50),
        opportunity("O7", "2026-01-15", "2026-02-28", "open", 1000, 20),
        opportunity(
            "O8", "2026-02-20", "2026-03-05", "won", 9999, modified="2026-03-06", deleted=True
        ),
        opportunity("O9", "2026-03-25", "2026-05-01", "open", None, 10),
        opportunity("O10", "2026-03-20", "2026-03-10", "won", 500, 100),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert set(deals) == {"O1", "O2", "O3", "O4", "O5", "O6", "O7", "O9", "O10"}
    counted = [deal for deal in deals.values() if deal.is_counted]
    march = [deal for deal in counted if deal.closed_date and date(2026, 3, 1) <= deal.closed_date]
    # 3000 + 2000 + 500 + 500 = 6000 won; 2000 lost.
    assert sum(deal.deal_amount for deal in march if deal.is_won) == 6000
    assert [deal.deal_amount for deal in march if deal.is_lost] == [2000]
    # Days from creation: O2 22 + 28 + 10 = 60, O4 13 + 17 = 30, O5 5; O10 is ten days early.
    assert {key: deals[key].cycle_days for key in ("O2", "O4", "O5", "O10")} == {
        "O2": 60,
        "O4": 30,
        "O5": 5,
        "O10": None,
    }
    assert [key for key, deal in deals.items() if deal.is_cycle_negative] == ["O10"]
    assert deals["O3"].cycle_days is None
    pipeline = [deal for deal in counted if deal.is_open]
    # 4000 + 1000 = 5000; 4000 x 0.5 + 1000 x 0.2 = 2200; O7 is overdue; O9 has no amount.
    assert sum(deal.deal_amount or 0 for deal in pipeline) == 5000
    assert sum(deal.weighted_amount or 0 for deal in pipeline) == 2200
    assert [d.deal_id for d in pipeline if d.expected_close_date < date(2026, 4, 1)] == [
        "salesforce:O7"
    ]
    assert [d.deal_id for d in pipeline if d.is_amount_missing] == ["salesforce:O9"]
    assert deals["O9"].deal_amount is None
    assert not deals["O9"].is_amount_unconverted


def test_a_deal_first_read_closed_was_open_until_its_close_date(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("W", "2026-01-10", "2026-03-11", "won", 3000, 100, modified="2026-06-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    before, after = rows
    assert (before.valid_from_at, before.valid_to_at) == (at("2026-01-10"), at("2026-03-11"))
    assert (before.is_open, before.is_won, before.closed_date) == (True, False, None)
    assert (before.stage_id, before.probability_rate, before.weighted_amount) == (None, None, None)
    assert before.deal_amount == 3000
    assert (after.valid_from_at, after.valid_to_at) == (at("2026-03-11"), END)
    assert (after.is_open, after.is_won, after.closed_date) == (False, True, date(2026, 3, 11))


def test_a_deal_closed_ahead_of_its_close_date_closed_when_it_was_modified(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("W", "2026-01-10", "2026-12-31", "won", modified="2026-02-01"),
    )
    assert [
        (row.valid_from_at, row.is_won)
        for row in built(warehouse, with_choices(settings), facts.deal)
    ] == [(at("2026-01-10"), False), (at("2026-02-01"), True)]


def test_versions_tell_what_was_known_when(warehouse, settings):
    """Open, won, reopened, deleted: each holds from its modification on."""
    put(
        warehouse,
        *stages(),
        opportunity("D", "2026-01-10", "2026-02-20", "open", 100, 10),
        opportunity("D", "2026-01-10", "2026-02-18", "won", 120, 100, modified="2026-02-20"),
        opportunity("D", "2026-01-10", "2026-05-30", "open", 130, 60, modified="2026-03-05"),
        opportunity(
            "D", "2026-01-10", "2026-05-30", "open", 130, 60, modified="2026-04-10", deleted=True
        ),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    # Won on 18 February, entered on the 20th: nobody knew on the 19th.
    assert as_of(rows, "2026-02-19")["D"].is_open
    assert as_of(rows, "2026-03-01")["D"].closed_date == date(2026, 2, 18)
    assert as_of(rows, "2026-03-06")["D"].is_open
    assert as_of(rows, "2026-03-06")["D"].deal_amount == 130
    assert "D" in as_of(rows, "2026-04-09")
    assert "D" not in as_of(rows, "2026-04-10")


def test_stage_history_fills_the_time_before_the_first_reading(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("H", "2026-01-10", "2026-03-11", "won", 3000, 100, modified="2026-06-01"),
        change("H", "2026-01-10", "Prospecting", 1000, 10, "2026-04-30"),
        change("H", "2026-02-01", "Negotiation", 2000, 60, "2026-04-30"),
        change("H", "2026-02-01", "Negotiation", 2500, 60, "2026-03-31"),
        change("H", "2026-03-11", "Closed Won", 3000, 100, "2026-03-11"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert [
        (
            row.valid_from_at,
            row.stage_id,
            row.deal_amount,
            row.weighted_amount,
            row.is_open,
            row.expected_close_date,
        )
        for row in rows
    ] == [
        # 1000 x 0.1 = 100; of two changes in one second the later, 2500 x 0.6 = 1500.
        (
            at("2026-01-10"),
            "salesforce:master:Prospecting",
            1000,
            100,
            True,
            date(2026, 4, 30),
        ),
        (
            at("2026-02-01"),
            "salesforce:master:Negotiation",
            2500,
            1500,
            True,
            date(2026, 3, 31),
        ),
        (
            at("2026-03-11"),
            "salesforce:master:Closed Won",
            3000,
            3000,
            False,
            date(2026, 3, 11),
        ),
        (
            at("2026-06-01"),
            "salesforce:master:Closed Won",
            3000,
            3000,
            False,
            date(2026, 3, 11),
        ),
    ]
    assert [row.valid_to_at for row in rows] == [*(row.valid_from_at for row in rows[1:]), END]


def test_a_history_that_begins_closed_reaches_back_open(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("H", "2026-01-10", "2026-03-11", "lost", modified="2026-06-01"),
        change("H", "2026-03-12", "Closed Lost", 900, 0, "2026-03-11"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert [(row.valid_from_at, row.is_lost, row.stage_id) for row in rows[:2]] == [
        (at("2026-01-10"), False, None),
        (at("2026-03-11"), True, "salesforce:master:Closed Lost"),
    ]


def test_a_deal_deleted_before_the_first_reading_was_there_until_then(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("X", "2026-01-10", "2026-05-30", "open", modified="2026-02-01", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert [(row.valid_from_at, row.valid_to_at) for row in rows] == [
        (at("2026-01-10"), at("2026-02-01"))
    ]


def test_who_is_given_a_deal_after_it_was_won_has_not_won_it(warehouse, settings):
    """Ada won A as a seller on 10 March; it is Bo's since the 20th, and she leads a team since. B is
    opened again under Bo and won by him; C had no owner when it was lost. Of D HubSpot tells owners by
    its history, and E is open.
    """

    def role(of: str, key: str, since: str):
        return version("salesforce.user", of, since, role_id=key, created_at=at("2025-01-01"))

    def sold(key: str, close: str, outcome: str, owner: str | None, modified: str):
        return opportunity(
            key, "2026-01-02", close, outcome, owner_user_id=owner, modified=modified
        )

    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        user_of("ada", salesforce_user_id="005A", hubspot_owner_id="90", role_id="lead"),
        user_of("bo", salesforce_user_id="005B", hubspot_owner_id="91", role_id="seller"),
        role("005A", "seller", "2025-06-01"),
        role("005A", "lead", "2026-03-15"),
        role("005B", "seller", "2025-06-01"),
        sold("A", "2026-03-10", "won", "005A", "2026-03-10"),
        sold("A", "2026-03-10", "won", "005B", "2026-03-20"),
        sold("B", "2026-03-10", "won", "005A", "2026-03-10"),
        sold("B", "2026-03-30", "open", "005B", "2026-03-12"),
        sold("B", "2026-03-25", "won", "005B", "2026-03-25"),
        sold("C", "2026-03-10", "lost", None, "2026-03-10"),
        sold("C", "2026-03-10", "lost", "005B", "2026-03-11"),
        hubspot_deal(
            "D", "2026-01-02", "2026-03-10", "2026-03-20", stage_id="closedwon", owner_id="91"
        ),
        hubspot_change("D", "2026-01-02", "hubspot_owner_id", "90"),
        hubspot_change("D", "2026-03-20", "hubspot_owner_id", "91"),
        hubspot_change("D", "2026-01-02", "dealstage", "appointment"),
        hubspot_change("D", "2026-03-10", "dealstage", "closedwon"),
        sold("E", "2026-05-10", "open", "005A", "2026-03-10"),
        sold("E", "2026-05-10", "open", "005B", "2026-03-20"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)

    def owners_on(moment: str):
        deals = as_of(rows, moment)
        return {key: (deal.owner_user_id, deal.role_id) for key, deal in deals.items()}

    assert owners_on(APRIL) == {
        "A": ("ada", "seller"),
        "B": ("bo", "seller"),
        "C": ("bo", "seller"),
        "D": ("ada", "seller"),
        "E": ("bo", "seller"),
    }
    # While open a deal is of the owner and the role known last.
    assert owners_on("2026-03-11")["E"] == ("ada", "lead")
    assert owners_on("2026-03-11")["B"] == ("ada", "seller")
