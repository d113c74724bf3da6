"""Worked examples of costs that nobody knows, or has entered yet; March 2026 as of 1 April."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import compute, insert, total, values
from tests.metrics.rows import month
from tests.metrics.value_examples import (
    AS_OF,
    MARCH,
    NEW,
    cost,
    ledger,
    new_customers,
    ready,
)


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    return ready(warehouse)


def test_who_has_a_share_of_a_cost_that_is_not_known_says_so(company: sa.Engine) -> None:
    """Salaries in a currency without a rate are no channel's, and all of them were too cheap."""
    ledger(company)
    new_customers(company)
    insert(company, facts.cost, [cost(8, "2026-03-12", None, "acquisition", None)])
    metrics = ["cac", "cac_paid", "cac_by_channel"]
    compute(company, AS_OF, metrics)
    channels = values(company, "cac_by_channel", slice_id="channel", **MARCH)
    # 600 / 2 + 1000 / 5, and a share of what the salaries came to
    assert (channels["paid_search"].value, channels["paid_search"].status) == (500, "PARTIAL")
    assert {channels[name].status for name in NEW} == {"PARTIAL"}
    # It is one cost, whoever has a share of it.
    assert sum(row.excluded_count for row in channels.values()) == 1
    segments = values(company, "cac", slice_id="segment", **MARCH)
    assert (segments["small"].value, segments["small"].status) == (380, "PARTIAL")
    # What channels carry is all known.
    paid = values(company, "cac_paid", slice_id="channel", **MARCH)
    assert {row.status for row in paid.values()} == {"OK"}


def test_a_month_whose_cost_nobody_entered_did_not_cost_nothing(company: sa.Engine) -> None:
    """The ledger of March is filled in on 5 April: until then its customers had come for free."""
    rows = [
        cost(1, "2026-02-10", 400, "acquisition", "event"),
        cost(2, "2026-02-28", 500, "retention", None),
    ]
    insert(company, facts.cost, rows)
    new_customers(company)
    insert(company, facts.mrr_customer_month, [month("A", "2026-02-01", 10)])
    insert(company, facts.mrr_customer_month, [month("A", "2026-03-01", 10)])
    metrics = ["cac", "cac_paid", "cac_by_channel", "crc"]
    compute(company, AS_OF, metrics)
    for row in (total(company, each, "month", "2026-03-01") for each in metrics):
        assert (row.value, row.status) == (None, "NO_DATA"), row.metric_id
        assert row.status_reason.startswith("No such cost is entered for the period"), row.metric_id
    channels = values(company, "cac_by_channel", slice_id="channel", **MARCH)
    assert {row.value for row in channels.values()} == {None}
    # Salaries alone: 1000 / 5, and nothing that a channel carries.
    insert(company, facts.cost, [cost(3, "2026-03-31", 1000, "acquisition", None)])
    compute(company, AS_OF, metrics)
    found = [total(company, each, "month", "2026-03-01").value for each in metrics[:2]]
    assert found == [200, 0]
