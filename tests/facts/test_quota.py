"""facts.quota: the file first, then the CRMs; one quota for an owner and span of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.core.settings import ExchangeRate
from include.core.settings_ledgers import Quota
from include.tables import facts
from tests.facts.builders import Version, as_of, at, built, on, put, user_of, version, with_choices

JULY = "2026-07-01"


def quota(
    key: str,
    owner: str,
    period: str,
    amount: float | None,
    forecast: str | None = "0Db1",
    **values: Any,
) -> Version:
    """A quota of Salesforce, for a quarter named by its first day."""
    return version(
        "salesforce.forecasting_quota",
        key,
        values.pop("modified", "2026-01-01"),
        **{
            "created_at": at("2026-01-01"),
            "owner_user_id": owner,
            "period_id": f"P{period}",
            "start_date": on(period),
            "quota_amount_original": amount,
            "is_amount": amount is not None,
            "forecasting_type_id": forecast,
            **values,
        },
    )


def goal(
    key: str, owner: str | None, start: str, end: str, amount: float, **values: Any
) -> Version:
    return version(
        "hubspot.goal_target",
        key,
        "2026-01-01",
        **{
            "created_at": at("2026-01-01"),
            "goal_name": "Revenue 2026",
            "owner_id": owner,
            "start_at": at(start),
            "end_at": at(end),
            "target_amount_original": amount,
            **values,
        },
    )


def in_file(
    start: str, last: str, amount: str, owner: str | None, team: str | None = None
) -> Quota:
    return Quota(
        start_date=date.fromisoformat(start),
        last_date=date.fromisoformat(last),
        amount=Decimal(amount),
        currency_code="EUR",
        owner_email=owner,
        team_name=team,
    )


QUARTERS = [("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")]
COMPANY = (
    *(
        version("salesforce.period", f"P{first}", "2025-01-01", start_date=on(first),
                last_date=on(last), period_type="Quarter")
        for first, last in QUARTERS
    ),
    user_of("salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="90",
            email="ada@example.com", role_id="R", team_name="North"),
    user_of("salesforce:005B", salesforce_user_id="005B", email="bo@example.com"),
)  # fmt: skip


def counted(rows: Any, day: str = JULY) -> dict[str, tuple[Any, ...]]:
    return {
        key: (row.owner_user_id, row.start_date, row.end_date, row.quota_amount)
        for key, row in as_of(rows, day).items()
        if row.is_counted
    }


def test_golden_quotas(warehouse, settings):
    """A has 4000 and B 2000 in the first quarter: 6000 of which is attainment's denominator."""
    put(
        warehouse,
        *COMPANY,
        quota("1", "005A", "2026-01-01", 3500),
        quota("1", "005A", "2026-01-01", 4000, modified="2026-02-01"),
        quota("2", "005B", "2026-01-01", 2000),
        # Units, a second forecast of the same money, and a period nobody can read.
        quota("3", "005A", "2026-01-01", None),
        quota("4", "005A", "2026-01-01", 4000, "0Db2"),
        quota("5", "005A", "2026-07-01", 9000),
    )
    rows = built(warehouse, with_choices(settings), facts.quota)
    first = (date(2026, 1, 1), date(2026, 4, 1))
    assert counted(rows) == {
        "1": ("salesforce:005A", *first, 4000),
        "2": ("salesforce:005B", *first, 2000),
    }
    assert counted(rows, "2026-01-15")["1"] == ("salesforce:005A", *first, 3500)
    ada = as_of(rows, JULY)["1"]
    assert (ada.role_id, ada.team_name, ada.currency_code) == ("R", "North", "USD")


@pytest.mark.parametrize(
    ("system_of_record", "expected"),
    [("salesforce", {"1", "8", "9"}), ("hubspot", {"7", "8", "9"})],
)
def test_of_the_same_days_the_crm_of_record_counts(warehouse, settings, system_of_record, expected):
    put(
        warehouse,
        *COMPANY,
        quota("1", "005A", "2026-01-01", 4000),
        # The last month of the quarter: both would count it.
        goal("7", "90", "2026-03-01", "2026-03-31T23:59:59.999", 1500),
        goal("8", "90", "2026-04-01", "2026-06-30T23:59:59.999", 5000),
        # A team's, and one that is not of money.
        goal("9", None, "2026-01-01", "2026-03-31T23:59:59", 7000, team_id="42"),
        goal("10", "90", "2026-04-01", "2026-04-30T23:59:59", 100, goal_name="Calls made"),
    )
    rows = built(warehouse, with_choices(settings, deals=system_of_record), facts.quota)
    found = counted(rows)
    assert set(found) == expected
    # From the first day to the one after the last.
    assert found["8"][1:] == (date(2026, 4, 1), date(2026, 7, 1), 5000)
    assert as_of(rows, JULY)["9"].team_name == "42"
    assert "10" not in as_of(rows, JULY)


def test_a_quota_of_the_file_is_of_who_still_works_under_the_address(warehouse, settings):
    """An owner of HubSpot who left, and a program, have the same address as who is to win 100."""
    email = {"email": "a@x.com"}
    put(
        warehouse,
        user_of("hubspot:9", hubspot_owner_id="9", is_active=False, **email),
        user_of("salesforce:005A", salesforce_user_id="005A", is_human=False, **email),
        user_of("salesforce:005B", salesforce_user_id="005B", **email),
    )
    choices = with_choices(
        settings, quotas=(in_file("2026-07-01", "2026-07-31", "100", "A@x.com"),)
    )
    (row,) = built(warehouse, choices, facts.quota)
    assert (row.owner_user_id, row.is_counted) == ("salesforce:005B", True)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"])
def test_goals_are_of_whole_days_in_every_zone(warehouse, settings, zone):
    """HubSpot's own example of a month begins and ends with midnights in UTC."""
    here = ZoneInfo(zone)
    local = [
        datetime(2026, month, 1, tzinfo=here).astimezone(UTC) - before
        for month, before in ((3, timedelta(0)), (4, timedelta(milliseconds=1)))
    ]
    put(
        warehouse,
        *COMPANY,
        goal("documented", "90", "2026-03-01", "2026-04-01", 1500),
        goal("to the last moment", "90", "2026-03-01", "2026-03-31T23:59:59.999", 1500),
        goal("local", "90", "2026-03-01", "2026-04-01", 1500, start_at=local[0], end_at=local[1]),
    )
    rows = built(warehouse, with_choices(settings, time_zone=zone), facts.quota)
    march = (date(2026, 3, 1), date(2026, 4, 1))
    assert {(row.start_date, row.end_date) for row in rows} == {march}
    assert len(counted(rows)) == 3


def test_the_file_replaces_the_quotas_of_an_owner_on_its_days(warehouse, settings):
    put(
        warehouse,
        *COMPANY,
        quota("1", "005A", "2026-01-01", 4000),
        quota("2", "005A", "2026-04-01", 4400),
        quota("3", "005B", "2026-01-01", 2000),
    )
    choices = with_choices(
        settings,
        quotas=(
            in_file("2026-01-01", "2026-03-31", "1000", "Ada@example.com"),
            in_file("2026-01-01", "2026-03-31", "5000", None, "South"),
            in_file("2026-01-01", "2026-03-31", "1", "nobody@example.com"),
        ),
    )
    rows = built(warehouse, choices, facts.quota)
    quarter = (date(2026, 1, 1), date(2026, 4, 1))
    # The shipped rate of the euro is 1.10.
    assert {
        (row.quota_id, row.owner_user_id, row.team_name, row.quota_amount, row.is_counted)
        for row in rows
    } == {
        ("salesforce:1", "salesforce:005A", "North", 4000, False),
        ("salesforce:2", "salesforce:005A", "North", 4400, True),
        ("salesforce:3", "salesforce:005B", None, 2000, True),
        # Lines of the file, of which the first is its header.
        ("ledger:2", "salesforce:005A", "North", 1100, True),
        ("ledger:3", None, "South", 5500, True),
        # Nobody of that address: a slip of the pen counts for no one.
        ("ledger:4", None, None, Decimal("1.1"), False),
    }
    assert {(row.start_date, row.end_date) for row in rows if row.crm == "ledger"} == {quarter}


def test_a_team_has_a_quota_where_its_members_have_none(warehouse, settings):
    """Ada of North has a quota of the first quarter, and her team one of each: together North is to
    win 4000 and then 9000, not 12000. HubSpot's team 42 is North; of 43 nobody says the name.
    """
    put(
        warehouse,
        *COMPANY,
        version("hubspot.owner", "90", "2026-01-01", team_id="42", team_name="North"),
        quota("1", "005A", "2026-01-01", 4000),
        goal("7", None, "2026-01-01", "2026-03-31T23:59:59", 8000, team_id="42"),
        goal("8", None, "2026-04-01", "2026-06-30T23:59:59", 9000, team_id="42"),
        goal("9", None, "2026-01-01", "2026-03-31T23:59:59", 7000, team_id="43"),
    )
    choices = with_choices(
        settings, quotas=(in_file("2026-01-01", "2026-03-31", "5000", None, " north"),)
    )
    rows = built(warehouse, choices, facts.quota)
    assert {key: (row.team_name, row.is_counted) for key, row in as_of(rows, JULY).items()} == {
        "1": ("North", True),
        "7": ("North", False),
        "8": ("North", True),
        "9": ("43", True),
        "2": (" north", False),
    }


def test_a_team_has_no_quota_beside_that_of_who_was_in_it_then(warehouse, settings):
    """Cy was of North for the first quarter, with 4000 of his own, and is of South since. North is to
    win his 4000, not 8000 beside them, and South all of its 5000.
    """
    put(
        warehouse,
        *COMPANY,
        user_of("hubspot:7", hubspot_owner_id="7", email="cy@example.com", team_name="South"),
        version("hubspot.owner", "7", "2025-01-01", created_at=at("2025-01-01"), team_name="North"),
        version("hubspot.owner", "7", "2026-04-10", created_at=at("2025-01-01"), team_name="South"),
    )
    quarter = "2026-01-01", "2026-03-31"
    choices = with_choices(
        settings,
        quotas=(
            in_file(*quarter, "4000", "cy@example.com"),
            in_file(*quarter, "8000", None, "North"),
            in_file(*quarter, "5000", None, "South"),
        ),
    )
    rows = as_of(built(warehouse, choices, facts.quota), JULY).values()
    assert {row.quota_amount_original: row.is_counted for row in rows} == {
        4000: True, 8000: False, 5000: True,
    }  # fmt: skip


def role(key: str, above: str | None, forecast_manager: str | None = None) -> Version:
    return version(
        "salesforce.user_role",
        key,
        "2026-01-01",
        role_name=key,
        parent_role_id=above,
        forecast_user_id=forecast_manager,
    )


def test_what_a_manager_is_to_win_with_the_team_does_not_count_beside_it(warehouse, settings):
    """Ada and Bo are to win 4000 and 2000, Cy with them 6000, and Dee with all of these 6500: that is
    6000 in all, and not 18500. Eve has Dee's role, and manages no forecast.
    """
    users = {"A": "seller", "B": "seller", "C": "lead", "D": "head", "E": "head"}
    first, second = "2026-01-01", "2026-04-01"
    put(
        warehouse,
        *(each for each in COMPANY if isinstance(each, Version)),
        *(
            user_of(f"salesforce:005{key}", salesforce_user_id=f"005{key}", role_id=role_id)
            for key, role_id in users.items()
        ),
        role("head", None, "005D"),
        role("no forecast", "head"),
        role("lead", "no forecast", "005C"),
        # One of those who have the role; the others do not stand below.
        role("seller", "lead", "005A"),
        quota("1", "005A", first, 4000),
        quota("2", "005B", first, 2000),
        quota("3", "005C", first, 6000),
        quota("4", "005D", first, 6500),
        quota("5", "005E", first, 300),
        # Of the next quarter the sellers have none yet.
        quota("6", "005C", second, 7000),
    )
    rows = built(warehouse, with_choices(settings), facts.quota)
    amounts = {key: row.quota_amount for key, row in as_of(rows, JULY).items() if row.is_counted}
    assert amounts == {"1": 4000, "2": 2000, "5": 300, "6": 7000}


def test_a_past_quota_of_a_manager_is_that_of_the_team_of_then(warehouse, settings):
    """In the first quarter Cy led Ada, and 4000 were to be won in all. From April on Dee leads the
    sellers, Ada leads others, and Bo is a seller: 5000 of Bo's are Dee's 6000.
    """
    roles = {"A": "lead of others", "B": "seller", "C": "seller", "D": "lead"}

    def was(key: str, *held: tuple[str, str]) -> list[Version]:
        return [
            version(
                "salesforce.user", f"005{key}", since, username=key, is_active=True,
                role_id=role_id, created_at=at("2025-01-01"),
            )
            for since, role_id in held
        ]  # fmt: skip

    put(
        warehouse,
        *(each for each in COMPANY if isinstance(each, Version)),
        *(
            user_of(f"salesforce:005{key}", salesforce_user_id=f"005{key}", role_id=role_id)
            for key, role_id in roles.items()
        ),
        *was("A", ("2025-01-01", "seller"), ("2026-04-01T09:00", "lead of others")),
        *was("B", ("2025-01-01", "support"), ("2026-04-01T09:00", "seller")),
        role("head", None),
        role("lead of others", "head"),
        role("support", "head"),
        role("seller", "lead"),
        # First read in January, led by Cy, and by Dee since the second quarter.
        role("lead", "head", "005C"),
        version(
            "salesforce.user_role", "lead", "2026-04-01T09:00", role_name="lead",
            parent_role_id="head", forecast_user_id="005D",
        ),
        quota("1", "005A", "2026-01-01", 4000),
        quota("2", "005C", "2026-01-01", 4000),
        # Dee was no manager then, and Bo was in nobody's team.
        quota("3", "005D", "2026-01-01", 700),
        quota("4", "005B", "2026-04-01", 5000),
        quota("5", "005D", "2026-04-01", 6000),
        quota("6", "005A", "2026-04-01", 800),
        quota("7", "005C", "2026-04-01", 900),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.quota)
    amounts = {key: row.quota_amount for key, row in as_of(rows, JULY).items() if row.is_counted}
    assert amounts == {"1": 4000, "3": 700, "4": 5000, "6": 800, "7": 900}


def test_a_quota_is_of_the_role_its_owner_had_at_its_end(warehouse, settings):
    """Ada became a lead in April: what she was to win before, as what she won, is the sellers'."""

    def ada(modified: str, role_id: str) -> Version:
        return version(
            "salesforce.user", "005A", modified, username="ada", is_active=True, role_id=role_id,
            created_at=at("2025-01-01"),
        )  # fmt: skip

    put(
        warehouse,
        *(each for each in COMPANY if isinstance(each, Version)),
        user_of("salesforce:005A", salesforce_user_id="005A", role_id="lead"),
        ada("2025-01-01", "seller"),
        ada("2026-04-01T09:00", "lead"),
        quota("1", "005A", "2026-01-01", 4000),
        quota("2", "005A", "2026-04-01", 5000),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.quota), JULY)
    assert {key: row.role_id for key, row in rows.items()} == {"1": "seller", "2": "lead"}


def test_a_goal_of_won_money_is_told_by_what_it_measures_and_not_by_its_name(warehouse, settings):
    """HubSpot says what a goal adds up; somebody calls it a sales goal, and another one a quota."""
    won = {"unit_type": "currency", "metric_type": "SUM", "time_property": "closedate"}
    last = "2026-03-31T23:59:59"
    named = {
        "won": ("2026 Sales Goal - Ada", won),
        "calls": (
            "Calls quota",
            {"unit_type": "number", "metric_type": "COUNT", "time_property": "hs_timestamp"},
        ),
        "created": ("Revenue in new pipeline", {**won, "time_property": "createdate"}),
        "mean": ("Revenue of a deal", {**won, "metric_type": "AVG"}),
        "amount": ("Won", {**won, "kpi_property": "amount_in_home_currency"}),
        "recurring": ("Recurring revenue", {**won, "kpi_property": "hs_mrr"}),
        # Of an account that does not say, its name is all there is.
        "unsaid": ("Revenue", {"currency_code": None}),
    }
    put(
        warehouse,
        *COMPANY,
        version("hubspot.account", "1", "2026-01-01", currency_code="USD"),
        *(
            goal(
                key,
                None,
                "2026-01-01",
                last,
                1000,
                goal_name=name,
                team_id=key,
                **{"currency_code": "EUR", **values},
            )
            for key, (name, values) in named.items()
        ),
    )
    choices = with_choices(
        settings,
        exchange_rates=(
            ExchangeRate(
                currency_code="EUR", valid_from_date=date(2020, 1, 1), rate=Decimal("1.1")
            ),
        ),
    )
    rows = as_of(built(warehouse, choices, facts.quota), JULY)
    # 1000 euros at 1.1 each, and 1000 of the account's own dollars.
    assert {key: row.quota_amount for key, row in rows.items()} == {
        "won": 1100, "amount": 1100, "unsaid": 1000,
    }  # fmt: skip
