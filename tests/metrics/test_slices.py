"""What metrics are cut by, where that takes more than a column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    activity,
    at,
    build_calendar,
    compute,
    customer,
    deal,
    insert,
    loaded,
    user,
    values,
)
from tests.metrics.rows import fact, month

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], AS_OF)
    return warehouse


def members(engine: sa.Engine, metric_id: str, slice_id: str) -> dict[str, Decimal | None]:
    """Numerators of March by the label of the member."""
    rows = values(engine, metric_id, slice_id=slice_id, **MARCH).values()
    return {row.slice_label: row.numerator for row in rows}


def test_deals_are_cut_by_bands_of_their_size(company: sa.Engine) -> None:
    amounts = (-5, 0, 999.99, 1000, 4999, 5000, 1_000_000, None)
    rows = [
        deal(str(number), "2026-01-01", "2026-03-10", "won", amount)
        for number, amount in enumerate(amounts)
    ]
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["revenue", "deals_lost", "close_rate"])
    # The lower end belongs to a band, the upper one to the next.
    assert members(company, "revenue", "size_band") == {
        "below 0": -5,
        "1: 0 to 1,000": Decimal("999.99"),
        "2: 1,000 to 5,000": 5999,
        "3: 5,000 to 10,000": 5000,
        "9: 1,000,000 and more": 1_000_000,
        "(no amount)": 0,
    }
    assert members(company, "close_rate", "size_band")["(no amount)"] == 1


def test_the_pipeline_is_cut_by_quarter_and_forecast_category(company: sa.Engine) -> None:
    due = {"2026-03-31": "commit", "2026-04-01": "pipeline", "2026-12-31": None, "2027-01-01": None}
    rows = [
        deal(day, "2026-01-01", day, "open", 10**number, forecast_category=category)
        for number, (day, category) in enumerate(due.items())
    ]
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["pipeline_amount"])
    assert members(company, "pipeline_amount", "close_quarter") == {
        "2026-Q1": 1,
        "2026-Q2": 10,
        "2026-Q4": 100,
        "2027-Q1": 1000,
    }
    assert members(company, "pipeline_amount", "forecast_category") == {
        "commit": 1,
        "pipeline": 10,
        "(none known)": 1100,
    }


def test_lost_deals_are_cut_by_the_stage_they_were_lost_from(company: sa.Engine) -> None:
    stage = {"crm": "salesforce", "pipeline_id": "P", "is_closed": False, "is_won": False}
    insert(
        company,
        facts.stage,
        [{"stage_id": f"S{n}", "stage_name": name, **stage} for n, name in enumerate("ABC")],
    )
    day = "2026-03-10"
    lost = [
        deal(str(number), "2026-01-01", day, "lost", 1, lost_from_stage_id=from_)
        for number, from_ in enumerate(("S0", "S1", "S1", None))
    ]
    insert(company, facts.deal, [*lost, deal("W", "2026-01-01", day, "won", 1)])
    compute(company, AS_OF, ["deals_lost"])
    assert members(company, "deals_lost", "lost_from_stage") == {
        "A": 1,
        "B": 2,
        "(stage not known)": 1,
    }


def test_lost_deals_are_cut_by_reason_and_close_rates_by_competitor(company: sa.Engine) -> None:
    told = [
        ("lost", "price", "acme"), ("lost", "price", None), ("lost", None, "acme"),
        ("disqualified", "duplicate", None), ("won", None, "acme"), ("won", None, "globex"),
    ]  # fmt: skip
    rows = [
        deal(str(number), "2026-01-01", "2026-03-10", stage, 1, lost_reason=why, competitor=who)
        for number, (stage, why, who) in enumerate(told)
    ]
    insert(company, facts.deal, rows)
    compute(company, AS_OF, ["deals_lost", "close_rate"])
    # The one that was left out is counted where it is left out.
    assert members(company, "deals_lost", "lost_reason") == {
        "price": 2,
        "(no reason)": 1,
        "duplicate": 0,
    }
    assert members(company, "deals_lost", "competitor") == {"acme": 2, "(none known)": 1}
    rates = values(company, "close_rate", slice_id="competitor", **MARCH).values()
    # 1 of 3 against acme, 1 of 1 against globex, and none of the one without.
    assert {row.slice_label: (row.numerator, row.denominator) for row in rates} == {
        "acme": (1, 3),
        "globex": (1, 1),
        "(none known)": (0, 1),
    }


def test_products_are_those_of_lines_and_the_main_one_stands_for_the_deal(
    company: sa.Engine,
) -> None:
    insert(
        company,
        facts.deal,
        [
            deal("1", "2026-01-01", "2026-03-10", "won", 100, product_id="P0"),
            deal("2", "2026-01-01", "2026-03-10", "won", 7),
        ],
    )
    lines = (
        ("a", "P0", "Plan", 60, True),
        ("b", "P1", "Setup", 30, True),
        ("c", "P1", "Setup", 5, False),
    )
    insert(
        company,
        facts.deal_line,
        [
            fact(facts.deal_line, key, product_id=product, product_name=name, line_amount=amount,
                 is_won=is_won, closed_date="2026-03-10", deal_id="1")
            for key, product, name, amount, is_won in lines
        ],
    )  # fmt: skip
    compute(company, AS_OF, ["revenue", "revenue_per_product"])
    assert members(company, "revenue", "main_product") == {"Plan": 100, "(no product)": 7}
    assert members(company, "revenue_per_product", "product") == {"Plan": 60, "Setup": 30}


def test_activities_belong_to_the_team_of_their_day(company: sa.Engine) -> None:
    moved = [
        {**user("U", "Ada", team_name="North"), "valid_to_at": at("2026-03-15")},
        {**user("U", "Ada", team_name="South"), "valid_from_at": at("2026-03-15")},
    ]
    insert(company, facts.user, moved)
    done = ("2026-03-14T10:00", "2026-03-15T10:00", "2026-03-16T10:00")
    insert(company, facts.activity, [activity(day, "call", day, user_id="U") for day in done])
    compute(company, AS_OF, ["activities_completed"])
    assert members(company, "activities_completed", "team") == {"North": 1, "South": 2}


def test_customers_are_kept_by_their_owner_of_the_period_s_end(company: sa.Engine) -> None:
    insert(company, facts.user, [user("U1", "Ada"), user("U2", "Ben")])
    insert(
        company,
        facts.customer,
        [
            customer("C0", known_until=at("2026-03-15"), owner_user_id="U1"),
            customer("C0", known_from=at("2026-03-15"), owner_user_id="U2"),
            customer("C1", owner_user_id="U1"),
            customer("C2"),
        ],
    )
    months = [
        month(key, start, amount, before)
        for key, march in (("C0", 10), ("C1", 0), ("C2", 10))
        for start, amount, before in (("2026-02-01", 10, 10), ("2026-03-01", march, 10))
    ]
    insert(company, facts.mrr_customer_month, months)
    compute(company, AS_OF, ["retention_rate", "churn_rate"])
    assert members(company, "retention_rate", "customer_owner") == {
        "Ada": 0,
        "Ben": 1,
        "(no owner)": 1,
    }
    assert members(company, "churn_rate", "customer_owner") == {"Ada": 1, "Ben": 0, "(no owner)": 0}


def test_one_name_of_a_slice_means_one_thing_in_a_metric() -> None:
    for metric in CATALOGUE:
        ids = [cut.id for cut in metric.slices]
        assert len(ids) == len(set(ids)), metric.id


def test_one_slice_has_the_names_of_each_metric_that_is_cut_by_it(
    company: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers and invitations name the survey each in their way; both are computed by one connection."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    day = {"survey_id": "S", "is_counted": True}
    answer = fact(
        facts.survey_response,
        "A",
        survey_name="Asked in spring",
        survey_type="nps",
        responded_at="2026-03-05",
        responded_date="2026-03-05",
        is_scored=True,
        is_promoter=True,
        **day,
    )
    asked = fact(
        facts.survey_invitation,
        "I",
        survey_name="Spring survey",
        sent_date="2026-03-04",
        is_answered=True,
        **day,
    )
    insert(company, facts.survey_response, [answer])
    insert(company, facts.survey_invitation, [asked])
    for _ in range(2):
        compute(company, AS_OF, ["nps", "survey_response_rate"])
        assert set(members(company, "nps", "survey")) == {"Asked in spring"}
        assert set(members(company, "survey_response_rate", "survey")) == {"Spring survey"}
