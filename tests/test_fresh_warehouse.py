"""Each test's warehouse is empty, whatever the one before did to it."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables import SCHEMAS, facts, metadata
from tests.metrics.builders import at, build_calendar, loaded


def test_nothing_of_one_is_in_the_next(fresh_warehouse) -> None:
    with fresh_warehouse() as engine:
        build_calendar(engine, "2026-01-01", "2026-01-31")
        loaded(engine, ["salesforce.lead"], at("2026-01-01"))
        used = engine.url.database
    with fresh_warehouse() as engine:
        assert engine.url.database == used, "it is used again"
        with engine.connect() as connection:
            for table in metadata.tables.values():
                assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_changed_tables_are_not_used_again(fresh_warehouse) -> None:
    for change in (
        "create table facts.other (id int)",
        "alter table facts.lead add column other text",
        "alter table facts.lead drop column channel",
        "alter table facts.lead add constraint other check (channel <> '')",
        "create schema other",
    ):
        with fresh_warehouse() as engine, engine.begin() as connection:
            connection.exec_driver_sql(change)
        with fresh_warehouse() as engine:
            shown = sa.inspect(engine)
            assert set(SCHEMAS) <= set(shown.get_schema_names())
            assert "other" not in shown.get_schema_names()
            assert "other" not in shown.get_table_names("facts")
            columns = {column["name"] for column in shown.get_columns("lead", "facts")}
            assert columns == set(facts.lead.c.keys()), change
            assert not shown.get_check_constraints("lead", "facts"), change


def test_what_somebody_still_uses_is_not_used_again(fresh_warehouse) -> None:
    with fresh_warehouse() as engine:
        other = sa.create_engine(engine.url)
        connection = other.connect()
        used = engine.url.database
    with fresh_warehouse() as engine:
        assert engine.url.database != used
    connection.invalidate()
    connection.close()
    other.dispose()
