"""# CRM doctor: which metrics can be had, and what lacks for the others

Logs in to both CRMs, the mail server and the warehouse, looks at every object and field that the
metrics need, and prints in the log of `examine`: connections, objects, each metric as *available*,
*degraded* or *unavailable*, and what to grant or configure. Reads a handful of records, changes
nothing but `ops.source_finding`, from which metric values take the words for what they lack.

## When to run it
After filling in the connections, before unpausing `crm_daily`; after granting a permission or
changing `include/config`. `crm_daily` takes the same look at the head of every run, and goes on
whatever it finds.

## When it is red
A connection does not work, or an object that is not optional is not readable: *What to do* at the
end of the log says what helps. Do it and clear the task. Optional objects do not make it red.

`python -m include doctor` prints the same page without Airflow, for connections in `.env`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import dag, task

from crm_airflow import doctor_steps, steps
from crm_airflow.policy import DEFAULT_ARGUMENTS, FEW_RETRIES


@task
def prepare() -> None:
    steps.prepare()


@task
def examine() -> None:
    doctor_steps.examine_strictly()


@dag(
    schedule=None,
    start_date=pendulum.datetime(2020, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    # Whoever starts it waits for the answer.
    default_args=DEFAULT_ARGUMENTS | {"retries": FEW_RETRIES},
    doc_md=__doc__,
    tags=["crm", "doctor"],
)
def crm_doctor():
    prepare() >> examine()


crm_doctor()
