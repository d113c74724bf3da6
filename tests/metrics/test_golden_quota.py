"""Worked examples of quotas, and of what is still to be won of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    at,
    compute,
    credit,
    deal,
    deal_history,
    insert,
    insert_deals,
    loaded,
    total,
    user,
    values,
)
from tests.metrics.rows import quota
from tests.metrics.test_golden import DEALS, OWNERS

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
MONTH = ("month", "2026-03-01")


def test_quota_attainment_and_who_reached_it(company: sa.Engine) -> None:
    rows = [
        state for row in DEALS for state in deal_history(*row, owner_user_id=OWNERS.get(row[0]))
    ]
    insert_deals(company, rows)
    insert(company, facts.user, [user("A", "Ada", team_name="North"), user("B", "Bo")])
    quotas = [
        quota("A", "2026-03-01", "2026-04-01", 4000, team_name="North", role_id="R"),
        quota("B", "2026-03-01", "2026-04-01", 2000),
        quota("B", "2026-03-01", "2026-04-01", 7777, is_counted=False),
        quota("B", "2026-02-01", "2026-03-01", 500),
        # One of the whole quarter says nothing of March
        quota("C", "2026-01-01", "2026-04-01", 10_000),
    ]
    insert(company, facts.quota, quotas)
    compute(company, AS_OF, ["quota_attainment", "quota_attained_rate"])
    owners = values(company, "quota_attainment", slice_id="owner", **MARCH)
    # 3500 / 4000 and 2500 / 2000
    assert {member: row.value for member, row in owners.items()} == {
        "A": Decimal("0.875"), "B": Decimal("1.25"),
    }  # fmt: skip
    row = total(company, "quota_attainment", *MONTH)
    assert (row.numerator, row.denominator, row.value) == (6000, 6000, 1)
    # The quarter: 1000 + 6000 of 10000 + 4000 + 2000 + 500
    quarter = total(company, "quota_attainment", "quarter", "2026-01-01")
    assert (quarter.numerator, quarter.denominator) == (7000, 16_500)
    # B of A and B
    assert total(company, "quota_attained_rate", *MONTH).value == Decimal("0.5")
    teams = values(company, "quota_attainment", slice_id="team", **MARCH)
    assert {member: row.value for member, row in teams.items()} == {
        "North": Decimal("0.875"), "(none)": Decimal("1.25"),
    }  # fmt: skip


def test_who_moved_within_a_quarter_is_a_seller_of_the_team_and_role_of_its_end(
    company: sa.Engine,
) -> None:
    """Ada sold in the West for two months, and in the North in March: of all 900 she won 1000."""
    won = deal("D", "2026-03-01", "2026-03-12", "won", 1000, owner_user_id="A")
    insert(company, facts.deal, [won])
    insert(company, facts.deal_credit, [credit(won)])
    months = [
        ("2026-01-01", "2026-02-01", "West", "seller"),
        ("2026-02-01", "2026-03-01", "West", "seller"),
        ("2026-03-01", "2026-04-01", "North", "lead"),
    ]
    insert(
        company,
        facts.quota,
        [
            quota("A", start, end, 300, team_name=team, role_id=role)
            for start, end, team, role in months
        ],
    )
    compute(company, AS_OF, ["quota_attained_rate", "quota_attainment"])
    quarter = {"grain": "quarter", "period_start_date": date(2026, 1, 1)}
    teams = values(company, "quota_attained_rate", slice_id="team", **quarter)
    assert {name: (row.numerator, row.denominator) for name, row in teams.items()} == {
        "North": (1, 1)
    }
    roles = values(company, "quota_attained_rate", slice_id="role", **quarter)
    assert set(roles) == {"lead"}
    # Each team is to win what was planned for it: 600 and 300.
    planned = values(company, "quota_attainment", slice_id="team", **quarter)
    assert {name: row.denominator for name, row in planned.items() if row.denominator} == {
        "West": 600, "North": 300,
    }  # fmt: skip


def test_a_split_deal_goes_to_the_quotas_of_its_owners(company: sa.Engine) -> None:
    won = deal("S", "2026-03-01", "2026-03-12", "won", 1000, owner_user_id="A")
    insert(company, facts.deal, [won])
    shares = [
        credit(won, 0.6, owner_user_id="A"),
        credit(won, 0.4, is_leading=False, owner_user_id="B"),
    ]
    insert(company, facts.deal_credit, shares)
    insert(
        company,
        facts.quota,
        [quota(owner, "2026-03-01", "2026-04-01", 500) for owner in ("A", "B")],
    )
    compute(company, AS_OF, ["quota_attainment", "quota_attained_rate"])
    owners = values(company, "quota_attainment", slice_id="owner", **MARCH)
    # 600 / 500 and 400 / 500, one deal each, and one deal in all.
    assert {member: (row.value, row.sample_count) for member, row in owners.items()} == {
        "A": (Decimal("1.2"), 1), "B": (Decimal("0.8"), 1),
    }  # fmt: skip
    assert total(company, "quota_attainment", *MONTH).sample_count == 1
    # A of A and B
    assert total(company, "quota_attained_rate", *MONTH).value == Decimal("0.5")


def test_what_is_still_to_be_won_takes_off_the_shares_of_split_deals(company: sa.Engine) -> None:
    """Of 1000 won A has 600 and B 400: of a quota of 700 each, A lacks 100 and B 300."""
    won = deal("S", "2026-03-01", "2026-03-12", "won", 1000, owner_user_id="A")
    due = [
        deal(f"open {owner}", "2026-03-01", "2026-03-30", "open", 300, owner_user_id=owner)
        for owner in "AB"
    ]
    insert(company, facts.deal, [won, *due])
    shares = [
        credit(won, 0.6, owner_user_id="A"),
        credit(won, 0.4, is_leading=False, owner_user_id="B"),
        *(credit(each) for each in due),
    ]
    insert(company, facts.deal_credit, shares)
    quotas = [quota(owner, "2026-03-01", "2026-04-01", 700) for owner in ("A", "B")]
    insert(company, facts.quota, quotas)
    compute(company, AS_OF, ["pipeline_coverage"])
    owners = values(company, "pipeline_coverage", slice_id="owner", **MARCH)
    found = {member: (row.numerator, row.denominator) for member, row in owners.items()}
    assert found == {"A": (300, 700 - 600), "B": (300, 700 - 400)}
    # 600 open, and 2 x 700 - 1000 to be won
    assert total(company, "pipeline_coverage", *MONTH).value == Decimal("1.5")


def test_quota_of_6000_against_8000(company: sa.Engine) -> None:
    insert_deals(company, [state for row in DEALS for state in deal_history(*row)])
    insert(company, facts.quota, [quota("A", "2026-03-01", "2026-04-01", 8000)])
    compute(company, AS_OF, ["quota_attainment"])
    assert total(company, "quota_attainment", *MONTH).value == Decimal("0.75")


def test_quotas_and_deals_of_unknown_worth_are_not_taken_for_nothing(company: sa.Engine) -> None:
    """B is to win something in a currency without a rate: what B won is not above all that was to be."""
    insert_deals(
        company,
        [
            deal("A", "2026-03-01", "2026-03-12", "won", 1000, owner_user_id="A"),
            deal("B", "2026-03-01", "2026-03-12", "won", 3000, owner_user_id="B"),
            deal("unpriced", "2026-03-01", "2026-03-12", "won", None, owner_user_id="B"),
        ],
    )
    quotas = [quota("A", "2026-03-01", "2026-04-01", 2000)]
    quotas.append(quota("B", "2026-03-01", "2026-04-01", 5000) | {"quota_amount": None})
    insert(company, facts.quota, quotas)
    compute(company, AS_OF, ["quota_attainment", "pipeline_coverage"])
    row = total(company, "quota_attainment", *MONTH)
    # 4000 of 2000 and something
    assert (row.numerator, row.denominator, row.status) == (4000, 2000, "PARTIAL")
    assert "without an exchange rate" in row.status_reason
    # B's quota and B's other deal
    assert row.excluded_count == 1 + 1
    owners = values(company, "quota_attainment", slice_id="owner", **MARCH)
    # A lacks nothing: 1000 of 2000.
    assert owners["A"].value == Decimal("0.5")
    assert "exchange rate" not in owners["A"].status_reason


def test_quotas_of_months_and_of_their_quarter_are_not_added_up(company: sa.Engine) -> None:
    months = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"), (MONTH[1], "2026-04-01")]
    rows = [
        *(quota("A", *days, 100) for days in months),
        quota("A", "2026-01-01", "2026-04-01", 320),
        # Of somebody else, and of a team: no part of A's quarter
        quota("B", *months[2], 50),
        quota(None, *months[2], 30, team_name="North"),
    ]
    insert(company, facts.quota, rows)
    insert_deals(
        company, deal_history("won", "2026-02-01", "2026-03-02", "won", 200, owner_user_id="A")
    )
    metrics = ["quota_attainment", "pipeline_coverage", "quota_attained_rate"]
    compute(company, AS_OF, metrics)
    for period, due in (
        (MONTH, 100 + 50 + 30),
        (("quarter", "2026-01-01"), 320 + 50 + 30),
        (("year", "2026-01-01"), 320 + 50 + 30),
    ):
        attained, coverage, reached = (total(company, each, *period) for each in metrics)
        assert (attained.numerator, attained.denominator) == (200, due)
        assert coverage.denominator == due - 200
        # A and B have quotas of all of March; of the year nobody has, and of the quarter B has not
        told = "OK" if period == MONTH else "PARTIAL"
        assert (attained.status, reached.status) == (told, told)
        # Of March more is won than was to be
        assert coverage.status == ("ZERO_DENOMINATOR" if period == MONTH else "PARTIAL")
        # A reached 100 of the month, and not 320
        assert (reached.numerator, reached.denominator) == (1 if period == MONTH else 0, 2)


def test_without_quotas_there_is_no_attainment(company: sa.Engine) -> None:
    insert_deals(company, [state for row in DEALS for state in deal_history(*row)])
    compute(company, AS_OF, ["quota_attainment", "pipeline_coverage"])
    for metric_id in ("quota_attainment", "pipeline_coverage"):
        row = total(company, metric_id, *MONTH)
        assert (row.value, row.status) == (None, "NOT_CONFIGURED"), metric_id
        assert "quotas.csv" in row.status_reason


def test_pipeline_coverage(company: sa.Engine) -> None:
    rows = [
        deal("open 1", "2026-01-05", "2026-04-15", "open", 4000),
        deal("open 2", "2026-01-05", "2026-06-30", "open", 1000),
        deal("next quarter", "2026-01-05", "2026-07-01", "open", 9000),
        *deal_history("won", "2026-01-05", "2026-04-02", "won", 1000),
    ]
    insert_deals(company, rows)
    insert(company, facts.quota, [quota("A", "2026-04-01", "2026-07-01", 3000)])
    as_of = at("2026-04-10")
    loaded(company, [source.id for source in SOURCE_OBJECTS], as_of)
    compute(company, as_of, ["pipeline_coverage"])
    # 5000 / (3000 - 1000)
    row = total(company, "pipeline_coverage", "quarter", "2026-04-01")
    assert (row.numerator, row.denominator, row.value) == (5000, 2000, Decimal("2.5"))
    # A quarter's quota is none of the month's
    month = total(company, "pipeline_coverage", "month", "2026-04-01")
    assert (month.value, month.status) == (None, "ZERO_DENOMINATOR")


def test_who_won_and_expects_only_what_nobody_priced_has_no_rate(company: sa.Engine) -> None:
    """A seller in a currency without a rate had reached 0 % of the quota, and had nothing in hand."""
    rows = [
        *deal_history("W", "2026-02-01", "2026-03-02", "won", None, owner_user_id="A"),
        deal("O", "2026-02-01", "2026-03-20", "open", None, owner_user_id="A"),
    ]
    insert_deals(company, rows)
    # B has won nothing, and has nothing in hand: that is known.
    insert(company, facts.quota, [quota(name, "2026-03-01", "2026-04-01", 100) for name in "AB"])
    compute(company, AS_OF, ["quota_attainment", "pipeline_coverage", "sales_performance"])
    sold = values(company, "sales_performance", slice_id="owner", **MARCH)["A"]
    assert (sold.value, sold.status, sold.sample_count) == (None, "NO_DATA", 1)
    for metric_id in ("quota_attainment", "pipeline_coverage"):
        owners = values(company, metric_id, slice_id="owner", **MARCH)
        assert {name: (row.value, row.status) for name, row in owners.items()} == {
            "A": (None, "NO_DATA"), "B": (0, "SUPPRESSED_SMALL_N"),
        }, metric_id  # fmt: skip
        # Of both together nothing is known either.
        assert total(company, metric_id, *MONTH).value is None


def test_a_quota_is_of_the_team_its_owner_was_in(company: sa.Engine) -> None:
    """Ada went South in March: North had won without a quota, and South nothing of one."""
    moved = at("2026-03-15")
    north, south = (user("A", "Ada", team_name=name) for name in ("North", "South"))
    users = [north | {"valid_to_at": moved}, south | {"valid_from_at": moved}]
    insert(company, facts.user, users)
    months = [("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01")]
    # As facts have it, a quota is of the team of today; that of the quarter stands for its months.
    quotas = [quota("A", *days, 200, team_name="South") for days in months]
    quotas.append(quota("A", "2026-01-01", "2026-04-01", 500, team_name="South"))
    quotas.append(quota(None, "2026-02-01", "2026-03-01", 70, team_name="East"))
    insert(company, facts.quota, quotas)
    won = ("2026-02-10", "2026-02-20"), ("2026-03-20", "2026-03-25")
    rows = [
        state
        for number, days in enumerate(won)
        for state in deal_history(f"D{number}", *days, "won", 100, owner_user_id="A")
    ]
    insert_deals(company, rows)
    compute(company, at("2026-03-10"), ["quota_attainment"])
    compute(company, AS_OF, ["quota_attainment"])

    def teams(start: str, grain: str = "month", as_of: str = "2026-04-01") -> dict[str, object]:
        found = values(
            company,
            "quota_attainment",
            slice_id="team",
            grain=grain,
            period_start_date=date.fromisoformat(start),
            as_of_at=at(as_of),
        )
        return {name: (row.numerator, row.denominator) for name, row in found.items()}

    assert teams("2026-02-01") == {"North": (100, 200), "East": (0, 70)}
    assert teams("2026-03-01") == {"South": (100, 200)}
    # Before she went, nobody knew that she would.
    assert teams("2026-03-01", as_of="2026-03-10") == {"North": (0, 200)}
    # The quarter's plan is of the team at its end, once; what was won, of that of each day.
    assert teams("2026-01-01", "quarter") == {
        "North": (100, 0), "South": (100, 500), "East": (0, 70),
    }  # fmt: skip
