"""Requests and people of the time before the first reading, from the histories of the CRMs."""

from __future__ import annotations

from datetime import date

from include.tables import facts
from tests.facts.builders import (
    END,
    Version,
    as_of,
    at,
    built,
    hubspot_change,
    person_of,
    put,
    version,
    with_choices,
)

HOUR = 3600


def ticket_stage(stage: str, state: str) -> Version:
    return version(
        "hubspot.ticket_stage",
        f"0:{stage}",
        "2025-01-01",
        pipeline_id="0",
        stage_id=stage,
        stage_label=stage,
        ticket_state=state,
    )


def case_change(when: str, to: str) -> Version:
    return version(
        "salesforce.case_history",
        when,
        when,
        case_id="A",
        field_name="Status",
        new_value=to,
        created_at=at(when),
    )


def test_requests_opened_again_before_the_first_reading(warehouse, settings):
    """Closed after 5 hours, open from the 8th on, closed for good after 50: first read in June."""
    filed = at("2026-03-01")
    put(
        warehouse,
        version(
            "salesforce.case",
            "A",
            "2026-06-01",
            created_at=filed,
            closed_at=at("2026-03-03T02:00"),
            is_closed=True,
            case_status="Closed",
        ),
        case_change("2026-03-01T05:00", "Closed"),
        case_change("2026-03-01T08:00", "Working"),
        case_change("2026-03-03T02:00", "Closed"),
        ticket_stage("new", "OPEN"),
        ticket_stage("done", "CLOSED"),
        version(
            "hubspot.ticket",
            "1",
            "2026-06-01",
            created_at=filed,
            closed_at=at("2026-03-03T02:00"),
            is_closed=True,
            pipeline_id="0",
            stage_id="done",
        ),
        hubspot_change("1", "2026-03-01", "hs_pipeline_stage", "new", "ticket"),
        hubspot_change("1", "2026-03-01T05:00", "hs_pipeline_stage", "done", "ticket"),
        hubspot_change("1", "2026-03-01T08:00", "hs_pipeline_stage", "new", "ticket"),
        hubspot_change("1", "2026-03-03T02:00", "hs_pipeline_stage", "done", "ticket"),
    )
    rows = built(warehouse, with_choices(settings), facts.ticket)
    for key in ("A", "1"):
        # Nobody knew on the way what would come of it.
        assert not as_of(rows, "2026-03-01T04:00")[key].is_resolved
        first = as_of(rows, "2026-03-01T06:00")[key]
        assert (first.is_resolved, first.is_reopened, first.resolution_seconds) == (
            True,
            False,
            5 * HOUR,
        )
        between = as_of(rows, "2026-03-02")[key]
        assert (between.is_resolved, between.resolution_seconds) == (False, None)
        for day in ("2026-03-04", "2026-07-01"):
            final = as_of(rows, day)[key]
            assert (final.resolution_seconds, final.first_resolution_seconds) == (
                50 * HOUR,
                5 * HOUR,
            )
            assert final.is_reopened
    assert max(row.valid_to_at for row in rows) == END


def test_a_contact_is_a_lead_since_its_history_says_so(warehouse, settings):
    """A subscriber in January, a lead on 10 February, a customer when first read in June."""
    put(
        warehouse,
        version(
            "hubspot.contact",
            "1",
            "2026-06-01",
            created_at=at("2026-01-05"),
            lifecycle_stage="customer",
        ),
        hubspot_change("1", "2026-01-05", "lifecyclestage", "subscriber", "contact"),
        hubspot_change("1", "2026-02-10", "lifecyclestage", "lead", "contact"),
        hubspot_change("1", "2026-05-01", "lifecyclestage", "customer", "contact"),
        # Went back to where it does not count: it was a lead all the same.
        version(
            "hubspot.contact",
            "2",
            "2026-06-01",
            created_at=at("2026-01-05"),
            lifecycle_stage="subscriber",
        ),
        hubspot_change("2", "2026-03-01", "lifecyclestage", "lead", "contact"),
        hubspot_change("2", "2026-04-01", "lifecyclestage", "subscriber", "contact"),
        # Of this one no history is known: it may have been a lead from the beginning.
        version(
            "hubspot.contact",
            "3",
            "2026-06-01",
            created_at=at("2026-01-05"),
            lifecycle_stage="lead",
        ),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}") for key in "123"),
    )
    leads = as_of(built(warehouse, with_choices(settings), facts.lead), "2026-07-01")
    assert {key: row.created_date for key, row in leads.items()} == {
        "contact:1": date(2026, 2, 10),
        # Its oldest value reaches back.
        "contact:2": date(2026, 1, 5),
        "contact:3": date(2026, 1, 5),
    }
