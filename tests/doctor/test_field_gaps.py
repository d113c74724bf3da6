"""Since when fields are not read, by the ledger, and what metrics lose by that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from include.doctor.field_gaps import Supply, metric_findings, read_supply, store_metric_findings
from include.doctor.lineage import Lineage
from include.tables import SOURCE_OBJECTS, facts, ops, source_object
from tests.metrics.builders import (
    BEGINNING,
    at,
    build_calendar,
    compute,
    deal,
    insert,
    total,
    window,
)

DEAL, OPPORTUNITY = "hubspot.deal", "salesforce.opportunity"
AMOUNT = (OPPORTUNITY, "Amount")
FIRST, SECOND, THIRD = at("2026-03-10"), at("2026-03-20"), at("2026-04-01")
MARCH, FEBRUARY = ("month", "2026-03-01"), ("month", "2026-02-01")


@pytest.fixture(scope="module")
def lineage(settings) -> Lineage:
    return Lineage(settings)


def read(
    object_id: str,
    end: datetime,
    *,
    without: Iterable[str] = (),
    start: datetime = BEGINNING,
    count: int = 1,
    status: str = "loaded",
) -> dict[str, Any]:
    """A window of the ledger, in which some fields, by the CRM's names, were not shown."""
    mode = "snapshot" if start == BEGINNING else "delta"
    known = {
        field.source.removeprefix("properties."): field for field in source_object(object_id).fields
    }
    return {
        **window(object_id, end, status, start, mode),
        "read_fields": [each.column for name, each in known.items() if name not in without],
        "missing_fields": [known[name].source for name in without],
        "landed_count": count,
    }


def supply(engine: sa.Engine, *rows: dict[str, Any]) -> Supply:
    insert(engine, ops.extract_window, list(rows))
    with engine.connect() as connection:
        return read_supply(connection)


def test_a_field_that_always_was_read_has_no_gap(warehouse) -> None:
    found = supply(warehouse, read(OPPORTUNITY, FIRST), read(OPPORTUNITY, SECOND, start=FIRST))
    assert found.since == {}
    assert OPPORTUNITY not in found.absent


@pytest.mark.parametrize(
    ("rows", "since"),
    [
        ([read(OPPORTUNITY, FIRST, without=["Amount"])], BEGINNING),
        # lost after the first reading
        ([read(OPPORTUNITY, FIRST), read(OPPORTUNITY, SECOND, start=FIRST, without=["Amount"])], FIRST),
        # shown again, but what was read in between is not read again
        (
            [
                read(OPPORTUNITY, FIRST),
                read(OPPORTUNITY, SECOND, start=FIRST, without=["Amount"]),
                read(OPPORTUNITY, THIRD, start=SECOND),
            ],
            FIRST,
        ),
        # until a full reading has it
        ([read(OPPORTUNITY, FIRST, without=["Amount"]), read(OPPORTUNITY, SECOND)], None),
        # one that could not be loaded says nothing
        (
            [
                read(OPPORTUNITY, FIRST),
                read(OPPORTUNITY, SECOND, start=FIRST, without=["Amount"], status="rejected"),
            ],
            None,
        ),
    ],
    ids=["never", "lost", "shown again", "read again", "rejected"],
)  # fmt: skip
def test_since_when_a_field_lacks(warehouse, rows, since) -> None:
    assert supply(warehouse, *rows).since.get(AMOUNT) == since


def test_a_gap_lasts_until_facts_are_built_of_what_fills_it(warehouse) -> None:
    """Another run has read it whole since: no fact has the amounts yet."""
    without, whole = read(OPPORTUNITY, FIRST, without=["Amount"]), read(OPPORTUNITY, SECOND)
    assert supply(warehouse, without, whole | {"is_in_facts": False}).since == {AMOUNT: BEGINNING}


def test_an_object_without_records_is_as_good_as_absent(warehouse) -> None:
    found = supply(
        warehouse,
        read("salesforce.contract", FIRST, count=0),
        read("salesforce.asset", FIRST, count=0),
        read("salesforce.asset", SECOND, start=FIRST, count=3),
    )
    assert {"salesforce.contract", OPPORTUNITY} <= found.absent
    assert "salesforce.asset" not in found.absent


def findings(lineage: Lineage, found: Supply) -> dict[tuple[str, str], dict[str, Any]]:
    """By metric and CRM, of each the last worsening."""
    rows = metric_findings(found, lineage, {})
    return {(row["metric_id"], row["crm"]): row for row in rows}


def test_it_gets_worse_with_every_field(lineage) -> None:
    since = {
        ("salesforce.opportunity_history", "Amount"): BEGINNING,
        AMOUNT: FIRST,
        (OPPORTUNITY, "Probability"): SECOND,
    }
    rows = [
        (row["since_at"], row["is_whole"], row["status"])
        for row in metric_findings(Supply(since, frozenset()), lineage, {})
        if row["metric_id"] == "pipeline_weighted_amount"
    ]
    assert [row[:2] for row in rows][:2] == [(BEGINNING, False), (FIRST, True)]
    assert {row[2] for row in rows} == {"PERMISSION_DENIED"}


def test_what_an_account_need_not_have_is_no_part_missing(lineage) -> None:
    never = {("salesforce.product", "NumberOfRevenueInstallments"): BEGINNING}
    assert findings(lineage, Supply(never, frozenset())) == {}
    lost = {("salesforce.product", "NumberOfRevenueInstallments"): FIRST}
    found = findings(lineage, Supply(lost, frozenset()))["mrr", "salesforce"]
    assert (found["is_whole"], found["status"]) == (False, "PERMISSION_DENIED")


def test_remedies_are_the_doctors(warehouse, settings) -> None:
    insert(warehouse, ops.extract_window, [read(OPPORTUNITY, FIRST, without=["Amount"])])
    said = {
        "crm": "salesforce", "object_name": "opportunity", "field_name": "Amount",
        "status": "forbidden", "message": "m", "remedy": "Grant it.", "checked_at": FIRST,
    }  # fmt: skip
    insert(warehouse, ops.source_finding, [said])
    assert store_metric_findings(warehouse, settings, FIRST) > 0
    finding = ops.metric_finding
    with warehouse.connect() as connection:
        row = connection.execute(sa.select(finding).where(finding.c.metric_id == "revenue")).one()
    assert row.reason == "salesforce.opportunity is read without Amount. Grant it."
    assert (row.is_whole, row.is_absent, row.status) == (True, False, "PERMISSION_DENIED")


@pytest.fixture
def sales(warehouse: sa.Engine) -> sa.Engine:
    """Both CRMs with a deal won in February and one in March; amounts where they could be read."""
    build_calendar(warehouse)
    rows = [
        deal(f"{crm}:{month}", f"2026-{month}-01", f"2026-{month}-25", "won", 10, crm=crm)
        for crm in ("salesforce", "hubspot")
        for month in ("02", "03")
    ]
    insert(warehouse, facts.deal, rows)
    insert(warehouse, ops.extract_window, [read(OPPORTUNITY, FIRST), read(DEAL, THIRD)])
    return warehouse


def outcome(engine: sa.Engine, metric_id: str, *period: str) -> tuple[object, str]:
    row = total(engine, metric_id, *period)
    return row.value, row.status


def test_of_two_crms_the_other_stays_in_part_from_the_loss_on(sales, settings) -> None:
    lost = read(OPPORTUNITY, THIRD, start=FIRST, without=["Amount"])
    insert(sales, ops.extract_window, [lost])
    store_metric_findings(sales, settings, THIRD)
    compute(sales, THIRD, ["revenue", "close_rate"])
    assert outcome(sales, "revenue", *FEBRUARY) == (20, "OK")
    assert outcome(sales, "revenue", *MARCH) == (20, "PARTIAL")
    assert "salesforce.opportunity is read without Amount" in (
        total(sales, "revenue", *MARCH).status_reason
    )
    assert outcome(sales, "close_rate", *MARCH) == (1, "OK")


def test_alone_it_has_no_value_until_everything_is_read_again(sales, settings) -> None:
    with sales.begin() as connection:
        window = ops.extract_window
        connection.execute(sa.delete(window).where(window.c.crm == "hubspot"))
        connection.execute(sa.delete(facts.deal).where(facts.deal.c.crm == "hubspot"))
    lost = read(OPPORTUNITY, THIRD, start=FIRST, without=["Amount"])
    insert(sales, ops.extract_window, [lost])
    store_metric_findings(sales, settings, THIRD)
    compute(sales, THIRD, ["revenue"])
    assert outcome(sales, "revenue", *FEBRUARY) == (10, "OK")
    assert outcome(sales, "revenue", *MARCH) == (None, "PERMISSION_DENIED")
    insert(sales, ops.extract_window, [read(OPPORTUNITY, THIRD)])
    store_metric_findings(sales, settings, THIRD)
    compute(sales, THIRD, ["revenue"])
    assert outcome(sales, "revenue", *MARCH) == (10, "OK")


def test_a_crm_that_never_had_it_leaves_the_other_whole(sales, settings) -> None:
    """What is sold again and again is in HubSpot: an org without revenue schedules is no gap."""
    objects = [s.id for s in SOURCE_OBJECTS if s.id in facts.recurring_line.info["sources"]]
    rows = [read(id_, THIRD) for id_ in (*objects, "hubspot.deal_line_item")]
    hidden = ["NumberOfRevenueInstallments", "RevenueInstallmentPeriod"]
    rows.append(read("salesforce.product", THIRD, without=hidden))
    insert(sales, ops.extract_window, rows)
    store_metric_findings(sales, settings, THIRD)
    compute(sales, THIRD, ["mrr"])
    assert outcome(sales, "mrr", *MARCH) == (0, "OK")
    with sales.begin() as connection:
        window = ops.extract_window
        connection.execute(sa.delete(window).where(window.c.crm == "hubspot"))
    compute(sales, THIRD, ["mrr"])
    assert outcome(sales, "mrr", *MARCH) == (None, "SOURCE_UNAVAILABLE")
    assert total(sales, "mrr", *MARCH).status_reason.startswith(
        "salesforce.product has no NumberOfRevenueInstallments"
    )


def test_records_none_of_which_is_shared_are_not_zero(sales) -> None:
    """The org says it has opportunities, and a full reading brings none."""
    with sales.begin() as connection:
        connection.execute(sa.delete(ops.extract_window))
    insert(sales, ops.extract_window, [read(OPPORTUNITY, THIRD, count=0)])
    said = {
        "crm": "salesforce", "object_name": "opportunity", "field_name": "",
        "status": "forbidden", "message": "None is shared with us.",
        "remedy": "Give View All.", "checked_at": THIRD,
    }  # fmt: skip
    insert(sales, ops.source_finding, [said])
    compute(sales, THIRD, ["revenue"])
    assert outcome(sales, "revenue", *MARCH) == (None, "PERMISSION_DENIED")
    assert total(sales, "revenue", *MARCH).status_reason == (
        "salesforce.opportunity has not been loaded: None is shared with us. Give View All."
    )
