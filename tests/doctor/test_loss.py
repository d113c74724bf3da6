"""What a hidden field takes from the facts, and what stands in for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.doctor.lineage import Lineage
from include.doctor.loss import Loss, Value
from include.metrics.catalogue import CATALOGUE
from include.tables.stage import CURRENT

METRICS = {metric.id: metric for metric in CATALOGUE}
DEAL = CURRENT["hubspot.deal"].c
AMOUNT, PROBABILITY, NAME = DEAL.amount_original, DEAL.probability_rate, DEAL.deal_name


@pytest.fixture(scope="module")
def lineage(settings) -> Lineage:
    return Lineage(settings)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (AMOUNT, Value.LOST),
        (NAME, Value.THERE),
        (AMOUNT * PROBABILITY, Value.LOST),
        (sa.func.lower(NAME), Value.THERE),
        (AMOUNT.is_(None), Value.LOST),
        (sa.cast(AMOUNT, sa.Text), Value.LOST),
        (sa.func.coalesce(AMOUNT, PROBABILITY), Value.THERE),
        # A constant for every deal is no amount.
        (sa.func.coalesce(AMOUNT, 0), Value.LOST),
        (sa.func.coalesce(PROBABILITY, 0), Value.THERE),
        (sa.case((NAME == "x", AMOUNT), else_=PROBABILITY), Value.LOST),
        (sa.case((AMOUNT > 5, "large"), else_="small"), Value.LOST),
        (sa.case((NAME == "x", PROBABILITY)), Value.THERE),
        (sa.case((NAME == "x", sa.null())), Value.NULL),
        (sa.and_(AMOUNT > 5, NAME == "x"), Value.LOST),
        (sa.or_(NAME == "x", AMOUNT > 5), Value.LOST),
        (sa.or_(NAME == "x", sa.null()), Value.THERE),
        (sa.null() * AMOUNT, Value.NULL),
        (sa.func.sum(AMOUNT).over(partition_by=NAME), Value.LOST),
        (sa.select(sa.func.max(AMOUNT)).scalar_subquery(), Value.LOST),
    ],
)
def test_an_expression_without_its_field(lineage, expression, expected) -> None:
    loss = Loss(lineage, "hubspot", frozenset([("hubspot.deal", "properties.amount")]))
    assert loss._of(expression) is expected


def through(*selects: sa.Select) -> sa.ColumnElement:
    union = sa.union_all(*selects).cte("both")
    again = sa.select(union.c.crm, union.c.value.label("again")).subquery("again")
    return again.c.again


def test_each_crm_is_judged_by_its_own_rows(lineage) -> None:
    hubspot = sa.select(sa.literal("hubspot").label("crm"), AMOUNT.label("value"))
    theirs = CURRENT["salesforce.opportunity"].c.amount_original
    salesforce = sa.select(sa.literal("salesforce").label("crm"), theirs.label("value"))
    column = through(hubspot, salesforce)
    hidden = frozenset([("hubspot.deal", "properties.amount")])
    assert Loss(lineage, "hubspot", hidden)._of(column) is Value.LOST
    assert Loss(lineage, "salesforce", hidden)._of(column) is Value.THERE


def test_some_rows_lost_are_a_loss(lineage) -> None:
    some = sa.select(sa.literal("hubspot").label("crm"), AMOUNT.label("value"))
    others = sa.select(sa.literal("hubspot").label("crm"), sa.null().label("value"))
    hidden = frozenset([("hubspot.deal", "properties.amount")])
    assert Loss(lineage, "hubspot", hidden)._of(through(some, others)) is Value.LOST
    # NULL by design in one place only is nothing of ours.
    assert Loss(lineage, "hubspot", frozenset())._of(through(some, others)) is Value.THERE


def test_revenue_loses_its_amounts(lineage) -> None:
    hidden = ("salesforce.opportunity", "Amount")
    loss = Loss(lineage, "salesforce", frozenset([hidden]))
    assert loss.of_metric(METRICS["revenue"]) == {hidden}
    assert loss.of_metric(METRICS["close_rate"]) == frozenset()


def test_a_stage_stands_in_for_what_a_deal_does_not_say(lineage) -> None:
    closed = ("hubspot.deal", "properties.hs_is_closed")
    won = ("hubspot.deal", "properties.hs_is_closed_won")
    loss = Loss(lineage, "hubspot", frozenset([closed, won]))
    assert loss.of_metric(METRICS["close_rate"]) == frozenset()


def test_nothing_is_lost_without_a_hidden_field(lineage) -> None:
    for crm in ("salesforce", "hubspot"):
        loss = Loss(lineage, crm, frozenset())
        assert all(loss.of_metric(metric) == frozenset() for metric in CATALOGUE)
