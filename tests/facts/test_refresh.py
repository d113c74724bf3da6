"""Facts built of changes are those a whole build makes, and whatever is in doubt is built whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.settings import Settings
from include.core.settings_deals import Deals
from include.core.warehouse import plan_for_whole_tables
from include.facts import build, changed, refresh
from include.facts.records import FACT_RECORDS, is_of_shared, of_fact
from include.facts.refresh import Refresh, refresh_facts
from include.stage.unify import unify
from include.tables import facts
from include.tables.ops import fact_input, fact_link
from tests.facts.builders import at, opportunity, put, stages, version, with_choices
from tests.facts.random_world import World

FIRST_AT = datetime(2026, 6, 1, tzinfo=UTC)
TABLES = (facts.date, facts.period, facts.business_hours, *(table for table, _ in build.MAKERS))


class Daily:
    """A company whose facts are brought up to date day by day."""

    def __init__(self, warehouse: sa.Engine, settings: Settings, seed: int) -> None:
        deals = Deals(lost_reasons_not_counted=["duplicate"])
        self.warehouse = warehouse
        self.settings = dataclasses.replace(with_choices(settings), deals=deals)
        self.world, self.day = World(seed, 10), 0
        self.refresh()

    def refresh(self, **given: Any) -> Refresh:
        """Stage the company as it is now, and bring the facts up to date an hour after the last time."""
        self.world.stage(self.warehouse)
        unify(self.warehouse, self.settings)
        self.day += 1
        built_at = FIRST_AT + timedelta(hours=self.day)
        return refresh_facts(self.warehouse, self.settings, built_at, **given)

    def differing(self) -> dict[str, tuple[list[str], list[str]]]:
        """By fact, rows that are there and rows that a whole build makes, where the two differ."""
        with self.warehouse.connect() as connection:
            told = _rows(connection)
            plan_for_whole_tables(connection)
            build.replace_all(connection, self.settings, build.rows_of(self.settings))
            whole = _rows(connection)
            connection.rollback()
        return {
            name: (sorted(told[name] - whole[name]), sorted(whole[name] - told[name]))
            for name in whole
            if told[name] != whole[name]
        }


def _rows(connection: sa.Connection) -> dict[str, set[str]]:
    found = {}
    for table in TABLES:
        rows = [repr(row) for row in connection.execute(sa.select(table))]
        found[table.name] = set(rows)
        assert len(found[table.name]) == len(rows)
    return found


@pytest.fixture(autouse=True)
def any_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small company's changes reach a large part of it."""
    monkeypatch.setattr(refresh, "SMALLEST_COUNT", 0)
    monkeypatch.setattr(refresh, "LARGEST_RATE", 1.0)


@pytest.fixture
def daily(warehouse: sa.Engine, settings: Settings) -> Daily:
    """A company whose facts were built once."""
    return Daily(warehouse, settings, 8)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
@hypothesis_settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_facts_of_changes_are_those_of_a_whole_build(
    fresh_warehouse: Callable[[], AbstractContextManager[sa.Engine]], settings: Settings, seed: int
) -> None:
    with fresh_warehouse() as warehouse:
        daily = Daily(warehouse, settings, seed)
        for _ in range(4):
            happened = [daily.world.change() for _ in range(daily.world.chance.randint(1, 6))]
            done = daily.refresh()
            # Now and then something happens that reaches all records; nothing may come out wrong.
            assert done.reason == "" or done.reason.endswith(" changed"), happened
            assert daily.differing() == {}, happened


def test_nothing_staged_gives_no_facts_of_records(warehouse: sa.Engine, settings: Settings) -> None:
    """As on a first run that could read no object: what waits for facts says why, and nothing breaks."""
    nothing = dataclasses.replace(settings, costs=(), exchange_rates=())
    for day in ("2026-01-02", "2026-01-03"):
        done = refresh_facts(warehouse, nothing, at(day))
        assert sum(done.row_counts[table.name] for table in FACT_RECORDS) == 0
        assert done.changed_count == 0


@pytest.mark.slow
def test_the_random_company_has_facts_of_every_kind_and_each_is_of_a_known_record(
    daily: Daily,
) -> None:
    # Without rows, the test above would compare empty tables.
    known = sa.union(sa.select(fact_input.c.record_hash), sa.select(fact_link.c.linked_hash))
    with daily.warehouse.connect() as connection:
        for table in FACT_RECORDS:
            is_known = of_fact(table).in_(known)
            counts = sa.select(
                sa.func.count(),
                sa.func.count(sa.case((sa.or_(is_known, is_of_shared(table)), 1))),
            ).select_from(table)
            rows, of_known = connection.execute(counts).one()
            assert 0 < rows == of_known, table.name
        shared = sa.select(sa.func.count()).where(facts.deal_credit.c.credit_rate < 1)
        assert connection.scalar(shared) > 0


def _small_company(warehouse: sa.Engine) -> None:
    """Two deals of two customers, read from Salesforce."""
    put(
        warehouse,
        *stages(),
        opportunity("006A", "2026-01-10", "2026-02-10", "open", account_id="001A"),
        opportunity(
            "006A", "2026-01-10", "2026-02-10", "won", modified="2026-02-10", account_id="001A"
        ),
        opportunity("006B", "2026-01-10", "2026-03-10", "open", account_id="001B"),
        version("salesforce.account", "001A", "2026-01-01", created_at=at("2026-01-01")),
        version("salesforce.account", "001B", "2026-01-01", created_at=at("2026-01-01")),
        version(
            "salesforce.user", "005A", "2026-01-01", email="a@us.example", role_id="00E1",
            is_active=True, created_at=at("2026-01-01"),
        ),
    )  # fmt: skip


@dataclasses.dataclass
class Small:
    """The small company, its facts built once."""

    warehouse: sa.Engine
    settings: Settings
    built_at: datetime = FIRST_AT

    def refresh(self, hours: int = 1, **given: Any) -> Refresh:
        """Bring the facts up to date so many hours after the last time."""
        unify(self.warehouse, self.settings)
        self.built_at += timedelta(hours=hours)
        return refresh_facts(self.warehouse, self.settings, self.built_at, **given)

    def run(self, statement: str) -> None:
        """Run a statement in the warehouse."""
        with self.warehouse.begin() as connection:
            connection.exec_driver_sql(statement)

    def rows(self, statement: str) -> list[Any]:
        """What a statement selects."""
        with self.warehouse.connect() as connection:
            return list(connection.execute(sa.text(statement)))


@pytest.fixture
def small(warehouse: sa.Engine, settings: Settings) -> Small:
    """The small company, its facts built once."""
    _small_company(warehouse)
    company = Small(warehouse, with_choices(settings))
    assert company.refresh().reason == "facts were not built before"
    return company


def test_a_split_builds_the_credits_of_its_deal(small: Small) -> None:
    shares = [
        version(
            "salesforce.opportunity_split", f"S{owner}", "2026-02-11", opportunity_id="006A",
            owner_user_id=owner, split_percent=percent, created_at=at("2026-02-11"),
        )
        for owner, percent in (("005A", 60), ("005X", 40))
    ]  # fmt: skip
    put(small.warehouse, *shares)
    done = small.refresh()
    assert (done.reason, done.changed_count) == ("", 2)
    stood = (
        "select credit_rate * 100, credit_amount from facts.deal_credit "
        "where deal_id = 'salesforce:006A' and valid_to_at > '2026-03-01' order by 1"
    )
    # 40 % and 60 % of 1000; who 005X is nobody told us.
    assert small.rows(stood) == [(40, 400), (60, 600)]


def test_a_day_builds_what_changed_and_leaves_the_rest(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The row of a deal nothing has happened to is not written anew: it keeps its place on the disk.
    place = "select deal_id, ctid::text from facts.deal where deal_id = 'salesforce:006A'"
    monkeypatch.setattr(changed, "SAMPLE_SIZE", 0.001)
    before = small.rows(place)
    put(
        small.warehouse,
        version("hubspot.task", "1", "2026-03-01", created_at=at("2026-03-01")),
    )
    done = small.refresh()
    assert (done.reason, done.changed_count, done.built_count) == ("", 1, 1)
    assert small.rows("select activity_id from facts.activity") == [("hubspot:task:1",)]
    assert done.row_counts["activity"] == 1
    assert small.rows(place) == before


def test_nothing_is_built_where_nothing_changed(small: Small) -> None:
    # A login is a new version of the user, and says nothing that other facts read.
    small.run(
        "insert into stage.salesforce__user_version (salesforce_user_id, email, role_id, is_active,"
        " created_at, last_login_at, modified_at, extracted_at, batch_id, row_hash) values"
        " ('005A', 'a@us.example', '00E1', true, '2026-01-01', '2026-05-01', '2026-05-01',"
        " '2026-05-01', 'batch', 'other')"
    )
    done = small.refresh()
    assert (done.reason, done.changed_count) == ("", 0)
    assert small.rows("select count(*) from facts.user") == [(2,)]


def test_a_campaign_somebody_else_owns_now_is_built(small: Small) -> None:
    campaign = {"created_at": at("2026-01-01")}
    put(small.warehouse, version("salesforce.campaign", "701A", "2026-01-01", **campaign))
    small.refresh()
    small.run("update stage.salesforce__campaign_version set owner_user_id = '005A'")
    assert small.refresh().reason == ""
    owner = "select owner_user_id from facts.record_created where record_type = 'campaign'"
    assert small.rows(owner) == [("salesforce:005A",)]


def test_a_role_reaches_the_records_that_name_its_user(small: Small) -> None:
    small.run("update stage.salesforce__user set role_id = '00E2', row_hash = 'other'")
    done = small.refresh()
    assert done.reason == ""
    # What was closed before keeps the role of then.
    told = "select distinct is_open, role_id from facts.deal order by is_open"
    assert small.rows(told) == [(False, "00E1"), (True, "00E2")]


def test_a_stage_first_entered_by_one_deal_tells_how_far_others_skipped(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changed, "SAMPLE_SIZE", 0.001)
    directions = (
        "select direction from facts.stage_transition where deal_id = 'salesforce:006A' "
        "and stage_id like '%Won' order by valid_from_at desc limit 1"
    )
    # Nobody was ever in Negotiation, so that going past it skips nothing.
    assert small.rows(directions) == [("forward",)]
    put(
        small.warehouse,
        opportunity(
            "006C", "2026-02-01", "2026-04-01", "open",
            stage_name="Negotiation", modified="2026-02-01",
        ),
    )  # fmt: skip
    assert small.refresh().reason == ""
    assert small.rows(directions) == [("skip",)]
    # And when that deal is not among the changed ones.
    small.run(
        "update stage.salesforce__opportunity_version set opportunity_name = 'another'"
        " where salesforce_opportunity_id = '006A'"
    )
    assert small.refresh().reason == ""
    assert small.rows(directions) == [("skip",)]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param(
            "update stage.salesforce__opportunity_stage set is_won = true where stage_name = 'Negotiation'",
            "facts.stage changed",
            id="a stage means another thing",
        ),
        pytest.param(
            "update stage.salesforce__opportunity set close_date = '2029-01-01'",
            "facts.period changed",
            id="the calendar goes on",
        ),
        pytest.param(
            "delete from facts.deal where deal_id = 'salesforce:006B'",
            "facts.deal was changed by somebody else",
            id="facts were taken away",
        ),
        pytest.param(
            "delete from ops.fact_input",
            "nothing is remembered of what facts were built of",
            id="nothing is remembered",
        ),
    ],
)
def test_what_may_reach_any_record_builds_whole(small: Small, statement: str, reason: str) -> None:
    small.run(statement)
    if "fact_input" not in statement and "facts.deal" not in statement:
        small.run("update stage.salesforce__opportunity_version set row_hash = row_hash || '+'")
    assert small.refresh().reason == reason


def test_another_answer_of_all_records_together_builds_whole(small: Small) -> None:
    # The first mail there is tells that requests without one were not answered.
    put(
        small.warehouse,
        version("salesforce.email_message", "02sA", "2026-03-01", created_at=at("2026-03-01")),
    )
    assert small.refresh().reason == "salesforce.email_message changed"


def test_the_ledger_says_which_batches_facts_are_built_of(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch may be loaded by another run at any time: once it is in customers and in facts it counts."""

    def load(batch_id: str) -> None:
        small.run(
            "insert into ops.extract_window (batch_id, crm, object_name, mode, window_start_at,"
            " window_end_at, status, run_id, extracted_at) values"
            f" ('{batch_id}', 'salesforce', 'case', 'delta', '2026-05-01', '2026-05-02',"
            " 'loaded', 'other', '2026-05-02')"
        )

    def in_facts() -> list[str]:
        told = "select batch_id from ops.extract_window where is_in_facts order by 1"
        return [batch_id for (batch_id,) in small.rows(told)]

    load("before")
    unify(small.warehouse, small.settings)
    load("between")
    record = refresh._Plan.record

    def record_late(plan: Any, done: Refresh) -> None:
        load("meanwhile")
        record(plan, done)

    with monkeypatch.context() as patched:
        patched.setattr(refresh._Plan, "record", record_late)
        refresh_facts(small.warehouse, small.settings, small.built_at + timedelta(minutes=1))
    assert in_facts() == ["before"]
    unify(small.warehouse, small.settings)
    assert in_facts() == ["before"]
    small.refresh()
    assert in_facts() == ["before", "between", "meanwhile"]


def test_other_settings_build_whole(small: Small) -> None:
    small.settings = with_choices(small.settings, time_zone="Europe/Berlin")
    assert small.refresh().reason == "the settings or what facts are made by have changed"


def test_many_changes_build_whole(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "LARGEST_RATE", 0.0)
    put(small.warehouse, opportunity("006C", "2026-02-01", "2026-04-01", "open"))
    assert small.refresh().reason == "what changed reaches too many records"


def test_a_small_company_is_built_whole(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "SMALLEST_COUNT", 1_000)
    assert small.refresh().reason == "there are few records"


def test_a_reason_given_builds_whole(small: Small) -> None:
    assert small.refresh(whole_reason="it was asked for").reason == "it was asked for"


def test_once_a_week_all_is_built_and_compared(small: Small) -> None:
    put(small.warehouse, opportunity("006C", "2026-02-01", "2026-04-01", "open"))
    assert small.refresh(hours=24).reason == ""
    done = small.refresh(hours=6 * 24)
    assert done.reason == "the last whole build is too long ago"
    assert (done.is_compared, done.differing) == (True, {})
    assert small.refresh(hours=24).reason == ""


def test_a_difference_a_whole_build_finds_is_told_and_ends_the_building_of_changes(
    small: Small, caplog: pytest.LogCaptureFixture
) -> None:
    small.run("update facts.deal set deal_name = 'wrong' where deal_id = 'salesforce:006B'")
    done = small.refresh(hours=7 * 24)
    # The row as it was and as it is.
    assert done.differing == {"deal": 2}
    assert "other facts than the builds of changes" in caplog.text
    assert "since 2026-06-01 01:00:00+00:00 may be wrong: run crm_recompute" in caplog.text
    assert small.rows("select count(*) from facts.deal where deal_name = 'wrong'") == [(0,)]
    assert small.refresh().reason == "builds of changes were found to differ from a whole one"
    told = "select differing_count from ops.fact_build where differing_count is not null"
    assert small.rows(told) == [(2,)]


def test_an_unchanged_record_that_comes_out_another_builds_whole(
    small: Small, caplog: pytest.LogCaptureFixture
) -> None:
    small.run("update facts.deal set deal_name = 'wrong' where deal_id = 'salesforce:006A'")
    put(
        small.warehouse,
        version("hubspot.task", "1", "2026-03-01", created_at=at("2026-03-01")),
    )
    done = small.refresh()
    assert done.reason == (
        "a build of changes went wrong: facts of unchanged records came out as others: {'deal': 4}"
    )
    assert small.rows("select count(*) from facts.deal where deal_name = 'wrong'") == [(0,)]
    assert small.rows("select activity_id from facts.activity") == [("hubspot:task:1",)]
