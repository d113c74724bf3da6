"""The steps of a report as tasks run them: wait for its metrics, render it, mail it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from crm_airflow import connections, steps
from crm_airflow.runs import Run
from include.core.errors import StopError
from include.core.paths import paths_from_environment

SendMail = Literal["auto", "always", "never"]


def metrics_are_ready(run: Run) -> bool:
    """Whether every metric was computed and checked as of the end of the report's period, or later."""
    return _as_of_for_report(run) is not None


def render_report(report_id: str, run: Run) -> dict[str, str | int]:
    """Render a report for the last complete period; which period and revision it became."""
    from include.metrics.targets import check_targets
    from include.report.snapshot import render_snapshot

    check_targets(steps.settings().targets, paths_from_environment().config)
    as_of_at = _as_of_for_report(run)
    if as_of_at is None:
        raise StopError(
            "No metrics have been computed for the report's period.",
            "Run crm_daily, or backfill it for the last day of the period, then clear this task.",
        )
    snapshot = render_snapshot(
        connections.warehouse_engine(),
        steps.settings(),
        report_id,
        as_of_at,
        run.run_id,
        steps.now(),
    )
    return {"period_id": snapshot.period_id, "revision": snapshot.revision}


def _as_of_for_report(run: Run) -> datetime | None:
    """The as-of whose values the report prints."""
    from include.report.readiness import as_of_for_report

    return as_of_for_report(
        connections.warehouse_engine(), steps.settings().calendar.zone, run.as_of_at
    )


def is_mailed(
    report_id: str, rendered: dict[str, str | int], run: Run, send_mail: SendMail
) -> bool:
    """Whether a run mails what it rendered: a backfill does not, unless told to.

    Raises:
        StopError: a backfill is all there is of the report that readers wait for. Airflow makes a
            backfill of a run on schedule that failed and is run again by one.
    """
    from include.deliver.notice import waiting_readers
    from include.report.week import last_complete_week

    if send_mail != "auto" or not run.is_backfill:
        return send_mail != "never"
    engine, period_id = connections.warehouse_engine(), str(rendered["period_id"])
    if period_id == last_complete_week(steps.now(), steps.settings().calendar.zone).period_id:
        waiting = waiting_readers(engine, steps.settings().audiences, report_id, period_id)
        if waiting:
            raise StopError(
                f"Backfills mail nothing, and {', '.join(waiting)} wait for {report_id} for {period_id}.",
                "Trigger crm_report by hand: it mails this week's report to whoever lacks it.",
            )
    return False


def deliver_report(report_id: str, rendered: dict[str, str | int], run: Run) -> int:
    """Mail a rendered report to each recipient who has not had it; how many have it then."""
    from include.deliver.send import deliver

    sent = deliver(
        connections.warehouse_engine(),
        steps.settings().audiences,
        report_id,
        str(rendered["period_id"]),
        int(rendered["revision"]),
        connections.smtp_account(),
        run.run_id,
        steps.now,
        paths_from_environment().archive,
    )
    return len(sent)
