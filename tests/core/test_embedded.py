"""The embedded PostgreSQL as tasks use it."""

import sqlalchemy as sa

from include.core.warehouse import engine_for


def test_every_table_and_column_says_what_it_is(warehouse: sa.Engine) -> None:
    with warehouse.connect() as connection:
        without = connection.execute(
            sa.text(
                "select c.oid::regclass, a.attname from pg_class c "
                "join pg_namespace n on n.oid = c.relnamespace "
                "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
                "where n.nspname in ('raw','stage','facts','metrics','reports','ops') and c.relkind = 'r' "
                "and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)"
            )
        ).all()
    assert without == []


def test_the_warehouse_speaks_utc(warehouse: sa.Engine) -> None:
    with engine_for(warehouse.url).connect() as connection:
        assert connection.execute(sa.text("show timezone")).scalar() == "UTC"
