"""Metric values: the only table a report reads numbers from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, metadata, number, text

# After section 0.3 of the metric canon. WITHHELD: a critical expectation on what the value reads
# failed, so the value is not to be trusted.
STATUSES = (
    "OK",
    "PARTIAL",
    "NO_DATA",
    "ZERO_DENOMINATOR",
    "SOURCE_UNAVAILABLE",
    "PERMISSION_DENIED",
    "NOT_CONFIGURED",
    "INSUFFICIENT_HISTORY",
    "SUPPRESSED_SMALL_N",
    "WITHHELD",
)

computed_period = sa.Table(
    "computed_period",
    metadata,
    text("metric_id", "The metric, as in the catalogue.", primary_key=True),
    text(
        "grain", "day, week, month, quarter, year, fiscal_quarter, fiscal_year.", primary_key=True
    ),
    day("period_start_date", "First day of the period.", primary_key=True),
    instant("as_of_at", "It was computed as of this instant.", primary_key=True),
    flag("is_complete", "The period had ended as of then.", nullable=False),
    text("run_id", "The run that computed it.", nullable=False),
    instant("computed_at", "When.", nullable=False),
    schema="metrics",
    comment="One row per metric, grain, period and as-of it was computed as of.",
)
sa.Index("ix_computed_period_as_of", computed_period.c.as_of_at, computed_period.c.metric_id)

value_state = sa.Table(
    "value_state",
    metadata,
    text("metric_id", "The metric, as in the catalogue.", primary_key=True),
    text("grain", "Grain of the period.", primary_key=True),
    day("period_start_date", "First day of the period.", primary_key=True),
    text(
        "slice_id", "total, or what it is cut by: owner, role, channel and so on.", primary_key=True
    ),
    text("slice_value", "The member of the slice; empty for total.", primary_key=True),
    instant(
        "as_of_at",
        "The first as-of it is the value of; so it is of all later ones until until_as_of_at that "
        "computed_period has.",
        primary_key=True,
    ),
    instant(
        "until_as_of_at",
        "The first as-of it no longer is the value of; 9999-12-31 while it stands.",
        nullable=False,
    ),
    day("period_end_date", "First day after the period.", nullable=False),
    text("period_id", "Name of the period, such as 2026-W46.", nullable=False),
    text("slice_label", "Name of the member as printed; empty for total.", nullable=False),
    number("numerator", "What is counted or summed."),
    number("denominator", "What it is divided by; NULL where the metric is not a ratio."),
    number("value", "The headline; NULL unless the status lets it be printed."),
    number("mean_value", "Mean, for distributions."),
    number("median_value", "Median, for distributions."),
    number("p90_value", "90th percentile, linear, for distributions."),
    count("sample_count", "Events the value rests on.", nullable=False),
    count(
        "excluded_count",
        "Events left out because their own data is impossible or missing.",
        nullable=False,
    ),
    text("unit", "money, count, rate, ratio, days, months, seconds, points.", nullable=False),
    text(
        "status", "OK, or why there is no value, or why it is to be read with care.", nullable=False
    ),
    text("status_reason", "The status in words; empty when OK.", nullable=False),
    flag("is_complete", "The period had ended as of then.", nullable=False),
    schema="metrics",
    comment="One row per metric, grain, period, slice member and as-ofs of which its value is the "
    "same. Nearly all values of a day are those of the day before. Read it through metric_value.",
)


def _values() -> sa.Select[Any]:
    """One row per metric, grain, period, slice member and as-of."""
    state, computed = value_state.c, computed_period.c
    key = ("metric_id", "grain", "period_start_date")
    stood = sa.and_(
        *(computed[name] == state[name] for name in key),
        state.as_of_at <= computed.as_of_at,
        state.until_as_of_at > computed.as_of_at,
    )
    columns: list[sa.ColumnElement[Any]] = [
        computed.as_of_at if column.name == "as_of_at" else column
        for column in value_state.c
        if column.name != "until_as_of_at"
    ]
    return sa.select(*columns, computed.run_id, computed.computed_at).join_from(
        computed_period, value_state, stood
    )


CREATE_METRIC_VALUE = sa.schema.CreateView(_values(), "metric_value", schema="metrics")
# What everybody reads: the states, each as often as there are as-ofs it is the value of.
metric_value = CREATE_METRIC_VALUE.table
sa.event.listen(metadata, "after_create", CREATE_METRIC_VALUE)

restatement = sa.Table(
    "restatement",
    metadata,
    text("metric_id", "The metric.", primary_key=True),
    text("grain", "Grain of the period.", primary_key=True),
    day("period_start_date", "First day of the period.", primary_key=True),
    text("slice_id", "total, or what it is cut by.", primary_key=True),
    text("slice_value", "The member of the slice; empty for total.", primary_key=True),
    instant("as_of_at", "The as-of whose value replaced an earlier one.", primary_key=True),
    instant("previous_as_of_at", "The as-of of the value that was replaced.", nullable=False),
    number("previous_value", "The value that was replaced."),
    number("value", "The value that replaced it."),
    text(
        "reason",
        "Why, by what became of the deals between the two as-ofs: deleted, merged, reopened, "
        "changed_close_date, amount_changed, late_data (it happened, or became known, only after "
        "the older as-of); that of most deals where there are several. definition_changed: the "
        "metric's own record is another, or the choices in include/config it rests on. other: none of these, such as another owner; and always "
        "where a metric does not read deals by the day they were created or closed.",
        nullable=False,
        server_default="other",
    ),
    text("run_id", "The run that noticed.", nullable=False),
    schema="metrics",
    comment="One row per closed period whose value changed after it had been computed.",
)

metric_definition = sa.Table(
    "metric_definition",
    metadata,
    text("metric_id", "The metric.", primary_key=True),
    instant("as_of_at", "The as-of it was computed as of.", primary_key=True),
    text(
        "definition_hash",
        "Hash of the metric's record, to tell a value that changed because its meaning did.",
        nullable=False,
    ),
    text(
        "choices_hash",
        "Hash of the choices in include/config that the facts it reads rest on; NULL where nobody kept it.",
    ),
    schema="metrics",
    comment="One row per metric and as-of it was computed as of.",
)
