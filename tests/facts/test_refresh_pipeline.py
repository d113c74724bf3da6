"""Facts of what both CRMs changed, read from them, loaded and unified, are those of a whole build."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.core.warehouse import plan_for_whole_tables
from include.facts import build, part, refresh
from include.facts.refresh import refresh_facts
from include.sandbox.server import Sandbox
from include.stage.unify import unify
from include.tables import SOURCE_OBJECTS
from tests.golden import march
from tests.golden.conftest import golden_settings
from tests.golden.org import Org
from tests.pipeline import Pipeline

# Where the second day's changes are seen; nothing has come to the others.
CHANGED = ("salesforce.opportunity", "salesforce.opportunity_history", "salesforce.account",
           "hubspot.company")  # fmt: skip


def _differing(warehouse: sa.Engine, settings: Settings) -> dict[str, int]:
    """By fact, rows that stand in what is there or in a whole build alone."""
    with warehouse.connect() as connection:
        tables = [table for table, _ in build.MAKERS]
        copies = {table: part.copied(connection, table) for table in tables}
        plan_for_whole_tables(connection)
        build.replace_all(connection, settings, build.rows_of(settings))
        found = {
            table.name: part.differences(connection, sa.select(*table.c), sa.select(*copy.c))
            for table, copy in copies.items()
        }
        connection.rollback()
    return {name: count for name, count in found.items() if count}


def _change_some(sandbox: Sandbox, day: int) -> None:
    """What a day brings: an amount, a deal lost, one of another account, a deletion, and companies."""
    control = sandbox.control
    stamp = f"2026-04-{day:02d}T09:00:00.000"
    deals = control.content("salesforce", "Opportunity")
    for number, changed in enumerate(
        (
            {"Amount": 77_000 + day},
            {"StageName": "Closed Lost", "IsClosed": True, "IsWon": False},
            {"OwnerId": deals[-1]["OwnerId"], "AccountId": deals[-1]["AccountId"]},
        )
    ):
        deal = deals[(7 * day + 11 * number) % len(deals)]
        _save(control, "Opportunity", deal, stamp, **changed)
    deal = deals[(7 * day + 5) % len(deals)]
    control.delete("salesforce", "Opportunity", deal["Id"], f"{stamp}+0000")
    account = control.content("salesforce", "Account")[day]
    _save(control, "Account", account, stamp, AccountSource="Referral")
    company = control.content("hubspot", "companies")[day]
    properties = {"country": "Peru", "hs_lastmodifieddate": f"{stamp}Z"}
    control.upsert(
        "hubspot",
        "companies",
        {
            **company,
            "updatedAt": f"{stamp}Z",
            "properties": {**company["properties"], **properties},
        },
    )


def _save(control: Any, name: str, record: dict[str, Any], stamp: str, **changed: Any) -> None:
    times = dict.fromkeys(("LastModifiedDate", "SystemModstamp"), f"{stamp}+0000")
    control.upsert("salesforce", name, {**record, **changed, **times})


@pytest.mark.slow
def test_what_the_crms_changed_comes_out_as_from_a_whole_build(
    warehouse: sa.Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "SMALLEST_COUNT", 0)
    monkeypatch.setattr(refresh, "LARGEST_RATE", 1.0)
    org = Org("both")
    march.fill(org)
    org.write(tmp_path / "org")
    settings = march.choose(golden_settings(settings))
    with Sandbox(tmp_path / "org") as sandbox:
        pipeline = Pipeline(warehouse, sandbox, settings, tmp_path)
        for day in (1, 2):
            now = datetime(2026, 4, day, 20, tzinfo=UTC)
            if day > 1:
                _change_some(sandbox, day)
            sandbox.control.set_time(at=now.isoformat())
            read = [each for each in SOURCE_OBJECTS if day == 1 or each.id in CHANGED]
            verdicts = {source.id: pipeline.take_in(source, now) for source in read}
            assert all(verdicts.values())
            told = itertools.chain.from_iterable(verdicts.values())
            assert {verdict.status for verdict in told} == {"validated"}
            unify(warehouse, settings)
            done = refresh_facts(warehouse, settings, now)
            assert done.reason == ("facts were not built before" if day == 1 else "")
            assert day == 1 or done.changed_count > 5
            assert _differing(warehouse, settings) == {}
