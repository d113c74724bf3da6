"""What every DAG of ours must be, and how they are wired."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg.errors import DiskFull

from include.core.embedded import free_port
from include.core.errors import ConfigurationError
from include.core.warehouse import check_reachable

PROJECT = Path(__file__).resolve().parents[2]

EDGES = {
    "crm_daily": {
        "wait_until_settled": {"prepare"},
        "prepare": {"doctor", "lacking_salesforce", "lacking_hubspot", "unify"},
        "lacking_salesforce": {"take_in_salesforce"},
        "lacking_hubspot": {"take_in_hubspot"},
        "doctor": {"unify", "verdict"},
        "take_in_salesforce": {"unify", "verdict"},
        "take_in_hubspot": {"unify", "verdict"},
        "unify": {"check_tables", "facts", "verdict"},
        "check_tables": {"verdict"},
        "facts": {"metrics", "verdict"},
        "metrics": {"verdict"},
        "verdict": set(),
    },
    "crm_doctor": {"prepare": {"examine"}, "examine": set()},
    "crm_recompute": {"prepare": {"metrics"}, "metrics": set()},
    "crm_report": {
        "wait_for_metrics": {"render"},
        "render": {"deliver"},
        "deliver": set(),
    },
}


def _form(dag: Any) -> dict[str, dict[str, Any]]:
    """The trigger form: each parameter with its schema."""
    return {name: dag.params.get_param(name).schema for name in dag.params}


def test_the_wiring_is_the_one_we_mean(dags: dict[str, Any]) -> None:
    wired = {
        dag_id: {task.task_id: set(task.downstream_task_ids) for task in dag.tasks}
        for dag_id, dag in dags.items()
    }
    assert wired == EDGES


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the configuration to break, of a company elsewhere, that was right until now."""
    from include.core.settings import load_settings
    from include.core.settings_wiring import keep_in_force

    folder = tmp_path / "config"
    shutil.copytree(PROJECT / "include" / "config", folder)
    calendar = folder / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("America/New_York", "Asia/Tokyo"))
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(folder))
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path / "data"))
    keep_in_force(load_settings(folder), tmp_path / "data" / "in_force")
    return folder


@pytest.mark.parametrize("file", ["sources.yaml", "audiences.yaml", "calendar.yaml", "costs.csv"])
def test_a_mistake_in_the_configuration_takes_no_dag_away(config: Path, file: str) -> None:
    """Without its DAG nothing runs, nothing is red, and nobody is told: its task `prepare` says it."""
    from airflow.dag_processing.dagbag import DagBag

    from crm_airflow import steps
    from include.core.errors import ConfigurationError

    with (config / file).open("a") as broken:
        broken.write("\n???: [\n")
    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert bag.import_errors == {}
    assert {dag_id: set(dag.task_ids) for dag_id, dag in bag.dags.items()} == {
        dag_id: set(tasks) for dag_id, tasks in EDGES.items()
    }
    # Its runs stay over the same days.
    assert str(bag.dags["crm_daily"].timezone.name) == "Asia/Tokyo"
    assert bag.dags["crm_report"].deadline
    with pytest.raises(ConfigurationError, match=file):
        steps.prepare()


def test_an_editor_that_has_a_file_open_takes_no_dag_away(config: Path) -> None:
    """Some say so by a hidden link to nowhere."""
    from airflow.dag_processing.dagbag import DagBag

    (config / ".#calendar.yaml").symlink_to("someone@a-machine.4711:1774000000")
    assert DagBag(dag_folder=str(PROJECT / "dags")).import_errors == {}


@pytest.mark.parametrize("dag_id", EDGES)
def test_a_dag_can_be_operated(dags: dict[str, Any], dag_id: str) -> None:
    dag = dags[dag_id]
    assert len(dag.doc_md) > 500, "the run-book"
    assert "When it is red" in dag.doc_md
    assert dag.tags
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout is not None
    assert all(param["description_md"] for param in _form(dag).values())


def actions(task: Any, error: BaseException, cleared_at: int = 0) -> list[str]:
    """What becomes of each try that ends in this error, in a run or after its task was cleared."""
    context = {"ti": SimpleNamespace(task=task)}
    max_tries = cleared_at + task.retries
    tries = range(cleared_at + 1, max_tries + 1)
    decisions = [task.retry_policy.evaluate(error, each, max_tries, context) for each in tries]
    return [decision.action.value for decision in decisions]


@pytest.mark.parametrize("dag_id", EDGES)
def test_a_task_survives_a_bad_moment_and_stops_on_a_mistake(
    dags: dict[str, Any], dag_id: str
) -> None:
    from include.core.errors import CredentialsError, IncompleteError, RetryableError

    for task in dags[dag_id].tasks:
        assert task.owner == "revops", task.task_id
        assert task.retries >= 1, task.task_id
        rules = {
            error: actions(task, error("x", "y"))[0]
            for error in (CredentialsError, IncompleteError, RetryableError)
        }
        # What did not come whole may come whole the next time, though it must not be gone on with.
        expected = {CredentialsError: "fail", IncompleteError: "retry", RetryableError: "retry"}
        assert rules == expected, task.task_id


def test_a_failure_is_told(dags: dict[str, Any]) -> None:
    """Of crm_doctor it is not: whoever starts it waits for what it says."""
    from crm_airflow import notices

    for dag_id in ("crm_daily", "crm_recompute", "crm_report"):
        dag = dags[dag_id]
        assert dag.on_failure_callback == notices.run_failed, dag_id
        assert notices.REMEDIES[dag_id]
        for task in dag.tasks:
            # Of a mapped one it is what its tasks will be made with.
            kept = getattr(task, "partial_kwargs", {}).get("on_failure_callback")
            assert (kept or task.on_failure_callback) in (notices.keep_error, [notices.keep_error])


def test_a_report_that_waits_for_too_long_is_told(dags: dict[str, Any]) -> None:
    """Its readers are at work before the wait itself ends, which is when the run fails."""
    (deadline,) = dags["crm_report"].deadline
    wait = dags["crm_report"].get_task("wait_for_metrics")
    assert deadline.interval.total_seconds() < wait.timeout


@pytest.mark.parametrize("dag_id", ["crm_daily", "crm_recompute", "crm_report"])
def test_what_does_not_answer_is_tried_again_for_more_than_an_hour(
    dags: dict[str, Any], dag_id: str
) -> None:
    """An outage at midnight is over before anybody is up; and a server may not know a sender yet.

    Greylisting takes the mail after half an hour at most.
    """
    from airflow.models.taskinstance import TaskInstance

    from include.core.errors import RetryableError

    begun_at = datetime(2026, 3, 9, 10, tzinfo=UTC)
    for task in dags[dag_id].tasks:
        assert set(actions(task, RetryableError("x", "y"))) == {"retry"}, task.task_id
        for week in range(52):
            tried_at = started_at = begun_at + timedelta(weeks=week)
            for number in range(1, task.retries + 1):
                instance = SimpleNamespace(
                    task=task, dag_id=dag_id, task_id=task.task_id, logical_date=started_at,
                    try_number=number, end_date=tried_at, retry_delay_override=None,
                )  # fmt: skip
                tried_at = TaskInstance.next_retry_datetime(instance)
            # 30 s + 1 + 2 + 4 + 8 minutes + 4 * 15 are 75.5, and before the report is told to be late.
            assert timedelta(minutes=75) < tried_at - started_at < timedelta(minutes=90)


def test_what_nobody_foresaw_is_told_soon(dags: dict[str, Any]) -> None:
    """Nor does what never comes whole, or takes too long, use up a night and the CRM's quota."""
    from airflow.sdk.exceptions import AirflowTaskTimeout

    from include.core.errors import IncompleteError

    task = dags["crm_daily"].get_task("facts")
    refused = sa.exc.OperationalError("select 1", {}, DiskFull("no space left"))
    for error in (KeyError("x"), AirflowTaskTimeout("x"), IncompleteError("x", "y"), refused):
        for cleared_at in (0, 4, 8):
            decided = actions(task, error, cleared_at)
            assert "fail" not in decided[:3], error
            assert set(decided[3:]) == {"fail"}, error


def test_a_warehouse_that_is_away_is_waited_for(dags: dict[str, Any]) -> None:
    task = dags["crm_daily"].get_task("facts")
    engine = sa.create_engine(f"postgresql+psycopg://etl@127.0.0.1:{free_port()}/crm")
    with pytest.raises(sa.exc.OperationalError) as no_connection:
        engine.connect()
    assert set(actions(task, no_connection.value)) == {"retry"}


def test_a_warehouse_that_refuses_the_login_is_told_of_soon(
    dags: dict[str, Any], postgres_url: str
) -> None:
    task = dags["crm_daily"].get_task("facts")
    wrong = sa.create_engine(sa.make_url(postgres_url).set(password="guessed"))
    with pytest.raises(sa.exc.OperationalError) as refused:
        wrong.connect()
    assert set(actions(task, refused.value)[3:]) == {"fail"}
    with pytest.raises(ConfigurationError) as stops:
        check_reachable(wrong)
    assert set(actions(task, stops.value)) == {"fail"}


def test_a_statement_that_brings_the_warehouse_down_does_so_few_times(
    dags: dict[str, Any], warehouse: sa.Engine
) -> None:
    task = dags["crm_daily"].get_task("facts")
    end_oneself = sa.text("select pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(sa.exc.OperationalError) as lost, warehouse.connect() as connection:
        connection.execute(end_oneself)
    assert set(actions(task, lost.value)[3:]) == {"fail"}


def test_what_an_object_became_stops_nothing_after_it(dags: dict[str, Any]) -> None:
    """An object that failed, or was skipped, must not skip the facts and metrics of the others."""
    rules = {task.task_id: task.trigger_rule.value for task in dags["crm_daily"].tasks}
    assert rules["unify"] == "all_done"
    assert rules["verdict"] == "all_done"
    assert {rules[name] for name in ("check_tables", "facts", "metrics")} == {"all_success"}


def test_tasks_that_share_something_are_in_its_pool(dags: dict[str, Any]) -> None:
    pools = {task.task_id: task.pool for task in dags["crm_daily"].tasks}
    assert pools["take_in_salesforce"] == "salesforce_api"
    assert pools["take_in_hubspot"] == "hubspot_api"
    assert {pools[name] for name in ("unify", "facts", "metrics")} == {"warehouse_writer"}
    recompute = {task.task_id: task.pool for task in dags["crm_recompute"].tasks}
    assert recompute["metrics"] == "warehouse_writer"


def test_the_daily_interval_is_a_whole_day_of_the_reporting_zone(dags: dict[str, Any]) -> None:
    """A plain cron string would give an interval without length: an extract of nothing, in green."""
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable

    timetable = decode_timetable(encode_timetable(dags["crm_daily"].timetable))
    interval = timetable.infer_manual_data_interval(run_after=datetime(2026, 3, 10, 15, tzinfo=UTC))
    # 9 March 2026 in New York, one day after the clocks went forward: 04:00 to 04:00 UTC.
    assert interval.start == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert interval.end == datetime(2026, 3, 10, 4, tzinfo=UTC)


def test_parsing_imports_nothing_heavy() -> None:
    code = (
        "import sys, runpy\n"
        "for name in ('crm_daily', 'crm_doctor', 'crm_recompute', 'crm_report'):\n"
        "    runpy.run_path(f'dags/{name}.py')\n"
        "heavy = {'pandas', 'great_expectations', 'hubspot', 'simple_salesforce', 'pyarrow',"
        " 'matplotlib'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'plugins'}", "PATH": "/usr/bin:/bin", "HOME": "/"}
        | {
            name: value
            for name, value in __import__("os").environ.items()
            if name.startswith("AIRFLOW")
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "heavy: []"


def test_who_recomputes_hears_of_checks_that_break(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the values are there and withheld: nobody else looks at past days."""
    from crm_airflow import notices, recompute_steps

    metrics = dags["crm_recompute"].get_task("metrics").python_callable
    params = {"first_date": "2026-03-01", "last_date": "2026-03-02", "metric_ids": []}
    context = {"params": params, "dag_run": SimpleNamespace(run_id="again")}
    monkeypatch.setitem(metrics.__globals__, "get_current_context", lambda: context)
    done: list[Any] = []
    monkeypatch.setattr(recompute_steps, "recompute", lambda *days: done.append(days) or 7)
    monkeypatch.setattr(notices, "checks_broken", done.append)
    assert metrics() == 7
    assert done == [(date(2026, 3, 1), date(2026, 3, 2), None, "again"), context]
