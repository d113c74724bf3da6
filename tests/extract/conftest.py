"""A limiter's warehouse for tests of clients, which need no table but the buckets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from include.core.warehouse import engine_for
from include.tables.ops import rate_limit_bucket


@pytest.fixture(scope="session")
def shared_limits(postgres_url: str, template_database: str) -> Iterator[sa.Engine]:
    """An engine on one database for all tests of this folder: a database each costs a second."""
    server = engine_for(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(
            f"create database limits template {template_database} strategy file_copy"
        )
    server.dispose()
    engine = engine_for(sa.make_url(postgres_url).set(database="limits"))
    yield engine
    engine.dispose()


@pytest.fixture
def limits(shared_limits: sa.Engine) -> sa.Engine:
    """An engine on a warehouse whose buckets nobody has touched."""
    with shared_limits.begin() as connection:
        connection.execute(sa.delete(rate_limit_bucket))
    return shared_limits
