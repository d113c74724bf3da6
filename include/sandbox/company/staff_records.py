"""Records about the staff: users, roles, owners, and who logged in."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from include.sandbox.company import dirt
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.staff import MAIL_DOMAIN, ROLES, Person, Staff
from include.sandbox.company.timeline import (
    DAY,
    HOUR,
    Timeline,
    hubspot_times,
    office_seconds,
    salesforce_times,
)
from include.sandbox.company.world import World

_LOGIN_DAYS = 180
_PROGRAM_LOGINS_PER_DAY = 6
_PROFILES = ("Standard User", "Integration", "Customer Community User", "Sales User")
_FAILURES = ("Invalid Password", "User Locked Out", "Failed: Computer activation required")


def write_staff(world: World) -> None:
    """Users, roles, owners and both CRMs' logins, and what the accounts say about themselves."""
    generator = np.random.default_rng([world.seed, 2])
    _write_organization(world)
    _write_roles(world)
    _write_profiles(world)
    last_login = _write_salesforce_logins(world, generator)
    _write_users(world, last_login)
    _write_user_logins(world)
    _write_owners(world)
    _write_hubspot_logins(world, generator)


def _write_organization(world: World) -> None:
    start = salesforce_times(np.array([world.timeline.start]))[0]
    (organization_id,) = salesforce_ids("Organization", np.array([0]))
    row = {
        "Id": organization_id,
        "Name": "Example Instruments",
        "TimeZoneSidKey": "America/New_York",
        "FiscalYearStartMonth": 1,
        "DefaultCurrencyIsoCode": "USD",
        "OrganizationType": "Enterprise Edition",
        "CreatedDate": start,
        "LastModifiedDate": start,
        "SystemModstamp": start,
    }
    world.files.write("salesforce/Organization.jsonl", [row])
    account = {
        "salesforce": {
            "organization_id": organization_id,
            "user_id": world.staff.salesforce_ids[world.staff.integration],
        },
        "hubspot": {
            "portalId": 4_815_162,
            "accountType": "STANDARD",
            "timeZone": "US/Eastern",
            "companyCurrency": "USD",
            "additionalCurrencies": ["EUR", "GBP"],
            "utcOffset": "-05:00",
            "utcOffsetMilliseconds": -5 * HOUR * 1_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    }
    (world.files.folder / "account.json").write_bytes(
        orjson.dumps(account, option=orjson.OPT_INDENT_2)
    )


def _write_roles(world: World) -> None:
    ids = dict(
        zip([n for n, _ in ROLES], salesforce_ids("UserRole", np.arange(len(ROLES))), strict=True)
    )
    start = salesforce_times(np.array([world.timeline.start]))[0]
    managers = world.staff.forecast_managers
    rows = [
        {
            "Id": ids[name],
            "Name": name,
            "DeveloperName": name.replace(" ", "_"),
            "ParentRoleId": ids.get(above) if above else None,
            "ForecastUserId": (
                world.staff.salesforce_ids[managers[name]] if name in managers else None
            ),
            "LastModifiedDate": start,
            "SystemModstamp": start,
        }
        for name, above in ROLES
    ]
    world.files.write("salesforce/UserRole.jsonl", rows)


def _write_profiles(world: World) -> None:
    start = salesforce_times(np.array([world.timeline.start]))[0]
    world.files.salesforce(
        "Profile",
        len(_PROFILES),
        {
            "Id": salesforce_ids("Profile", np.arange(len(_PROFILES))),
            "Name": _PROFILES,
            "CreatedDate": start,
            "LastModifiedDate": start,
            "SystemModstamp": start,
        },
    )


def _write_users(world: World, last_login: np.ndarray) -> None:
    staff, people = world.staff, world.staff.people
    roles = salesforce_ids("UserRole", np.arange(len(ROLES)))
    role_ids = {name: roles[number] for number, (name, _) in enumerate(ROLES)}
    profiles = salesforce_ids("Profile", np.arange(len(_PROFILES)))
    hired = np.array([person.hired for person in people])
    left = np.array([person.left or 0 for person in people])
    # Someone who left logged in on the last day, which is longer ago than the log goes back.
    last_login = np.maximum(last_login, left)
    is_never = last_login == 0
    world.files.salesforce(
        "User",
        len(people),
        {
            "Id": staff.salesforce_ids.tolist(),
            "Username": [person.email for person in people],
            "Name": [f"{person.first} {person.last}" for person in people],
            "FirstName": [person.first for person in people],
            "LastName": [person.last for person in people],
            "Email": [person.email for person in people],
            "IsActive": [person.left is None for person in people],
            "UserType": [person.user_type for person in people],
            "UserRoleId": [role_ids[p.role] if p.role else None for p in people],
            "ProfileId": [profiles[_profile(person)] for person in people],
            "ManagerId": [
                None if p.manager is None else staff.salesforce_ids[p.manager] for p in people
            ],
            "Department": [person.department or None for person in people],
            "LastLoginDate": salesforce_times(last_login, is_never),
            "CreatedDate": salesforce_times(hired),
            "LastModifiedDate": salesforce_times(np.maximum(hired, last_login)),
            "SystemModstamp": salesforce_times(np.maximum(hired, last_login)),
        },
    )


def _write_user_logins(world: World) -> None:
    """Who is frozen; Salesforce has a row of it for each user."""
    people = world.staff.people
    world.files.salesforce(
        "UserLogin",
        len(people),
        {
            "Id": salesforce_ids("UserLogin", np.arange(len(people))),
            "UserId": world.staff.salesforce_ids.tolist(),
            "IsFrozen": [person.frozen is not None for person in people],
            "IsPasswordLocked": [False] * len(people),
            "LastModifiedDate": salesforce_times(
                np.array([person.frozen or person.hired for person in people])
            ),
        },
    )


def _profile(person: Person) -> int:
    """Position in _PROFILES."""
    if person.is_employee:
        return 3 if person.team == "Sales" else 0
    return 1 if person.user_type in ("Standard", "AutomatedProcess") else 2


def _write_owners(world: World) -> None:
    """The employees as HubSpot owners, the one who left archived, and a queue."""
    staff = world.staff
    rows = []
    until = hubspot_times(np.array([world.timeline.until - DAY]))[0]
    for number, person in enumerate(staff.people):
        if not person.is_employee:
            continue
        user_id = staff.hubspot_user_ids[number]
        created = hubspot_times(np.array([person.hired]))[0]
        changed = hubspot_times(np.array([person.left]))[0] if person.left else created
        rows.append(
            {
                "id": staff.owner_ids[number],
                # HubSpot keeps addresses as they were typed in at first.
                "email": person.email.title() if number % 9 == 4 else person.email,
                "type": "PERSON",
                "firstName": person.first,
                "lastName": person.last,
                **({} if person.left else {"userId": user_id}),
                "userIdIncludingInactive": user_id,
                "createdAt": created,
                "updatedAt": changed,
                "archived": person.left is not None,
                "teams": [
                    {
                        "id": staff.team_id(person.team),
                        "name": person.team,
                        "primary": True,
                    }
                ],
            }
        )
    queue_id = hubspot_ids("owners", np.array([len(staff.people)]))[0]
    queue: dict[str, Any] = {"id": queue_id, "email": None, "type": "QUEUE", "firstName": "Support"}
    rows.append(
        {**queue, "lastName": "queue", "createdAt": until, "updatedAt": until, "archived": False}
    )
    world.files.write("hubspot/owners.jsonl", rows)


def _write_salesforce_logins(world: World, generator: np.random.Generator) -> np.ndarray:
    """The login history; returns each user's latest success, 0 where there is none."""
    staff = world.staff
    users, instants = _attempts(world.timeline, staff, generator, range(len(staff.people)))
    is_failed = dirt.LOGIN_FAILED.strikes(world.number("Salesforce logins", len(users)))
    is_failed |= np.array([person.logs_in == "in vain" for person in staff.people])[users]
    is_program = users == staff.integration
    types = np.where(is_program, "Remote Access 2.0", "Application").tolist()
    last = np.zeros(len(staff.people), dtype=np.int64)
    np.maximum.at(last, users[~is_failed], instants[~is_failed])
    world.files.salesforce(
        "LoginHistory",
        len(users),
        {
            "Id": salesforce_ids("LoginHistory", np.arange(len(users))),
            "UserId": staff.salesforce_ids[users].tolist(),
            "LoginTime": salesforce_times(instants),
            "Status": [
                _FAILURES[position % len(_FAILURES)] if failed else "Success"
                for position, failed in enumerate(is_failed.tolist())
            ],
            "LoginType": types,
            "Application": np.where(is_program, "HubSpot Sync", "Browser").tolist(),
        },
    )
    return last


def _write_hubspot_logins(world: World, generator: np.random.Generator) -> None:
    """HubSpot's login activity of the employees, newest first."""
    staff = world.staff
    who = [n for n, p in enumerate(staff.people) if p.is_employee and p.email.endswith(MAIL_DOMAIN)]
    users, instants = _attempts(world.timeline, staff, generator, who)
    is_failed = dirt.LOGIN_FAILED.strikes(world.number("HubSpot logins", len(users)))
    is_failed |= np.array([person.logs_in == "in vain" for person in staff.people])[users]
    rows = [
        {
            "id": identifier,
            "userId": staff.hubspot_user_ids[user],
            "email": staff.people[user].email,
            "loginAt": at,
            "loginSucceeded": not failed,
            "ipAddress": f"203.0.113.{user % 250 + 1}",
            "location": "New York, United States",
            "countryCode": "us",
            "regionCode": "ny",
            "userAgent": "Mozilla/5.0",
        }
        for identifier, user, at, failed in zip(
            hubspot_ids("logins", np.arange(len(users))),
            users.tolist(),
            hubspot_times(instants),
            is_failed.tolist(),
            strict=True,
        )
    ]
    world.files.write("hubspot/logins.jsonl", reversed(rows))


def _attempts(
    timeline: Timeline, staff: Staff, generator: np.random.Generator, who: range | list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """(user numbers, instants) of attempts to log in over the last days, oldest first."""
    today = timeline.until // DAY
    days = np.arange(today - _LOGIN_DAYS, today + 1)
    is_weekend = (days + 3) % 7 >= 5
    users, instants = [], []
    for number in who:
        person = staff.people[number]
        if person.logs_in == "never":
            continue
        is_program = person.logs_in == "as a program"
        chance = np.where(is_weekend & (not is_program), 0.05, 1.0 if is_program else 0.86)
        times = np.where(
            generator.random(len(days)) < chance,
            _PROGRAM_LOGINS_PER_DAY if is_program else 1 + generator.poisson(0.35, len(days)),
            0,
        )
        day = np.repeat(days, times)
        if is_program:
            second = generator.integers(0, DAY, len(day))
        else:
            second = office_seconds(generator, len(day))
        at = day * DAY + second
        earliest = max(person.hired, timeline.until - _LOGIN_DAYS * DAY)
        at = at[(at >= earliest) & (at < (person.left or timeline.until))]
        users.append(np.full(len(at), number))
        instants.append(at)
    all_users, all_instants = np.concatenate(users), np.concatenate(instants)
    order = np.argsort(all_instants, kind="stable")
    return all_users[order], all_instants[order]
