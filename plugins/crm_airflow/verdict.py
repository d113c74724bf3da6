"""Whether a run of crm_daily did all it was to do, which no single one of its tasks can tell."""

from __future__ import annotations

from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from crm_airflow import connections
from crm_airflow.runs import Run
from include.core.errors import StopError

# What stands for a task that failed, or that could not run because of it.
RED = ("failed", "upstream_failed")


def check_run(dag_id: str, run: Run) -> None:
    """Turn a run red of which a task failed, or whose values lack what it read.

    The latter is what comes of clearing no more than the failed tasks: their objects are loaded then,
    and nothing after them runs again.

    Raises:
        StopError: it is to be red; the message says what to do.
    """
    from include.land.ledger import loaded_since_facts

    states = RuntimeTaskInstance.get_task_states(dag_id=dag_id, run_ids=[run.run_id])
    if any(state in RED for state in states.get(run.run_id, {}).values()):
        raise StopError("A task before this one failed.", "See it for what to do.")
    objects = loaded_since_facts(connections.warehouse_engine(), run.run_id)
    if objects:
        raise StopError(
            f"This run read {', '.join(objects)} after facts were built: its values lack that.",
            "Clear `unify`, with what comes after it.",
        )
