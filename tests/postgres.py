"""What makes a PostgreSQL of the tests quicker than one that keeps somebody's data."""

from __future__ import annotations

from include.core.warehouse import engine_for


def wait_for_no_disk(url: str) -> None:
    """Let a server answer before what it wrote is on the disk.

    Nothing here has to outlive a power cut, and waiting for the disk is most of a small test.
    """
    engine = engine_for(url)
    server = engine.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.exec_driver_sql(f"alter system set {setting} = off")
        connection.exec_driver_sql("select pg_reload_conf()")
        # Else a client hashes the password four thousand times to connect, as tests do all the time.
        connection.exec_driver_sql("set scram_iterations = 1")
        login = engine.url
        connection.exec_driver_sql(f"alter role {login.username} password '{login.password}'")
    engine.dispose()
