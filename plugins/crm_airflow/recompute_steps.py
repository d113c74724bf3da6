"""Computing past days again, as a task does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from crm_airflow import connections, steps
from include.core.errors import StopError

if TYPE_CHECKING:
    import sqlalchemy as sa


def recompute(
    first_date: date, last_date: date, metric_ids: Sequence[str] | None, run_id: str
) -> int:
    """Compute metrics as of the end of each day, and withhold what fails its checks; values written.

    Raises:
        StopError: the days are none, or some have not ended, or facts lack what was read since.
        RetryableError: as steps.check_facts.
        ConfigurationError: a metric id is not in the catalogue.
    """
    from include.metrics.compute import compute_metrics_of_many

    engine, calendar = connections.warehouse_engine(), steps.settings().calendar
    if last_date < first_date:
        raise StopError(
            f"The last day, {last_date}, is before the first, {first_date}.",
            "Trigger it again with days in order.",
        )
    as_of_ats = [
        datetime.combine(
            first_date + timedelta(days=number + 1), datetime.min.time(), calendar.zone
        )
        for number in range((last_date - first_date).days + 1)
    ]
    if as_of_ats[-1] > steps.now():
        raise StopError(f"{last_date} has not ended.", "Trigger it again with days that are over.")
    _check_facts(engine)
    steps.check_facts(engine)
    written = compute_metrics_of_many(engine, calendar, as_of_ats, run_id, steps.now(), metric_ids)
    steps.check_metrics(as_of_ats, run_id)
    return written


def _check_facts(engine: sa.Engine) -> None:
    """Refuse facts that are older than what is staged: the ledger would call the days complete.

    Raises:
        StopError: naming the objects.
    """
    from include.land.ledger import loaded_since_facts

    objects = loaded_since_facts(engine)
    if objects:
        raise StopError(
            f"Facts were not built since {', '.join(objects)} were read: values would lack that, and not "
            "say so.",
            "Let the run of crm_daily that is at work end; if there is none, clear `facts` of the last "
            "one, with what comes after it. Then clear this task.",
        )
