"""facts.deal_touch and facts.campaign_member: whom campaigns reached, and what they may claim."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    member,
    on,
    opportunity,
    person_of,
    put,
    stages,
    version,
    with_choices,
)

APRIL = "2026-04-01"
MODELS = ("primary", "even", "first", "last")


def campaign(key: str, kind: str = "Webinar") -> Version:
    return version(
        "salesforce.campaign", key, "2026-01-01", created_at=at("2026-01-01"), campaign_type=kind
    )


def in_campaign(
    key: str, campaign_id: str, joined: str, contact: str | None = None, **values: Any
) -> Version:
    """A membership, read when it was made unless said."""
    modified = values.pop("modified", joined)
    deleted = values.pop("deleted", False)
    return version(
        "salesforce.campaign_member",
        key,
        modified,
        deleted=deleted,
        **{
            "campaign_id": campaign_id,
            "contact_id": contact,
            "created_at": at(joined),
            "member_status": "Sent",
            **values,
        },
    )


def part(deal: str, contact: str, since: str = "2026-01-15") -> Version:
    """A contact with a part in a deal."""
    return version(
        "salesforce.opportunity_contact_role",
        f"{deal}{contact}",
        since,
        opportunity_id=deal,
        contact_id=contact,
        created_at=at(since),
    )


def person(contact: str, customer: str | None = None) -> Any:
    return person_of("salesforce", "contact", contact, f"salesforce:contact:{contact}", customer)


def revenue(rows: Any, model: str) -> dict[str, Decimal]:
    """Won amount by campaign in one model."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.is_won and row.is_counted:
            name = (row.campaign_id or "(none)").split(":")[-1]
            found[name] += row.deal_amount * getattr(row, f"{model}_weight")
    return {name: amount for name, amount in found.items() if amount}


def weights(rows: Any, deal: str) -> dict[str, tuple[Decimal, ...]]:
    """The weights of a deal by campaign, in the order of MODELS."""
    return {
        (row.campaign_id or "none").split(":")[-1]: tuple(
            getattr(row, f"{model}_weight") for model in MODELS
        )
        for row in rows
        if row.deal_id.split(":")[-1] == deal
    }


def test_golden_revenue_per_campaign(warehouse, settings):
    """O2 touched by K1 and K2 with K1 its primary, O4 by K2, O5 and O10 by none."""
    put(
        warehouse,
        *stages(),
        campaign("K1"),
        campaign("K2"),
        person("C1"),
        part("O2", "C1"),
        in_campaign("M1", "K1", "2026-02-01", "C1"),
        in_campaign("M2", "K2", "2026-03-01", "C1"),
        opportunity("O2", "2026-01-10", "2026-03-11", "won", 3000, campaign_id="K1"),
        opportunity("O4", "2026-02-15", "2026-03-17", "won", 2000, campaign_id="K2"),
        opportunity("O5", "2026-03-05", "2026-03-10", "won", 500),
        opportunity("O10", "2026-03-20", "2026-03-10", "won", 500),
        opportunity("O6", "2026-03-01", "2026-04-15", "open", 4000, campaign_id="K1"),
    )
    rows = list(as_of(built(warehouse, with_choices(settings), facts.deal_touch), APRIL).values())
    assert revenue(rows, "primary") == {"K1": 3000, "K2": 2000, "(none)": 1000}
    # Half of 3000 each, and 2000 more for K2: 1500, 3500.
    assert revenue(rows, "even") == {"K1": 1500, "K2": 3500, "(none)": 1000}
    assert revenue(rows, "first") == {"K1": 3000, "K2": 2000, "(none)": 1000}
    assert revenue(rows, "last") == {"K2": 5000, "(none)": 1000}
    for model in MODELS:
        # 3000 + 2000 + 500 + 500: no deal is claimed twice, nor left out.
        assert sum(revenue(rows, model).values()) == 6000
    assert {row.channel for row in rows if row.campaign_id} == {"event"}
    assert {(row.campaign_id is None, row.campaign_type) for row in rows} == {
        (False, "Webinar"),
        (True, None),
    }


def test_every_model_shares_out_each_deal_once_at_any_time(warehouse, settings):
    """Three touches: one before, one during and one after; and a membership taken back."""
    put(
        warehouse,
        *stages(),
        *(campaign(key) for key in ("K1", "K2", "K3", "K4")),
        person("C1"),
        person("C2"),
        part("D", "C1"),
        part("D", "C2", "2026-02-10"),
        # No primary campaign: in that model it belongs to none.
        opportunity("D", "2026-01-10", "2026-05-30", "open", 900),
        opportunity("D", "2026-01-10", "2026-03-11", "won", 900, modified="2026-03-11"),
        in_campaign("M1", "K1", "2025-12-01", "C1"),
        in_campaign("M2", "K2", "2026-02-01", "C2"),
        in_campaign("M3", "K3", "2026-02-20", "C1"),
        in_campaign("M3", "K3", "2026-02-20", "C1", modified="2026-03-01", deleted=True),
        in_campaign("M4", "K4", "2026-03-20", "C1"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal_touch)
    third, half = Decimal("0.3333333333"), Decimal("0.5")

    def then(day: str) -> Any:
        return weights(as_of(rows, day).values(), "D")

    # Before the first contact has a part in it, no campaign touched the deal.
    assert then("2026-01-12") == {"none": (1, 1, 1, 1)}
    assert then("2026-01-16") == {"none": (1, 0, 0, 0), "K1": (0, 1, 1, 1)}
    # C2 was in K2 since 1 February, and has a part since the 10th.
    assert then("2026-02-11") == {
        "none": (1, 0, 0, 0), "K1": (0, half, 1, 0), "K2": (0, half, 0, 1),
    }  # fmt: skip
    assert then("2026-02-21") == {
        "none": (1, 0, 0, 0),
        # The three shares add up to 1.
        "K1": (0, third + Decimal("0.0000000001"), 1, 0),
        "K2": (0, third, 0, 0),
        "K3": (0, third, 0, 1),
    }
    # K3 is gone; K4 came after the deal was won, and may not claim it.
    for day in ("2026-03-02", "2026-03-12", APRIL):
        assert then(day) == then("2026-02-11")
    for day in ("2026-01-12", "2026-02-11", "2026-02-21", "2026-03-02", APRIL):
        for position in range(4):
            assert sum(weight[position] for weight in then(day).values()) == 1


def test_a_campaign_that_reached_nobody_has_no_share(warehouse, settings):
    """Of two campaigns a buyer is in, one is still planned, and another reached the buyer too late."""
    put(
        warehouse,
        *stages(),
        *(campaign(key) for key in ("K1", "K2", "K3")),
        person("C1"),
        part("O2", "C1"),
        in_campaign("M1", "K1", "2026-02-01", "C1"),
        in_campaign("M2", "K2", "2026-02-01", "C1", member_status="Planned"),
        in_campaign("M3", "K3", "2026-02-01", "C1", member_status="Planned"),
        in_campaign("M3", "K3", "2026-02-01", "C1", modified="2026-03-20"),
        opportunity("O2", "2026-01-10", "2026-03-11", "won", 3000),
    )
    rows = list(as_of(built(warehouse, with_choices(settings), facts.deal_touch), APRIL).values())
    for model in ("even", "first", "last"):
        assert revenue(rows, model) == {"K1": 3000}


def test_influence_names_campaigns_by_its_default_model(warehouse, settings):
    def influence(key: str, model: str, campaign_id: str) -> Version:
        return version(
            "salesforce.campaign_influence",
            key,
            "2026-02-01",
            created_at=at("2026-02-01"),
            campaign_id=campaign_id,
            opportunity_id="D",
            model_id=model,
        )

    put(
        warehouse,
        *stages(),
        opportunity("D", "2026-01-10", "2026-03-11", "won", 900, campaign_id="K1"),
        influence("I1", "M1", "K2"),
        influence("I2", "M2", "K3"),
        *(
            version(
                "salesforce.campaign_influence_model",
                key,
                "2026-01-01",
                is_default=key == "M1",
                is_active=True,
            )
            for key in ("M1", "M2")
        ),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.deal_touch), APRIL)
    half = Decimal("0.5")
    # The primary campaign, which nobody was in, is as old as the deal.
    assert weights(rows.values(), "D") == {"K1": (1, half, 1, 0), "K2": (0, half, 0, 1)}


def test_hubspot_deals_have_their_one_campaign(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        version("hubspot.campaign", "77", "2026-01-01", created_at=at("2026-01-01")),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", campaign_id="77",
                     analytics_source="PAID_SEARCH"),
        hubspot_deal("2", "2026-03-01", None, "2026-03-01"),
    )  # fmt: skip
    rows = list(as_of(built(warehouse, with_choices(settings), facts.deal_touch), APRIL).values())
    assert weights(rows, "1") == {"77": (1, 1, 1, 1)}
    assert weights(rows, "2") == {"none": (1, 1, 1, 1)}
    # HubSpot's campaigns do not tell their channel; the deal does.
    assert {row.deal_id: row.channel for row in rows} == {
        "hubspot:1": "paid_search",
        "hubspot:2": "unknown",
    }


def test_golden_campaign_success(warehouse, settings):
    """Eight reached, four of them responded, one became a customer afterwards."""
    put(
        warehouse,
        *stages(),
        campaign("K1"),
        *(person(f"C{n}", f"salesforce:00{n}") for n in range(1, 10)),
        *(member("salesforce", f"00{n}", f"salesforce:00{n}") for n in (1, 2)),
        *(
            in_campaign(
                f"M{n}",
                "K1",
                "2026-02-01",
                f"C{n}",
                has_responded=n <= 4,
                first_responded_date=on("2026-02-05") if n <= 4 else None,
                member_status="Responded" if n <= 4 else "Sent",
            )
            for n in range(1, 9)
        ),
        # Not reached yet; the same person once more, as the lead it was.
        in_campaign("M9", "K1", "2026-02-01", "C9", member_status="Planned"),
        in_campaign("M10", "K1", "2026-02-02", lead_id="L1"),
        person_of("salesforce", "lead", "L1", "salesforce:contact:C1", "salesforce:001"),
        opportunity("A", "2026-02-10", "2026-03-11", "won", 100, account_id="001"),
        # A customer before the campaign reached it is none of its success.
        opportunity("B", "2026-01-10", "2026-01-31", "won", 100, account_id="002"),
    )
    rows = built(warehouse, with_choices(settings), facts.campaign_member)
    counted = [row for row in as_of(rows, APRIL).values() if row.is_counted and row.is_sent]
    assert (len(counted), sum(row.is_responded for row in counted)) == (8, 4)
    (customer,) = [row for row in counted if row.is_customer]
    assert (customer.campaign_member_id, customer.customer_date) == (
        "salesforce:M1",
        date(2026, 3, 11),
    )
    assert customer.responded_date == date(2026, 2, 5)
    assert customer.campaign_type == "Webinar"
    # Ten memberships of nine people; before the win nobody was a customer.
    assert len(as_of(rows, APRIL)) == 10
    assert not any(row.is_customer for row in as_of(rows, "2026-03-10").values())


def test_a_member_is_reached_when_its_status_first_says_so(warehouse, settings):
    put(
        warehouse,
        campaign("K1"),
        person("C1"),
        in_campaign("M1", "K1", "2026-02-01", "C1", member_status=" Planned "),
        in_campaign("M1", "K1", "2026-02-01", "C1", modified="2026-02-10"),
        in_campaign("M1", "K1", "2026-02-01", "C1", modified="2026-02-20", has_responded=True),
    )
    rows = built(warehouse, with_choices(settings), facts.campaign_member)
    assert [
        (row.valid_from_at, row.is_sent, row.sent_date, row.is_responded, row.responded_date)
        for row in rows
    ] == [
        (at("2026-02-01"), False, None, False, None),
        (at("2026-02-10"), True, date(2026, 2, 10), False, None),
        # Salesforce did not say which day: the one it was first seen.
        (at("2026-02-20"), True, date(2026, 2, 10), True, date(2026, 2, 20)),
    ]
