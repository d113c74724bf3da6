"""# CRM daily: from both CRMs to metric values

Reads what changed in Salesforce and HubSpot, checks it, and computes every metric as of the end of
the day. It mails nothing; `crm_report` does.

## What runs
`prepare` → `doctor`, and `lacking` → `take_in` for each object that lacks something (extract, land,
validate, stage) → `unify` → `check_tables`, `facts` → `metrics` → `verdict`.

- Objects do not wait for each other. One that fails stops only itself: metrics that read it say so instead
  of showing a number, and `verdict` turns the run red.
- `facts` and `metrics` check what they made, and withhold the metrics that read what a check found wrong.
  That leaves the run green, and is mailed to `ops`.
- `verdict` also turns the run red if values lack something that the run has read.
- `doctor` looks at connections, permissions, objects and fields as they are now. Its log says which metrics
  are available, and what to grant for the others. It stops nothing.

## When it is red
1. Open the failed task's log: the last line says what to do (grant a permission, correct a record,
   wait for the quota).
2. Do it, then **clear the failed task together with what comes after it** (*Downstream*; *only failed*
   would leave facts and metrics as they are). Nothing is read twice that is already in the warehouse, and
   an interrupted reading goes on where it stopped.
3. *The full reading lacks n records*, *the snapshot holds at least n records (seen: fewer)*: a
   permission taken away looks like a mass deletion, so nothing of it was loaded. Give the integration
   user access again and clear the task. If they really are gone, raise `sweep_guard_rate` in
   `sources.yaml`, clear the task, and set it back.
4. *… leads to … and the warehouse holds the records of …*: the connection names another org or account
   than before. Correct it, or give the other one a warehouse and a data folder of its own.
5. *The warehouse … is empty, and another one holds …*: `crm_warehouse` leads to another database than
   before, or that connection is missing and the embedded PostgreSQL answered. Correct it.

Tasks stay *scheduled* and never start? Check that the pools of `plugins/crm_airflow/pools.json` exist under
Admin → Pools. `python -m crm_airflow.pools` creates those that are missing.

## Checks
A check that only warns leaves the run green. The report counts it, and `ops.expectation_result` names it.
Warnings about a whole batch, about references or about facts are also mailed to `ops`, once in four weeks.

- *… is empty*, *… times as large*, *… hours later*: the batch is loaded and figures include it. Ask the
  people who run the CRM whether the change is intended. If it is, the warning ends by itself: for an empty
  field after ninety batches, for numbers and times once they are what is usual.
- *The newest whole build of facts that was compared …*: the facts are right again, but values of the days
  since the whole build before it may not be. Run **crm_recompute** for the days that the log of `facts`
  names.

## Repairing past days
**Trigger → Backfill**, from the first day 00:00 to the last day 23:59 in the reporting time zone. Set the UI
to that zone first (user menu, *Timezone*); in another zone the same hours may belong to another day. Metrics
are computed as the CRMs stood at the end of each day. The CRMs are read again only for windows that the
ledger lacks, or for all of them with *Read again*. Backfills never mail. Days on which nothing ran, because
Airflow was down, are not made up for automatically: the next run reads everything that changed since, and a
backfill gives these days their values.

## Normal
- If a CRM or the warehouse does not answer, the task tries again for an hour and a quarter (*up for retry*).
  What needs a person fails at once, and everything else after four tries.
- Optional objects that the CRM does not offer are skipped. If one was offered until recently, runs are red
  for a week.
- Each object is read in full once a week, on a night of its own. That finds changes that leave no trace,
  and makes the run longer.
- `facts` builds what changed. Once a week, and whenever that might not be enough, it builds everything; its
  log and `ops.fact_build` say why.
- The first run reads everything and takes as long as that takes. Worry after three hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from crm_airflow import doctor_steps, notices, steps
from crm_airflow.policy import DEFAULT_ARGUMENTS
from crm_airflow.runs import Run, run_from_context
from crm_airflow.verdict import check_run
from crm_airflow.wiring import wiring

WIRING = wiring()
ZONE = WIRING.calendar.time_zone
LAG_MINUTES = WIRING.lag_minutes
POOLS = {"salesforce": "salesforce_api", "hubspot": "hubspot_api"}


def current_run(object_id: str | None = None) -> Run:
    """The run of the task that asks; names the mapped task after its object."""
    context: Any = get_current_context()
    if object_id:
        context["object_id"] = object_id
    return run_from_context(context)


# A scheduled run starts at the interval's end, so its second look comes when the time has come. Not a
# deferred sensor: one that fires at once overtakes its own task's end on a busy machine, and fails.
@task.sensor(
    mode="reschedule", poke_interval=LAG_MINUTES * 60 + 1, timeout=6 * 3600, execution_timeout=None
)
def wait_until_settled() -> bool:
    return steps.is_settled(current_run(), timedelta(minutes=LAG_MINUTES))


@task
def prepare() -> bool:
    steps.prepare()
    return True


@task
def doctor() -> None:
    if current_run().is_backfill:
        raise AirflowSkipException("How the CRMs are now says nothing about past days.")
    notices.tell_of_disk()
    doctor_steps.examine()


# A task for each object that has nothing to do would be most of what a past day costs.
@task
def lacking(crm: str) -> list[str]:
    return steps.lacking(crm, current_run())


# One task for an object and not one for each step: starting a task costs Airflow more than most steps
# take. A try that begins again goes on from what is landed.
@task(map_index_template="{{ object_id }}")
def take_in(object_id: str) -> int:
    run = current_run(object_id)
    batches = steps.extract_and_land(object_id, run)
    return steps.stage(steps.validate(batches, run))


# Runs whatever became of the objects. Not `all_done_min_one_success`: one skipped object, optional or
# with nothing new, would skip everything after it, in green.
@task(trigger_rule="all_done", pool="warehouse_writer")
def unify(prepared: bool | None) -> None:
    if not prepared:
        raise AirflowFailException("The warehouse is not prepared: see the task `prepare`.")
    steps.unify()


@task(pool="validation")
def check_tables() -> str:
    return steps.check_tables(current_run())


@task(pool="warehouse_writer")
def facts() -> dict[str, int]:
    return steps.build_facts(current_run())


@task(pool="warehouse_writer")
def metrics() -> int:
    return steps.compute_metrics(current_run())


@task(trigger_rule="all_done")
def verdict() -> None:
    context: Any = get_current_context()
    notices.checks_broken(context)
    check_run(context["dag"].dag_id, current_run())


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=ZONE),
    start_date=pendulum.datetime(2020, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=DEFAULT_ARGUMENTS | {"on_failure_callback": notices.keep_error},
    on_failure_callback=notices.run_failed,
    doc_md=__doc__,
    tags=["crm", "daily"],
    params={
        "re_extract": Param(
            False,
            type="boolean",
            title="Read again",
            description_md="Read the CRMs again for this run's window, even where the ledger has it.",
        ),
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="As of",
            description_md="Compute metrics as of this instant instead of the end of the day.",
        ),
    },
)
def crm_daily():
    ready = prepare()
    looked = doctor()
    wait_until_settled() >> ready >> looked
    # Metric values take the words for what they lack from what the doctor found.
    staged = [looked]
    for crm, pool in POOLS.items():
        if not WIRING.is_read(crm):
            continue
        lacks = lacking.override(task_id=f"lacking_{crm}")(crm)
        taken = take_in.override(task_id=f"take_in_{crm}", pool=pool).expand(object_id=lacks)
        ready >> lacks
        staged.append(taken)
    unified = unify(ready)
    staged >> unified
    checked, built, computed = check_tables(), facts(), metrics()
    unified >> [checked, built]
    built >> computed
    [*staged, unified, checked, built, computed] >> verdict()


crm_daily()
