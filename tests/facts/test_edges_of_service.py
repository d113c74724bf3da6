"""Requests, carts, users and what they do, as they seldom are."""

from __future__ import annotations

from include.tables import facts
from tests.facts.builders import as_of, at, built, put, user_of, version, with_choices

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
