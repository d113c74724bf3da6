"""Which as-of a report prints, and when there is none yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.core.errors import RetryableError
from include.core.warehouse import engine_for
from include.metrics.catalogue import CATALOGUE
from include.report.readiness import as_of_for_report, obstacle
from include.tables.ops import METRICS_SUITE, expectation_result
from tests.stored_values import store_values

ZONE = ZoneInfo("America/New_York")
# Monday 16 March 2026, 06:00 in New York, which is on summer time: the report on 9 to 15 March.
ASKED_AT = datetime(2026, 3, 16, 10, tzinfo=UTC)


def midnight(day: int) -> datetime:
    """Start of a day of March 2026 in New York."""
    return datetime(2026, 3, day, tzinfo=ZONE)


def checked(warehouse: sa.Engine, at: datetime) -> None:
    with warehouse.begin() as connection:
        connection.execute(
            expectation_result.insert(),
            {
                "run_id": "run", "suite": METRICS_SUITE, "batch_id": "", "expectation": f"rule at {at}",
                "column_name": "", "severity": "critical", "is_success": True, "checked_at": at,
            },
        )  # fmt: skip


def computed(warehouse: sa.Engine, *days: int, metrics: int = len(CATALOGUE)) -> None:
    with warehouse.begin() as connection:
        store_values(
            connection,
            [
                {
                    "metric_id": metric.id, "grain": "week", "period_start_date": midnight(9).date(),
                    "period_end_date": midnight(16).date(), "slice_id": "total", "slice_value": "",
                    "slice_label": "", "as_of_at": midnight(day), "period_id": "2026-W11",
                    "sample_count": 0, "excluded_count": 0, "unit": metric.unit, "status": "OK",
                    "status_reason": "", "is_complete": True, "run_id": "run",
                    "computed_at": ASKED_AT,
                }
                for day in days
                for metric in CATALOGUE[:metrics]
            ],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "chosen"),
    [
        ((), None),
        ((15,), None),  # the week is not over on Sunday at midnight
        ((16,), 16),
        ((15, 16, 17), 16),  # the latest up to Monday morning
        ((17, 19), 17),  # a first installation on Tuesday: the earliest after it
        ((23,), None),  # by then another week is the last complete one
    ],
)
def test_the_as_of_is_of_the_week_that_is_meant(
    warehouse: sa.Engine, days: tuple[int, ...], chosen: int | None
) -> None:
    if days:
        computed(warehouse, *days)
        checked(warehouse, ASKED_AT)
    expected = None if chosen is None else midnight(chosen)
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) == expected


def test_a_run_that_is_still_computing_is_waited_for(warehouse: sa.Engine) -> None:
    computed(warehouse, 16, metrics=len(CATALOGUE) - 1)
    checked(warehouse, ASKED_AT)
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) is None


def test_values_that_no_check_has_seen_yet_are_waited_for(warehouse: sa.Engine) -> None:
    """Broken ones are withheld by the check, which comes after the last metric."""
    computed(warehouse, 16)
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) is None
    # A task that was cleared has computed them anew since it last checked them.
    checked(warehouse, ASKED_AT - timedelta(minutes=1))
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) is None
    checked(warehouse, ASKED_AT + timedelta(minutes=1))
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) == midnight(16)


def test_what_keeps_a_report_is_said(warehouse: sa.Engine) -> None:
    waits = "It is waiting for metrics as of Mon 16 Mar 2026, 00:00 EDT or later; "
    assert obstacle(warehouse, ZONE, ASKED_AT).startswith(f"{waits}there are none at all.")
    computed(warehouse, 13, 14)
    checked(warehouse, ASKED_AT)
    newest = (
        f"{waits}the newest are as of Sat 14 Mar 2026, 00:00 EDT. Check whether crm_daily is paused"
    )
    assert obstacle(warehouse, ZONE, ASKED_AT).startswith(newest)
    computed(warehouse, 16)
    assert obstacle(warehouse, ZONE, ASKED_AT).startswith("The week's metrics are there")


def test_a_report_that_is_due_before_anything_ran_waits(warehouse: sa.Engine) -> None:
    """The first run of crm_daily makes the tables."""
    with warehouse.begin() as connection:
        connection.execute(sa.text("drop schema metrics cascade"))
    assert as_of_for_report(warehouse, ZONE, ASKED_AT) is None
    assert "there are none at all" in obstacle(warehouse, ZONE, ASKED_AT)


def test_what_keeps_a_report_cannot_be_said_without_the_warehouse() -> None:
    nowhere = engine_for(f"postgresql://etl@127.0.0.1:{free_port()}/crm")
    with pytest.raises(RetryableError, match="cannot be reached"):
        obstacle(nowhere, ZONE, ASKED_AT)
