"""Telling those who run the pipeline what went wrong, or is about to: what Airflow, or a task, calls.

| function | called | in the process of |
|---|---|---|
| keep_error | when a task has failed for good | the task, or the DAG processor if it was killed |
| run_failed | when a run has failed, once for each time it does | the DAG processor |
| checks_broken | at the end of a run of crm_daily, whatever became of it, or of crm_recompute | a task |
| report_is_late | when a report's run has not succeeded by its deadline, once | a worker |
| tell_of_disk | each day, and tells where the disk is nearly full | the task |
"""

from __future__ import annotations

import logging
import shlex
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.exceptions import AirflowSensorTimeout
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom
from airflow.sdk.log import redact

from crm_airflow import connections, steps
from crm_airflow.wiring import wiring
from include.core.errors import PipelineError
from include.core.paths import paths_from_environment

if TYPE_CHECKING:
    import sqlalchemy as sa

    from include.deliver.notice import FailedTask, Notice

log = logging.getLogger(__name__)

ERROR = "error"
LONGEST_ERROR = 600
ONE_DAY = timedelta(days=1)
# Where another one failed it fails because of that, and has nothing of its own to tell.
REPEATS_OTHERS = "verdict"
# Why a run ended where no task says it.
REASONS = {
    "timed_out": "It ran longer than a run may and was stopped; tasks that had not finished were skipped.",
    "all_tasks_deadlocked": "None of the remaining tasks can start.",
}
REMEDY = (
    "Do what the messages say; the run-book on the DAG's page says more. Then clear the failed tasks "
    "and all that come after them, or the whole run with the command below."
)
REMEDIES = {
    "crm_daily": "What is in the warehouse already is not read again.",
    "crm_recompute": "Days that were already computed are computed again, with the same result.",
    "crm_report": "If it waited for metrics, repair crm_daily first. Nobody gets a mail twice.",
}


def keep_error(context: Any) -> None:
    """Leave what stopped a task where the notice of its run finds it."""
    error = context.get("exception")
    # A task that was killed said nothing, and the DAG processor may not write for it.
    if error is not None:
        task = context["ti"]
        # A mapped task is known by its object.
        name = task.rendered_map_index or task.task_id
        task.xcom_push(ERROR, {"name": name, "error": _in_words(error)})


def _in_words(error: BaseException) -> str:
    """What an error says, on one line and without secrets; of one that is not ours the first line.

    The remedy is not cut off however much went wrong: it is what the notice is for.
    """
    text, remedy = str(error).strip(), ""
    if isinstance(error, AirflowSensorTimeout):
        text = "What it waits for has not come in time."
    elif isinstance(error, PipelineError):
        text, remedy = error.message, error.remedy
    else:
        text = f"{type(error).__name__}: {text.partition(chr(10))[0]}"
    words, remedy = (str(redact(" ".join(each.split()))) for each in (text, remedy))
    if len(words) > LONGEST_ERROR:
        words = f"{words[:LONGEST_ERROR]} …"
    return f"{words} {remedy}".rstrip()


def run_failed(context: Any) -> None:
    """Tell who is named under `ops` in audiences.yaml that a run failed."""
    from include.deliver.notice import FailedRun, failure_notice

    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    run = FailedRun(
        dag_id=dag_id,
        run_id=run_id,
        about=_about(context.get("dag_run"), wiring().calendar.zone),
        reason=REASONS.get(context.get("reason", ""), ""),
        tasks=_failed_tasks(context["dag"], run_id),
        remedy=f"{REMEDY} {REMEDIES[dag_id]}",
        command=f"airflow dags clear {dag_id} --yes --run-id {shlex.quote(run_id)}",
        url=_page(dag_id, run_id),
    )
    _send(failure_notice(run, steps.now()))


def checks_broken(context: Any) -> None:
    """Tell who is named under `ops` which checks of a run do not hold, unless they heard lately."""
    from include.deliver.notice import checks_notice
    from include.validate.told import mark_told, to_tell

    engine = connections.warehouse_engine()
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    broken = to_tell(engine, run_id, steps.now())
    if not broken:
        return
    words: dict[str, list[str]] = {"warning": [], "critical": []}
    for rule in broken:
        words[rule.severity].append(f"{rule.suite}: {rule.words} (seen: {rule.observed})")
    about = _about(context.get("dag_run"), wiring().calendar.zone)
    page = _page(dag_id, run_id)
    notice = checks_notice(dag_id, run_id, about, page, words["warning"], words["critical"])
    if _send(notice):
        mark_told(engine, run_id, broken, steps.now())


def report_deadline(report_id: str) -> DeadlineAlert | None:
    """By when a report's run is to have succeeded; None where nobody would be told."""
    audiences = wiring().audiences
    ops = audiences.ops if audiences else None
    if ops is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=ops.late_after_hours),
        callback=SyncCallback(report_is_late, kwargs={"report_id": report_id}),
        name=f"{report_id} is late",
    )


def report_is_late(report_id: str, context: Any) -> None:
    """Tell who is named under `ops` that readers do not have a report yet, and what keeps it.

    Readers who wait for it hear that it is late. Only of runs on schedule: whoever starts one by
    hand waits for it, and backfills mail nothing.
    """
    from include.deliver.notice import late_notice
    from include.report.readiness import obstacle
    from include.report.week import last_complete_week, moment

    run = context["dag_run"]
    if run["run_type"] != "scheduled" or run["state"] == "success":
        return
    zone = wiring().calendar.zone
    due_at = datetime.fromisoformat(run["data_interval_end"])
    period_id = last_complete_week(due_at, zone).period_id
    engine, is_reachable = connections.warehouse_engine(), True
    try:
        keeps = obstacle(engine, zone, due_at)
    except PipelineError as error:
        keeps, is_reachable = str(error), False
    page = _page(run["dag_id"], run["dag_run_id"])
    is_told = _send(late_notice(report_id, period_id, moment(due_at, zone), keeps, page))
    # Only the warehouse knows who waits; and a server that did not take one mail takes no more.
    if is_told and is_reachable:
        _tell_readers(engine, report_id, period_id)


def tell_of_disk() -> None:
    """Tell who is named under `ops` that what lands will soon find no room, while nothing is lost."""
    from include.deliver.notice import warning_notice
    from include.doctor.configuration import examine_disk

    for found in examine_disk(paths_from_environment().landing):
        event = f"disk/{steps.now():%Y-%m-%d}"
        _send(warning_notice(event, "the disk is nearly full", found.message, found.remedy))


def _tell_readers(engine: sa.Engine, report_id: str, period_id: str) -> None:
    """Tell readers who wait for a report that it is late, each in a mail of their own."""
    from include.deliver.notice import late_word, send_notice, waiting_readers

    audiences, smtp = wiring().audiences, connections.smtp_account()
    if audiences is None:
        return
    for reader in waiting_readers(engine, audiences, report_id, period_id):
        word = late_word(report_id, period_id, reader)
        try:
            send_notice(word, [reader], audiences, smtp, steps.now())
        except PipelineError as error:
            log.error("%s", error)


def _send(notice: Notice) -> bool:
    """Send a notice to who runs the pipeline; whether it was taken, else the log says why, and no more."""
    from include.deliver.notice import send_notice

    audiences = wiring().audiences
    if audiences is None:
        log.error("Nobody is told (%s): correct audiences.yaml.", notice.subject)
        return False
    if audiences.ops is None:
        log.warning("Nobody is told (%s): audiences.yaml names nobody under ops.", notice.subject)
        return False
    recipients = audiences.ops.recipients
    try:
        told = send_notice(notice, recipients, audiences, connections.smtp_account(), steps.now())
    except PipelineError as error:
        log.error("Nobody is told (%s): %s", notice.subject, error)
        return False
    log.info("%s: told to %s.", notice.subject, ", ".join(told))
    return True


def _failed_tasks(dag: Any, run_id: str) -> list[FailedTask]:
    """The tasks of a run that failed, each with what it left."""
    from include.deliver.notice import FailedTask

    states = RuntimeTaskInstance.get_task_states(dag_id=dag.dag_id, run_ids=[run_id])
    failed = [name for name, state in states.get(run_id, {}).items() if state == "failed"]
    tasks = []
    for name in failed:
        task_id, map_index = _task_of(name, dag.task_ids)
        kept = XCom.get_one(
            key=ERROR, dag_id=dag.dag_id, task_id=task_id, run_id=run_id, map_index=map_index
        )
        if task_id != REPEATS_OTHERS or len(failed) == 1:
            tasks.append(FailedTask(**kept) if kept else FailedTask(name, ""))
    return tasks


def _task_of(name: str, task_ids: list[str]) -> tuple[str, int]:
    """Task and map index of a name as Airflow lists states: that of a mapped task ends in its index."""
    task_id, _, map_index = name.rpartition("_")
    return (task_id, int(map_index)) if task_id in task_ids else (name, -1)


def _about(dag_run: Any, zone: ZoneInfo) -> str:
    """Which time a run is about, by the clock of the reporting time zone."""
    if dag_run is None:
        return "Airflow gives no details of it"
    asked: dict[str, Any] = dag_run.conf or {}
    if "first_date" in asked:
        return f"{asked['first_date']} to {asked['last_date']}"
    if asked.get("as_of"):
        return f"as of {asked['as_of']}"
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    if not start or not end or end <= start:
        return f"started by hand, {_moment(dag_run.run_after, zone)}"
    first = start.astimezone(zone)
    next_midnight = datetime.combine(first.date() + ONE_DAY, time(), zone)
    # In UTC: a clock may leave midnight out, and show one for the instant.
    is_day = end.astimezone(UTC) == next_midnight.astimezone(UTC)
    return f"{first:%Y-%m-%d}" if is_day else f"up to {_moment(end, zone)}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant by the clock of a time zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _page(dag_id: str, run_id: str) -> str:
    """Address of a run's page; empty where nobody said under which address Airflow is reached."""
    base = conf.get("api", "base_url", fallback="") or ""
    return f"{base.rstrip('/')}/dags/{dag_id}/runs/{quote(run_id, safe='')}" if base else ""
