"""The pools the DAGs use, in Airflow's metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa


@pytest.fixture
def pool() -> Iterator[Any]:
    """The table of pools, empty."""
    from airflow import settings
    from airflow.models.pool import Pool

    # Of those it refers to there is one.
    tables = [Pool.metadata.tables["team"], Pool.__table__]
    Pool.metadata.create_all(settings.engine, tables)
    yield Pool
    Pool.metadata.drop_all(settings.engine, tables)


def test_pools_that_lack_are_created_and_the_others_left_as_they_are(pool: Any) -> None:
    from airflow.utils.session import create_session

    from crm_airflow.pools import create_missing

    def slots() -> dict[str, int]:
        with create_session() as session:
            return dict(session.execute(sa.select(pool.pool, pool.slots)).tuples().all())

    shipped = {"salesforce_api": 5, "hubspot_api": 4, "validation": 4, "warehouse_writer": 1}
    assert set(create_missing()) == set(shipped)
    assert slots() == shipped
    with create_session() as session:
        session.execute(sa.update(pool).where(pool.pool == "hubspot_api").values(slots=2))
        session.execute(sa.delete(pool).where(pool.pool == "validation"))
    assert create_missing() == ["validation"]
    assert slots() == shipped | {"hubspot_api": 2}
