"""Engines, schemas and bulk loading. Knows PostgreSQL, not what the tables mean."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from include.core.connection import Connection
from include.core.errors import ConfigurationError, RetryableError

if TYPE_CHECKING:
    import pandas as pd

# For each step of a statement that goes through whole tables: all slices of a metric are hashed side
# by side, and with PostgreSQL's own 4 MB each is written to disk and read again.
WORKING_MEMORY = "64MB"
# A machine that loses its power or its network says no goodbye. By themselves both sides notice after
# two hours, and so long its locks keep the next try waiting, and a mail in another worker's hands.
SILENT_SECONDS, PROBE_SECONDS, PROBE_COUNT = 60, 10, 6
SESSION = {
    "timezone": "UTC",
    "tcp_keepalives_idle": f"{SILENT_SECONDS}s",
    "tcp_keepalives_interval": f"{PROBE_SECONDS}s",
    "tcp_keepalives_count": PROBE_COUNT,
    # Of a process that was stopped, whose machine still answers.
    "idle_in_transaction_session_timeout": "30min",
}

# libpq keeps the code of such a refusal to itself. From a server that speaks another language than
# English it is taken for an outage: waited for, and told later.
LOGIN_REFUSED = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "does not exist",
    "permission denied for database",
)


def engine_for(url: str | sa.URL) -> sa.Engine:
    """An engine on the warehouse, in UTC whatever the server says, that gives up what is gone.

    Errors do not show the values of a statement: they would stand in logs, and in the mail about it.
    `postgres://` and `postgresql://` are taken for psycopg 3.
    """
    parsed = sa.make_url(url)
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg2"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return sa.create_engine(
        parsed,
        pool_pre_ping=True,
        hide_parameters=True,
        # A month of as-ofs asks some thousand different things, and the next month the same again.
        query_cache_size=2000,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            "connect_timeout": 15,
            "keepalives_idle": SILENT_SECONDS,
            "keepalives_interval": PROBE_SECONDS,
            "keepalives_count": PROBE_COUNT,
        },
    )


def url_of(named: Connection) -> sa.URL:
    """The database a connection names; its extras are the driver's parameters."""
    return sa.URL.create(
        "postgresql+psycopg",
        username=named.login,
        password=named.password,
        host=named.host,
        port=named.port or 5432,
        database=named.schema or "postgres",
        query={key: str(value) for key, value in named.extra.items()},
    )


def check_reachable(engine: sa.Engine) -> None:
    """Open one connection.

    Raises:
        RetryableError: the server does not answer.
        ConfigurationError: it does, and does not know our login or the database.
    """
    try:
        with engine.connect() as connection:
            connection.execute(sa.select(1))
    except sa.exc.OperationalError as error:
        where = f"{engine.url.host}:{engine.url.port}/{engine.url.database}"
        reason = str(error.orig).splitlines()[0]
        if not is_away(error):
            raise ConfigurationError(
                f"The warehouse at {where} lets nobody in: {reason}.",
                "Correct the login, password or database of the Airflow connection crm_warehouse.",
            ) from error
        raise RetryableError(
            f"The warehouse at {where} cannot be reached: {reason}.",
            "Check the Airflow connection crm_warehouse and that the server is up.",
        ) from error


def is_away(error: BaseException) -> bool:
    """Whether an error says that there was no connection to be had: the warehouse restarts, or is out of reach.

    What a server refuses has a code, or where it refuses a login, its words. A connection that broke off is
    no such error: a statement may be what brought the server down, and would again.
    """
    return (
        isinstance(error, sa.exc.OperationalError)
        and not error.connection_invalidated
        and getattr(error.orig, "sqlstate", None) is None
        and not any(words in str(error.orig) for words in LOGIN_REFUSED)
    )


def plan_for_whole_tables(connection: sa.Connection) -> None:
    """Until the transaction ends, join by hashing and sorting, as suits whole tables, with room for it.

    PostgreSQL cannot tell how many rows a window function over a subquery leaves, takes it for one,
    and then loops over the other side for each: a fact table of a thousand rows took minutes
    instead of a tenth of a second. Compiling such statements costs more than it saves as well.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true), "
            f"set_config('work_mem', '{WORKING_MEMORY}', true)"
        )


def copy_rows(
    connection: sa.Connection, table: str, columns: list[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY rows into a table, each in `columns` order: a statement for each took longer than all else."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"copy {table} ({quoted}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def copy_frames(
    connection: sa.Connection, table: str, columns: list[str], frames: Iterable[pd.DataFrame]
) -> int:
    """COPY frames of text into a table, in `columns` order; rows copied.

    NULL and empty text stay apart: a missing value is NULL, "" is "".
    """
    # Imported here: DAG files import this module, and Airflow parses them every few seconds.
    import pyarrow as pa
    import pyarrow.csv

    quoted = ", ".join(f'"{column}"' for column in columns)
    driver: Any = connection.connection.dbapi_connection
    copied = 0
    options = pa.csv.WriteOptions(include_header=False)
    with (
        driver.cursor() as cursor,
        cursor.copy(f"copy {table} ({quoted}) from stdin (format csv)") as copy,
    ):
        for frame in frames:
            if frame.empty:
                continue
            buffer = io.BytesIO()
            arrow = pa.Table.from_pandas(frame[columns], preserve_index=False)
            pa.csv.write_csv(arrow, buffer, options)
            copy.write(buffer.getbuffer())
            copied += len(frame)
    return copied
