"""facts.cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from include.core.settings import Cost
from include.tables import facts
from tests.facts.builders import END, Version, as_of, at, built, on, put, version, with_choices

APRIL = "2026-04-01"


def entry(day: str, amount: str, category: str, channel: str | None, **values) -> Cost:
    return Cost(
        **{
            "cost_date": date.fromisoformat(day),
            "amount": Decimal(amount),
            "currency_code": "USD",
            "category": category,
            "channel": channel,
            "campaign_id": None,
            "note": None,
            **values,
        }
    )


def campaign(
    key: str,
    start: str | None,
    end: str | None,
    amount: object,
    modified: str = "2026-02-01",
    **values,
) -> Version:
    return version(
        "salesforce.campaign",
        key,
        modified,
        created_at=at("2026-02-01"),
        campaign_type="Webinar",
        start_date=on(start),
        end_date=on(end),
        actual_cost_amount_original=amount,
        **values,
    )


def test_golden_ledger(warehouse, settings):
    ledger = (
        entry("2026-03-05", "600", "acquisition", "paid_search"),
        entry("2026-03-09", "300", "acquisition", "paid_social"),
        entry("2026-03-31", "1000", "acquisition", None),
        entry("2026-03-31", "500", "retention", None),
        entry("2026-02-10", "400", "acquisition", "event", segment="large"),
    )
    rows = built(warehouse, with_choices(settings, costs=ledger), facts.cost)
    march = [row for row in as_of(rows, APRIL).values() if row.cost_date >= date(2026, 3, 1)]
    # 600 + 300 + 1000 = 1900.
    assert sum(row.cost_amount for row in march if row.category == "acquisition") == 1900
    assert sum(row.cost_amount for row in march if row.category == "retention") == 500
    assert {row.channel: row.cost_amount for row in march if row.channel} == {
        "paid_search": 600,
        "paid_social": 300,
    }
    assert {row.method for row in march} == {"actual"}
    assert {row.cost_id: row.segment for row in rows if row.segment} == {"ledger:6": "large"}
    # The first cost is on line 2 of the file, below the header; it is known from its day on.
    first = next(row for row in rows if row.cost_id == "ledger:2")
    assert (first.cost_date, first.valid_from_at, first.valid_to_at) == (
        date(2026, 3, 5),
        at("2026-03-05"),
        END,
    )


def test_a_campaign_is_spread_over_its_days(warehouse, settings):
    put(warehouse, campaign("701A", "2026-03-01", "2026-03-03", 100))
    rows = built(warehouse, with_choices(settings), facts.cost)
    # 100 / 3 = 33.333333; the last day has 100 - 66.666666.
    assert [(row.cost_date.day, row.cost_amount) for row in rows] == [
        (1, Decimal("33.333333")),
        (2, Decimal("33.333333")),
        (3, Decimal("33.333334")),
    ]
    assert {(row.method, row.category, row.channel, row.campaign_id) for row in rows} == {
        ("prorated", "acquisition", "event", "salesforce:701A")
    }
    assert rows[0].cost_id == "salesforce:701A:2026-03-01"


def test_a_campaign_that_runs_has_cost_what_its_days_so_far_do(warehouse, settings):
    """3000 over thirty days is 100 a day: nine days are over before the eleventh, on it ten have begun."""
    put(warehouse, campaign("701A", "2026-03-02", "2026-03-31", 3000))
    rows = built(warehouse, with_choices(settings), facts.cost)
    totals = [
        sum(row.cost_amount for row in as_of(rows, day).values())
        for day in ("2026-03-10T23:00", "2026-03-11T01:00", "2026-04-01T00:00")
    ]
    assert totals == [900, 1000, 3000]


def test_a_cost_that_grows_keeps_what_was_known_before(warehouse, settings):
    put(
        warehouse,
        campaign("701A", "2026-03-01", "2026-03-02", 100),
        campaign("701A", "2026-03-01", "2026-03-02", 150, modified="2026-03-10"),
        campaign("701A", "2026-03-01", "2026-03-02", 150, modified="2026-03-20", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.cost)
    totals = [
        sum(row.cost_amount for row in as_of(rows, day).values())
        for day in ("2026-03-09", "2026-03-11", "2026-03-21")
    ]
    assert totals == [100, 150, 0]


def test_campaigns_without_usable_dates_fall_on_one_day(warehouse, settings):
    put(
        warehouse,
        campaign("none", None, None, 10),
        campaign("start", "2026-03-05", None, 20),
        campaign("end", None, "2026-03-06", 30),
        campaign("reversed", "2026-03-08", "2026-03-07", 40),
        campaign("free", "2026-03-01", "2026-03-02", 0),
        campaign("unknown", "2026-03-01", "2026-03-02", None),
    )
    rows = built(warehouse, with_choices(settings, time_zone="America/New_York"), facts.cost)
    assert {row.campaign_id: (row.cost_date, row.cost_amount) for row in rows} == {
        # Created at midnight UTC on 1 February, which is 31 January in New York.
        "salesforce:none": (date(2026, 1, 31), 10),
        "salesforce:start": (date(2026, 3, 5), 20),
        "salesforce:end": (date(2026, 3, 6), 30),
        "salesforce:reversed": (date(2026, 3, 8), 40),
    }


def test_a_campaign_without_an_end_is_spread_up_to_when_its_cost_was_told(warehouse, settings):
    """900 by the end of March are 10 for each of 90 days, 1200 by the end of April for each of 120."""
    put(
        warehouse,
        campaign("701A", "2026-01-01", None, 900, modified="2026-03-31"),
        campaign("701A", "2026-01-01", None, 1200, modified="2026-04-30"),
        # Another name says nothing of the cost.
        campaign("701A", "2026-01-01", None, 1200, modified="2026-06-30", campaign_name="Ads"),
        # What is meant to be no end, of as much in 90 days.
        campaign("701B", "2026-01-01", "2099-12-31", 900, modified="2026-03-31"),
    )
    rows = built(warehouse, with_choices(settings), facts.cost)

    def months(instant: str, key: str) -> list[int]:
        known = [row for row in as_of(rows, instant).values() if row.campaign_id.endswith(key)]
        return [
            sum(row.cost_amount for row in known if row.cost_date.month == month)
            for month in range(1, 7)
        ]

    assert months("2026-02-01T12:00", "A") == [310, 10, 0, 0, 0, 0]
    assert months("2026-04-01", "A") == months("2026-04-01", "B") == [310, 280, 310, 0, 0, 0]
    assert months("2026-05-01", "A") == months("2026-07-01", "A") == [310, 280, 310, 300, 0, 0]


def test_a_campaign_that_both_crms_have_costs_what_salesforce_tells(warehouse, settings):
    def in_hubspot(key: str, name: str | None, start: str | None, end: str | None) -> Version:
        return version(
            "hubspot.campaign",
            key,
            "2026-02-01",
            campaign_name=name,
            start_date=on(start),
            end_date=on(end),
            spend_amount_original=200,
            created_at=at("2026-02-01"),
        )

    march = ("2026-03-01", "2026-03-02")
    put(
        warehouse,
        # Its cost is entered in Salesforce on 10 March only.
        campaign("701A", *march, None, campaign_name="Fair"),
        campaign("701A", *march, 150, modified="2026-03-10", campaign_name="Fair"),
        in_hubspot("A", " fair", *march),
        # Without a cost there, deleted there, held every year, and of other or no names.
        campaign("701B", *march, 0, campaign_name="Talk"),
        campaign("701C", *march, 70, campaign_name="Ads"),
        campaign("701C", *march, 70, "2026-02-02", deleted=True, campaign_name="Ads"),
        campaign("701D", "2025-03-01", "2025-03-02", 60, campaign_name="Day"),
        campaign("701E", *march, 50),
        in_hubspot("B", "Talk", *march),
        in_hubspot("C", "Ads", *march),
        in_hubspot("D", "Day", *march),
        in_hubspot("E", None, *march),
        # Nobody says when.
        campaign("701F", *march, 40, campaign_name="Mail"),
        in_hubspot("F", "Mail", None, None),
    )
    rows = built(warehouse, with_choices(settings), facts.cost)

    def costs(instant: str) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for row in as_of(rows, instant).values():
            found[row.campaign_id] = found.get(row.campaign_id, Decimal(0)) + row.cost_amount
        return found

    others = {f"hubspot:{key}": 200 for key in "BCDE"}
    others |= {"salesforce:701D": 60, "salesforce:701E": 50, "salesforce:701F": 40}
    assert costs("2026-03-05") == others | {"hubspot:A": 200}
    # 150, and not 350.
    assert costs(APRIL) == others | {"salesforce:701A": 150}


def test_costs_are_converted_at_the_rate_of_the_day(warehouse, settings):
    ledger = (
        entry("2026-03-05", "100", "acquisition", None, currency_code="EUR"),
        entry("2026-03-05", "100", "acquisition", None, currency_code="XXX"),
    )
    put(
        warehouse,
        version(
            "hubspot.campaign",
            "c1",
            "2026-03-01",
            start_date=on("2026-03-01"),
            spend_amount_original=200,
            currency_code="GBP",
        ),
    )
    rows = built(warehouse, with_choices(settings, costs=ledger), facts.cost)
    # Shipped rates: 1.10 for a euro, 1.27 for a pound.
    assert {row.cost_id: row.cost_amount for row in rows} == {
        "ledger:2": 110,
        "ledger:3": None,
        "hubspot:c1:2026-03-01": 254,
    }
