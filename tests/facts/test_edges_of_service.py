"""Requests, carts, users and what they do, as they seldom are."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    put,
    user_of,
    version,
    with_choices,
)
from tests.metrics.builders import build_calendar, compute, loaded, total

APRIL = "2026-04-01"


def case(key: str, modified: str, **values):
    """A case filed on 2 March."""
    return version(
        "salesforce.case",
        key,
        modified,
        **{"created_at": at("2026-03-02T10:00"), "case_status": "New", **values},
    )


def test_a_request_closed_without_an_answer_is_not_answered_by_that(warehouse, settings):
    """It was resolved after ten hours and has no first answer, of no length."""
    closed = {"is_closed": True, "closed_at": at("2026-03-02T20:00"), "case_status": "Closed"}
    put(
        warehouse,
        user_of("salesforce:005A", salesforce_user_id="005A"),
        case("A", "2026-03-02T20:00", **closed),
        # Somebody else's is answered, so answers can be told at all.
        case("B", "2026-03-02T10:00"),
        version(
            "salesforce.email_message",
            "m",
            "2026-03-02T11:00",
            case_id="B",
            is_incoming=False,
            message_at=at("2026-03-02T11:00"),
            created_at=at("2026-03-02T11:00"),
            email_status="3",
            created_by_user_id="005A",
        ),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert (tickets["A"].is_resolved, tickets["A"].resolution_seconds) == (True, 36_000)
    assert (tickets["A"].is_answered, tickets["A"].first_response_seconds) == (False, None)
    assert tickets["B"].is_answered


def test_each_cart_of_one_buyer_counts(warehouse, settings):
    """One left behind and one ordered are two, whoever filled them; and so is a guest's."""

    def cart(key: str, status: str, **values):
        return version(
            "salesforce.web_cart",
            key,
            "2026-03-05",
            created_at=at("2026-03-05"),
            last_modified_at=at("2026-03-05"),
            cart_status=status,
            item_count=1,
            **values,
        )

    put(
        warehouse,
        cart("left", "Active", account_id="1"),
        cart("ordered", "Closed", account_id="1"),
        cart("guest", "Active"),
    )
    carts = as_of(built(warehouse, with_choices(settings), facts.cart), APRIL)
    assert {key: (row.is_abandoned, row.is_completed) for key, row in carts.items()} == {
        "left": (True, False),
        "ordered": (False, True),
        "guest": (True, False),
    }
    assert carts["guest"].customer_id is None
    assert all(row.is_counted for row in carts.values())


def test_a_login_counts_by_whatever_way_it_came_in(warehouse, settings):
    """Single sign-on is a login like any other; one that failed is none."""

    def login(key: str, user: str, kind: str, status: str = "Success"):
        return version(
            "salesforce.login",
            key,
            "2026-03-24T12:00",
            user_id=user,
            login_at=at("2026-03-24T12:00"),
            login_type=kind,
            login_status=status,
        )

    put(
        warehouse,
        *(user_of(f"salesforce:{key}", salesforce_user_id=key) for key in ("A", "B", "C")),
        login("1", "A", "Application"),
        login("2", "B", "SAML Sfdc Initiated SSO"),
        login("3", "C", "SAML Sfdc Initiated SSO", "Failed: Invalid assertion"),
    )
    rows = built(warehouse, with_choices(settings), facts.login_day)
    successes = {row.user_id.removeprefix("salesforce:"): row.success_count for row in rows}
    assert successes == {"A": 1, "B": 1, "C": 0}


def test_a_user_deactivated_yesterday_was_one_until_then(warehouse, settings):
    """Active users are those of the day that is asked about."""

    def user(modified: str, is_active: bool):
        return version(
            "salesforce.user",
            "005A",
            modified,
            username="ann@acme.com",
            user_name="Ann",
            email="ann@acme.com",
            user_type="Standard",
            is_active=is_active,
            created_at=at("2025-01-01"),
        )

    put(
        warehouse,
        user("2025-01-01", True),
        user("2026-03-31T09:00", False),
        user_of("salesforce:005A", salesforce_user_id="005A"),
    )
    rows = built(warehouse, with_choices(settings), facts.user)
    assert as_of(rows, "2026-03-31T08:00")["005A"].is_counted
    assert "005A" not in {key for key, row in as_of(rows, APRIL).items() if row.is_counted}


def account(key: str, modified: str = "2025-02-01", *, is_active: bool = True) -> Version:
    """A Salesforce user of 2025."""
    created_at = at("2025-01-01")
    values = {"username": key, "is_active": is_active, "created_at": created_at}
    return version("salesforce.user", key, modified, **values)


def frozen(user: str, modified: str, is_frozen: bool = True) -> Version:
    """What Salesforce says of a user's right to log in."""
    values = {"user_id": user, "is_frozen": is_frozen}
    return version("salesforce.user_login", f"0Yw{user}", modified, **values)


def test_of_five_users_one_frozen_two_logged_in(warehouse, settings):
    """2 of 4, though the frozen one had logged in within the week."""
    names = ("A", "B", "C", "D", "E")
    put(
        warehouse,
        *(account(name) for name in names),
        *(user_of(f"salesforce:{name}", salesforce_user_id=name) for name in names),
        *(frozen(name, "2025-01-01", is_frozen=False) for name in names),
        frozen("C", "2026-03-30"),
        *(
            version(
                "salesforce.login", f"0Ya{name}", day, user_id=name, login_at=at(day),
                login_status="Success",
            )
            for name, day in (
                ("A", "2026-03-28"), ("B", "2026-03-29"), ("C", "2026-03-29"), ("D", "2026-03-10"),
            )
        ),
    )  # fmt: skip
    built(warehouse, with_choices(settings), facts.user, facts.login_day)
    build_calendar(warehouse)
    loaded(warehouse, ("salesforce.user", "salesforce.login"), at(APRIL))
    compute(warehouse, at(APRIL), ["users_logged_in_7d"])
    march = total(warehouse, "users_logged_in_7d", "month", "2026-03-01")
    assert (march.numerator, march.denominator, march.value) == (2, 4, Decimal("0.5"))
    # On the 29th nobody was frozen yet.
    week = total(warehouse, "users_logged_in_7d", "day", "2026-03-29")
    assert (week.numerator, week.denominator) == (3, 5)


def test_a_user_frozen_on_the_tenth_counts_before_it_and_after_the_thaw(warehouse, settings):
    put(
        warehouse,
        account("A"),
        user_of("salesforce:A", salesforce_user_id="A"),
        # First read when it was frozen already: since the last change that Salesforce tells of.
        frozen("A", "2026-03-10"),
        frozen("A", "2026-03-20", is_frozen=False),
        # Left while frozen: thawing brings nobody back.
        account("B"),
        account("B", "2026-03-12", is_active=False),
        user_of("salesforce:B", salesforce_user_id="B"),
        frozen("B", "2026-03-10"),
        frozen("B", "2026-03-20", is_frozen=False),
    )
    rows = built(warehouse, with_choices(settings), facts.user)

    def seen(day: str) -> dict[str, tuple[bool, bool]]:
        return {key: (row.is_frozen, row.is_counted) for key, row in as_of(rows, day).items()}

    assert seen("2026-03-09T23:59") == {"A": (False, True), "B": (False, True)}
    assert seen("2026-03-10") == {"A": (True, False), "B": (True, False)}
    assert seen("2026-03-20") == {"A": (False, True), "B": (False, False)}
    # The states of a user follow each other without gaps.
    spans = [(row.valid_from_at, row.valid_to_at) for row in rows if row.user_id == "salesforce:A"]
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_who_is_frozen_in_salesforce_may_still_work_in_hubspot(warehouse, settings):
    owner = {"created_at": at("2025-01-01")}
    put(
        warehouse,
        account("A"),
        frozen("A", "2026-03-10"),
        version("hubspot.owner", "7", "2025-01-01", **owner),
        user_of("salesforce:A", salesforce_user_id="A", hubspot_owner_id="7"),
    )
    row = as_of(built(warehouse, with_choices(settings), facts.user), APRIL)["A"]
    assert (row.is_frozen, row.is_counted) == (True, True)


def test_an_owner_of_hubspot_is_one_for_its_time_whatever_salesforce_says(warehouse, settings):
    """Left Salesforce in 2025, worked in HubSpot until the 10th; another begins there on the 20th."""
    created = {"created_at": at("2025-01-01")}
    put(
        warehouse,
        account("A", is_active=False),
        version("hubspot.owner", "7", "2025-01-01", **created),
        version("hubspot.owner", "7", "2026-03-10", deleted=True, **created),
        user_of("salesforce:A", salesforce_user_id="A", hubspot_owner_id="7"),
        account("B", is_active=False),
        version("hubspot.owner", "8", "2026-03-20", created_at=at("2026-03-20")),
        user_of("salesforce:B", salesforce_user_id="B", hubspot_owner_id="8"),
    )
    rows = built(warehouse, with_choices(settings), facts.user)
    assert [
        {key for key, row in as_of(rows, day).items() if row.is_counted}
        for day in ("2026-03-09", "2026-03-15", APRIL)
    ] == [{"A"}, set(), {"B"}]


def test_who_gets_a_user_of_salesforce_was_one_of_hubspot_before(warehouse, settings):
    """In HubSpot since 2025, in Salesforce, with a role, since 15 March: one active user all along."""
    begun = at("2026-03-15")
    put(
        warehouse,
        version("salesforce.user_role", "00E1", "2025-01-01", role_name="AE"),
        version("hubspot.owner", "7", "2025-01-01", created_at=at("2025-01-01")),
        version(
            "salesforce.user", "A", "2026-03-15", username="A", is_active=True, role_id="00E1",
            created_at=begun,
        ),
        user_of(
            "salesforce:A", salesforce_user_id="A", hubspot_owner_id="7", role_id="00E1",
            role_name="AE",
        ),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.user)
    assert [(row.user_id, row.valid_from_at, row.role_name, row.is_counted) for row in rows] == [
        ("salesforce:A", at("2025-01-01"), "(no role)", True),
        ("salesforce:A", begun, "AE", True),
    ]
    assert [row.valid_to_at for row in rows] == [begun, at("9999-12-31")]


def test_nobody_is_frozen_where_nobody_may_read_who_is(warehouse, settings):
    put(warehouse, account("A"), user_of("salesforce:A", salesforce_user_id="A"))
    (row,) = built(warehouse, with_choices(settings), facts.user)
    assert (row.is_frozen, row.is_counted) == (False, True)


@pytest.mark.parametrize("seed", range(3))
def test_random_users_are_frozen_as_reckoned_by_hand(warehouse, settings, seed):
    chance = random.Random(seed)

    def history(make, name, count):
        days = sorted(chance.sample(range(1, 60), count))
        return [
            make(name, f"{at('2026-02-01') + timedelta(days=day):%Y-%m-%d}", chance.random() < 0.5)
            for day in days
        ]

    names = [f"U{number}" for number in range(12)]
    accounts = [
        each
        for name in names
        for each in history(lambda *told: account(*told[:2], is_active=told[2]), name, 4)
    ]
    logins = [each for name in names for each in history(frozen, name, chance.randrange(4))]
    users = [user_of(f"salesforce:{name}", salesforce_user_id=name) for name in names]
    put(warehouse, *accounts, *logins, *users)
    rows = built(warehouse, with_choices(settings), facts.user)

    def latest(told: list[Version], by: str, column: str, day: str) -> pd.Series:
        frame = pd.DataFrame(
            [{"user": each.values[by], "at": each.modified_at, **each.values} for each in told]
        ).sort_values("at")
        return frame[frame["at"] <= at(day)].groupby("user")[column].last()

    for day in ("2026-02-20", "2026-03-05", "2026-03-20", APRIL):
        is_active = latest(accounts, "username", "is_active", day).reindex(names)
        # Before a user was first read it was as it was then.
        first = pd.DataFrame([each.values for each in accounts]).groupby("username")["is_active"]
        is_active = is_active.combine_first(first.first().reindex(names))
        is_frozen = latest(logins, "user_id", "is_frozen", day).reindex(names)
        expected = is_active.astype(bool) & ~is_frozen.eq(True)
        found = {key: row.is_counted for key, row in as_of(rows, day).items()}
        assert found == expected.to_dict(), day
