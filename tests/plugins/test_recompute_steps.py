"""Computing past days again, through Airflow's connections."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.errors import ConfigurationError, StopError
from include.metrics.compute import compute_metrics
from include.tables import SOURCE_OBJECTS, facts
from include.tables.metrics import computed_period, metric_value
from include.tables.ops import METRICS_SUITE, expectation_result, extract_window
from tests.metrics.builders import at, build_calendar, deal, insert, loaded
from tests.plugins.conftest import answer_at_warehouse


@pytest.fixture(autouse=True)
def installation(warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse with a deal that was won for 100 and corrected to 70 two days later."""
    answer_at_warehouse(monkeypatch, warehouse)
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path))
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    corrected_at = at("2026-02-12T12:00")
    insert(
        warehouse,
        facts.deal,
        [
            deal("A", "2026-01-05", "2026-02-10", "won", 100, known_until=corrected_at),
            deal("A", "2026-01-05", "2026-02-10", "won", 70, known_from=corrected_at),
        ],
    )  # fmt: skip


def test_each_day_has_the_value_it_would_have_shown(warehouse: sa.Engine) -> None:
    from crm_airflow.recompute_steps import recompute

    written = recompute(date(2026, 2, 11), date(2026, 2, 13), ["revenue"], "again")
    value = metric_value.c
    with warehouse.connect() as connection:
        rows = connection.execute(
            sa.select(value.as_of_at, value.value).where(
                value.slice_id == "total", value.grain == "month",
                value.period_start_date == date(2026, 2, 1),
            ).order_by(value.as_of_at)
        ).all()  # fmt: skip
        assert connection.scalar(sa.select(sa.func.count()).select_from(metric_value)) == written
        assert set(connection.scalars(sa.select(value.run_id))) == {"again"}
    # Days end at midnight in New York, five hours behind UTC; the correction came on the 12th.
    assert [(row.as_of_at, row.value) for row in rows] == [
        (datetime(2026, 2, 12, 5, tzinfo=UTC), 100),
        (datetime(2026, 2, 13, 5, tzinfo=UTC), 70),
        (datetime(2026, 2, 14, 5, tzinfo=UTC), 70),
    ]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 2, 13), date(2026, 2, 12), "2026-02-12, is before the first, 2026-02-13"),
        (date(2026, 2, 13), date(2100, 1, 1), "2100-01-01 has not ended"),
    ],
)
def test_days_that_cannot_be_are_refused_by_name(first: date, last: date, words: str) -> None:
    from crm_airflow.recompute_steps import recompute

    with pytest.raises(StopError, match=words):
        recompute(first, last, None, "again")


def test_a_metric_that_does_not_exist_is_named() -> None:
    from crm_airflow.recompute_steps import recompute

    with pytest.raises(ConfigurationError, match="There is no metric revnue"):
        recompute(date(2026, 2, 11), date(2026, 2, 11), ["revnue"], "again")


def test_days_count_as_checked_once_all_that_is_broken_is_withheld(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report may wait for one of these days: it must not print it before its check."""
    from crm_airflow.recompute_steps import recompute
    from include.metrics import withhold

    checked: list[datetime] = []

    def break_off_at_the_second(engine: sa.Engine, as_of_at: datetime, reasons: object) -> None:
        checked.append(as_of_at)
        if len(checked) == 2:
            raise RuntimeError

    kept = sa.select(sa.func.count()).where(expectation_result.c.suite == METRICS_SUITE)
    monkeypatch.setattr(withhold, "withhold", break_off_at_the_second)
    with pytest.raises(RuntimeError):
        recompute(date(2026, 2, 11), date(2026, 2, 12), ["revenue"], "again")
    with warehouse.connect() as connection:
        assert connection.scalar(kept) == 0
    recompute(date(2026, 2, 11), date(2026, 2, 12), ["revenue"], "again")
    with warehouse.connect() as connection:
        assert connection.scalar(kept)


def test_what_a_stopped_try_writes_after_the_next_one_was_checked_is_not_checked(
    warehouse: sa.Engine,
) -> None:
    """It writes values again that the check has withheld, and may be ended before its own check."""
    from crm_airflow import steps
    from crm_airflow.recompute_steps import recompute

    began_at, day = steps.now(), date(2026, 2, 11)
    recompute(day, day, ["revenue"], "again")
    newest, oldest = (
        sa.select(sa.func.max(expectation_result.c.checked_at)).scalar_subquery(),
        sa.select(sa.func.min(computed_period.c.computed_at)).scalar_subquery(),
    )
    with warehouse.connect() as connection:
        assert connection.scalar(sa.select(newest > oldest))
    calendar = steps.settings().calendar
    as_of_at = datetime(2026, 2, 12, 5, tzinfo=UTC)
    compute_metrics(warehouse, calendar, as_of_at, "again", began_at, ["revenue"])
    with warehouse.connect() as connection:
        assert connection.scalar(sa.select(newest < oldest))


def test_facts_that_lack_what_was_read_since_are_refused(warehouse: sa.Engine) -> None:
    """The task `facts` failed: the ledger has the day, and no value would say that facts do not."""
    from crm_airflow.recompute_steps import recompute

    day = (date(2026, 2, 11), date(2026, 2, 11), ["revenue"], "again")
    is_of_tickets = extract_window.c.crm == "hubspot", extract_window.c.object_name == "ticket"

    def built(is_in_facts: bool) -> None:
        changed = extract_window.update().where(*is_of_tickets).values(is_in_facts=is_in_facts)
        with warehouse.begin() as connection:
            connection.execute(changed)

    built(False)
    with pytest.raises(StopError, match=r"since hubspot\.ticket were read.*clear `facts`"):
        recompute(*day)
    built(True)
    assert recompute(*day) > 0
