"""What a metric says of an object that a CRM need not have."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import facts, ops
from tests.metrics.builders import at, build_calendar, compute, insert, loaded, total, window
from tests.metrics.rows import fact, month

AS_OF = at("2026-04-01")
MONTH = ("month", "2026-03-01")
SURVEYS = "salesforce.survey_response"


@pytest.fixture
def calendar(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, ["salesforce.opportunity", "salesforce.case"], AS_OF)
    return warehouse


def finding(object_id: str, status: str, field: str = "", **words: str) -> dict[str, object]:
    crm, name = object_id.split(".")
    return {
        "crm": crm, "object_name": name, "field_name": field, "status": status,
        "message": words.get("message", ""), "remedy": words.get("remedy", ""), "checked_at": AS_OF,
    }  # fmt: skip


def outcome(engine: sa.Engine, metric_id: str) -> tuple[object, str, str]:
    row = total(engine, metric_id, *MONTH)
    return row.value, row.status, row.status_reason


def test_nobody_offers_it(calendar: sa.Engine) -> None:
    compute(calendar, AS_OF, ["csat"])
    assert outcome(calendar, "csat") == (
        None, "SOURCE_UNAVAILABLE", "Nothing it is made of has been read from a CRM yet.",
    )  # fmt: skip


def test_the_doctor_says_what_to_grant(calendar: sa.Engine) -> None:
    rows = [
        finding(SURVEYS, "forbidden", message="It may not be read.", remedy="Grant Read on it."),
        finding("hubspot.feedback_submission", "missing", message="Service Hub has it."),
        finding(SURVEYS, "missing", field="Status", message="The field is hidden."),
    ]
    insert(calendar, ops.source_finding, rows)
    compute(calendar, AS_OF, ["csat", "nps"])
    for metric_id in ("csat", "nps"):
        value, status, reason = outcome(calendar, metric_id)
        assert (value, status) == (None, "PERMISSION_DENIED")
        assert reason == (
            "salesforce.survey_response has not been loaded: It may not be read. Grant Read on it. "
            "hubspot.feedback_submission has not been loaded: Service Hub has it."
        )


def test_an_object_that_is_missing_is_unavailable(calendar: sa.Engine) -> None:
    insert(
        calendar,
        ops.source_finding,
        [finding("salesforce.agent_work", "missing", message="Omni-Channel is off.")],
    )
    compute(calendar, AS_OF, ["aht"])
    value, status, reason = outcome(calendar, "aht")
    assert (value, status) == (None, "SOURCE_UNAVAILABLE")
    assert reason == "salesforce.agent_work has not been loaded: Omni-Channel is off."


def test_of_orders_and_invoices_one_is_enough(calendar: sa.Engine) -> None:
    findings = [
        finding("salesforce.order", "missing", message="Orders are off."),
        finding("hubspot.invoice", "forbidden", message="It may not be read."),
    ]
    insert(calendar, ops.source_finding, findings)
    compute(calendar, AS_OF, ["revenue_billed", "revenue"])
    assert outcome(calendar, "revenue_billed") == (
        None, "PERMISSION_DENIED",
        "salesforce.order has not been loaded: Orders are off. "
        "hubspot.invoice has not been loaded: It may not be read.",
    )  # fmt: skip
    # What was agreed needs neither.
    assert outcome(calendar, "revenue") == (0, "OK", "")
    loaded(calendar, ["hubspot.invoice"], AS_OF)
    with calendar.begin() as connection:
        connection.execute(ops.source_finding.delete())
    rows = [
        fact(facts.billing, "1", billed_date="2026-03-05", billing_amount=70),
        fact(facts.billing, "2", billed_date="2026-03-06", billing_amount=None),
    ]
    insert(calendar, facts.billing, rows)
    compute(calendar, AS_OF, ["revenue_billed"])
    assert outcome(calendar, "revenue_billed") == (70, "OK", "")
    row = total(calendar, "revenue_billed", *MONTH)
    assert (row.sample_count, row.excluded_count) == (1, 1)


def test_an_object_found_empty_is_no_problem(calendar: sa.Engine) -> None:
    insert(calendar, ops.source_finding, [finding("salesforce.case", "empty", message="None.")])
    loaded(calendar, [SURVEYS], AS_OF)
    insert(
        calendar,
        facts.survey_response,
        [fact(facts.survey_response, "S", survey_type="csat", responded_date="2026-03-05",
              is_scored=True, is_satisfied=True)],
    )  # fmt: skip
    compute(calendar, AS_OF, ["csat"])
    assert outcome(calendar, "csat") == (1, "OK", "")


def test_what_was_read_once_must_go_on_being_read(calendar: sa.Engine) -> None:
    loaded(calendar, [SURVEYS], at("2026-03-15"))
    insert(
        calendar,
        ops.extract_window,
        [window(SURVEYS, AS_OF, "failed", at("2026-03-15"), "delta", error="The server said 503.")],
    )
    compute(calendar, AS_OF, ["csat"])
    value, status, reason = outcome(calendar, "csat")
    assert (value, status) == (None, "SOURCE_UNAVAILABLE")
    assert reason == (
        "salesforce.survey_response is loaded only up to 2026-03-15 00:00: The server said 503."
    )


def test_what_a_crm_never_had_does_not_make_the_rest_partial(calendar: sa.Engine) -> None:
    loaded(calendar, facts.recurring_line.info["sources"], AS_OF)
    insert(
        calendar,
        ops.extract_window,
        [window("salesforce.asset", AS_OF, "unavailable", error="Not licensed.")],
    )
    line = {"customer_id": "C", "start_date": "2026-01-01", "mrr_amount": 10}
    row = fact(facts.recurring_line, "L", **line)
    insert(calendar, facts.recurring_line, [row])
    compute(calendar, AS_OF, ["mrr"])
    assert outcome(calendar, "mrr") == (10, "OK", "")
    # One that had been read is missed; HubSpot still is there
    loaded(calendar, ["salesforce.contract"], at("2026-03-15"))
    compute(calendar, AS_OF, ["mrr"])
    assert outcome(calendar, "mrr") == (
        10, "PARTIAL", "salesforce.contract is loaded only up to 2026-03-15 00:00.",
    )  # fmt: skip


def test_margin_that_is_not_known_is_no_zero(calendar: sa.Engine) -> None:
    loaded(calendar, facts.recurring_line.info["sources"], AS_OF)
    loaded(calendar, ["salesforce.account"], AS_OF)
    # A cost is known in January, so it is configured; in March nothing was sold.
    rows = [
        fact(facts.deal_line, "L", closed_date="2026-01-10", is_won=True, quantity=1,
             line_amount=100, unit_cost_amount=20),
    ]  # fmt: skip
    insert(calendar, facts.deal_line, rows)
    months = [month("A", "2026-02-01", 10, 10), month("A", "2026-01-01", 10, 10)]
    months += [month("B", "2026-01-01", 10, 10), month("B", "2026-02-01", 0, 10)]
    months.append(month("A", "2026-03-01", 10, 10))
    insert(calendar, facts.mrr_customer_month, months)
    compute(calendar, AS_OF, ["clv"])
    assert outcome(calendar, "clv") == (
        None, "NO_DATA", "Part of what it is made of is not known for the period.",
    )  # fmt: skip
