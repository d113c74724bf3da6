"""A real Airflow on this machine: its four programs, and the calls the demo makes of its API.

The API server is healthy before the scheduler starts: a task queued earlier would be failed.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
from cryptography.fernet import Fernet

from include.core.embedded import free_port
from include.core.errors import RetryableError
from include.core.paths import PROJECT
from include.sandbox.processes import Processes

HEALTHY_SECONDS = 300
# The longest task of a demo takes two minutes on two cores.
STANDS_STILL_SECONDS = 900
USER = "admin"


@dataclass(frozen=True)
class AirflowServer:
    """A started Airflow: where it is and how to get in."""

    url: str
    password: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the REST API, as the user admin.

        Raises:
            RetryableError: the server says no; the message carries its answer.
        """
        token = requests.post(
            f"{self.url}/auth/token",
            json={"username": USER, "password": self.password},
            timeout=60,
        ).json()["access_token"]
        answer = requests.request(
            method,
            f"{self.url}/api/v2/{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        if not answer.ok:
            raise RetryableError(
                f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:500]}",
                "See the logs of the API server.",
            )
        return answer.json() if answer.content else None

    def create_pools(self) -> None:
        """Create the pools the DAGs use, as production does at its initialisation."""
        pools = json.loads((PROJECT / "plugins" / "crm_airflow" / "pools.json").read_text())
        known = {pool["name"] for pool in self.call("GET", "pools")["pools"]}
        for name, pool in pools.items():
            if name not in known:
                self.call("POST", "pools", {"name": name, **pool})

    def wait_for_dags(self, dag_ids: set[str]) -> None:
        """Wait until the DAG processor has read these DAGs.

        Raises:
            RetryableError: it has not, in time; the message carries the import errors.
        """
        deadline = time.monotonic() + HEALTHY_SECONDS
        while time.monotonic() < deadline:
            known = {dag["dag_id"] for dag in self.call("GET", "dags")["dags"]}
            if dag_ids <= known:
                return
            time.sleep(1)
        errors = self.call("GET", "importErrors")["import_errors"]
        raise RetryableError(
            f"Airflow has not read the DAGs {sorted(dag_ids - known)}: "
            + "; ".join(error["stack_trace"][-1500:] for error in errors),
            "Correct the DAG files.",
        )

    def trigger(self, dag_id: str, start: datetime, end: datetime, params: Any = None) -> str:
        """Run a DAG now over an interval, and let it be scheduled from then on; the run's id.

        The run takes the logical date of the interval, so that the scheduler does not start the same
        interval once more.
        """
        run = self.call(
            "POST",
            f"dags/{dag_id}/dagRuns",
            {
                "logical_date": start.isoformat(),
                "data_interval_start": start.isoformat(),
                "data_interval_end": end.isoformat(),
                "conf": params or {},
            },
        )
        self.call("PATCH", f"dags/{dag_id}", {"is_paused": False})
        run_id: str = run["dag_run_id"]
        return run_id

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """All task instances of a run."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(
                "GET",
                f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100&offset={len(found)}",
            )
            found += page["task_instances"]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found

    def watch(self, dag_id: str, run_id: str) -> Iterator[list[dict[str, Any]]]:
        """The task instances of a run, each time one of them has changed, until the run has ended.

        A slow machine may take its time; only a run of which nothing moves is given up.

        Raises:
            RetryableError: no task instance changed for STANDS_STILL_SECONDS.
        """
        seen: list[tuple[Any, ...]] | None = None
        moved = time.monotonic()
        while (state := self.state(dag_id, run_id)) not in ("success", "failed"):
            tasks = self.task_instances(dag_id, run_id)
            now = sorted(
                (task["task_id"], task["map_index"], task["try_number"], str(task["state"]))
                for task in tasks
            )
            if now != seen:
                seen, moved = now, time.monotonic()
                yield tasks
            elif time.monotonic() - moved > STANDS_STILL_SECONDS:
                waiting = ", ".join(
                    f"{each[0]} ({each[3]})" for each in now if each[3] != "success"
                )
                raise RetryableError(
                    f"{dag_id} {run_id} is {state}, and no task of it has changed for "
                    f"{STANDS_STILL_SECONDS} s. Not done: {waiting}.",
                    f"See it at {self.url}.",
                )
            time.sleep(2)

    def state(self, dag_id: str, run_id: str) -> str:
        """State of a run."""
        state: str = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"]
        return state


def airflow_environment(
    home: Path, database: sa.URL, port: int, password: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Settings of every Airflow process, over what the shell says."""
    keys = _keys(home)
    passwords = home / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({USER: password}))
    url = f"http://127.0.0.1:{port}"
    own = {
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": f"{PROJECT}:{PROJECT / 'plugins' / 'crm_airflow' / 'local_settings'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.render_as_string(hide_password=False),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API__INSTANCE_NAME": "CRM metrics",
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__API_AUTH__JWT_ISSUER": "crm-metrics",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__TRIGGERER__DEFAULT_CAPACITY": "50",
    }
    # The shell's own Airflow settings belong to another installation; connections are the user's.
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("AIRFLOW") or name.startswith("AIRFLOW_CONN_")
    }
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept.get('PATH', '')}"
    return kept | own


def start_airflow(
    processes: Processes, home: Path, database: sa.URL, inherited: Mapping[str, str]
) -> AirflowServer:
    """Create the metadata, start the four programs in order, and wait until all are healthy.

    Raises:
        RetryableError: a program ended by itself or is not healthy in time.
    """
    home.mkdir(parents=True, exist_ok=True)
    password = _password(home)
    port = free_port()
    environment = airflow_environment(home, database, port, password, inherited)
    airflow = [sys.executable, "-m", "airflow"]
    migration = processes.start("airflow-migrate", [*airflow, "db", "migrate"], environment)
    if migration.wait(timeout=HEALTHY_SECONDS) not in (0, None):
        processes.check("airflow-migrate", migration)
    server = AirflowServer(f"http://127.0.0.1:{port}", password)
    api = processes.start("airflow-api-server", [*airflow, "api-server"], environment)
    _wait_healthy(server, processes, {"airflow-api-server": api}, {"metadatabase"})
    server.create_pools()
    others = {
        f"airflow-{name}": processes.start(f"airflow-{name}", [*airflow, name], environment)
        for name in ("scheduler", "dag-processor", "triggerer")
    }
    _wait_healthy(server, processes, others, {"scheduler", "dag_processor", "triggerer"})
    return server


def _wait_healthy(
    server: AirflowServer, processes: Processes, programs: Mapping[str, Any], parts: set[str]
) -> None:
    """Wait until Airflow's own health report says these parts are healthy."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < deadline:
        for name, program in programs.items():
            processes.check(name, program)
        try:
            report = requests.get(f"{server.url}/api/v2/monitor/health", timeout=5).json()
            if all(report.get(part, {}).get("status") == "healthy" for part in parts):
                return
        except requests.RequestException:
            pass
        time.sleep(0.5)
    raise RetryableError(
        f"Airflow's {', '.join(sorted(parts))} are not healthy after {HEALTHY_SECONDS} s.",
        f"See the logs in {processes.logs}.",
    )


def _keys(home: Path) -> dict[str, str]:
    """Secrets of this installation, made once: the same for all its processes and every start."""
    path = home / "keys.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(
            json.dumps(
                {
                    "fernet": Fernet.generate_key().decode(),
                    "jwt": secrets.token_urlsafe(64),
                    "api": secrets.token_urlsafe(32),
                }
            )
        )
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def _password(home: Path) -> str:
    """Password of the user admin, made once."""
    path = home / "admin-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text()
