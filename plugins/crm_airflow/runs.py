"""What an Airflow run asks for: a window, an as-of, a run id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.core.window import Window


@dataclass(frozen=True)
class Run:
    """One run as the pipeline sees it.

    `interval` is None for a manual run that names none: it reads whatever the ledger lacks.
    `as_of_at` is the end of the interval, else when the run was asked for.
    """

    run_id: str
    interval: Window | None
    as_of_at: datetime
    is_backfill: bool
    re_extract: bool


def run_from_context(context: Any) -> Run:
    """Read the run from a task's context.

    Raises:
        ValueError: the parameter `as_of` is not an instant in ISO form.
    """
    dag_run = context["dag_run"]
    params = context["params"]
    start, end = dag_run.data_interval_start, dag_run.data_interval_end
    interval = Window(start, end) if start and end and end > start else None
    if params.get("as_of"):
        as_of_at = datetime.fromisoformat(params["as_of"])
        as_of_at = as_of_at.replace(tzinfo=as_of_at.tzinfo or UTC)
    else:
        as_of_at = interval.end if interval else dag_run.run_after
    return Run(
        run_id=dag_run.run_id,
        interval=interval,
        as_of_at=as_of_at.astimezone(UTC),
        is_backfill=dag_run.run_type == "backfill",
        re_extract=bool(params.get("re_extract", False)),
    )
