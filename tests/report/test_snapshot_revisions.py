"""When a rendering is the same snapshot, replaces it, or revises what readers have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.tables.metrics import computed_period, restatement
from include.tables.ops import extract_window
from include.tables.reports import snapshot as snapshot_table
from tests.report.metric_rows import AS_OF, WEEK, healthy_sources, insert, row
from tests.report.renderings import Rows, cells, mark_sent, plain, rendered


def test_the_same_figures_are_the_same_revision(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse)
    again = rendered(warehouse, berlin, run_id="render-2", as_of_at=AS_OF + timedelta(days=1))
    assert again == first  # what readers have stays what is on record


def test_before_it_was_sent_a_rendering_replaces_the_last(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    rendered(warehouse, berlin)
    with warehouse.begin() as connection:
        connection.execute(sa.text("update metrics.value_state set value = value * 2"))
    mark_sent(warehouse, status="failed_temporarily")
    again = rendered(warehouse, berlin, run_id="render-2")
    assert again.revision == 1
    assert cells(warehouse)["card.revenue.value"] == "€924k"
    with warehouse.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(snapshot_table)) == 1


def test_what_is_written_while_a_report_is_read_is_not_half_in_it(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Figures are read first; then all that they rest on goes away, as when days are recomputed."""
    insert(warehouse, rows)
    healthy_sources(warehouse)
    first = rendered(warehouse, berlin)
    other = sa.create_engine(warehouse.url)
    meanwhile = []

    @sa.event.listens_for(warehouse, "after_cursor_execute")
    def after_the_figures(*arguments: Any) -> None:
        if "metric_value" in arguments[2] and not meanwhile:
            with other.begin() as connection:
                meanwhile.append(connection.execute(extract_window.delete()).rowcount)

    again = rendered(warehouse, berlin)
    other.dispose()
    assert meanwhile == [4]
    assert again == first
    # Read once more, the report says that nothing is known of the CRMs.
    assert rendered(warehouse, berlin).html != first.html


@pytest.mark.parametrize("status", ["sent", "in_flight", "unknown"])
def test_after_it_was_sent_other_figures_are_a_revision(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, status: str
) -> None:
    insert(warehouse, rows)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse, status=status)
    insert(warehouse, [row("revenue", WEEK, "480000", sample_count=28, as_of_at=AS_OF)])
    second = rendered(warehouse, berlin, run_id="render-2")
    third = rendered(warehouse, berlin, run_id="render-3")
    assert (first.revision, second.revision, third.revision) == (1, 2, 2)
    # With the new leads above usual it would be longer than a phone shows.
    assert plain(second.subject) == "[Revised] CRM week 46: won revenue €480k, up 19.3%"
    # Not every reader has the mail that is revised.
    assert "mail you have" not in second.html
    assert "Won revenue: €480k, was €462k." in plain(second.plain_text)
    assert cells(warehouse, 1)["card.revenue.value"] == "€462k"
    assert cells(warehouse, 2)["card.revenue.value"] == "€480k"


def test_a_figure_that_is_only_compared_with_another_is_not_called_a_detail_below(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """The week before was corrected: on the card `+14.8%` became `+2.7%`, and the mail said that no
    card had changed.
    """
    insert(warehouse, rows)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse)
    insert(warehouse, [row("revenue", WEEK.back(1), "450000", sample_count=26, as_of_at=AS_OF)])
    second = rendered(warehouse, berlin, run_id="render-2")
    # 462,000 on 402,481 and on 450,000.
    assert "week before: ▲ +14.8% (€402k)" in plain(first.plain_text)
    assert "week before: ▲ +2.7% (€450k)" in plain(second.plain_text)
    said = "Same figure, but what it is based on or compared with has changed: Won revenue."
    assert f"CHANGED SINCE THIS WEEK WAS LAST MAILED {said}" in plain(second.plain_text)
    assert "No figure on a card" not in second.plain_text


@pytest.mark.parametrize("is_below", [True, False])
def test_a_change_on_no_card_is_called_that(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, is_below: bool
) -> None:
    insert(warehouse, rows)
    rendered(warehouse, berlin)
    mark_sent(warehouse)
    with warehouse.begin() as connection:
        if is_below:
            changed = (
                "update metrics.value_state set value = value + 1000 where slice_id = 'channel'"
            )
            connection.execute(sa.text(changed))
        else:
            week_44 = {
                "metric_id": "revenue", "grain": "week", "period_start_date": WEEK.back(2).start,
                "slice_id": "total", "slice_value": "", "as_of_at": AS_OF + timedelta(hours=12),
                "previous_as_of_at": AS_OF, "previous_value": "371000", "value": "376962",
                "reason": "late_data", "run_id": "r",
            }  # fmt: skip
            connection.execute(restatement.insert(), week_44)
    text = plain(rendered(warehouse, berlin, as_of_at=AS_OF + timedelta(days=1)).plain_text)
    said = "CHANGED SINCE THIS WEEK WAS LAST MAILED No figure on a card; only earlier weeks, or details below the cards."
    assert said in text
    # Level 388,000 - 2 x 519.23 less 5,000 x 2 is 376,962.
    assert ("EARLIER WEEKS REVISED Won revenue, week 44: €377k" in text) == (not is_below)


def test_figures_that_turn_back_withdraw_the_revision_nobody_got(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse)
    wrong = row("revenue", WEEK, "480000", sample_count=28, as_of_at=AS_OF)
    insert(warehouse, [wrong])
    assert rendered(warehouse, berlin).revision == 2
    with warehouse.begin() as connection:
        connection.execute(computed_period.delete().where(computed_period.c.as_of_at == AS_OF))
    assert rendered(warehouse, berlin) == first
    assert cells(warehouse, 2) == {}


def test_two_renderings_at_once_are_one_snapshot(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    with ThreadPoolExecutor(3) as workers:
        runs = [workers.submit(rendered, warehouse, berlin) for _ in range(3)]
        made = [run.result() for run in runs]
    assert {one.revision for one in made} == {1}
    assert len({one.html for one in made}) == 1
