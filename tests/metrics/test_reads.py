"""Columns a metric and its slices read, by their own expressions."""

from __future__ import annotations

from include.metrics.catalogue import CATALOGUE
from include.metrics.reads import columns_of_slice, columns_read
from include.metrics.slices import CHANNEL, TEAM

METRICS = {metric.id: metric for metric in CATALOGUE}


def test_a_metric_reads_what_it_sums_and_chooses_by() -> None:
    assert columns_read(METRICS["revenue"]) == {
        f"deal.{name}"
        for name in (
            "closed_date", "deal_amount", "is_counted", "is_won", "valid_from_at", "valid_to_at",
        )
    }  # fmt: skip


def test_a_metric_of_a_prepared_table_reads_what_that_is_made_of() -> None:
    read = columns_read(METRICS["retention_rate"])
    assert {"mrr_customer_month.is_active", "mrr_customer_month.month_end_date"} <= read
    assert all(column.startswith("mrr_customer_month.") for column in read)


def test_slices_read_a_column_of_the_fact_or_of_what_its_key_names() -> None:
    assert columns_of_slice(METRICS["revenue"], CHANNEL) == {"deal.channel"}
    assert columns_of_slice(METRICS["revenue"], TEAM) == {"deal.owner_user_id", "user.team_name"}


def test_every_metric_and_slice_reads_something() -> None:
    for metric in CATALOGUE:
        assert columns_read(metric), metric.id
        for cut in metric.slices:
            columns_of_slice(metric, cut)
