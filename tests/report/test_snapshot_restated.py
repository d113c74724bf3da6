"""What a report says of earlier weeks whose figures have changed since they were mailed."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from include.core.settings import Settings
from include.report.caveats import REASON_WORDS
from include.tables.metrics import computed_period, restatement, value_state
from include.tables.reports import snapshot
from tests.report.metric_rows import AS_OF, RUN, SHAPES, WEEK, insert, replaced, row
from tests.report.renderings import Rows, mark_sent, plain, rendered


def test_revised_weeks_are_told_once_and_only_when_a_reader_would_see_it(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    for metric_id, weeks, now in (
        ("revenue", 1, "391000"),
        ("revenue", 2, "401000"),
        ("revenue", 3, "380000"),
        ("close_rate", 1, "0.254"),
    ):
        replaced(rows, metric_id, WEEK.back(weeks), value=now)
    insert(warehouse, rows)
    changes = [
        ("revenue", 1, 2, "371000", "380000", "late_data"),
        # Later: told as one, 371 to 391.
        ("revenue", 1, 1, "380000", "391000", "changed_close_date"),
        ("revenue", 2, 1, "400000", "401000", "deleted"),  # 0.25 %: too small
        ("revenue", 3, 1, "400000", "380000", "other"),  # nothing to say of why
        ("close_rate", 1, 1, "0.250", "0.254", "reopened"),  # 0.4 points: too small
        ("leads_generated", 20, 1, "100", "200", "other"),  # too long ago to be remembered
        ("lead_to_customer_rate", 1, 1, "0.02", "0.05", "other"),  # only grew older
    ]
    with warehouse.begin() as connection:
        connection.execute(
            restatement.insert(),
            [
                {
                    "metric_id": metric_id,
                    "grain": "week",
                    "period_start_date": WEEK.back(weeks).start,
                    "slice_id": "total",
                    "slice_value": "",
                    "as_of_at": AS_OF - timedelta(days=days),
                    "previous_as_of_at": AS_OF - timedelta(days=days + 1),
                    "previous_value": old,
                    "value": new,
                    "reason": reason,
                    "run_id": RUN,
                }
                for metric_id, weeks, days, old, new, reason in changes
            ],
        )
    text = plain(rendered(warehouse, berlin).plain_text)
    told = text.split("EARLIER WEEKS REVISED")[1].split("WHAT CHANGED")[0]
    assert told.strip() == (
        "Won revenue, week 45: €391k, was €371k (late data, changed close date). "
        "Won revenue, week 43: €380k, was €400k."
    )


def test_a_revision_is_told_since_the_last_mail_and_not_since_one_that_was_held(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    replaced(rows, "revenue", WEEK.back(2), value="391000")
    insert(warehouse, rows)
    day, before = timedelta(days=1), WEEK.back(1)
    rendered(warehouse, berlin)
    changed = {
        "metric_id": "revenue", "grain": "week", "period_start_date": WEEK.back(2).start,
        "slice_id": "total", "slice_value": "", "as_of_at": AS_OF - 4 * day,
        "previous_as_of_at": AS_OF - 5 * day, "previous_value": "371000", "value": "391000",
        "reason": "late_data", "run_id": RUN,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(restatement.insert(), changed)
        connection.execute(
            sa.update(snapshot).values(period_id=before.period_id, as_of_at=AS_OF - 3 * day)
        )
    assert "€391k, was €371k" in plain(rendered(warehouse, berlin).plain_text)
    mark_sent(warehouse, week=before)
    assert "€391k, was €371k" not in plain(rendered(warehouse, berlin).plain_text)


def test_a_week_whose_mail_was_wrong_is_told_when_its_day_is_computed_anew(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """A repair of the day a mail stood at leaves no restatement after it: its readers have the paper."""
    before, later = WEEK.back(1), WEEK.back(-1)
    mailed_at, repaired_at = AS_OF - timedelta(days=7), AS_OF - timedelta(days=3)
    as_of = {"as_of_at": mailed_at, "computed_at": mailed_at}
    rate = row("close_rate", before, Decimal(4) / 11, sample_count=11, **as_of)
    insert(warehouse, [*rows, row("revenue", before, "371000", **as_of), rate])
    rendered(warehouse, berlin, as_of_at=mailed_at, rendered_at=mailed_at)
    mark_sent(warehouse, week=before)
    assert "EARLIER WEEKS REVISED" not in plain(rendered(warehouse, berlin).plain_text)

    # Mailed as 371 and 4 of 11; computed anew as of then, and as of ever after, it is 391 and 3 of 11.
    with warehouse.begin() as connection:
        for metric_id, anew in (
            ("revenue", {"value": 391000, "numerator": 391000}),
            ("close_rate", {"value": Decimal(3) / 11, "numerator": 3}),
        ):
            for table, changed in (
                (value_state, anew),
                (computed_period, {"computed_at": repaired_at}),
            ):
                is_of_week = table.c.period_start_date == before.start
                connection.execute(
                    table.update().where(table.c.metric_id == metric_id, is_of_week).values(changed)
                )
    told = (
        "EARLIER WEEKS REVISED Won revenue, week 45: €391k, was €371k. "
        "Close rate, week 45: 3 of 11, was 4 of 11."
    )
    assert told in plain(rendered(warehouse, berlin).plain_text)
    mark_sent(warehouse)
    # The mail of the week after knows that readers were told.
    insert(warehouse, [row(metric_id, later, "0.5") for metric_id in SHAPES])
    after = plain(
        rendered(
            warehouse,
            berlin,
            as_of_at=AS_OF + timedelta(days=7),
            rendered_at=AS_OF + timedelta(days=7),
        ).plain_text
    )
    assert "WEEK 47" in after
    assert "was €371k" not in after


def test_a_rate_of_few_events_is_revised_in_counts_as_its_card_prints_it(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """The mail of the week said `4 of 11`; the one after said that it had been 36.4%."""
    before, day = WEEK.back(1), timedelta(days=1)
    replaced(
        rows, "close_rate", before, value=Decimal(3) / 12, sample_count=12, as_of_at=AS_OF - day
    )
    first = {"sample_count": 11, "as_of_at": AS_OF - 3 * day}
    insert(warehouse, [*rows, row("close_rate", before, Decimal(4) / 11, **first)])
    changed = {
        "metric_id": "close_rate", "grain": "week", "period_start_date": before.start,
        "slice_id": "total", "slice_value": "", "as_of_at": AS_OF - day,
        "previous_as_of_at": AS_OF - 2 * day, "previous_value": Decimal(4) / 11,
        "value": Decimal(3) / 12, "reason": "reopened", "run_id": RUN,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(restatement.insert(), changed)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert (
        "EARLIER WEEKS REVISED Close rate, week 45: 3 of 12, was 4 of 11 (reopened). WHAT" in text
    )


def test_every_reason_of_a_restatement_has_its_words() -> None:
    said = restatement.c.reason.comment
    assert set(REASON_WORDS) == {
        word for word in re.findall(r"[a-z]+(?:_[a-z]+)*", said) if "_" in word
    } | {"deleted", "merged", "reopened"}
    assert set(REASON_WORDS.values()) == {word.replace("_", " ") for word in REASON_WORDS}
