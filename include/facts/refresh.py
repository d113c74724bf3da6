"""Facts brought up to date: of what changed where that is certain to be enough, else of everything.

Whether it is enough is asked anew each time. Whatever could reach facts beyond the changed records
and what they are tied to builds them whole: other settings or makers, another stage or exchange
rate, a calendar that goes on, a table somebody else has touched. With each build of changes some
unchanged records are built too; where one of them comes out another than it stood, whole. And
every so often all is built whole, and held against what the builds of changes had made of it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.settings import Settings
from include.core.warehouse import plan_for_whole_tables
from include.facts import build, changed, part
from include.facts.choices import choices_made
from include.facts.records import (
    FACT_RECORDS,
    Kept,
    Statements,
    content_columns,
    content_hash,
    kept_tables,
    of_fact,
    shared_tables,
    tables_read,
)
from include.facts.sales_pipelines import check_sales_pipelines
from include.facts.shared_records import compared_records
from include.tables import facts
from include.tables.ops import extract_window, fact_build, fact_input

# Below so many records, and beyond this share of them, building some apart saves little.
SMALLEST_COUNT = 100_000
LARGEST_RATE = 0.2
LONGEST_BETWEEN_WHOLE = timedelta(days=7)
_OPEN_STAGES = "stages deals were open in"
_OF_NONE = "facts of no known record"

log = logging.getLogger(__name__)


@dataclass
class Refresh:
    """What a build did: rows by table, and, where all was built whole, why."""

    row_counts: dict[str, int]
    reason: str = ""
    changed_count: int = 0
    built_count: int = 0
    differing: dict[str, int] = field(default_factory=dict)
    is_compared: bool = False


class _DoubtError(Exception):
    """A build of changes cannot be relied on; the message says why."""


def refresh_facts(
    engine: sa.Engine, settings: Settings, built_at: datetime, whole_reason: str = ""
) -> Refresh:
    """Bring facts up to date with what is staged, whole where a reason is given or found.

    One transaction, on one state of staging: readers see the facts of before until all of the new
    ones are there, and what is loaded meanwhile is left for the next time. The ledger then says of
    which batches facts are built: of those that customers were made of as well.

    Raises:
        ConfigurationError: sales pipelines are named that there are none of.
    """
    with _alone(engine):
        try:
            return _refresh(engine, settings, built_at, whole_reason)
        except _DoubtError as error:
            log.error("Facts are built whole, for a build of changes went wrong: %s", error)
            reason = f"a build of changes went wrong: {str(error).splitlines()[0]}"
            return _refresh(engine, settings, built_at, reason)


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    """Wait until no other build runs, and keep others waiting.

    On a connection of its own: a transaction that waited would see staging as it was before.
    """
    key = sa.func.hashtextextended("facts.refresh", 0)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def _refresh(
    engine: sa.Engine, settings: Settings, built_at: datetime, whole_reason: str
) -> Refresh:
    """One try, in one transaction."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.begin() as connection:
        check_sales_pipelines(connection, settings)
        plan_for_whole_tables(connection)
        plan = _Plan(connection, settings, build.rows_of(settings), built_at)
        reason = whole_reason or plan.reason_for_whole()
        if reason and (whole_reason or not plan.is_due):
            done = plan.build_whole(reason)
        else:
            try:
                done = plan.build_and_compare(reason) if reason else plan.build_changes()
            except sa.exc.DBAPIError as error:
                # Such as a row that is there already, or no right to create a schema.
                raise _DoubtError(str(error.orig)) from error
        plan.record(done)
        ledger = extract_window.c
        is_new = ledger.is_unified, sa.not_(ledger.is_in_facts)
        batch_ids = list(connection.scalars(sa.select(ledger.batch_id).where(*is_new)))
    # Afterwards: what somebody else does to one of these rows meanwhile would undo the whole build.
    with engine.begin() as connection:
        # One array, for there may be more of them than a statement has parameters.
        is_built = ledger.batch_id == sa.any_(sa.literal(batch_ids, sa.ARRAY(sa.Text)))
        connection.execute(extract_window.update().where(is_built).values(is_in_facts=True))
    return done


def statements_of(rows: Mapping[sa.Table, build.Rows]) -> Statements:
    """The statements of the facts that are made of single records, in the order they are made in."""
    return {
        table: made
        for table, made in rows.items()
        if table in FACT_RECORDS and not isinstance(made, Sequence)
    }


def definition_hash(statements: Statements, kept: list[Kept]) -> str:
    """Hash of all that facts are made by: the statements with their settings, and what is compared."""
    told = hashlib.sha256()
    for statement in statements.values():
        compiled = statement.compile(dialect=postgresql.dialect())
        told.update(str(compiled).encode())
        told.update(repr(sorted(map(_canonical, compiled.params.items()))).encode())
    told.update(repr([each.description for each in kept]).encode())
    return told.hexdigest()


def _canonical(item: tuple[str, Any]) -> tuple[str, str]:
    """A parameter as text; a list that came from a set is in the same order each time."""
    name, value = item
    if isinstance(value, list | tuple | set | frozenset):
        value = sorted(map(repr, value))
    return name, repr(value)


def _with_rows(connection: sa.Connection, kept: list[Kept]) -> list[Kept]:
    """The tables that are not empty; most companies lack half of what there is."""
    by_name = {each.table.fullname: each for each in kept}
    found = sa.union_all(
        *(
            sa.select(sa.literal(name)).where(
                sa.exists(sa.select(sa.literal(1)).select_from(each.table))
            )
            for name, each in by_name.items()
        )
    )
    return [by_name[name] for name in connection.scalars(found)]


class _Plan:
    """One build: what the last one left, and what is to be done."""

    def __init__(
        self,
        connection: sa.Connection,
        settings: Settings,
        rows: Mapping[sa.Table, build.Rows],
        built_at: datetime,
    ) -> None:
        self.connection, self.settings, self.built_at = connection, settings, built_at
        self.rows, self.statements = rows, statements_of(rows)
        statements = self.statements
        kept = kept_tables(statements)
        self.definition_hash = definition_hash(statements, kept)
        self.kept = _with_rows(connection, kept)
        self.shared = shared_tables(statements, kept)
        in_order = sa.select(fact_build).order_by(fact_build.c.built_at.desc())
        self.last: Any = connection.execute(in_order.limit(1)).one_or_none()
        self.shared_inputs: dict[str, str] = {}
        is_whole = sa.select(sa.func.max(fact_build.c.built_at)).where(fact_build.c.is_whole)
        self.whole_at = connection.scalar(is_whole)
        self.is_due = False

    def reason_for_whole(self) -> str:
        """Why changes alone must not be built; empty where they may."""
        last, found = self.last, fact_build.c
        for table, rows in self.rows.items():
            read = set() if table in self.statements else tables_read(rows)
            if not read.isdisjoint(self.statements):
                # It would be made before the facts it is made of.
                return f"facts.{table.name} is made of facts, and of no known records"
        if last is None:
            return "facts were not built before"
        if not self.connection.scalar(sa.select(sa.exists().select_from(fact_input))):
            return "nothing is remembered of what facts were built of"
        if last.record_count < SMALLEST_COUNT:
            return "there are few records"
        if last.definition_hash != self.definition_hash:
            return "the settings or what facts are made by have changed"
        if last.shared_inputs[_OF_NONE] != "":
            return f"nobody knows which records these facts are of: {last.shared_inputs[_OF_NONE]}"
        differing = sa.exists().where(
            found.definition_hash == self.definition_hash, found.differing_count > 0
        )
        if self.connection.scalar(sa.select(differing)):
            return "builds of changes were found to differ from a whole one"
        counts = [
            sa.select(sa.literal(table.name), sa.func.count()).select_from(table)
            for table in self.statements
        ]
        for name, count in self.connection.execute(sa.union_all(*counts)):
            if last.row_counts[name] != count:
                return f"facts.{name} was changed by somebody else"
        if self.whole_at is None or self.built_at - self.whole_at >= LONGEST_BETWEEN_WHOLE:
            self.is_due = True
            return "the last whole build is too long ago"
        return ""

    def build_changes(self) -> Refresh:
        """Build what changed, or everything where that turns out not to be enough."""
        counts = dict(self.last.row_counts) | self._replace_shared()
        self.shared_inputs = self._shared_inputs()
        before = self.last.shared_inputs
        for name, value in self.shared_inputs.items():
            if before.get(name) != value:
                return self.build_whole(f"{name} changed")
        connection = self.connection
        # From a few records to their neighbours by index; back to whole tables for the makers.
        connection.exec_driver_sql("set local enable_nestloop = on")
        limit = int(LARGEST_RATE * self.last.record_count)
        changed_count = changed.find_changed(connection, self.kept)
        if not changed_count:
            self.shared_inputs[_OPEN_STAGES] = before[_OPEN_STAGES]
            self.shared_inputs[_OF_NONE] = ""
            return Refresh(counts)
        built_count = changed.spread_changes(connection, self.kept, limit)
        if built_count is None:
            return self.build_whole("what changed reaches too many records")
        changed.spread_sample(connection, self._salt(), self.last.record_count, limit)
        plan_for_whole_tables(connection)
        stages = part.build_part(connection, self.kept, self.statements)
        placed = dict(self.statements)
        if stages != before[_OPEN_STAGES]:
            # How far deals skipped ahead is another now for deals nothing has happened to.
            del placed[facts.stage_transition]
        grown, differing = part.put_in_place(connection, placed)
        if differing:
            raise _DoubtError(f"facts of unchanged records came out as others: {differing}")
        for name, count in grown.items():
            counts[name] += count
        for table in self.statements.keys() - placed.keys():
            counts[table.name] = build.replace(connection, table, self.statements[table])
        self.shared_inputs[_OPEN_STAGES] = stages
        self.shared_inputs[_OF_NONE] = ""
        changed.remember_changed(connection)
        return Refresh(counts, "", changed_count, built_count)

    def build_whole(self, reason: str) -> Refresh:
        """Build everything, and keep what of."""
        log.info("Facts are built whole: %s.", reason)
        plan_for_whole_tables(self.connection)
        counts = build.replace_all(self.connection, self.settings, self.rows)
        self.shared_inputs = self._shared_inputs()
        self.shared_inputs[_OPEN_STAGES] = part.open_stages(self.connection)
        self.shared_inputs[_OF_NONE] = ", ".join(
            table.name
            for table in self.statements
            if self.connection.scalar(sa.select(sa.exists().where(of_fact(table).is_(None))))
        )
        record_count = changed.remember_all(self.connection, self.kept)
        return Refresh(counts, reason, record_count, record_count)

    def build_and_compare(self, reason: str) -> Refresh:
        """Build changes, then everything, and hold the one against the other."""
        done = self.build_changes()
        if done.reason:
            return done
        before = {}
        for table in self.statements:
            before[table] = part.copied(self.connection, table)
        whole = self.build_whole(reason)
        for table, copy in before.items():
            count = part.differences(self.connection, sa.select(*table.c), sa.select(*copy.c))
            if count:
                whole.differing[table.name] = count
        if whole.differing:
            log.error(
                "A whole build found other facts than the builds of changes before it: %s. The facts "
                "are right now, and built whole from now on, until what they are made by changes. Values "
                "computed since %s may be wrong: run crm_recompute for the days since then.",
                whole.differing,
                self.whole_at,
            )
        whole.is_compared = True
        return whole

    def record(self, done: Refresh) -> None:
        """Write down what was done, for the next build and for whoever asks."""
        count = sa.select(sa.func.count()).select_from(fact_input)
        self.connection.execute(
            fact_build.insert().values(
                built_at=self.built_at,
                is_whole=bool(done.reason),
                reason=done.reason,
                definition_hash=self.definition_hash,
                shared_inputs=self.shared_inputs,
                row_counts=done.row_counts,
                record_count=self.connection.scalar(count),
                changed_count=done.changed_count,
                built_count=done.built_count,
                differing_count=sum(done.differing.values()) if done.is_compared else None,
            )
        )

    def _replace_shared(self) -> dict[str, int]:
        """Rebuild the dimensions and the facts that are not made of single records."""
        plan_for_whole_tables(self.connection)
        counts = build.replace_calendars(self.connection, self.settings)
        for table, rows in self.rows.items():
            if table not in self.statements:
                counts[table.name] = build.replace(self.connection, table, rows)
        return counts

    def _shared_inputs(self) -> dict[str, str]:
        """What facts of any record may read, each as a hash; not what is compared by the record."""
        told = part.answers(self.connection) | choices_made(self.settings, self.rows)
        compared = compared_records()
        for table in self.shared:
            if table not in compared:
                row = content_hash(table, content_columns(table))
                whole = sa.select(sa.func.count(), sa.func.bit_xor(row)).select_from(table)
                told[table.fullname] = repr(tuple(self.connection.execute(whole).one()))
        return told

    def _salt(self) -> int:
        """A number that is another one for each build."""
        text = self.built_at.isoformat().encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:7], "big")
