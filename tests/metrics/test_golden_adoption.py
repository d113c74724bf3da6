"""The golden examples of how the CRMs are used; March 2026 as of 1 April unless said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    activity,
    at,
    compute,
    insert,
    loaded,
    login,
    total,
    user,
    values,
)
from tests.metrics.rows import fact

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
MONTH = ("month", "2026-03-01")


def test_users_who_never_logged_in(company: sa.Engine) -> None:
    known = {"created_date": date(2025, 6, 1), "is_login_known": True}
    rows = [
        user("U1", "Once", first_login_at=at("2026-03-29T10:00"), **known),
        user("U2", "Before", first_login_at=at("2025-07-01"), **known),
        user("U3", "By day", **known),
        user("U4", "Never", role_id="R", **known),
        user("U5", "Inactive", is_counted=False, **known),
        # Failed only
        user("U7", "Failed", first_login_at=at("2025-07-01"), **known),
        # Within the week of grace: the 25th is not more than seven days before the 31st
        user("new", "New", created_date=date(2026, 3, 25), is_login_known=True),
        user("hubspot", "Forgotten", created_date=date(2025, 6, 1), is_login_known=False),
        # The first login came after the end of March
        user("late", "Late", first_login_at=at("2026-04-01T00:00"), **known),
    ]
    insert(company, facts.user, rows)
    insert(
        company,
        facts.login_day,
        [login("U3", "2026-03-24T00:00"), login("U7", failures=1, on="2026-03-11")],
    )
    compute(company, AS_OF, ["users_never_logged_in"])
    row = total(company, "users_never_logged_in", *MONTH)
    # U4, and "late", whose login is at the as-of itself; of eight counted users one is not known
    assert (row.value, row.sample_count, row.excluded_count) == (2, 7, 1)
    roles = values(company, "users_never_logged_in", slice_id="role", **MARCH)
    assert {member: each.value for member, each in roles.items()} == {"R": 1, "(none)": 1}


def test_users_of_a_crm_that_remembers_no_logins_of_the_week_are_not_absent(
    company: sa.Engine,
) -> None:
    """HubSpot remembers since the tenth of March; before, nothing is known of who is there alone."""
    rows = [user(name, name) for name in ("S1", "S2")]
    rows += [user(name, name) | {"crm": "hubspot"} for name in ("H1", "H2", "H3")]
    insert(company, facts.user, rows)
    insert(
        company,
        facts.login_day,
        [
            *(login("S1", f"2026-{day}") for day in ("02-02", "02-25", "03-28")),
            *(
                login(name, f"2026-{day}") | {"crm": "hubspot"}
                for name, day in (("H1", "03-10"), ("H1", "03-29"), ("H2", "03-30"))
            ),
        ],
    )
    compute(company, AS_OF, ["users_logged_in_7d"])
    february = total(company, "users_logged_in_7d", "month", "2026-02-01")
    # S1 of S1 and S2, and not of five.
    assert (february.numerator, february.denominator, february.excluded_count) == (1, 2, 3)
    march = total(company, "users_logged_in_7d", *MONTH)
    assert (march.numerator, march.denominator, march.excluded_count) == (3, 5, 0)
    # Within a week of its beginning one of HubSpot's has been seen, of the others nobody knows.
    early = total(company, "users_logged_in_7d", "day", "2026-03-12")
    assert (early.numerator, early.denominator, early.excluded_count) == (1, 3, 2)


def test_who_logged_in_before_logins_are_remembered_is_not_taken_for_never(
    company: sa.Engine,
) -> None:
    old = {"created_date": date(2020, 1, 2), "is_login_known": True}
    last = {"last_login_at": at("2026-03-30")}
    rows = [
        user("U1", "Old", first_login_at=at("2026-01-05T08:00"), **old, **last),
        user("U2", "On leave", first_login_at=at("2026-03-02"), role_id="R", **old, **last),
        user("U3", "Never", **old),
    ]
    joined = {"created_date": date(2026, 1, 10), "is_login_known": True, **last}
    new = user("U4", "Joined", first_login_at=at("2026-02-20"), **joined)
    insert(company, facts.user, [*rows, new | {"valid_from_at": at("2026-01-10")}])
    # What Salesforce remembers begins on the fifth of January.
    insert(company, facts.login_day, [login("U1", "2026-01-05T08:00")])
    compute(company, AS_OF, ["users_never_logged_in"])
    rows = [
        total(company, "users_never_logged_in", "month", start)
        for start in ("2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")
    ]
    # December: of U1 and U2 only later logins are known; U3 never did. All three before.
    # January: U4, who came after the fifth, did not until February, and U2 still is not known.
    assert [(row.value, row.sample_count, row.excluded_count) for row in rows] == [
        (1, 1, 2),
        (2, 3, 1),
        (1, 3, 1),
        (1, 4, 0),
    ]
    roles = values(
        company, "users_never_logged_in", slice_id="role", grain="month",
        period_start_date=date(2025, 12, 1),
    )  # fmt: skip
    # Of the one user of the role nothing is known, which is not that nobody never did.
    assert (roles["R"].value, roles["R"].status) == (None, "NO_DATA")


def test_activities_per_active_user(company: sa.Engine) -> None:
    insert(company, facts.user, [user(f"U{n}", f"User {n}", role_id="R") for n in range(4)])
    insert(company, facts.user, [user("gone", "Gone", is_counted=False)])
    done = [activity(f"A{n}", "task", "2026-03-03T10:00", user_id="U0") for n in range(6)]
    insert(company, facts.activity, [*done, activity("open", "task", None, user_id="U0")])
    # Of who has left, and of nobody: with them it would be (6 + 3) / 4.
    by = ("gone", "gone", None)
    others = [activity(f"B{n}", "call", "2026-03-03", user_id=name) for n, name in enumerate(by)]
    insert(company, facts.activity, others)
    compute(company, AS_OF, ["activities_completed_per_user"])
    # 6 / 4
    row = total(company, "activities_completed_per_user", *MONTH)
    assert (row.value, row.numerator, row.excluded_count) == (Decimal("1.5"), 6, 3)
    roles = values(company, "activities_completed_per_user", slice_id="role", **MARCH)
    assert roles["R"].value == Decimal("1.5")


def created(name: str, kind: str = "account", day: str = "2026-03-05", **columns: object) -> Row:
    """A record created on a day."""
    given = {"record_type": kind, "created_at": day, "created_date": day, **columns}
    return fact(facts.record_created, name, object_name=kind, **given)


def test_accounts_created_by_owner_role(company: sa.Engine) -> None:
    rows = [
        created("A1", creator_role_id="AE", role_id="SDR"),
        created("A2", creator_role_id="AE", role_id="AE"),
        created("A3", creator_role_id="SDR", role_id="AE"),
        created("A4", creator_role_id="API", is_counted=False),
        created("A5"),
        created("contact", kind="contact", creator_role_id="AE"),
    ]
    insert(company, facts.record_created, rows)
    compute(company, AS_OF, ["accounts_created_by_owner_role"])
    row = total(company, "accounts_created_by_owner_role", *MONTH)
    assert (row.value, row.status) == (4, "OK")
    creators = values(company, "accounts_created_by_owner_role", slice_id="creator_role", **MARCH)
    assert {member: each.value for member, each in creators.items()} == {
        "AE": 2, "SDR": 1, "(none)": 1,
    }  # fmt: skip
    assert creators["(none)"].slice_label == "(no role)"
    owners = values(company, "accounts_created_by_owner_role", slice_id="role", **MARCH)
    assert {member: each.value for member, each in owners.items()} == {
        "AE": 2, "SDR": 1, "(none)": 1,
    }  # fmt: skip


def test_a_role_that_is_not_of_that_time_is_said(company: sa.Engine) -> None:
    rows = [
        created("A1", creator_role_id="AE"),
        created("A2", creator_role_id="SDR", is_role_current=True),
    ]
    insert(company, facts.record_created, rows)
    compute(company, AS_OF, ["accounts_created_by_owner_role"])
    roles = values(company, "accounts_created_by_owner_role", slice_id="creator_role", **MARCH)
    assert {member: (each.value, each.status) for member, each in roles.items()} == {
        "AE": (1, "OK"), "SDR": (1, "PARTIAL"),
    }  # fmt: skip
    assert "at that time is unknown" in roles["SDR"].status_reason


def test_feature_usage(company: sa.Engine) -> None:
    insert(company, facts.user, [user(f"U{n}", f"User {n}", role_id="R") for n in range(5)])
    insert(company, facts.user, [user("gone", "Gone", is_counted=False)])
    rows = [
        created("D1", "deal", creator_user_id="U0"),
        created("D2", "deal", creator_user_id="U0", day="2026-03-06"),
        created("D3", "deal", creator_user_id="U1"),
        # 2 March is the first of the thirty days that end with March
        created("D4", "deal", creator_user_id="U2", day="2026-03-02"),
        created("D5", "deal", creator_user_id="U3", day="2026-03-01"),
        created("D6", "deal", creator_user_id="gone"),
        created("D7", "deal", creator_user_id="U4", is_counted=False),
    ]
    insert(company, facts.record_created, rows)
    compute(company, AS_OF, ["feature_usage"])
    features = values(company, "feature_usage", slice_id="feature", **MARCH)
    # Three of five created a deal, nobody a ticket
    assert (features["deal"].value, features["deal"].denominator) == (Decimal("0.6"), 5)
    assert (features["ticket"].value, features["ticket"].status) == (0, "OK")
    # 3 of five users times six kinds of record
    assert total(company, "feature_usage", *MONTH).value == Decimal("0.1")


def test_activities_are_those_of_the_role_their_user_had(company: sa.Engine) -> None:
    """A seller in March, leading the others since April: the activity's own role is the latest."""
    turn, as_of = at("2026-04-02"), at("2026-04-05")
    seller = user("U", "Ada", role_id="seller")
    insert(
        company,
        facts.user,
        [seller | {"valid_to_at": turn}, seller | {"valid_from_at": turn, "role_id": "lead"}],
    )
    insert(
        company,
        facts.activity,
        [activity("done", "task", "2026-03-07T09:00", user_id="U", role_id="lead")],
    )
    loaded(company, [source.id for source in SOURCE_OBJECTS], as_of)
    compute(company, as_of, ["activities_completed_per_user"])
    roles = values(company, "activities_completed_per_user", slice_id="role", **MARCH)
    assert {member: (row.numerator, row.denominator) for member, row in roles.items()} == {
        "seller": (1, 1)
    }
