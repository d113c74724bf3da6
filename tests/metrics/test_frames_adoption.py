"""Random users, logins, activities and records they create against a reckoning by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import Row, at, build_calendar, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, ZONE, Chance, local_day, many
from tests.metrics.reckoning import (
    INSUFFICIENT_HISTORY,
    Facts,
    Reckoning,
    dated,
    hold,
    last_day,
    moment,
    quotient,
)
from tests.metrics.rows import fact

FEATURES = ("account", "campaign", "contact", "deal", "lead", "ticket")
USERS = 8


def users(chance: Chance, name: str) -> list[Row]:
    """A user, who may be deactivated, and may have logged in before anything was read."""
    row = fact(
        facts.user,
        name,
        created_date=chance.day(),
        is_login_known=chance.maybe((True, True, False)),
        first_login_at=chance.maybe([chance.instant(), None, None]),
        # As Salesforce tells it today, of times before too.
        last_login_at=at("2026-05-01") if name in ("U1", "U4", "U7") else None,
        role_id=chance.maybe(("R0", "R1")),
        is_counted=chance.flag(0.9),
        crm=crm_of(name),
    )
    return chance.states(row, lambda: {"is_counted": chance.flag(0.7)})


def crm_of(name: str) -> str:
    """The CRM a user, or its logins, are of: every other one's is HubSpot."""
    return ("salesforce", "hubspot")[int(name[1:]) % 2]


def logins(chance: Chance, name: str) -> list[Row]:
    """The days on which a user tried to log in; on some of them in vain."""
    rows = []
    attempts = [(chance.instant(), chance.flag(0.7)) for _ in range(chance.randrange(5))]
    for day in {local_day(instant) for instant, _ in attempts}:
        of_day = [each for each in attempts if local_day(each[0]) == day]
        successes = sorted(instant for instant, is_success in of_day if is_success)
        rows.append(
            {
                "user_id": name.replace("L", "U"),
                "login_date": day,
                "crm": crm_of(name),
                "success_count": len(successes),
                "failure_count": len(of_day) - len(successes),
                "first_success_at": successes[0] if successes else None,
                "last_success_at": successes[-1] if successes else None,
            }
        )
    return rows


def activities(chance: Chance, name: str) -> list[Row]:
    completed = chance.maybe([chance.day()])
    row = fact(
        facts.activity,
        name,
        activity_type=chance.choice(("task", "call")),
        completed_date=completed,
        is_completed=completed is not None and chance.flag(0.8),
        user_id=None if name.endswith("9") else f"U{int(name[1:]) % USERS}",
        role_id=chance.maybe(("R0", "R1")),
        is_counted=chance.flag(0.9),
    )
    return chance.states(row, lambda: {"is_completed": chance.flag()})


def records(chance: Chance, name: str) -> list[Row]:
    """A record of some kind, which may be deleted later."""
    created_at = chance.instant()
    row = fact(
        facts.record_created,
        name,
        object_name=chance.choice((*FEATURES, "account")),
        created_at=created_at,
        created_date=local_day(created_at),
        creator_user_id=chance.maybe([f"U{n}" for n in range(USERS)]),
        role_id=chance.maybe(("R0", "R1")),
        is_counted=chance.flag(0.9),
    )
    rows = chance.states(row, dict)
    return [state for state in rows if state["valid_to_at"] > created_at]


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    return {
        "user": many(USERS, users, chance),
        "login_day": many(USERS, logins, chance),
        "activity": many(30, activities, chance),
        "record_created": many(40, records, chance),
    }


def active(known: Facts, period: Any, as_of: datetime) -> list[Any]:
    """Users as they stood at the period's moment."""
    return known.at(moment(period, as_of)).of("user")


def logged_in(known: Facts, period: Any, as_of: datetime) -> float | str | None:
    """Seven days by the local clock, which may be an hour more or less."""
    end = moment(period, as_of)
    start = end.astimezone(ZONE) - timedelta(days=7)
    last = last_day(period, as_of, ZONE)
    days = [row for row in known.of("login_day") if row.login_date <= local_day(as_of)]
    if not days or min(row.login_date for row in days) > last - timedelta(days=6):
        return INSUFFICIENT_HISTORY
    names = {
        row.user_id
        for row in days
        for instant in (row.first_success_at, row.last_success_at)
        if instant is not None and start <= instant < end
    }
    since = {
        crm: min((row.login_date for row in days if row.crm == crm), default=None)
        for crm in ("salesforce", "hubspot")
    }
    # Who is of a CRM that remembers less is known if seen.
    found = [
        user.user_id in names
        for user in active(known, period, as_of)
        if user.user_id in names or (since[user.crm] or date.max) <= last - timedelta(days=6)
    ]
    return quotient(sum(found), len(found))


def never_logged_in(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of those of whom it is known; None where that is nobody, of whom there are some."""
    end = moment(period, as_of)
    days = known.of("login_day")
    remembered = min((row.login_date for row in days if row.crm == "salesforce"), default=None)
    logins = [(row.user_id, row.first_success_at) for row in days]
    grace = last_day(period, as_of, ZONE) - timedelta(days=7)
    never, is_any_known = 0, False
    users = active(known, period, as_of)
    for user in users:
        own = [instant for name, instant in logins if name == user.user_id]
        has = any(instant and instant < end for instant in (*own, user.first_login_at))
        is_told = user.last_login_at is None or bool(remembered and user.created_date >= remembered)
        if user.is_login_known and (has or is_told):
            is_any_known = True
            never += user.created_date < grace and not has
    return never if is_any_known or not users else None


def completed(known: Facts, period: Any, as_of: datetime) -> float:
    return sum(row.is_completed for row in dated(known.of("activity"), "completed_date", period))


def completed_per_user(known: Facts, period: Any, as_of: datetime) -> float | None:
    """What users who are active as of the moment completed, by their number."""
    users = {row.user_id for row in active(known, period, as_of)}
    done = dated(known.of("activity"), "completed_date", period)
    return quotient(sum(row.is_completed and row.user_id in users for row in done), len(users))


def accounts(known: Facts, period: Any, as_of: datetime) -> float:
    created = dated(known.of("record_created"), "created_date", period)
    return sum(row.object_name == "account" for row in created)


def features_used(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of all pairs of an active user and a kind of record, those with a record within 30 days."""
    last = last_day(period, as_of, ZONE)
    done = {
        (row.creator_user_id, row.object_name)
        for row in known.of("record_created")
        if last - timedelta(days=30) < row.created_date <= last
        and row.created_at < moment(period, as_of)
    }
    pairs = [
        (user.user_id, feature) for user in active(known, period, as_of) for feature in FEATURES
    ]
    return quotient(sum(pair in done for pair in pairs), len(pairs))


RECKONINGS: dict[str, Reckoning] = {
    "users_logged_in_7d": logged_in,
    "users_never_logged_in": never_logged_in,
    "activities_completed": completed,
    "activities_completed_per_user": completed_per_user,
    "accounts_created_by_owner_role": accounts,
    "feature_usage": features_used,
}


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        telling |= hold(warehouse, company(seed), as_ofs, RECKONINGS, CALENDAR)
    assert telling == set(RECKONINGS)
