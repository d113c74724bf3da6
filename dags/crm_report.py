"""# CRM report: one mail to each recipient

Renders the executive weekly report for the last complete week and mails it. Waits until
`crm_daily` has computed the metrics of the week's last day.

## Never twice
The delivery ledger (`ops.delivery`) is keyed by report, period, revision and recipient. Running this again,
clearing it or triggering it by hand sends only what has not been sent. Backfills render into
`reports.snapshot` and mail nothing. If a failed scheduled run is repeated by a backfill while readers still
wait for its report, the backfill says so and fails.

## Normal
`deliver` may try again for an hour and a half, because mail servers sometimes refuse a mail that they accept
later. Readers whose servers accepted it have it by then.

## When it is late
If a scheduled run has not succeeded the configured number of hours after it began, the people under `ops` in
`include/config/audiences.yaml` get one mail that says what the run is waiting for. Readers who got an earlier
report, and not this one, are told that it is late. The run goes on waiting, and fails after six hours.

## When it is red
- *What it waits for has not come …*, *No metrics …*: repair `crm_daily` first, then clear
  `wait_for_metrics`.
- *… held*: a figure the report cannot go without is missing or not to be trusted. Repair it, clear
  `render`.
- *Backfills mail nothing, and … wait*: trigger this DAG by hand.
- *… unknown*: the connection broke while the mail was handed over; it may have arrived. It is not
  sent again by itself. Look for the Message-ID of the message in the mail server's log, or ask the
  recipient; the message names the change to `ops.delivery` for either answer.
- *… failed_permanently*: the server refused the recipient. Correct the address in
  `include/config/audiences.yaml`, clear `deliver`. Where it was the server that was wrong, the message
  names the change to `ops.delivery` that lets the next try send it.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from crm_airflow import notices, report_steps
from crm_airflow.policy import DEFAULT_ARGUMENTS
from crm_airflow.runs import run_from_context
from crm_airflow.wiring import wiring

REPORT = "executive_weekly"
ZONE = wiring().calendar.time_zone


@task.sensor(poke_interval=120, timeout=6 * 3600, mode="reschedule", execution_timeout=None)
def wait_for_metrics() -> bool:
    return report_steps.metrics_are_ready(run_from_context(get_current_context()))


@task
def render() -> dict:
    return report_steps.render_report(REPORT, run_from_context(get_current_context()))


# Its tries last longer than the half hour for which a server may refuse a sender it does not know
# (greylisting). Whoever has the mail does not get it again.
@task
def deliver(rendered: dict) -> int:
    context = get_current_context()
    run = run_from_context(context)
    if not report_steps.is_mailed(REPORT, rendered, run, context["params"]["send_mail"]):
        raise AirflowSkipException("Rendered, and kept in reports.snapshot; not mailed.")
    return report_steps.deliver_report(REPORT, rendered, run)


@dag(
    schedule=CronDataIntervalTimetable("0 6 * * MON", timezone=ZONE),
    start_date=pendulum.datetime(2020, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=DEFAULT_ARGUMENTS | {"on_failure_callback": notices.keep_error},
    on_failure_callback=notices.run_failed,
    deadline=notices.report_deadline(REPORT),
    doc_md=__doc__,
    tags=["crm", "report"],
    params={
        "send_mail": Param(
            "auto",
            type="string",
            enum=["auto", "always", "never"],
            title="Send mail",
            description_md="auto: scheduled and manual runs mail, backfills do not.",
        ),
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="As of",
            description_md="Report on the last week complete at this instant.",
        ),
    },
)
def crm_report():
    rendered = render()
    wait_for_metrics() >> rendered
    deliver(rendered)


crm_report()
