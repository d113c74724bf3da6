"""The warehouse brought to the newest revision."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from include.core.errors import StopError
from include.core.warehouse import engine_for
from include.tables import SCHEMAS, metadata
from include.tables import migrate as migration
from include.tables.migrate import MIGRATIONS, migrate, write_revision

PROJECT = Path(__file__).resolve().parents[2]
NUMBERS = itertools.count()
REVISION = "select version_num from ops.schema_revision"
LATER_REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "later", "{newest}"


def upgrade():
    op.add_column("quota_reading", sa.Column("note", sa.Text()), schema="ops")
"""


@pytest.fixture
def new_database(postgres_url: str) -> Iterator[Callable[[], sa.Engine]]:
    """Makes engines on databases without a schema of ours."""
    server = engine_for(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    made: list[tuple[str, sa.Engine]] = []

    def make() -> sa.Engine:
        name = f"empty_{next(NUMBERS)}"
        with server.connect() as connection:
            connection.exec_driver_sql(f"create database {name}")
        made.append((name, engine_for(sa.make_url(postgres_url).set(database=name))))
        return made[-1][1]

    yield make
    for name, engine in made:
        engine.dispose()
        with server.connect() as connection:
            connection.exec_driver_sql(f"drop database {name} with (force)")
    server.dispose()


@pytest.fixture
def later_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Pretends that the code has one revision more."""

    def add() -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(migration.MIGRATIONS, folder)
        newest = max(path.name[1:5] for path in (folder / "versions").glob("r*.py"))
        (folder / "versions" / "later.py").write_text(LATER_REVISION.format(newest=newest))
        monkeypatch.setattr(migration, "MIGRATIONS", folder)

    return add


def differences(engine: sa.Engine) -> list[Any]:
    """What the tables of the code and of the database do not share, as Alembic sees it."""
    options = {
        "include_schemas": True,
        "compare_server_default": True,
        "version_table": "schema_revision",
        "version_table_schema": "ops",
        "include_name": lambda name, type_, _: name in SCHEMAS if type_ == "schema" else True,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, metadata)


def catalogue(engine: sa.Engine) -> list[Any]:
    """Columns, comments, indexes and constraints as PostgreSQL's own catalogue has them.

    In the order of their names: what a later revision adds to a table stands last in it.
    """
    ours = "n.nspname in ('raw', 'stage', 'facts', 'metrics', 'reports', 'ops')"
    relation = "pg_class c join pg_namespace n on n.oid = c.relnamespace"
    statements = (
        f"""select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
            obj_description(c.oid)
            from {relation} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where {ours} and c.relkind = 'r' and c.relname <> 'schema_revision'
            order by 1, 2, 3""",
        """select schemaname, tablename, indexname, indexdef from pg_indexes
            where schemaname in ('raw', 'stage', 'facts', 'metrics', 'reports', 'ops')
            and tablename <> 'schema_revision' order by 1, 2, 3""",
        f"""select n.nspname, c.relname, conname, pg_get_constraintdef(k.oid)
            from {relation} join pg_constraint k on k.conrelid = c.oid
            where {ours} and c.relname <> 'schema_revision' and k.contype <> 'n'
            order by 1, 2, 3""",
    )
    with engine.connect() as connection:
        return [tuple(row) for text in statements for row in connection.exec_driver_sql(text)]


def test_an_empty_database_gets_exactly_the_tables_of_the_code(
    new_database: Callable[[], sa.Engine], warehouse: sa.Engine
) -> None:
    engine = new_database()
    migrate(engine)
    # If this fails, a table changed: write the revision, as include/tables/migrate.py says.
    assert differences(engine) == []
    assert catalogue(engine) == catalogue(warehouse)


def test_a_table_without_revision_is_noticed(
    new_database: Callable[[], sa.Engine],
) -> None:
    engine = new_database()
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table ops.quota_reading drop column used_count")
    assert [difference[0] for difference in differences(engine)] == ["add_column"]


def test_tasks_at_once_do_it_once_and_again_changes_nothing(
    new_database: Callable[[], sa.Engine],
) -> None:
    engine = new_database()
    script = (
        "import sys; from include.core.warehouse import engine_for; "
        "from include.tables.migrate import migrate; migrate(engine_for(sys.argv[1]))"
    )
    url = engine.url.render_as_string(hide_password=False)
    tasks = [subprocess.Popen([sys.executable, "-c", script, url], cwd=PROJECT) for _ in range(3)]
    assert [task.wait(120) for task in tasks] == [0, 0, 0]
    with engine.begin() as connection:
        revision = connection.exec_driver_sql(REVISION).scalars().all()
        connection.exec_driver_sql("insert into ops.quota_reading values ('hubspot', now(), 1, 2)")
    assert len(revision) == 1
    migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(REVISION).scalars().all() == revision
        assert connection.exec_driver_sql("select count(*) from ops.quota_reading").scalar() == 1


def test_a_warehouse_of_an_older_revision_keeps_its_rows(
    new_database: Callable[[], sa.Engine], later_code: Callable[[], None]
) -> None:
    engine = new_database()
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into ops.quota_reading values ('hubspot', now(), 1, 2)")
    later_code()
    migrate(engine)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("select crm, used_count, note from ops.quota_reading")
        assert [tuple(row) for row in rows] == [("hubspot", 1, None)]
        assert connection.exec_driver_sql(REVISION).scalar() == "later"


@pytest.fixture
def old_warehouse(
    new_database: Callable[[], sa.Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], sa.Engine]:
    """Makes warehouses as code up to a revision left them; what comes after is the code there is."""

    def make(newest: str) -> sa.Engine:
        folder = tmp_path / newest
        shutil.copytree(MIGRATIONS, folder)
        for revision in (folder / "versions").glob("r*.py"):
            if revision.name[1:5] > newest:
                revision.unlink()
        engine = new_database()
        with monkeypatch.context() as patch:
            patch.setattr(migration, "MIGRATIONS", folder)
            migrate(engine)
        return engine

    return make


def test_a_warehouse_of_the_first_revision_is_brought_along(
    old_warehouse: Callable[[str], sa.Engine],
) -> None:
    engine = old_warehouse("0001")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into facts.customer (customer_id, segment) values ('salesforce:1', 'small')"
        )
        connection.exec_driver_sql(
            "insert into stage.salesforce__user_role_version (salesforce_user_role_id, modified_at, "
            "extracted_at, batch_id, row_hash, is_deleted) "
            "values ('R', '2026-01-01 00:00Z', '2026-01-02 00:00Z', 'b', 'h', false)"
        )
    migrate(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from facts.customer").scalar() == 0
        assert connection.exec_driver_sql(
            "select cursor_at = modified_at, first_extracted_at = extracted_at, reading_hash "
            "from stage.salesforce__user_role_version"
        ).one() == (True, True, "h")


def test_a_warehouse_of_newer_code_is_refused(
    new_database: Callable[[], sa.Engine],
    later_code: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = new_database()
    later_code()
    migrate(engine)
    monkeypatch.setattr(migration, "MIGRATIONS", MIGRATIONS)
    with pytest.raises(StopError, match="made by newer code"):
        migrate(engine)


def test_schemas_given_to_a_user_who_may_not_create_any_are_used(
    new_database: Callable[[], sa.Engine],
) -> None:
    engine = new_database()
    with engine.begin() as connection:
        connection.exec_driver_sql("drop role if exists loader")
        connection.exec_driver_sql("create role loader login password 'loader'")
        for schema in SCHEMAS:
            connection.exec_driver_sql(f"create schema {schema} authorization loader")
    restricted = engine_for(engine.url.set(username="loader", password="loader"))
    migrate(restricted)
    restricted.dispose()
    assert differences(engine) == []


def test_writing_a_revision_finds_nothing_to_write(new_database: Callable[[], sa.Engine]) -> None:
    assert write_revision(new_database(), "Nothing") is None


def test_writing_a_revision_makes_what_a_table_gained(
    new_database: Callable[[], sa.Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    for revision in (folder / "versions").glob("*.py"):
        revision.write_text(revision.read_text().replace("'token_count'", "'former_count'"))
    monkeypatch.setattr(migration, "MIGRATIONS", folder)
    written = write_revision(new_database(), "Count tokens")
    assert written is not None
    text = written.read_text()
    assert "op.add_column('rate_limit_bucket', sa.Column('token_count'" in text
    assert "op.drop_column('rate_limit_bucket', 'former_count'" in text


def test_values_of_each_as_of_become_states(
    old_warehouse: Callable[[str], sa.Engine], warehouse: sa.Engine
) -> None:
    """Of four days the total is 1, 1, 2, 2; Ann has 1, 1, none, 1. So two states are of each."""
    engine = old_warehouse("0004")
    columns = "metric_id, grain, period_start_date, slice_id, slice_value, as_of_at, value"
    other = (
        "period_end_date, period_id, slice_label, sample_count, excluded_count, unit, status, "
        "status_reason, is_complete, run_id, computed_at"
    )
    rows = [("total", "", day, 1 + day // 3) for day in (1, 2, 3, 4)]
    rows += [("owner", "Ann", day, 1) for day in (1, 2, 4)]
    with engine.begin() as connection:
        for slice_id, member, day, value in rows:
            connection.exec_driver_sql(
                f"insert into metrics.metric_value ({columns}, {other}) values ('revenue', 'week', "
                f"'2026-01-05', '{slice_id}', '{member}', '2026-02-0{day} 00:00Z', {value}, "
                "'2026-01-12', '2026-W02', '', 1, 0, 'money', 'OK', '', true, "
                f"'run {day}', '2026-02-0{day} 06:00Z')"
            )
        before = connection.exec_driver_sql(f"select {columns}, {other} from metrics.metric_value")
        expected = sorted(map(str, before))
    migrate(engine)
    view = "select pg_get_viewdef('metrics.metric_value'::regclass)"
    with engine.connect() as connection, warehouse.connect() as fresh:
        after = connection.exec_driver_sql(f"select {columns}, {other} from metrics.metric_value")
        assert sorted(map(str, after)) == expected
        states = connection.exec_driver_sql(
            "select slice_value, extract(day from as_of_at at time zone 'UTC')::int, "
            "extract(year from until_as_of_at at time zone 'UTC')::int, value::int "
            "from metrics.value_state order by 1, 2"
        )
        assert [tuple(row) for row in states] == [
            ("", 1, 2026, 1), ("", 3, 9999, 2), ("Ann", 1, 2026, 1), ("Ann", 4, 9999, 1),
        ]  # fmt: skip
        made, meant = (
            connection.exec_driver_sql(view).scalar_one() for connection in (connection, fresh)
        )
    columns_of = [re.findall(r"\w+\.(\w+)", text.split("FROM")[0]) for text in (made, meant)]
    assert columns_of[0] == columns_of[1]


def test_the_ledger_of_an_older_release_says_what_facts_have_and_which_fields_were_read(
    old_warehouse: Callable[[str], sa.Engine],
) -> None:
    """Facts were built at seven: of what was loaded at six, and not of what was at eight."""
    engine = old_warehouse("0013")
    with engine.begin() as connection:
        for batch_id, hour, fields in (("custom", 6, "region"), ("none", 6, ""), ("late", 8, "")):
            connection.exec_driver_sql(
                "insert into ops.extract_window (batch_id, crm, object_name, mode, window_start_at,"
                " window_end_at, status, run_id, extracted_at, loaded_at, read_fields) values"
                f" ('{batch_id}', 'hubspot', 'deal', 'delta', '2026-02-01', '2026-02-02', 'loaded',"
                f" 'run', '2026-02-02', '2026-02-02 {hour}:00Z', '{{amount}}')"
            )
            custom = f'\'{{"{fields}": "west"}}\'' if fields else "null"
            connection.exec_driver_sql(
                "insert into stage.hubspot__deal_version (hubspot_deal_id, modified_at, cursor_at,"
                " told_at, first_extracted_at, extracted_at, batch_id, row_hash, reading_hash,"
                f" is_deleted, is_inferred, custom_fields) values ('{batch_id}', '2026-02-01',"
                " '2026-02-01', '2026-02-01', '2026-02-01', '2026-02-01',"
                f" '{batch_id}', '', '', false, false, {custom})"
            )
        connection.exec_driver_sql(
            "insert into ops.fact_build (built_at, is_whole, reason, definition_hash, shared_inputs,"
            " row_counts, record_count, changed_count, built_count) values"
            " ('2026-02-02 07:00Z', true, '', '', '{}', '{}', 0, 0, 0)"
        )
    migrate(engine)
    told = (
        "select batch_id, is_unified, is_in_facts, read_fields from ops.extract_window order by 1"
    )
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.exec_driver_sql(told)] == [
            ("custom", True, True, ["amount", "region"]),
            ("late", False, False, ["amount"]),
            ("none", True, True, ["amount"]),
        ]
