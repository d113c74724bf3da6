"""Why a deal was lost and to whom, and the reasons for which it was no loss."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_deals import Deals
from include.facts import refresh
from include.facts.build import rows_of
from include.facts.refresh import definition_hash, refresh_facts, statements_of
from include.stage.unify import unify
from include.tables import facts
from include.tables.stage import VERSION
from tests.facts.builders import (
    Version,
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
    with_choices,
)

APRIL = "2026-04-01"
NOT_COUNTED = ["duplicate", "invalid"]
FIELDS = {"lost_reason_field": "Loss__c", "competitor_field": "Rival__c"}


def chosen(settings: Settings, **deals: Any) -> Settings:
    """UTC, and these choices about deals."""
    return dataclasses.replace(with_choices(settings), deals=Deals.model_validate(deals))


def of_salesforce(key: str, outcome: str, reason: str | None, **values: Any) -> Version:
    """A deal of Salesforce closed on 11 March."""
    told = {"Loss__c": reason} if reason is not None else {}
    custom = told | values.pop("custom", {})
    return opportunity(key, "2026-01-02", "2026-03-11", outcome, custom_fields=custom, **values)


def of_hubspot(key: str, outcome: str, reason: str | None, **values: Any) -> Version:
    """A deal of HubSpot closed on 11 March."""
    stage = {"won": "closedwon", "lost": "closedlost", "open": "appointment"}[outcome]
    return hubspot_deal(
        key, "2026-01-02", "2026-03-11", "2026-03-11", stage_id=stage, lost_reason=reason, **values
    )


# 3 won, and 4 lost of which one is a duplicate: 3 of 3 + 3 are won.
ENDS = (
    ("1", "won", None),
    ("2", "won", None),
    ("3", "won", None),
    ("4", "lost", "Price"),
    ("5", "lost", None),
    ("6", "lost", "Duplicated effort"),
    ("7", "lost", " DUPLICATE "),
)


@pytest.mark.parametrize("make", [of_salesforce, of_hubspot])
def test_a_deal_lost_for_a_reason_not_counted_is_neither_won_nor_lost(warehouse, settings, make):
    put(warehouse, *stages(), *hubspot_stages(), *(make(*end) for end in ENDS))
    choices = chosen(settings, salesforce=FIELDS, lost_reasons_not_counted=NOT_COUNTED)
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert [key for key, row in deals.items() if row.is_won] == ["1", "2", "3"]
    assert [key for key, row in deals.items() if row.is_lost] == ["4", "5", "6"]
    assert [key for key, row in deals.items() if row.is_disqualified] == ["7"]
    assert all(row.is_closed and row.is_counted and not row.is_open for row in deals.values())
    assert [row.lost_reason for row in deals.values()] == [
        *(None, None, None, "price", None, "duplicated effort", "duplicate"),
    ]


@pytest.mark.parametrize("make", [of_salesforce, of_hubspot])
def test_every_reason_counts_until_some_are_chosen(warehouse, settings, make):
    put(warehouse, *stages(), *hubspot_stages(), *(make(*end) for end in ENDS))
    deals = as_of(built(warehouse, chosen(settings, salesforce=FIELDS), facts.deal), APRIL)
    assert [key for key, row in deals.items() if row.is_lost] == ["4", "5", "6", "7"]
    assert not any(row.is_disqualified for row in deals.values())


@pytest.mark.parametrize("make", [of_salesforce, of_hubspot])
def test_a_reason_left_over_on_a_deal_that_is_not_lost_says_nothing(warehouse, settings, make):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        make("W", "won", "Duplicate"),
        make("O", "open", "Duplicate"),
    )
    choices = chosen(settings, salesforce=FIELDS, lost_reasons_not_counted=NOT_COUNTED)
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert (deals["W"].is_won, deals["W"].lost_reason) == (True, None)
    assert (deals["O"].is_open, deals["O"].lost_reason) == (True, None)
    assert not deals["W"].is_disqualified
    assert not deals["O"].is_disqualified


def test_fields_are_those_of_the_settings(warehouse, settings):
    own = {"custom": {"Rival__c": " Acme ", "Other__c": "no"}}
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        of_salesforce("S", "lost", "Price", **own),
        of_salesforce("W", "won", None, **own),
        of_hubspot("1", "lost", "by itself", custom_fields={"why": "Budget", "rival": "Globex"}),
    )

    def told(**deals: Any) -> dict[str, tuple[str | None, str | None]]:
        rows = as_of(built(warehouse, chosen(settings, **deals), facts.deal), APRIL)
        return {key: (row.lost_reason, row.competitor) for key, row in rows.items()}

    # HubSpot's own reason only, and nothing of Salesforce, unless fields are named.
    assert told() == {"S": (None, None), "W": (None, None), "1": ("by itself", None)}
    assert told(
        salesforce=FIELDS, hubspot={"lost_reason_field": "why", "competitor_field": "rival"}
    ) == {"S": ("price", "acme"), "W": (None, "acme"), "1": ("budget", "globex")}
    assert told(hubspot={"lost_reason_field": None})["1"] == (None, None)


def test_a_reason_holds_from_when_it_is_told(warehouse, settings):
    lost = {"custom_fields": {"Loss__c": "Price"}}
    put(
        warehouse,
        *stages(),
        opportunity("A", "2026-01-02", "2026-04-30", "open", modified="2026-01-02"),
        opportunity("A", "2026-01-02", "2026-03-11", "lost", modified="2026-03-11", **lost),
        opportunity(
            "A", "2026-01-02", "2026-03-11", "lost", modified="2026-03-20",
            custom_fields={"Loss__c": "Duplicate"},
        ),
        opportunity("A", "2026-01-02", "2026-03-25", "won", modified="2026-03-25"),
    )  # fmt: skip
    choices = chosen(settings, salesforce=FIELDS, lost_reasons_not_counted=NOT_COUNTED)
    rows = built(warehouse, choices, facts.deal)
    said = ("is_open", "is_lost", "is_disqualified", "is_won", "lost_reason")

    def state(day: str) -> tuple[list[str], str | None]:
        row = as_of(rows, day)["A"]
        return [name for name in said[:-1] if getattr(row, name)], row.lost_reason

    assert state("2026-03-01") == (["is_open"], None)
    assert state("2026-03-15") == (["is_lost"], "price")
    assert state("2026-03-22") == (["is_disqualified"], "duplicate")
    assert state(APRIL) == (["is_won"], None)


def test_a_deal_that_was_none_was_open_before(warehouse, settings):
    """First read after it closed: the time before is assumed, as of any other deal."""
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        of_salesforce("S", "lost", "Invalid", modified="2026-06-01"),
        of_hubspot("1", "lost", "Invalid"),
        change("S", "2026-01-02", "Negotiation", 1000, 60, "2026-04-30"),
        change("S", "2026-03-11", "Closed Lost", 1000, 0, "2026-03-11"),
        hubspot_change("1", "2026-01-02", "dealstage", "appointment"),
        hubspot_change("1", "2026-03-11", "dealstage", "closedlost"),
    )
    choices = chosen(settings, salesforce=FIELDS, lost_reasons_not_counted=NOT_COUNTED)
    rows = built(warehouse, choices, facts.deal)
    before, after = as_of(rows, "2026-02-01"), as_of(rows, APRIL)
    for key in ("S", "1"):
        assert (before[key].is_open, before[key].lost_reason) == (True, None)
        assert (after[key].is_disqualified, after[key].lost_reason) == (True, "invalid")
    assert after["S"].lost_from_stage_id == "salesforce:master:Negotiation"


def test_stages_of_a_deal_that_was_none_stay_and_count_no_more(warehouse, settings):
    """Found to be entered twice on 11 March: it did not go through those stages a second time."""
    put(
        warehouse,
        *stages(),
        of_salesforce("S", "lost", "Duplicate"),
        change("S", "2026-01-02", "Prospecting", 1000, 10, "2026-04-30"),
        change("S", "2026-02-01", "Negotiation", 1000, 60, "2026-04-30"),
        change("S", "2026-03-11", "Closed Lost", 1000, 0, "2026-03-11"),
    )

    def told(**deals: Any) -> list[tuple[Any, ...]]:
        choices = chosen(settings, salesforce=FIELDS, **deals)
        rows = built(warehouse, choices, facts.stage_transition)
        return [
            (row.stage_id, moment, row.is_counted)
            for moment in ("2026-03-10", "2026-04-01")
            for row in rows
            if row.valid_from_at < at(moment) <= row.valid_to_at
        ]

    open_stages = ["salesforce:master:Prospecting", "salesforce:master:Negotiation"]
    before = [(stage, "2026-03-10", True) for stage in open_stages]
    ended = [*open_stages, "salesforce:master:Closed Lost"]
    assert told() == before + [(stage, "2026-04-01", True) for stage in ended]
    assert told(lost_reasons_not_counted=NOT_COUNTED) == before + [
        (stage, "2026-04-01", False) for stage in ended
    ]


def test_other_choices_about_deals_are_another_definition_of_the_facts(settings):
    choices = [
        chosen(settings),
        chosen(settings, lost_reasons_not_counted=["duplicate"]),
        chosen(settings, lost_reasons_not_counted=NOT_COUNTED),
        chosen(settings, salesforce={"lost_reason_field": "Loss__c"}),
        chosen(settings, salesforce={"lost_reason_field": "Why__c"}),
        chosen(settings, salesforce={"competitor_field": "Why__c"}),
        chosen(settings, hubspot={"lost_reason_field": "why"}),
        chosen(settings, hubspot={"competitor_field": "rival"}),
    ]
    assert len({definition_hash(statements_of(rows_of(each)), []) for each in choices}) == len(
        choices
    )


def test_a_reason_given_later_is_a_change_of_the_deal(warehouse, settings, monkeypatch):
    """Facts of what changed only: nothing but a custom field is another."""
    monkeypatch.setattr(refresh, "SMALLEST_COUNT", 0)
    monkeypatch.setattr(refresh, "LARGEST_RATE", 1.0)
    choices = chosen(settings, salesforce=FIELDS, lost_reasons_not_counted=NOT_COUNTED)
    put(warehouse, *stages(), of_salesforce("S", "lost", "Price"), of_salesforce("T", "lost", None))

    def refreshed(hour: int) -> str:
        unify(warehouse, choices)
        return refresh_facts(warehouse, choices, at(f"2026-06-01T{hour:02}:00")).reason

    assert refreshed(1) == "facts were not built before"
    table = VERSION["salesforce.opportunity"]
    with warehouse.begin() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.salesforce_opportunity_id == "T")
            .values(custom_fields={"Loss__c": "Duplicate"})
        )
    assert refreshed(2) == ""
    deal = facts.deal.c
    with warehouse.connect() as connection:
        found = sa.select(deal.deal_id, deal.lost_reason).where(deal.is_disqualified)
        assert connection.execute(found).all() == [("salesforce:T", "duplicate")]
