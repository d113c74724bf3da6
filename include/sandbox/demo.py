"""The whole pipeline on one machine: sandbox CRMs, embedded warehouse, mailbox and a real Airflow.

    python -m include.sandbox.demo run      start afresh, run both DAGs, leave a mail, stop
    python -m include.sandbox.demo up       start and leave running
    python -m include.sandbox.demo down     stop

`up` reads `.env`: CRM connections named there, if only one, are used instead of the sandbox.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml

from include.core import embedded
from include.core.connection import read_dotenv
from include.core.errors import PipelineError, RetryableError
from include.core.paths import PROJECT, Paths
from include.core.settings import load_settings
from include.sandbox.airflow_server import USER, AirflowServer, start_airflow
from include.sandbox.company import losses, write_company
from include.sandbox.company.offer import EXCHANGE_RATES
from include.sandbox.company.staff import INTEGRATION_USERNAME
from include.sandbox.company.targets import weekly_targets
from include.sandbox.pictures import show_mail
from include.sandbox.processes import Processes

DAGS = {"crm_daily", "crm_report"}
# Where one of them is real the other is not made up: its records would be counted beside real ones.
CRM_CONNECTIONS = frozenset({"AIRFLOW_CONN_SALESFORCE_DEFAULT", "AIRFLOW_CONN_HUBSPOT_DEFAULT"})


@dataclass(frozen=True)
class Demo:
    """One folder with everything a demo writes."""

    folder: Path

    @property
    def processes(self) -> Processes:
        """Programs started in this folder."""
        return Processes(self.folder)

    @property
    def postgres(self) -> Path:
        """Home of the embedded PostgreSQL, where tasks look for it too."""
        return Paths(self.folder, self.config).postgres

    @property
    def mailbox(self) -> Path:
        """Mails the local SMTP server took."""
        return self.folder / "mailbox"

    @property
    def config(self) -> Path:
        """The project's configuration, with what is particular to the sandbox company."""
        return self.folder / "config"


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=["run", "up", "down"])
    parser.add_argument("--folder", type=Path, help="where everything is written")
    parser.add_argument("--deals", type=int, default=5000, help="size of the sandbox company")
    arguments = parser.parse_args()
    default = PROJECT / ".data" / ("demo" if arguments.command == "run" else "live")
    demo = Demo((arguments.folder or default).resolve())
    # Ctrl-C and a plain kill both end in the `finally` that stops what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if arguments.command == "down":
            stop(demo)
            print(f"Stopped everything in {demo.folder}.")
        elif arguments.command == "up":
            up(demo, arguments.deals)
        else:
            run(demo, arguments.deals)
    except PipelineError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started is stopped.", file=sys.stderr)
        return 130
    return 0


def run(demo: Demo, deals: int) -> None:
    """Start afresh, run both DAGs once through Airflow's API, and leave the mail and the metrics."""
    stop(demo)
    shutil.rmtree(demo.folder, ignore_errors=True)
    now = datetime.now(UTC)
    try:
        server = start(demo, now, deals, environment={})
        settings = load_settings(demo.config)
        zone = settings.calendar.zone
        midnight = last_midnight(now, zone, settings.sources.lag_minutes)
        run_dag(server, "crm_daily", midnight - timedelta(days=1), midnight)
        run_dag(server, "crm_report", *_report_interval(midnight, zone))
        results = leave_results(demo, midnight)
    finally:
        say("Stopping what was started")
        stop(demo)
    print("\nOpen these:")
    for path in results:
        print(f"  {path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path}")


def up(demo: Demo, deals: int) -> None:
    """Start everything and leave it running; print where it is and how to get in."""
    if demo.processes.running():
        raise RetryableError(
            f"It is running already, in {demo.folder}.", "Stop it with `make down`."
        )
    environment = read_dotenv(PROJECT / ".env")
    try:
        server = start(demo, datetime.now(UTC), deals, environment)
    except BaseException:
        stop(demo)
        raise
    print(f"\nAirflow: {server.url}\nUser:    {USER}\nPassword: {server.password}")
    print("Unpause crm_daily, then crm_report. Mails to the local mailbox are in", demo.mailbox)
    print("Stop with `make down`; what was computed stays.")


def start(demo: Demo, now: datetime, deals: int, environment: dict[str, str]) -> AirflowServer:
    """Start the sandbox (unless a CRM is named), mailbox, warehouse and Airflow, in this order."""
    demo.folder.mkdir(parents=True, exist_ok=True)
    processes = demo.processes
    connections = {
        name: value for name, value in environment.items() if name.startswith("AIRFLOW_CONN_")
    }
    own = _company_config(demo, environment, deals)
    if CRM_CONNECTIONS.isdisjoint(connections):
        url = _start_sandbox(demo, processes, now, deals)
        connections = _sandbox_connections(url) | connections
    if "AIRFLOW_CONN_SMTP_DEFAULT" not in connections:
        port = _start_and_hear(demo, processes, "mailbox", "--folder", str(demo.mailbox))
        connections["AIRFLOW_CONN_SMTP_DEFAULT"] = _connection(
            conn_type="smtp",
            host="127.0.0.1",
            port=int(port),
            extra={"disable_ssl": True, "disable_tls": True},
        )
    say("Starting PostgreSQL")
    metadata_url = embedded.database_url(demo.postgres, "airflow")
    if "AIRFLOW_CONN_CRM_WAREHOUSE" not in connections:
        warehouse = embedded.database_url(demo.postgres, embedded.WAREHOUSE)
        connections["AIRFLOW_CONN_CRM_WAREHOUSE"] = _warehouse_connection(warehouse)
    say("Starting Airflow: api-server, then scheduler, dag-processor, triggerer")
    server = start_airflow(
        processes,
        demo.folder / "airflow",
        metadata_url.set(drivername="postgresql+psycopg2"),
        {**os.environ, **environment, **connections, **own, "CRM_DATA_DIRECTORY": str(demo.folder)},
    )
    server.wait_for_dags(DAGS)
    say(f"Airflow is healthy at {server.url} (user {USER}, password {server.password})")
    return server


def stop(demo: Demo) -> None:
    """Stop every program of this folder, PostgreSQL last."""
    demo.processes.stop()
    embedded.stop(demo.postgres)


def run_dag(server: AirflowServer, dag_id: str, start_at: datetime, end_at: datetime) -> None:
    """Run a DAG over an interval and show how far it is.

    Raises:
        RetryableError: the run failed or stands still; the message names the failed tasks.
    """
    say(f"Running {dag_id}")
    began = time.monotonic()
    run_id = server.trigger(dag_id, start_at, end_at)
    shown = ""
    for tasks in server.watch(dag_id, run_id):
        if (line := _progress(tasks)) != shown:
            print(f"    {time.monotonic() - began:4.0f} s  {line}", flush=True)
            shown = line
    if server.state(dag_id, run_id) == "failed":
        failed = [
            f"{task['task_id']} {task.get('rendered_map_index') or ''}".strip()
            for task in server.task_instances(dag_id, run_id)
            if task["state"] == "failed" and task["task_id"] != "verdict"
        ]
        raise RetryableError(
            f"{dag_id} failed in: {', '.join(failed)}.", "The tasks' logs say what to do."
        )
    say(f"{dag_id} succeeded after {time.monotonic() - began:.0f} s")


def leave_results(demo: Demo, as_of: datetime) -> list[Path]:
    """The mail as .eml, .html and, with Chromium at hand, .png; the metrics as CSV."""
    mails = sorted(demo.mailbox.glob("*.eml"))
    results = demo.folder / "results"
    results.mkdir(exist_ok=True)
    # The report before notices to those who run the pipeline, which have no page.
    shown = sorted((show_mail(mail, results) for mail in mails), key=len, reverse=True)
    found = [path for paths in shown for path in paths]
    if not any(path.suffix == ".html" for path in found):
        raise RetryableError(
            "No report arrived in the local mailbox.", "See the log of crm_report."
        )
    metrics = results / "metrics.csv"
    last_day = (as_of - timedelta(days=1)).date()
    url = embedded.database_url(demo.postgres, embedded.WAREHOUSE)
    with metrics.open("wb") as output:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "include",
                "metrics",
                "--as-of",
                str(last_day),
                "--format",
                "csv",
            ],
            cwd=PROJECT,
            stdout=output,
            check=True,
            # Not as an argument, which everybody on the machine can read: the URL has the password.
            env={
                **os.environ,
                "CRM_CONFIG_DIRECTORY": str(demo.config),
                "AIRFLOW_CONN_CRM_WAREHOUSE": _warehouse_connection(url),
            },
        )
    return [*found, metrics]


def say(text: str) -> None:
    """One line of progress."""
    print(f"==> {text}", flush=True)


def last_midnight(now: datetime, zone: ZoneInfo, lag_minutes: int) -> datetime:
    """The end of the last day that the CRMs show whole: a run of a later one would wait for them."""
    shown_until = (now - timedelta(minutes=lag_minutes)).astimezone(zone)
    return shown_until.replace(hour=0, minute=0, second=0, microsecond=0)


def _report_interval(midnight: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The week that ended last, as crm_report's schedule has it: Monday 06:00 to Monday 06:00."""
    monday = midnight - timedelta(days=midnight.weekday())
    end = datetime(monday.year, monday.month, monday.day, 6, tzinfo=zone)
    # On a Monday the metrics stand at midnight, and 06:00 may be yet to come.
    return end - timedelta(days=7), end


def _progress(instances: list[dict[str, Any]]) -> str:
    """How many tasks are in which state, and what runs now."""
    states = Counter(task["state"] or "waiting" for task in instances)
    running = Counter(task["task_id"] for task in instances if task["state"] == "running")
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return counts + (f" | now: {', '.join(sorted(running))}" if running else "")


def _company_config(demo: Demo, environment: dict[str, str], deals: int) -> dict[str, str]:
    """Configuration of the sandbox company; nothing when the user names a folder or real CRMs."""
    if not {"CRM_CONFIG_DIRECTORY", *CRM_CONNECTIONS}.isdisjoint(environment):
        return {}
    shutil.copytree(PROJECT / "include" / "config", demo.config, dirs_exist_ok=True)
    path = demo.config / "sources.yaml"
    sources = yaml.safe_load(path.read_text())
    for crm in ("salesforce", "hubspot"):
        sources[crm]["integration_users"] = [INTEGRATION_USERNAME]
    sources["salesforce"]["custom_fields"] = {
        "opportunity": [losses.SALESFORCE_REASON, losses.SALESFORCE_COMPETITOR]
    }
    sources["hubspot"]["custom_fields"] = {"deal": [losses.HUBSPOT_COMPETITOR]}
    path.write_text(yaml.safe_dump(sources))
    deals_of_company = {
        "salesforce": {
            "lost_reason_field": losses.SALESFORCE_REASON,
            "competitor_field": losses.SALESFORCE_COMPETITOR,
        },
        "hubspot": {"competitor_field": losses.HUBSPOT_COMPETITOR},
        "lost_reasons_not_counted": list(losses.REASONS_NOT_COUNTED),
    }
    (demo.config / "deals.yaml").write_text(yaml.safe_dump(deals_of_company))
    (demo.config / "targets.csv").write_text(weekly_targets(deals))
    # They are in dollars; in another reporting currency the sandbox CRMs say what each is worth.
    calendar = yaml.safe_load((demo.config / "calendar.yaml").read_text())
    rates = EXCHANGE_RATES if calendar["currency"] == "USD" else {}
    rows = [f"{currency},2000-01-01,{rate}" for currency, rate in rates.items()]
    table = "\n".join(["currency_code,valid_from_date,rate", *rows])
    (demo.config / "exchange_rates.csv").write_text(f"{table}\n")
    return {"CRM_CONFIG_DIRECTORY": str(demo.config)}


def _start_sandbox(demo: Demo, processes: Processes, now: datetime, deals: int) -> str:
    """Fill and start the sandbox CRMs; their URL."""
    company = demo.folder / "company"
    if not company.exists():
        say(f"Making up a company with {deals} deals")
        write_company(company, deals, now - timedelta(hours=1))
    say("Starting the sandbox CRMs")
    return _start_and_hear(demo, processes, "server", "--folder", str(company))


def _start_and_hear(demo: Demo, processes: Processes, module: str, *arguments: str) -> str:
    """Start a module of the sandbox and wait for the first line it prints: its port or URL."""
    process = processes.start(
        module,
        [sys.executable, "-m", f"include.sandbox.{module}", *arguments],
        {**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    log = processes.logs / f"{module}.log"
    deadline = time.monotonic() + 60
    while "\n" not in (printed := log.read_text(errors="replace")):
        processes.check(module, process)
        if time.monotonic() > deadline:
            raise RetryableError(f"{module} does not start.", f"See {log}.")
        time.sleep(0.1)
    return printed.splitlines()[0]


def _sandbox_connections(url: str) -> dict[str, str]:
    """Airflow connections that point both clients at the sandbox."""
    scheme, _, address = url.partition("://")
    host, _, port = address.partition(":")
    place = {"host": f"{scheme}://{host}", "port": int(port)}
    return {
        "AIRFLOW_CONN_SALESFORCE_DEFAULT": _connection(
            conn_type="salesforce",
            extra={"consumer_key": "sandbox", "consumer_secret": "sandbox-secret"},
            **place,
        ),
        "AIRFLOW_CONN_HUBSPOT_DEFAULT": _connection(
            conn_type="http", password="sandbox-token", **place
        ),
    }


def _warehouse_connection(url: sa.URL) -> str:
    """The Airflow connection of a PostgreSQL."""
    return _connection(
        conn_type="postgres",
        login=url.username,
        password=url.password,
        host=url.host,
        port=url.port,
        schema=url.database,
    )


def _connection(**fields: Any) -> str:
    """An Airflow connection as JSON."""
    return json.dumps(fields)


if __name__ == "__main__":
    sys.exit(main())
