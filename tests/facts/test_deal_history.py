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
    opportunity,
    put,
    stages,
    with_choices,
)

DAYS = [f"2026-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]
STAGE_OF = {"open": "Prospecting", "won": "Closed Won", "lost": "Closed Lost"}


def random_deal(key: str, chance: random.Random) -> tuple[list[Version], list[Version]]:
    """Versions of a deal, and changes of which some are older than the first version."""
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
        return None if read[-1].is_deleted else told_by(read[-1])
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
