"""# CRM recompute: values of past days anew, without reading the CRMs

Computes metrics again as of the end of each day from *First day* to *Last day*, a month of days at a
time, from the facts as they are in the warehouse. It reads nothing from the CRMs, rebuilds no fact and
mails no report. Metrics of which a value breaks a check on any of the days are withheld there, and those
who run the pipeline are told.

## When to run it
- After an upgrade, or a change in `include/config`, that changes what a metric means. Let `crm_daily` run
  once, which rebuilds the facts, then recompute the days that you want in the new meaning. Their values are
  replaced. Where a value differs from that of the day before the first of them, this is recorded as a
  restatement with the reason *definition changed*. Mails already sent stay as they are; the next mail names
  the figures that have changed. Reports do not compare a week with one whose values have another meaning.
- After installing. `crm_daily` gives the values as of today, including all history; this gives the values
  as each past day would have shown them.

If a window was never read, or read wrongly, **backfill `crm_daily`** instead.

## When it is red
The last line of the log says what to do. Do it and clear the task. Days already computed are computed again
and give the same rows. It refuses to run on facts that lack what was read since they were built. It and a
computing run of `crm_daily` wait for each other.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from crm_airflow import notices, recompute_steps, steps
from crm_airflow.policy import DEFAULT_ARGUMENTS


@task
def prepare() -> None:
    steps.prepare()


@task(pool="warehouse_writer", execution_timeout=timedelta(hours=12))
def metrics() -> int:
    context: Any = get_current_context()
    asked = context["params"]
    written = recompute_steps.recompute(
        date.fromisoformat(asked["first_date"]),
        date.fromisoformat(asked["last_date"]),
        asked["metric_ids"] or None,
        context["dag_run"].run_id,
    )
    notices.checks_broken(context)
    return written


@dag(
    schedule=None,
    start_date=pendulum.datetime(2020, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=13),
    default_args=DEFAULT_ARGUMENTS | {"on_failure_callback": notices.keep_error},
    on_failure_callback=notices.run_failed,
    doc_md=__doc__,
    tags=["crm", "repair"],
    params={
        "first_date": Param(
            type="string",
            format="date",
            title="First day",
            description_md="Values as of the end of this day, and of every day up to the last.",
        ),
        "last_date": Param(
            type="string", format="date", title="Last day", description_md="This day included."
        ),
        "metric_ids": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Metrics",
            description_md="Ids of docs/metrics.md, one on each line; none for all of them.",
        ),
    },
)
def crm_recompute():
    prepare() >> metrics()


crm_recompute()
