"""After any history of changes, troubles and readings, the warehouse equals the CRM.

A history is drawn at random: people create, change, delete and merge records, time passes, and runs
read by change, again, in overlapping windows, whole, are killed and go on, and load what they landed
early, late or backwards. In the end, past every lag, all is read by change and what that promises
is compared, then all is swept, and everything is.

`MODEL_EXAMPLES=2000` draws so many histories of each CRM instead of the usual thirty.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from include.core.window import Window
from include.extract import hubspot_spool, salesforce_bulk, salesforce_client, salesforce_rest
from include.sandbox.faults import Fault
from tests.model.crm_world import LATEST_VISIBILITY, CrmWorld
from tests.model.hubspot_world import CONTACTS, HubSpotWorld
from tests.model.salesforce_world import SalesforceWorld

LONGER = os.environ.get("MODEL_EXAMPLES")
HISTORIES = settings(
    max_examples=int(LONGER or 30),
    # The usual thirty are the same ones each time, so that a red build is its own change's doing;
    # a longer run looks for new ones.
    derandomize=LONGER is None,
    database=None,
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    # A failing history is short enough to read, and making it shorter takes minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

numbers = st.integers(0, 5)
names = st.sampled_from(["a", "b", "c"])
# Seconds, minutes within and beyond the lag, hours, a day.
elapsed_seconds = st.sampled_from([1, 60, 400, 400, 4_000, 90_000])
# Minutes until a long transaction is committed; mostly none.
late = st.sampled_from([0, 0, 2, 20])
hours = st.integers(0, 30)

SALESFORCE_FAULTS = [
    Fault("/services/data", answer="unavailable", times=2),
    Fault("/services/data", answer="session_expired", skip=1),
    Fault("/services/data", answer="gateway_page"),
    Fault("/query/01g|/results", cut_after_bytes=40),
    Fault("/query/01g|/results", shorten_to_bytes=60),
    Fault("/query/01g", actions=[{"action": "lose", "what": "cursors"}]),
    Fault("/results", skip=1, actions=[{"action": "lose", "what": "bulk_locators"}]),
    Fault("/results", skip=1, actions=[{"action": "lose", "what": "bulk_jobs"}]),
    Fault("/results", actions=[{"action": "revoke_tokens"}]),
    Fault("/deleted", answer="unavailable", times=9),
]
HUBSPOT_FAULTS = [
    Fault("/crm/", status=503, times=2),
    Fault("/crm/", status=502, body="<html>Bad Gateway</html>", skip=1),
    Fault("/objects/2026-09/deals", cut_after_bytes=50),
    Fault("/batch/read", cut_after_bytes=30, times=2),
    Fault("/crm/", status=503, times=9, skip=2),
    Fault("/search", status=429, body={"policyName": "SECONDLY", "category": "RATE_LIMITS"}),
]


class History(RuleBasedStateMachine):
    """What runs do to any CRM."""

    world: CrmWorld
    faults: list[Fault]

    def __init__(self, make_world: Callable[[Path], CrmWorld]) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="history-")
        self.world = make_world(Path(self._folder.name))

    def key(self, number: int) -> str:
        """One of the newest records there ever were."""
        keys = self.world.keys  # type: ignore[attr-defined]
        return keys[-1 - number % len(keys)]

    def has_records(self) -> bool:
        return bool(self.world.keys)  # type: ignore[attr-defined]

    @rule(seconds=elapsed_seconds)
    def time_passes(self, seconds: int) -> None:
        self.world.advance(timedelta(seconds=seconds))

    @rule(number=numbers, seconds=elapsed_seconds, is_loaded=st.sampled_from([True, True, False]))
    def run_some_time_later(self, number: int, seconds: int, is_loaded: bool) -> None:
        self.run_by_hand(number, seconds, is_loaded)

    def run_by_hand(self, number: int, seconds: int, is_loaded: bool) -> None:
        """Reads all the ledger lacks, some time after whatever was before."""
        world = self.world
        world.advance(timedelta(seconds=seconds))
        object_id = world.object_ids[number % len(world.object_ids)]
        known = list(world.pending)
        world.read(object_id, f"run-{next(world.run_numbers)}")
        for batch_id in [each for each in world.pending if is_loaded and each not in known]:
            world.load(batch_id)

    @rule(
        number=numbers,
        is_sweep=st.booleans(),
        fault=st.none() | numbers,
        break_after=st.none() | st.integers(0, 2),
        goes_on=st.booleans(),
    )
    def troubled_run(
        self,
        number: int,
        is_sweep: bool,
        fault: int | None,
        break_after: int | None,
        goes_on: bool,
    ) -> None:
        """Reads all the ledger lacks, or everything; troubled, killed, and tried again."""
        world, run_id = self.world, f"run-{next(self.world.run_numbers)}"
        object_id = world.object_ids[number % len(world.object_ids)]
        if fault is not None:
            self.inject(fault)
        is_done = world.read(object_id, run_id, break_after, re_extract=is_sweep)
        world.control.clear_faults()
        if not is_done and goes_on:
            world.advance(timedelta(minutes=3))
            is_done = world.read(object_id, run_id, re_extract=is_sweep)
        note(f"{run_id} of {object_id}: {is_done}")

    @rule(number=numbers, ago=hours, length=st.integers(1, 12))
    def backfill_that_reads_again(self, number: int, ago: int, length: int) -> None:
        end = self.world.now - timedelta(hours=ago)
        window = Window(end - timedelta(hours=length), end)
        objects = self.world.object_ids
        self.world.read_again(objects[number % len(objects)], window)

    @precondition(lambda self: self.world.pending)
    @rule(number=numbers)
    def load_a_batch(self, number: int) -> None:
        pending = self.world.pending
        self.world.load(pending[number % len(pending)])

    @precondition(lambda self: self.world.pending)
    @rule(number=numbers)
    def set_a_record_aside(self, number: int) -> None:
        self.world.set_aside(self.world.pending[-1], number)
        self.world.load(self.world.pending[-1])

    def inject(self, number: int) -> None:
        """Let something go wrong with the requests to come."""
        fault = self.faults[number % len(self.faults)]
        self.world.control.inject(Fault(**vars(fault)))

    def teardown(self) -> None:
        """Catch up, past every lag, and compare; in between, what lay about is loaded."""
        world = self.world
        try:
            world.advance(LATEST_VISIBILITY + timedelta(minutes=1))
            early, late = world.pending[::2], world.pending[1::2]
            for batch_id in reversed(early):
                world.load(batch_id)
            world.catch_up(is_sweep=False)
            if not world.has_set_aside:
                self.check_changes()
            world.advance(timedelta(minutes=10))
            world.catch_up(is_sweep=True)
            for batch_id in late:
                world.load(batch_id)
            self.check_everything()
        finally:
            world.close()
            self._folder.cleanup()

    def check_changes(self) -> None:
        self.world.check_changes()  # type: ignore[attr-defined]

    def check_everything(self) -> None:
        self.world.check_everything()  # type: ignore[attr-defined]


class SalesforceHistory(History):
    """What people do to accounts."""

    world: SalesforceWorld
    faults = SALESFORCE_FAULTS

    @initialize(sizes=st.sampled_from([(), (1, 0, 2), (2,)]))
    def set_up(self, sizes: tuple[int, ...]) -> None:
        self.world.control.trouble("salesforce", page_sizes=sizes)
        for name in ("x", "y", "z"):
            self.world.create(name, 0)

    @rule(name=names, late=late)
    def create(self, name: str, late: int) -> None:
        self.world.create(name, late)

    @precondition(lambda self: self.has_records())
    @rule(number=numbers, name=names, late=late)
    def update(self, number: int, name: str, late: int) -> None:
        self.world.update(self.key(number), name, late)

    @precondition(lambda self: self.has_records())
    @rule(number=numbers, name=names)
    def update_while_a_run_reads(self, number: int, name: str) -> None:
        """It is stamped before the window's end and committed after the reading."""
        self.world.update(self.key(number), name, 20)
        self.run_by_hand(0, 400, True)

    @precondition(lambda self: self.has_records())
    @rule(number=numbers, value=numbers)
    def recompute(self, number: int, value: int) -> None:
        self.world.recompute(self.key(number), value)

    @precondition(lambda self: self.has_records())
    @rule(number=numbers, late=late)
    def delete(self, number: int, late: int) -> None:
        self.world.delete(self.key(number), late)

    @precondition(lambda self: self.has_records())
    @rule(number=numbers)
    def restore(self, number: int) -> None:
        self.world.restore(self.key(number))

    @precondition(lambda self: self.has_records())
    @rule(number=numbers)
    def hard_delete(self, number: int) -> None:
        self.world.hard_delete(self.key(number))

    @precondition(lambda self: self.has_records())
    @rule(winner=numbers, loser=numbers)
    def merge(self, winner: int, loser: int) -> None:
        self.world.merge(self.key(winner), self.key(loser))

    @rule()
    def purge(self) -> None:
        self.world.purge()


class HubSpotHistory(History):
    """What people do to deals."""

    world: HubSpotWorld
    faults = HUBSPOT_FAULTS

    @initialize(
        short=st.booleans(),
        after=st.sampled_from(["text", "number", "opaque"]),
        lag_minutes=st.sampled_from([0, 1, 30]),
    )
    def set_up(self, short: bool, after: str, lag_minutes: int) -> None:
        self.world.control.trouble("hubspot", short_pages=short, after=after)
        self.world.control.index_lag(lag_minutes * 60)
        for name in ("x", "y", "z"):
            self.world.create(name)

    @rule(name=names)
    def create(self, name: str) -> None:
        self.world.create(name)

    @rule(number=numbers, name=names)
    def update(self, number: int, name: str) -> None:
        self.world.update(self.key(number), name)

    @rule(number=numbers, amount=numbers)
    def recompute(self, number: int, amount: int) -> None:
        self.world.recompute(self.key(number), amount)

    @rule(number=numbers)
    def archive(self, number: int) -> None:
        self.world.archive(self.key(number))

    @rule(number=numbers)
    def restore(self, number: int) -> None:
        self.world.restore(self.key(number))

    @rule(number=numbers)
    def hard_delete(self, number: int) -> None:
        self.world.hard_delete(self.key(number))

    @rule(winner=numbers, loser=numbers, is_new=st.booleans())
    def merge(self, winner: int, loser: int, is_new: bool) -> None:
        self.world.merge(self.key(winner), self.key(loser), is_new)

    @rule(number=numbers, contact=st.sampled_from(CONTACTS))
    def link(self, number: int, contact: str) -> None:
        self.world.link(self.key(number), contact)

    @rule(number=numbers, contact=st.sampled_from(CONTACTS))
    def unlink(self, number: int, contact: str) -> None:
        self.world.unlink(self.key(number), contact)


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    ("history", "world"),
    [(SalesforceHistory, SalesforceWorld), (HubSpotHistory, HubSpotWorld)],
    ids=["salesforce", "hubspot"],
)
def test_the_warehouse_equals_the_crm_after_any_history(
    warehouse: sa.Engine,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    history: type[History],
    world: type[CrmWorld],
) -> None:
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)
    monkeypatch.setattr(salesforce_bulk, "_FIRST_POLL_SECONDS", 0)
    monkeypatch.setattr(salesforce_bulk, "_FIRST_WAIT_SECONDS", 0)
    # Pages of two records, so that there is something to go on with.
    monkeypatch.setattr(salesforce_bulk, "RECORDS_PER_PAGE", 2)
    monkeypatch.setattr(salesforce_rest, "RECORDS_PER_FILE", 2)
    monkeypatch.setattr(hubspot_spool, "RECORDS_PER_PAGE", 2)

    def begin() -> History:
        return history(lambda folder: world(warehouse, folder, settings.sources))

    run_state_machine_as_test(begin, settings=HISTORIES)
