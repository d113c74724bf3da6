"""facts.lead: the golden funnel, and one odd person for each rule."""

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
    hubspot_deal,
    hubspot_stages,
    link,
    member,
    opportunity,
    person_of,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def sf_lead(key: str, created: str, modified: str | None = None, **values) -> Version:
    return version(
        "salesforce.lead",
        key,
        modified or created,
        **{"created_at": at(created), "lead_status": "New", "is_converted": False, **values},
    )


def contact(key: str, created: str, modified: str | None = None, **values) -> Version:
    return version(
        "hubspot.contact",
        key,
        modified or created,
        **{"created_at": at(created), "lifecycle_stage": "lead", **values},
    )


def won_deal(key: str, customer: str, closed: str, **values) -> Version:
    return opportunity(key, "2026-01-02", closed, "won", account_id=customer, **values)


def test_golden_funnel(warehouse, settings):
    """Leads of January 2026 as of 1 April: six people, two of them customers."""
    put(
        warehouse,
        *stages(),
        *(member("salesforce", key, f"salesforce:{key}") for key in ("W1", "W2", "W8")),
        won_deal("O1", "W1", "2026-02-10"),
        won_deal("O2", "W2", "2026-04-20", modified="2026-04-20"),
        won_deal("O8", "W8", "2026-01-30"),
        sf_lead("L1", "2026-01-05"),
        sf_lead("L2", "2026-01-06"),
        sf_lead("L3", "2026-01-07", is_converted=True),
        sf_lead("L4", "2026-01-08"),
        sf_lead("L5", "2026-01-09"),
        sf_lead("L6", "2026-01-10"),
        sf_lead("L6", "2026-01-10", modified="2026-02-01", deleted=True),
        sf_lead("L7", "2026-01-11"),
        sf_lead("L8", "2026-01-12"),
        person_of("salesforce", "lead", "L1", "salesforce:lead:L1", "salesforce:W1"),
        person_of("salesforce", "lead", "L2", "salesforce:lead:L2", "salesforce:W2"),
        person_of("salesforce", "lead", "L3", "salesforce:lead:L3"),
        person_of("salesforce", "lead", "L4", "salesforce:lead:L4"),
        # `A@X ` is a@x once more.
        person_of("salesforce", "lead", "L5", "salesforce:lead:L1", "salesforce:W1"),
        person_of("salesforce", "lead", "L6", "salesforce:lead:L6"),
        person_of("salesforce", "lead", "L7", "salesforce:lead:L7"),
        person_of("salesforce", "lead", "L8", "salesforce:lead:L8", "salesforce:W8"),
    )
    rows = built(warehouse, with_choices(settings), facts.lead)
    leads = as_of(rows, APRIL)
    assert set(leads) == {f"lead:L{number}" for number in (1, 2, 3, 4, 7, 8)}
    assert all(row.is_counted for row in leads.values())
    assert all(date(2026, 1, 1) <= row.created_date < date(2026, 2, 1) for row in leads.values())
    customers = {key: row.customer_date for key, row in leads.items() if row.is_customer}
    assert customers == {"lead:L1": date(2026, 2, 10), "lead:L8": date(2026, 1, 30)}
    assert [key for key, row in leads.items() if row.is_converted] == ["lead:L3"]
    # L2 won on 20 April; L6 was there before it was deleted.
    assert as_of(rows, "2026-04-21")["lead:L2"].is_customer
    assert "lead:L6" in as_of(rows, "2026-01-31")
    # L1 is no customer as of the day before.
    assert not as_of(rows, "2026-02-09")["lead:L1"].is_customer
    assert as_of(rows, "2026-02-09")["lead:L1"].customer_date is None


def test_states_change_when_the_win_does(warehouse, settings):
    """Won on 10 February as known on the 12th, taken back on 1 March."""
    put(
        warehouse,
        *stages(),
        member("salesforce", "W", "salesforce:W"),
        opportunity("O", "2026-01-02", "2026-02-28", "open", account_id="W"),
        won_deal("O", "W", "2026-02-10", modified="2026-02-12"),
        opportunity("O", "2026-01-02", "2026-06-30", "open", account_id="W", modified="2026-03-01"),
        sf_lead("L", "2026-01-05"),
        person_of("salesforce", "lead", "L", "salesforce:lead:L", "salesforce:W"),
    )
    rows = built(warehouse, with_choices(settings), facts.lead)
    assert [(row.valid_from_at, row.valid_to_at, row.customer_date) for row in rows] == [
        (at("2026-01-05"), at("2026-02-12"), None),
        (at("2026-02-12"), at("2026-03-01"), date(2026, 2, 10)),
        (at("2026-03-01"), END, None),
    ]
    assert [row.is_customer for row in rows] == [False, True, False]


def test_a_win_that_another_deal_goes_on_with_is_one(warehouse, settings):
    """Won on 10 February, and on 1 March that deal gave way to one that says the same."""
    put(
        warehouse,
        *stages(),
        member("salesforce", "W", "salesforce:W"),
        won_deal("O", "W", "2026-02-10"),
        won_deal("O", "W", "2026-02-10", modified="2026-03-01", deleted=True),
        opportunity("P", "2026-03-01", "2026-02-10", "won", account_id="W"),
        sf_lead("L", "2026-01-05"),
        person_of("salesforce", "lead", "L", "salesforce:lead:L", "salesforce:W"),
    )
    rows = built(warehouse, with_choices(settings), facts.lead)
    assert [(row.valid_from_at, row.valid_to_at, row.customer_date) for row in rows] == [
        (at("2026-01-05"), at("2026-02-10"), None),
        (at("2026-02-10"), END, date(2026, 2, 10)),
    ]


def test_only_counted_wins_on_or_after_the_day_make_a_customer(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *(member("salesforce", key, f"salesforce:{key}") for key in "ABC"),
        won_deal("before", "A", "2026-01-14"),
        won_deal("same", "B", "2026-01-15"),
        won_deal("not a sale", "C", "2026-02-15", record_type_id="012X"),
        # The lead's own deal, at a company staging does not tie to it.
        won_deal("own", "Z", "2026-03-15"),
        *(sf_lead(key, "2026-01-15T12:00") for key in "ABC"),
        sf_lead("D", "2026-01-15T12:00", converted_opportunity_id="own"),
        *(
            person_of("salesforce", "lead", key, f"salesforce:lead:{key}", f"salesforce:{key}")
            for key in "ABC"
        ),
        person_of("salesforce", "lead", "D", "salesforce:lead:D"),
    )
    choices = with_choices(settings, salesforce={"sales_pipelines": ["012Y"]})
    assert not any(row.is_customer for row in built(warehouse, choices, facts.lead))
    leads = as_of(built(warehouse, with_choices(settings), facts.lead), APRIL)
    assert {key: row.customer_date for key, row in leads.items()} == {
        "lead:A": None,
        "lead:B": date(2026, 1, 15),
        "lead:C": date(2026, 2, 15),
        "lead:D": date(2026, 3, 15),
    }


def test_people_of_a_customer_do_not_become_one_when_it_buys_again(warehouse, settings):
    """A company that bought in 2025 renews in March; in February one of its people became a lead."""
    put(
        warehouse,
        *stages(),
        *(member("salesforce", key, f"salesforce:{key}") for key in "AB"),
        won_deal("first", "A", "2025-03-01", created_at=at("2025-01-02")),
        won_deal("renewal", "A", "2026-03-01"),
        # Another one had bought only what was taken back.
        won_deal("mistake", "B", "2026-01-05"),
        opportunity("mistake", "2026-01-02", "2026-06-30", "open", account_id="B", modified="2026-01-20"),
        won_deal("real", "B", "2026-03-05"),
        *(sf_lead(key, "2026-02-10", converted_opportunity_id="renewal") for key in "A"),
        sf_lead("B", "2026-02-10"),
        *(
            person_of("salesforce", "lead", key, f"salesforce:lead:{key}", f"salesforce:{key}")
            for key in "AB"
        ),
        version(
            "salesforce.campaign_member", "M", "2026-02-10", created_at=at("2026-02-10"),
            campaign_id="701", lead_id="A", member_status="Sent",
        ),
    )  # fmt: skip
    leads = as_of(built(warehouse, with_choices(settings), facts.lead), APRIL)
    found = {
        key: (row.is_of_customer, row.is_customer, row.customer_date) for key, row in leads.items()
    }
    assert found == {
        "lead:A": (True, False, None),
        "lead:B": (False, True, date(2026, 3, 5)),
    }  # fmt: skip
    # Nor by a campaign that reached it before the renewal.
    (reached,) = as_of(
        built(warehouse, with_choices(settings), facts.campaign_member), APRIL
    ).values()
    assert (reached.is_sent, reached.is_customer, reached.customer_date) == (True, False, None)


def test_a_person_in_both_crms_is_one_lead_from_the_first_record(warehouse, settings):
    put(
        warehouse,
        user_of("salesforce:005A", salesforce_user_id="005A", role_id="00E1"),
        user_of("hubspot:9", hubspot_owner_id="9"),
        # The sync made the contact first seen; the lead is what the person came by.
        contact("1", "2026-01-03", object_source="SALESFORCE", analytics_source="OFFLINE"),
        sf_lead("L", "2026-01-05", lead_source="Webinar", owner_user_id="005A"),
        contact("2", "2026-01-07", object_source="FORM", analytics_source="PAID_SEARCH"),
        contact("2", "2026-01-07", "2026-01-09", deleted=True, object_source="FORM"),
        *(
            person_of(crm, record_type, key, "salesforce:lead:L", customer)
            for crm, record_type, key, customer in (
                ("hubspot", "contact", "1", None),
                ("salesforce", "lead", "L", "hubspot:77"),
                ("hubspot", "contact", "2", "hubspot:78"),
            )
        ),
    )
    (row,) = built(warehouse, with_choices(settings), facts.lead)
    assert (row.lead_id, row.created_date, row.valid_to_at) == (
        "salesforce:lead:L",
        date(2026, 1, 3),
        END,
    )
    assert (row.channel, row.is_counted, row.customer_id) == ("event", True, "hubspot:77")
    # Of the records that still live the first has no owner.
    assert row.owner_user_id is None


def test_imports_and_copies_alone_do_not_count(warehouse, settings):
    put(
        warehouse,
        version("salesforce.user", "005I", "2025-01-01", username="Sync@X.com", is_active=True),
        sf_lead("A", "2026-01-05", created_by_user_id="005I"),
        sf_lead("B", "2026-01-05", created_by_user_id="005H"),
        contact("1", "2026-01-05", object_source="IMPORT"),
        contact("2", "2026-01-05", object_source="INTEGRATION"),
        contact("3", "2026-01-05", object_source="FORM"),
        contact("4", "2026-01-05"),
        contact("5", "2026-01-05", object_source="INTEGRATIONS_SYNC"),
        contact("6", "2026-01-05", object_source="MIGRATION"),
        *(person_of("salesforce", "lead", key, f"salesforce:lead:{key}") for key in "AB"),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}") for key in "123456"),
    )
    choices = with_choices(settings, salesforce={"integration_users": ["sync@x.com"]})
    leads = as_of(built(warehouse, choices, facts.lead), APRIL)
    assert {key: row.is_counted for key, row in leads.items()} == {
        "lead:A": False,
        "lead:B": True,
        "contact:1": False,
        "contact:2": False,
        "contact:3": True,
        "contact:4": True,
        "contact:5": False,
        "contact:6": False,
    }


def test_contacts_are_leads_from_the_lifecycle_stage_on(warehouse, settings):
    put(
        warehouse,
        contact("1", "2026-01-05", lifecycle_stage="subscriber"),
        contact("2", "2026-01-05", lifecycle_stage="subscriber"),
        contact("2", "2026-01-05", "2026-02-05", lifecycle_stage="salesqualifiedlead"),
        contact("3", "2026-01-05", lifecycle_stage="other", entered_lead_at=at("2026-01-20")),
        contact("4", "2026-01-05", lifecycle_stage="other"),
        contact("4", "2026-01-05", "2026-02-05", lifecycle_stage=None),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}") for key in "1234"),
    )
    leads = as_of(built(warehouse, with_choices(settings), facts.lead), APRIL)
    assert {key: row.created_date for key, row in leads.items()} == {
        "contact:2": date(2026, 2, 5),
        "contact:3": date(2026, 1, 20),
    }


def test_who_goes_back_to_being_a_lead_was_one_from_the_first_time_on(warehouse, settings):
    """Read on 1 August; HubSpot's own date is that of the latest entry, 10 June."""
    entered = {"entered_lead_at": at("2026-06-10")}
    steps = {
        # A lead that sales gave back to marketing.
        "1": (("2026-01-05T09:00", "lead"), ("2026-03-01", "salesqualifiedlead")),
        # One that came in further along.
        "2": (("2026-01-05", "subscriber"), ("2026-02-01", "opportunity")),
        "3": (("2026-01-05", "subscriber"),),
        # Of this one no history is read.
        "4": (),
    }
    put(
        warehouse,
        *(contact(key, "2026-01-05", "2026-08-01", **entered) for key in steps),
        *(
            hubspot_change(key, changed, "lifecyclestage", stage, stem="contact")
            for key, told in steps.items()
            for changed, stage in (*told, *([("2026-06-10", "lead")] if told else []))
        ),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}") for key in steps),
    )
    leads = as_of(built(warehouse, with_choices(settings), facts.lead), "2026-09-01")
    assert {key: row.created_at for key, row in leads.items()} == {
        "contact:1": at("2026-01-05T09:00"),
        "contact:2": at("2026-02-01"),
        "contact:3": at("2026-06-10"),
        "contact:4": at("2026-06-10"),
    }


def test_the_first_campaign_of_a_person_gives_the_channel_its_source_does_not(warehouse, settings):
    def joined(key: str, created: str, campaign: str, **who: str) -> Version:
        return version(
            "salesforce.campaign_member",
            key,
            created,
            created_at=at(created),
            campaign_id=campaign,
            **who,
        )

    put(
        warehouse,
        version("salesforce.campaign", "701E", "2026-01-01", campaign_type="Webinar"),
        version("salesforce.campaign", "701S", "2026-01-01", campaign_type="SEO"),
        sf_lead("L", "2026-01-05"),
        person_of("salesforce", "lead", "L", "salesforce:lead:L"),
        person_of("salesforce", "contact", "C", "salesforce:lead:L"),
        joined("m1", "2026-01-20", "701S", lead_id="L"),
        joined("m2", "2026-01-10", "701E", contact_id="C"),
    )
    (row,) = built(warehouse, with_choices(settings), facts.lead)
    assert (row.campaign_id, row.channel) == ("salesforce:701E", "event")


def test_days_are_those_of_the_reporting_zone(warehouse, settings):
    put(
        warehouse,
        sf_lead("L", "2026-01-05T03:30"),
        person_of("salesforce", "lead", "L", "salesforce:lead:L"),
    )
    (row,) = built(warehouse, with_choices(settings, time_zone="America/New_York"), facts.lead)
    assert row.created_date == date(2026, 1, 4)


def test_a_person_without_a_company_buys_by_itself(warehouse, settings):
    """HubSpot's deals with people: who has no company converts by the deals they are linked to."""
    put(
        warehouse,
        *hubspot_stages(),
        *(contact(key, "2026-01-05") for key in ("1", "2", "3")),
        *(person_of("hubspot", "contact", key, f"hubspot:contact:{key}") for key in ("1", "2", "3")),
        *(
            hubspot_deal(key, "2026-01-10", "2026-02-10", "2026-02-10", stage_id=stage)
            for key, stage in (("10", "closedwon"), ("20", "closedlost"), ("30", "closedwon"))
        ),
        link("hubspot.deal_contact", "10", "1", "2026-02-10"),
        link("hubspot.deal_contact", "20", "2", "2026-02-10"),
        # No longer theirs.
        link("hubspot.deal_contact", "30", "3", "2026-02-10", deleted=True),
    )  # fmt: skip
    expected = {"contact:1": date(2026, 2, 10), "contact:2": None, "contact:3": None}
    for table in (facts.lead, facts.prospect):
        rows = as_of(built(warehouse, with_choices(settings), table), APRIL)
        assert {key: row.customer_date for key, row in rows.items()} == expected
