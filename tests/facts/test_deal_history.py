"""facts.deal against a second account of what was known when, worked out record by record."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from include.tables import facts
from tests.facts.builders import (
    Version,
    at,
    built,
    change,
    hubspot_change,
    hubspot_deal,
    hubspot_stages,
    opportunity,
    put,
    stages,
    with_choices,
)

DAYS = [f"2026-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]
STAGE_OF = {"open": "Prospecting", "won": "Closed Won", "lost": "Closed Lost"}


def random_deal(key: str, chance: random.Random) -> tuple[list[Version], list[Version]]:
    """Versions of a deal, and changes before the first of them, and between them."""
    created = chance.choice(DAYS[:40])
    days = [day for day in DAYS if day >= created]

    def some(count: int) -> list[str]:
        return sorted(chance.sample(days, min(count, len(days))))

    versions = [
        opportunity(
            key,
            created,
            chance.choice(days),
            chance.choice(["open", "won", "lost"]),
            chance.randrange(1000),
            modified=modified,
            deleted=chance.random() < 0.15,
        )
        for modified in some(chance.randrange(1, 4))
    ]
    changes = [
        change(
            key,
            day,
            chance.choice(list(STAGE_OF.values())),
            chance.randrange(1000),
            50,
            chance.choice(days),
        )
        for day in some(chance.choice([0, 0, 1, 3]))
    ]
    return versions, changes


def known(versions: list[Version], changes: list[Version], instant: datetime) -> Any:
    """What was known of a deal at an instant: (stage, amount, won), or None when it was not there."""
    if instant < versions[0].values["created_at"]:
        return None
    read = [version for version in versions if version.modified_at <= instant]
    if read:
        last = read[-1]
        since = [row for row in changes if last.modified_at < row.modified_at <= instant]
        return None if last.is_deleted else told_by([last, *since][-1])
    earlier = [row for row in changes if row.modified_at < versions[0].modified_at]
    happened = [row for row in earlier if row.modified_at <= instant]
    if happened:
        return told_by(happened[-1])
    first = (earlier or versions)[0]
    close_at = datetime.combine(first.values["close_date"], datetime.min.time(), UTC)
    if first.values["stage_name"] != "Prospecting" and instant < close_at:
        return None, first.values["amount_original"], False
    return told_by(first)


def told_by(row: Version) -> Any:
    stage = row.values["stage_name"]
    return stage, row.values["amount_original"], stage == "Closed Won"


def test_every_instant_shows_what_was_known_then(warehouse, settings):
    chance = random.Random(20260301)
    deals = {f"D{number}": random_deal(f"D{number}", chance) for number in range(150)}
    put(warehouse, *stages(), *itertools.chain(*(v + c for v, c in deals.values())))
    rows = built(warehouse, with_choices(settings), facts.deal)
    states: dict[str, list[Any]] = {key: [] for key in deals}
    for row in rows:
        states[row.deal_id.removeprefix("salesforce:")].append(row)

    # Noon as well, so that nothing hangs on midnights alone.
    instants = [at(day) + timedelta(hours=hours) for day in DAYS for hours in (0, 12)]
    for key, (versions, changes) in deals.items():
        for instant in instants:
            holding = [row for row in states[key] if row.valid_from_at <= instant < row.valid_to_at]
            seen = [
                (row.stage_id and row.stage_id.split(":")[-1], row.deal_amount, row.is_won)
                for row in holding
            ]
            expected = known(versions, changes, instant)
            assert seen == ([] if expected is None else [expected]), (key, instant)


HUBSPOT_STAGES = ["appointment", "closedwon", "closedlost"]


def random_hubspot_deal(key: str, chance: random.Random) -> tuple[list[Version], list[Version]]:
    """Versions of a HubSpot deal, and values of single properties with the oldest missing."""
    created = chance.choice(DAYS[:40])
    days = [day for day in DAYS if day >= created]

    def some(count: int) -> list[str]:
        return sorted(chance.sample(days, min(count, len(days))))

    versions = [
        hubspot_deal(
            key,
            created,
            chance.choice(days),
            modified,
            stage_id=chance.choice(HUBSPOT_STAGES),
            amount_original=chance.randrange(1, 1000),
            deleted=chance.random() < 0.15,
        )
        for modified in some(chance.randrange(1, 4))
    ]
    stage = lambda: chance.choice(HUBSPOT_STAGES)  # noqa: E731
    amount = lambda: str(chance.randrange(1, 1000))  # noqa: E731
    closing = lambda: f"{chance.choice(days)}T00:00:00Z"  # noqa: E731
    changes = [
        hubspot_change(key, day, name, value())
        for name, value in (("dealstage", stage), ("amount", amount), ("closedate", closing))
        for day in some(chance.choice([0, 1, 3]))
    ]
    return versions, changes


def hubspot_known(versions: list[Version], changes: list[Version], instant: datetime) -> Any:
    """What was known of a HubSpot deal at an instant: (stage, amount, won), None when not there."""
    if instant < versions[0].values["created_at"]:
        return None
    read = [version for version in versions if version.modified_at <= instant]
    if read and read[-1].is_deleted:
        return None
    base = read[-1] if read else versions[0]

    def told(name: str, column: str) -> tuple[Any, datetime]:
        """The value that stood, and since when it is known."""
        own = [
            (row.values["property_value"], row.modified_at)
            for row in changes
            if row.values["property_name"] == name
        ]
        if read:
            since = [row for row in own if base.modified_at < row[1] <= instant]
        else:
            before = [row for row in own if row[1] < base.modified_at]
            since = [row for row in before if row[1] <= instant] or before[:1]
        return since[-1] if since else (base.values[column], base.modified_at)

    stage, known_at = told("dealstage", "stage_id")
    amount, _ = told("amount", "amount_original")
    closing, _ = told("closedate", "close_at")
    close_at = closing if isinstance(closing, datetime) else datetime.fromisoformat(closing)
    if stage != "appointment" and instant < min(close_at, known_at):
        return None, int(amount), False
    return stage, int(amount), stage == "closedwon"


def test_every_instant_shows_what_was_known_then_in_hubspot(warehouse, settings):
    chance = random.Random(20260302)
    deals = {str(number): random_hubspot_deal(str(number), chance) for number in range(150)}
    put(warehouse, *hubspot_stages(), *itertools.chain(*(v + c for v, c in deals.values())))
    rows = built(warehouse, with_choices(settings), facts.deal)
    states: dict[str, list[Any]] = {key: [] for key in deals}
    for row in rows:
        states[row.deal_id.removeprefix("hubspot:")].append(row)
    instants = [at(day) + timedelta(hours=hours) for day in DAYS for hours in (0, 12)]
    for key, (versions, changes) in deals.items():
        for instant in instants:
            seen = [
                (row.stage_id and row.stage_id.split(":")[-1], row.deal_amount, row.is_won)
                for row in states[key]
                if row.valid_from_at <= instant < row.valid_to_at
            ]
            expected = hubspot_known(versions, changes, instant)
            assert seen == ([] if expected is None else [expected]), (key, instant)
