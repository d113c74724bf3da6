"""Sources that no channel has are told by name, while records come from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.tables import facts, ops, stage
from include.validate.channels import WORDS
from include.validate.facts import validate_facts
from include.validate.told import to_tell
from tests.metrics.builders import insert

NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)


def stage_records(
    engine: sa.Engine, object_id: str, column: str, *sources: str | None, **columns: Any
) -> None:
    """One live record of an object for each source, made yesterday, unless `columns` say otherwise."""
    key = f"{object_id.replace('.', '_')}_id"
    with engine.connect() as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(stage.CURRENT[object_id]))
    rows = [
        {
            key: str(number), column: source, "created_at": NOW - timedelta(days=1),
            "modified_at": NOW, "extracted_at": NOW, "batch_id": "b", "row_hash": "h", **columns,
        }
        for number, source in enumerate(sources, count)
    ]  # fmt: skip
    insert(engine, stage.CURRENT[object_id], rows)


def told(engine: sa.Engine, folder: Path, run_id: str = "run") -> list[tuple[str, str]]:
    """What a run would tell of channels: words and what was seen."""
    validate_facts(engine, ZoneInfo("UTC"), run_id, NOW, folder)
    return [
        (rule.words, rule.observed) for rule in to_tell(engine, run_id, NOW) if WORDS in rule.words
    ]


def test_sources_without_a_channel_are_named(warehouse: sa.Engine, tmp_path: Path) -> None:
    insert(warehouse, facts.channel_source, [{"source_value": "web", "channel": "organic_search"}])
    stage_records(warehouse, "salesforce.lead", "lead_source", "Web", " WEB", "Podcast", None, "")
    stage_records(warehouse, "salesforce.opportunity", "lead_source", "podcast ", "Billboard")
    stage_records(warehouse, "hubspot.contact", "analytics_source", *["PODCAST"] * 2, "Billboard")
    # Podcast 1 + 1 + 2 records, in three spellings; Billboard 1 + 1.
    ((words, observed),) = told(warehouse, tmp_path)
    assert words.lower() == f"{WORDS}; list these there: podcast".lower()
    assert observed == "4"
    with warehouse.connect() as connection:
        (row,) = connection.execute(
            sa.select(ops.expectation_result).where(
                ops.expectation_result.c.expectation.startswith(WORDS)
            )
        )
    # Two of the web beside four and two; what is empty is no source.
    assert (row.severity, row.checked_count, row.unexpected_count) == ("warning", 8, 4)


def test_what_is_old_gone_or_to_come_is_not_told(warehouse: sa.Engine, tmp_path: Path) -> None:
    for columns in (
        {"created_at": NOW - timedelta(days=29)},
        {"created_at": NOW + timedelta(days=1)},
        {"is_deleted": True},
        {"merged_into_id": "another"},
    ):
        stage_records(warehouse, "salesforce.lead", "lead_source", *["Podcast"] * 2, **columns)
    stage_records(warehouse, "salesforce.lead", "lead_source", *["Podcast"] * 2)
    assert told(warehouse, tmp_path) == []
    stage_records(warehouse, "salesforce.campaign", "campaign_type", "Podcast")
    assert len(told(warehouse, tmp_path)) == 1


def test_a_source_that_got_a_channel_leaves_nothing_behind(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    """A second check of the same run, once channels.yaml is completed and facts are built again."""
    stage_records(warehouse, "salesforce.account", "account_source", *["Podcast"] * 3)
    assert len(told(warehouse, tmp_path)) == 1
    insert(warehouse, facts.channel_source, [{"source_value": "podcast", "channel": "partner"}])
    assert told(warehouse, tmp_path) == []
    with warehouse.connect() as connection:
        named = connection.scalars(sa.select(ops.expectation_result.c.expectation)).all()
    assert [words for words in named if words.startswith(WORDS)] == [WORDS]


def test_of_many_sources_twenty_are_named(warehouse: sa.Engine, tmp_path: Path) -> None:
    sources = [f"S{number:02}" for number in range(25) for _ in range(3)]
    stage_records(warehouse, "hubspot.company", "analytics_source", *sources)
    ((words, observed),) = told(warehouse, tmp_path)
    assert words.endswith("S18, S19 and others")
    assert observed == "75"
