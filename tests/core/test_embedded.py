"""The embedded PostgreSQL as tasks use it."""

import importlib.util
import multiprocessing
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core import embedded
from include.core.errors import ConfigurationError, RetryableError
from include.core.warehouse import check_reachable, engine_for


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


def test_an_error_does_not_show_what_was_to_be_written(warehouse: sa.Engine) -> None:
    """It goes into a task's log, and its message into a mail."""
    wrong = sa.text("insert into nowhere values (:name)")
    with (
        warehouse.connect() as connection,
        pytest.raises(sa.exc.ProgrammingError, match="nowhere") as caught,
    ):
        connection.execute(wrong, {"name": "Jane Doe"})
    assert "Jane" not in str(caught.value)


def test_a_machine_that_is_gone_is_noticed_on_both_sides(postgres_url: str) -> None:
    """Of the server as it comes: another than the embedded one has no settings of ours."""
    engine = engine_for(postgres_url)
    with engine.connect() as connection:
        shown = {
            name: connection.exec_driver_sql(f"show {name}").scalar()
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        }
        driver = connection.connection.dbapi_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.fileno())) as ours:  # type: ignore[attr-defined]
            silent = ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        timeout = connection.exec_driver_sql("show idle_in_transaction_session_timeout").scalar()
    engine.dispose()
    # After 60 seconds of silence and 6 questions, 10 seconds apart: two minutes.
    assert shown == {
        "tcp_keepalives_idle": "60",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "6",
    }
    assert (silent, timeout) == (60, "30min")


def test_many_starters_start_one_server_and_a_killed_one_recovers(tmp_path: Path) -> None:
    home = tmp_path / "postgres"
    try:
        with ThreadPoolExecutor(4) as pool:
            urls = set(pool.map(lambda _: embedded.start(home), range(4)))
        assert len(urls) == 1
        engine = engine_for(urls.pop())
        with engine.begin() as connection:
            connection.exec_driver_sql("create table kept as select 42 as answer")
        engine.dispose()

        postmaster = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        engine = engine_for(embedded.start(home))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("select answer from kept").scalar() == 42
        engine.dispose()
    finally:
        embedded.stop(home)


def _start_in_a_group_of_its_own(home: str) -> None:
    os.setsid()
    embedded.start(Path(home))


def test_one_that_was_killed_while_it_was_created_is_created_anew(tmp_path: Path) -> None:
    """A cluster has its version long before it is whole, and its settings last."""
    process = multiprocessing.get_context("spawn").Process(
        target=_start_in_a_group_of_its_own, args=(str(tmp_path),)
    )
    process.start()
    while process.is_alive() and not list(tmp_path.glob("data*/PG_VERSION")):
        time.sleep(0.001)
    assert process.pid is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.join()
    engine = engine_for(embedded.start(tmp_path))
    try:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("show max_connections").scalar() == "120"
    finally:
        engine.dispose()
        embedded.stop(tmp_path)


def test_a_password_is_asked_for(postgres_url: str) -> None:
    wrong = sa.make_url(postgres_url).set(password="guessed")
    with pytest.raises(ConfigurationError, match=r"lets nobody in.*crm_warehouse") as caught:
        check_reachable(engine_for(wrong))
    assert "guessed" not in str(caught.value)


def test_a_login_or_database_that_is_not_there_is_waited_for_by_nobody(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    for wrong in (url.set(username="somebody"), url.set(database="nowhere")):
        with pytest.raises(ConfigurationError, match="lets nobody in"):
            check_reachable(engine_for(wrong))


def test_a_server_that_does_not_answer_may_come_back() -> None:
    nobody = f"postgresql+psycopg://etl@127.0.0.1:{embedded.free_port()}/crm"
    with pytest.raises(RetryableError, match=r"cannot be reached.*crm_warehouse"):
        check_reachable(engine_for(nobody))


def test_a_wheel_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"not installed.*requirements.txt"):
        embedded.start(tmp_path / "postgres")


def test_nobody_is_told_to_remove_what_cannot_be_had_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has had which mail is in the warehouse alone: with an empty one, readers get them again."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18\n")
    monkeypatch.setattr(embedded, "START_SECONDS", 0)
    with pytest.raises(RetryableError, match=r"does not start[\s\S]*Do not remove the folder"):
        embedded.start(tmp_path)
