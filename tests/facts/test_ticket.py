"""facts.ticket."""

from __future__ import annotations

from datetime import date
from statistics import mean, median
from typing import Any

import pytest

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    member,
    person_of,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def case(key: str, created: str, closed: str | None = None, **values) -> Version:
    """A Salesforce case; read when it was closed, else when it was created."""
    modified = values.pop("modified", None) or closed or created
    return version(
        "salesforce.case",
        key,
        modified,
        **{
            "created_at": at(created),
            "closed_at": at(closed) if closed else None,
            "is_closed": closed is not None,
            "case_status": "x",
            **values,
        },
    )


def hubspot_ticket(key: str, created: str, modified: str, **values) -> Version:
    return version(
        "hubspot.ticket",
        key,
        modified,
        **{"created_at": at(created), "pipeline_id": "0", "stage_id": "1", **values},
    )


def test_golden_times_to_resolution(warehouse, settings):
    """10, 20, 30 and 100 hours, and 50 of a case closed first after 5."""
    put(
        warehouse,
        case("A", "2026-03-01", "2026-03-01T10:00", product_id="01T"),
        case("B", "2026-03-01", "2026-03-01T20:00"),
        case("C", "2026-03-01", "2026-03-02T06:00"),
        case("D", "2026-03-01", "2026-03-05T04:00"),
        case("E", "2026-03-01", "2026-03-01T05:00"),
        case("E", "2026-03-01", modified="2026-03-01T08:00"),
        case("E", "2026-03-01", "2026-03-03T02:00"),
        case("F", "2026-03-01", "2026-03-01", is_closed_on_create=True),
        case("G", "2026-03-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.ticket)
    tickets = as_of(rows, APRIL)
    hours = [row.resolution_seconds / 3600 for row in tickets.values() if row.resolution_seconds]
    # (10 + 20 + 30 + 100 + 50) / 5 = 42.
    assert (mean(hours), median(hours)) == (42, 30)
    assert [key for key, row in tickets.items() if row.product_id == "salesforce:01T"] == ["A"]
    assert tickets["E"].first_resolution_seconds == 5 * 3600
    assert [key for key, row in tickets.items() if row.is_reopened] == ["E"]
    assert (tickets["F"].is_closed_on_create, tickets["F"].resolution_seconds) == (True, None)
    assert (tickets["G"].is_resolved, tickets["G"].resolution_seconds) == (False, None)
    # Between its two closings E was open, and closed once.
    between = as_of(rows, "2026-03-01T09:00")["E"]
    assert (between.is_resolved, between.resolved_at) == (False, None)
    assert between.first_resolved_at == at("2026-03-01T05:00")
    assert not between.is_reopened


def test_a_case_first_read_closed_was_open_until_then(warehouse, settings):
    put(warehouse, case("A", "2026-03-01", "2026-03-03", modified="2026-03-20"))
    before, after = built(warehouse, with_choices(settings), facts.ticket)
    assert (before.valid_from_at, before.valid_to_at) == (at("2026-03-01"), at("2026-03-03"))
    assert (before.is_resolved, before.resolved_date, before.first_resolved_at) == (
        False,
        None,
        None,
    )
    assert (after.is_resolved, after.resolved_date) == (True, date(2026, 3, 3))


def test_a_closing_before_the_filing_has_no_duration(warehouse, settings):
    put(warehouse, case("A", "2026-03-05", "2026-03-03", modified="2026-03-06"))
    (row,) = built(warehouse, with_choices(settings), facts.ticket)
    assert (row.is_duration_negative, row.resolution_seconds) == (True, None)
    assert row.first_resolution_seconds is None


def test_hubspot_tells_the_first_and_the_last_closing(warehouse, settings):
    put(
        warehouse,
        version(
            "hubspot.ticket_stage",
            "0:4",
            "2025-01-01",
            pipeline_id="0",
            stage_id="4",
            stage_label="Done",
            ticket_state="CLOSED",
        ),
        hubspot_ticket(
            "1",
            "2026-03-02",
            "2026-03-09",
            # Users may set the filing back.
            create_at=at("2026-03-01"),
            closed_at=at("2026-03-02"),
            last_closed_at=at("2026-03-04"),
            is_closed=True,
            priority=" HIGH ",
            origin="EMAIL",
            owner_id="9",
        ),
        hubspot_ticket("2", "2026-03-01", "2026-03-09", closed_at=at("2026-03-02"), stage_id="4"),
        hubspot_ticket("3", "2026-03-01", "2026-03-09", closed_at=at("2026-03-02")),
        hubspot_ticket("4", "2026-03-01", "2026-03-09", closed_at=at("2026-03-01"), is_closed=True),
        user_of("hubspot:9", hubspot_owner_id="9"),
        member("hubspot", "77", "hubspot:77"),
        link("hubspot.ticket_company", "1", "77", "2026-03-09"),
        link("hubspot.ticket_company", "1", None, "2026-03-09"),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    day = 86_400
    first = tickets["1"]
    assert (first.resolution_seconds, first.first_resolution_seconds) == (3 * day, day)
    assert first.is_reopened
    assert (first.priority, first.origin) == ("high", "email")
    assert (first.owner_user_id, first.customer_id) == ("hubspot:9", "hubspot:77")
    # Without hs_is_closed the stage decides: 4 ends, 1 does not.
    assert (tickets["2"].is_resolved, tickets["2"].resolution_seconds) == (True, day)
    assert (tickets["3"].is_resolved, tickets["3"].resolved_at) == (False, None)
    assert (tickets["4"].is_closed_on_create, tickets["4"].resolution_seconds) == (True, None)


@pytest.mark.parametrize(
    ("system_of_record", "counted"), [("salesforce", {"500A"}), ("hubspot", {"1"})]
)
def test_of_two_copies_one_counts(warehouse, settings, system_of_record, counted):
    put(
        warehouse,
        case("500A", "2026-03-01"),
        hubspot_ticket("1", "2026-03-01", "2026-03-01", salesforce_case_id="500A"),
    )
    rows = built(warehouse, with_choices(settings, tickets=system_of_record), facts.ticket)
    assert {key for key, row in as_of(rows, APRIL).items() if row.is_counted} == counted


@pytest.mark.parametrize("system_of_record", ["salesforce", "hubspot"])
def test_a_request_counts_before_a_sync_made_its_other_copy(warehouse, settings, system_of_record):
    """Filed on 5 January in one CRM, copied on 1 March to the one that counts."""
    created = {"salesforce": "2026-01-05", "hubspot": "2026-01-05", system_of_record: "2026-03-01"}
    put(
        warehouse,
        case("500A", created["salesforce"], modified="2026-06-01"),
        hubspot_ticket("1", created["hubspot"], "2026-06-01", salesforce_case_id="500A"),
    )
    rows = built(warehouse, with_choices(settings, tickets=system_of_record), facts.ticket)
    found = [
        [row.crm for row in as_of(rows, day).values() if row.is_counted]
        for day in ("2026-02-01", "2026-04-01")
    ]
    other = "hubspot" if system_of_record == "salesforce" else "salesforce"
    assert found == [[other], [system_of_record]]


@pytest.mark.parametrize("system_of_record", ["salesforce", "hubspot"])
def test_the_copy_of_a_merged_request_does_not_come_back(warehouse, settings, system_of_record):
    """Two requests with a copy each; one is merged, in the CRM that counts, into the other: one is left.
    Once that is deleted none is, although the other CRM still has both."""
    ids = {"salesforce": ("500A", "500B"), "hubspot": ("1", "2")}
    kept, merged = ids[system_of_record]

    def made(crm: str, key: str, **values: Any) -> Version:
        if crm == "salesforce":
            return case(key, "2026-03-01", **values)
        number = ids["hubspot"].index(key)
        values["salesforce_case_id"] = ids["salesforce"][number]
        return hubspot_ticket(key, "2026-03-01", values.pop("modified", "2026-03-01"), **values)

    put(
        warehouse,
        *(made(crm, key) for crm, both in ids.items() for key in both),
        made(system_of_record, merged, modified="2026-03-05", merged_into=kept, deleted=True),
        made(system_of_record, kept, modified="2026-03-20", deleted=True),
    )
    rows = built(warehouse, with_choices(settings, tickets=system_of_record), facts.ticket)
    assert [
        {key for key, row in as_of(rows, day).items() if row.is_counted}
        for day in ("2026-03-02", "2026-03-10", APRIL)
    ] == [{kept, merged}, {kept}, set()]


def test_a_request_of_a_person_is_of_where_the_person_works(warehouse, settings):
    """Who writes a mail is linked as a person; HubSpot adds the company if it is told to."""
    put(
        warehouse,
        member("hubspot", "10", "hubspot:10"),
        person_of("hubspot", "contact", "71", "hubspot:contact:71", "salesforce:001A"),
        hubspot_ticket("1", "2026-03-01", "2026-03-01"),
        hubspot_ticket("2", "2026-03-01", "2026-03-01"),
        *(link("hubspot.ticket_contact", key, "71", "2026-03-01") for key in "12"),
        link("hubspot.ticket_company", "2", "10", "2026-03-01"),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert {key: row.customer_id for key, row in tickets.items()} == {
        "1": "salesforce:001A",
        "2": "hubspot:10",
    }


def test_a_merged_case_does_not_count_and_a_deleted_one_is_gone(warehouse, settings):
    put(
        warehouse,
        case("A", "2026-03-01"),
        case("B", "2026-03-01", modified="2026-03-02", merged_into="A"),
        case("C", "2026-03-01"),
        case("C", "2026-03-01", modified="2026-03-05", merged_into="A", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.ticket)
    assert {key: row.is_counted for key, row in as_of(rows, APRIL).items()} == {
        "A": True,
        "B": False,
    }
    assert as_of(rows, "2026-03-04")["C"].is_counted


def test_the_resolved_day_is_local(warehouse, settings):
    put(warehouse, case("A", "2026-03-01", "2026-03-11T03:30"))
    rows = built(warehouse, with_choices(settings, time_zone="America/New_York"), facts.ticket)
    # 03:30 UTC is 23:30 the day before, four hours behind; 1 March at midnight is 28 February.
    assert as_of(rows, APRIL)["A"].resolved_date == date(2026, 3, 10)
    assert as_of(rows, APRIL)["A"].created_date == date(2026, 2, 28)
