"""Where people, companies and deals came from first, whatever was written over it later."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import facts
from include.tables import stage as staged
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    hubspot_change,
    member,
    opportunity,
    person_of,
    put,
    stages,
    version,
    with_choices,
)

MAY = "2026-05-01"


def lead(key: str, modified: str, source: str | None) -> Version:
    return version(
        "salesforce.lead",
        key,
        modified,
        created_at=at("2026-01-05"),
        lead_status="New",
        is_converted=False,
        lead_source=source,
    )


def contact(key: str, modified: str, source: str | None, **values: Any) -> Version:
    return version(
        "hubspot.contact",
        key,
        modified,
        **{
            "created_at": at("2026-01-05"),
            "lifecycle_stage": "lead",
            "analytics_source": source,
            **values,
        },
    )


def told(key: str, when: str, source: str | None, by: str) -> Version:
    """What a contact's source was, by its history, and what made it so."""
    entry = hubspot_change(key, when, "hs_analytics_source", source, "contact")
    entry.values["source_type"] = by
    return entry


def customer(key: str, **values: Any) -> tuple[sa.Table, dict[str, Any]]:
    return staged.customer, {
        "customer_id": f"salesforce:{key}",
        "salesforce_account_id": key,
        "created_at": at("2026-01-10"),
        "is_deleted": False,
        **values,
    }


def channels(rows: list[sa.Row[Any]]) -> dict[str, str]:
    return {key: row.channel for key, row in as_of(rows, MAY).items()}


def test_a_source_overwritten_by_hand_moves_nobody(warehouse, settings):
    """In April somebody writes another source over that of January, in each CRM."""
    people = {
        "salesforce": ("lead", ("overwritten", "cleared", "told later", "meant nothing", "never")),
        "hubspot": ("contact", ("1", "2", "3")),
    }
    put(
        warehouse,
        lead("overwritten", "2026-01-05", "Trade Show"),
        lead("overwritten", "2026-04-01", "Google Ads"),
        lead("cleared", "2026-01-05", "Trade Show"),
        lead("cleared", "2026-04-01", None),
        # Neither nothing nor a word that means no channel is a source.
        lead("told later", "2026-01-05", None),
        lead("told later", "2026-04-01", "Google Ads"),
        lead("meant nothing", "2026-01-05", "Other"),
        lead("meant nothing", "2026-04-01", "Google Ads"),
        lead("never", "2026-01-05", None),
        # Overwritten before we read it first: HubSpot's history tells.
        contact("1", "2026-04-20", "PAID_SEARCH"),
        told("1", "2026-01-05", "DIRECT_TRAFFIC", "ANALYTICS"),
        told("1", "2026-04-01", "PAID_SEARCH", "CRM_UI"),
        # HubSpot recognized an earlier visit, and an import wrote over it.
        contact("2", "2026-04-20", "OTHER_CAMPAIGNS"),
        told("2", "2026-01-05", "OFFLINE", "ANALYTICS"),
        told("2", "2026-02-01", "ORGANIC_SEARCH", "ANALYTICS"),
        told("2", "2026-04-01", "OTHER_CAMPAIGNS", "IMPORT"),
        # HubSpot never tracked this one, who was entered by a program and changed twice.
        contact("3", "2026-04-20", "PAID_SEARCH"),
        told("3", "2026-01-05", "", "API"),
        told("3", "2026-01-06", "REFERRALS", "API"),
        told("3", "2026-02-01", "DIRECT_TRAFFIC", "CRM_UI"),
        told("3", "2026-04-01", "PAID_SEARCH", "CRM_UI"),
        *(
            person_of(crm, kind, key, f"{crm}:{kind}:{key}")
            for crm, (kind, keys) in people.items()
            for key in keys
        ),
    )
    expected = {
        "lead:overwritten": "event",
        "lead:cleared": "event",
        "lead:told later": "paid_search",
        "lead:meant nothing": "paid_search",
        "lead:never": "unknown",
        "contact:1": "direct",
        "contact:2": "organic_search",
        "contact:3": "referral_web",
    }
    for table in (facts.lead, facts.prospect):
        assert channels(built(warehouse, with_choices(settings), table)) == expected


@pytest.mark.parametrize("first", ["account", "opportunity"])
def test_a_customer_stays_in_the_channel_it_came_through(warehouse, settings, first):
    """Two sources of one record, the first a trade show, over which somebody writes an advertisement."""
    sources = [("2026-01-10", "Trade Show"), ("2026-04-01", "Google Ads")]
    if first == "account":
        records = [
            version("salesforce.account", "A", day, created_at=at("2026-01-10"), account_source=source)
            for day, source in sources
        ]  # fmt: skip
    else:
        records = [
            opportunity("O", "2026-01-10", "2026-02-10", "won", account_id="A", lead_source=source, modified=day)
            for day, source in sources
        ]  # fmt: skip
    put(warehouse, *stages(), customer("A"), member("salesforce", "A", "salesforce:A"), *records)
    (row,) = as_of(built(warehouse, with_choices(settings), facts.customer), MAY).values()
    assert (row.channel, row.is_marketing) == ("event", True)


def test_what_the_sync_calls_offline_gives_way_to_salesforce(warehouse, settings):
    """The sync made a contact of a lead; its source was overwritten in both CRMs."""
    put(
        warehouse,
        lead("L", "2026-01-05", "Trade Show"),
        lead("L", "2026-04-01", "Google Ads"),
        contact("1", "2026-04-01", "PAID_SEARCH", object_source="SALESFORCE"),
        told("1", "2026-01-06", "OFFLINE", "ANALYTICS"),
        told("1", "2026-04-01", "PAID_SEARCH", "CRM_UI"),
        person_of("salesforce", "lead", "L", "salesforce:lead:L"),
        person_of("hubspot", "contact", "1", "salesforce:lead:L"),
    )
    rows = built(warehouse, with_choices(settings), facts.lead)
    assert channels(rows) == {"lead:L": "event"}


def test_people_who_never_were_leads_touch_their_customer_too(warehouse, settings):
    """A contact entered at a fair, and a subscriber of a newsletter, before the deal of nobody's source."""
    put(
        warehouse,
        *stages(),
        customer("A"),
        member("salesforce", "A", "salesforce:A"),
        version(
            "salesforce.contact",
            "C",
            "2026-01-10",
            created_at=at("2026-01-10"),
            account_id="A",
            lead_source="Trade Show",
        ),
        person_of("salesforce", "contact", "C", "salesforce:contact:C", "salesforce:A"),
        customer("B"),
        member("salesforce", "B", "salesforce:B"),
        contact("1", "2026-01-05", "EMAIL_MARKETING", lifecycle_stage="subscriber"),
        person_of("hubspot", "contact", "1", "hubspot:contact:1", "salesforce:B"),
        # Neither an import nor a copy the sync made tells where somebody came from.
        customer("D"),
        member("salesforce", "D", "salesforce:D"),
        contact("2", "2026-01-05", "OFFLINE", object_source="SALESFORCE"),
        contact("3", "2026-01-05", "OFFLINE", object_source="IMPORT", lifecycle_stage="other"),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}", "salesforce:D") for key in "23"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.customer)
    assert {key: (row.channel, row.is_marketing) for key, row in as_of(rows, MAY).items()} == {
        "A": ("event", True),
        "B": ("email", True),
        "D": ("unknown", False),
    }


def test_what_comes_after_the_first_sale_brought_no_customer(warehouse, settings):
    """Sold in February to somebody who came from nowhere known. In April the customer is invited to a
    webinar and to a fair, has another contact, and buys again: none of that brought it.
    """
    put(
        warehouse,
        *stages(),
        customer("A"),
        member("salesforce", "A", "salesforce:A"),
        lead("L", "2026-01-05", None),
        opportunity("first", "2026-01-10", "2026-02-10", "won", account_id="A"),
        opportunity("again", "2026-04-01", "2026-04-20", "won", account_id="A", lead_source="Webinar"),
        version("salesforce.contact", "C", "2026-04-01", created_at=at("2026-04-01"), lead_source="Webinar"),
        version("salesforce.campaign", "701", "2026-04-01", created_at=at("2026-04-01"), campaign_type="Trade Show"),
        version("salesforce.campaign_member", "M", "2026-04-02", created_at=at("2026-04-02"), campaign_id="701", lead_id="L"),
        *(
            person_of("salesforce", kind, key, f"salesforce:{kind}:{key}", "salesforce:A")
            for key, kind in (("L", "lead"), ("C", "contact"))
        ),
        # One that was sold to before there was a CRM: all of it was entered in one day.
        customer("B", created_at=at("2026-03-01")),
        member("salesforce", "B", "salesforce:B"),
        opportunity("old", "2026-03-01T10:00", "2025-06-01", "won", account_id="B", lead_source="Partner"),
    )  # fmt: skip
    rows = as_of(built(warehouse, with_choices(settings), facts.customer), MAY)
    assert {key: (row.channel, row.campaign_id) for key, row in rows.items()} == {
        "A": ("unknown", None),
        "B": ("partner", None),
    }


def test_a_campaign_that_is_only_planned_brought_nobody(warehouse, settings):
    put(
        warehouse,
        version("salesforce.campaign", "701", "2026-01-01", created_at=at("2026-01-01"), campaign_type="Trade Show"),
        *(lead(key, "2026-01-05", None) for key in ("invited", "listed")),
        *(
            version(
                "salesforce.campaign_member", key, "2026-01-05", created_at=at("2026-01-05"),
                campaign_id="701", lead_id=key, member_status=status,
            )
            for key, status in (("invited", "Sent"), ("listed", "Planned"))
        ),
        *(person_of("salesforce", "lead", key, f"salesforce:lead:{key}") for key in ("invited", "listed")),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.lead)
    assert channels(rows) == {"lead:invited": "event", "lead:listed": "unknown"}
