"""Metric values: the only table a report reads numbers from."""

from __future__ import annotations

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

metric_value = sa.Table(
    "metric_value",
    metadata,
    text("metric_id", "The metric, as in the catalogue.", primary_key=True),
    text(
        "grain", "day, week, month, quarter, year, fiscal_quarter, fiscal_year.", primary_key=True
    ),
    day("period_start_date", "First day of the period.", primary_key=True),
    text(
        "slice_id", "total, or what it is cut by: owner, role, channel and so on.", primary_key=True
    ),
    text("slice_value", "The member of the slice; empty for total.", primary_key=True),
    instant("as_of_at", "The value is as the CRMs stood at this instant.", primary_key=True),
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
    text("run_id", "The run that computed it.", nullable=False),
    instant("computed_at", "When.", nullable=False),
    schema="metrics",
    comment="One row per metric, grain, period, slice member and as-of.",
)
sa.Index("ix_metric_value_as_of", metric_value.c.as_of_at)
# A metric's totals are few among its slices, and say which periods have been computed as of when.
sa.Index(
    "ix_metric_value_metric_id",
    metric_value.c.metric_id,
    metric_value.c.slice_id,
    metric_value.c.as_of_at,
)

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
        "metric's own record is another. other: none of these, such as another owner; and always "
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
    schema="metrics",
    comment="One row per metric and as-of it was computed as of.",
)
