"""Fixtures every test may use: one embedded PostgreSQL for the session, one empty database each."""

from __future__ import annotations

import gc
import itertools
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import LRUCache

from include.core import embedded
from include.core.settings import ExchangeRate, Settings, load_settings
from include.core.warehouse import engine_for
from include.tables import SCHEMAS, metadata
from tests.facts_once import make_once
from tests.postgres import wait_for_no_disk

PROJECT = Path(__file__).resolve().parents[1]
_DATABASES = itertools.count()
STATEMENTS_KEPT = 2000
# Objects made until those no longer used are looked for; Python's own 700 are for small programs.
OBJECTS_MADE = 20_000
DATABASES = "select datname from pg_database"
OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
"""
FILLED = """
select quote_ident(nspname) || '.' || quote_ident(relname)
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind = 'r' and nspname !~ '^(pg_|information_schema)' and pg_relation_size(pg_class.oid) > 0
"""
# What tells whether tables, columns, constraints or anything else were made or dropped.
SHAPE = """
select concat_ws(
    ' ',
    (select row(count(*), max(oid))::text from pg_class),
    (select row(count(*), sum(atttypid::bigint))::text from pg_attribute where not attisdropped),
    (select row(count(*), max(oid))::text from pg_constraint),
    (select row(count(*), max(oid))::text from pg_trigger),
    (select row(count(*), max(oid))::text from pg_proc),
    (select count(*)::text from pg_namespace where nspname not like 'pg_%%')
)
"""
_BY_CRM = ("tests/golden", "tests/model")
_TOGETHER = "tests/end_to_end"
_CRM = re.compile(r"\[(salesforce|hubspot|both)\b")

# Airflow reads its settings when it is first imported: an installation of this session's own.
_HOME = tempfile.TemporaryDirectory(prefix="airflow-home-")
os.environ.update(
    {
        "AIRFLOW_HOME": _HOME.name,
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME.name}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than cores: some wait for an Airflow, a client's pause, or the server."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, what takes minutes for each CRM goes to workers by CRM instead."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class FileOrCrm(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of_work(nodeid)

    return FileOrCrm(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Several workers begin with what takes longest, so that none is left alone with it at the end.

    The scheduler of Airflow takes minutes in which its worker mostly waits; then all files with slow
    tests.
    """
    if hasattr(config, "workerinput"):
        slow = {unit_of_work(item.nodeid) for item in items if item.get_closest_marker("slow")}
        items.sort(
            key=lambda item: (
                not item.nodeid.startswith(_TOGETHER),
                unit_of_work(item.nodeid) not in slow,
            )
        )


def pytest_collection_finish() -> None:
    """Spare the half million objects of collected tests and imported modules from being looked through.

    Looking for what is no longer used took more than a quarter of the CPU of a test.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_MADE)


def unit_of_work(nodeid: str) -> str:
    """What goes to one worker as a whole: a file, or all tests of a folder with one CRM, or both.

    The files of tests/golden share a run of the pipeline for each; tests/model draws as long for one
    as for the other. The files of tests/end_to_end share an Airflow.
    """
    path, _, name = nodeid.partition("::")
    folder = path.rpartition("/")[0]
    if folder == _TOGETHER:
        return folder
    crm = _CRM.search(name) if folder in _BY_CRM else None
    return f"{folder}/{crm[1]}" if crm else path


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL of this session's own."""
    home = tmp_path_factory.mktemp("postgres")
    url = embedded.start(home)
    wait_for_no_disk(url)
    yield url
    embedded.stop(home)


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a database that holds every table, empty; others are copied from it."""
    server = engine_for(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql("create database warehouse_template")
    server.dispose()
    engine = engine_for(sa.make_url(postgres_url).set(database="warehouse_template"))
    with engine.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema))
        metadata.create_all(connection)
    engine.dispose()
    return "warehouse_template"


def _emptied(engine: sa.Engine, shape: str) -> bool:
    """Take all rows away, so that another test may use the database: sooner done than a new one.

    Not where a test changed the tables, or something it started is still at work.
    """
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("set local lock_timeout = '1s'")
            for _ in range(10):
                if not connection.exec_driver_sql(OTHERS).scalar_one():
                    break
                time.sleep(0.01)
            else:
                return False
            if connection.exec_driver_sql(SHAPE).scalar_one() != shape:
                return False
            if filled := connection.exec_driver_sql(FILLED).scalars().all():
                connection.exec_driver_sql(f"truncate {', '.join(filled)} restart identity cascade")
    except sa.exc.DBAPIError:
        return False
    finally:
        engine.dispose()
    return True


@pytest.fixture(scope="session")
def fresh_warehouse(
    postgres_url: str, template_database: str
) -> Iterator[Callable[[], AbstractContextManager[sa.Engine]]]:
    """Makes engines on empty warehouses, each gone when its `with` ends."""

    server = engine_for(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    statements: LRUCache[Any, Any] = LRUCache(STATEMENTS_KEPT)

    def engine_on(database: str) -> sa.Engine:
        engine = engine_for(sa.make_url(postgres_url).set(database=database))
        # Compiling is what most of a small test takes. With one dialect for all databases, a
        # statement is compiled once in a session.
        engine.dialect = server.dialect
        return engine.execution_options(compiled_cache=statements)

    template = engine_on(template_database)
    with template.connect() as connection:
        shape = connection.exec_driver_sql(SHAPE).scalar_one()
    template.dispose()
    spare: list[str] = []

    @contextmanager
    def make() -> Iterator[sa.Engine]:
        name = spare.pop() if spare else f"warehouse_{next(_DATABASES)}"
        with server.connect() as connection:
            if name not in connection.exec_driver_sql(DATABASES).scalars().all():
                connection.exec_driver_sql(f"create database {name} template {template_database}")
        engine = engine_on(name)
        yield engine
        engine.dispose()
        if _emptied(engine, shape):
            spare.append(name)
        else:
            with server.connect() as connection:
                connection.exec_driver_sql(f"drop database {name} with (force)")

    yield make
    server.dispose()


@pytest.fixture
def warehouse(
    fresh_warehouse: Callable[[], AbstractContextManager[sa.Engine]],
) -> Iterator[sa.Engine]:
    """An engine on an empty warehouse that only this test sees."""
    with fresh_warehouse() as engine:
        yield engine


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The configuration the project ships with, and rates of two currencies."""
    rates = tuple(
        ExchangeRate(currency_code=currency, valid_from_date=date(2000, 1, 1), rate=Decimal(rate))
        for currency, rate in (("EUR", "1.10"), ("GBP", "1.27"))
    )
    return replace(load_settings(PROJECT / "include" / "config"), exchange_rates=rates)


@pytest.fixture(scope="session", autouse=True)
def facts_made_once() -> Iterator[None]:
    """Builds of facts in this process write their statements once for the same settings."""
    with pytest.MonkeyPatch.context() as patch:
        make_once(patch)
        yield
