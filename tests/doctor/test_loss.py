"""What a hidden field takes from the facts, and what stands in for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.doctor.lineage import Lineage
from include.doctor.loss import HISTORIES, Effect, Loss
from include.doctor.outcome import Kind
from include.metrics.catalogue import CATALOGUE
from include.tables.stage import CURRENT

METRICS = {metric.id: metric for metric in CATALOGUE}
DEAL, LINK = CURRENT["hubspot.deal"].c, CURRENT["hubspot.deal_company"].c
AMOUNT, PROBABILITY, NAME = DEAL.amount_original, DEAL.probability_rate, DEAL.deal_name
HIDDEN = ("hubspot.deal", "properties.amount")
THERE, PART, GONE, NONE = Kind.THERE, Kind.PART, Kind.GONE, Kind.NONE


@pytest.fixture(scope="module")
def lineage(settings) -> Lineage:
    return Lineage(settings)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (AMOUNT, GONE),
        (NAME, THERE),
        (AMOUNT * PROBABILITY, GONE),
        (sa.null() * AMOUNT, NONE),
        (sa.func.lower(NAME), THERE),
        (sa.cast(AMOUNT, sa.Text), GONE),
        (AMOUNT > 5, GONE),
        # True for every deal: nothing is told apart.
        (AMOUNT.is_(None), GONE),
        (sa.func.coalesce(AMOUNT, PROBABILITY), THERE),
        (sa.func.coalesce(PROBABILITY, AMOUNT), THERE),
        # A number for every deal is no amount; a text is what is meant where nothing is said.
        (sa.func.coalesce(AMOUNT, 0), GONE),
        (sa.func.coalesce(PROBABILITY, 0), THERE),
        (sa.func.coalesce(sa.cast(AMOUNT, sa.Text), "USD"), THERE),
        (sa.func.greatest(AMOUNT, PROBABILITY), THERE),
        # Some deals take the other way.
        (sa.case((NAME == "x", AMOUNT), else_=PROBABILITY), PART),
        (sa.case((NAME == "x", AMOUNT), else_=0), GONE),
        (sa.case((NAME == "x", sa.func.coalesce(AMOUNT, 0)), else_=0), GONE),
        (sa.case((AMOUNT > 5, "large"), else_="small"), GONE),
        (sa.case((AMOUNT > 5, 1), (NAME == "x", 2), else_=3), PART),
        (sa.case((AMOUNT.is_(None), 1), else_=0), GONE),
        (sa.case((NAME == "x", PROBABILITY)), THERE),
        (sa.case((NAME == "x", sa.null())), NONE),
        (sa.and_(AMOUNT > 5, NAME == "x"), GONE),
        # Lets in what it should keep out.
        (sa.and_(AMOUNT.is_(None), NAME == "x"), PART),
        (sa.and_(sa.not_(sa.func.coalesce(AMOUNT > 5, sa.false())), NAME == "x"), PART),
        (sa.and_(sa.func.coalesce(sa.cast(AMOUNT, sa.Text), "").not_in(("a",)), NAME == "x"), PART),
        (sa.or_(NAME == "x", AMOUNT > 5), PART),
        (sa.or_(NAME == "x", AMOUNT.is_(None)), GONE),
        (sa.or_(NAME == "x", sa.null()), THERE),
        (sa.func.sum(AMOUNT).over(partition_by=NAME), GONE),
        (sa.func.row_number().over(order_by=AMOUNT), PART),
        (sa.func.count(AMOUNT), GONE),
        (sa.func.sum(sa.case((AMOUNT > 5, 1), else_=0)) > 0, GONE),
        (sa.select(sa.func.max(AMOUNT)).scalar_subquery(), GONE),
        (sa.exists().where(AMOUNT > 5), GONE),
        (sa.select(NAME).where(AMOUNT > 5).subquery().c[0], GONE),
        (sa.select(NAME).where(AMOUNT.is_(None)).subquery().c[0], PART),
    ],
)
def test_an_expression_without_its_field(lineage, expression, expected) -> None:
    found = Loss(lineage, "hubspot", frozenset([HIDDEN]))._of(expression, None)
    assert found.kind is expected
    assert found.causes == ({HIDDEN} if expected in (PART, GONE) else frozenset())
    without = Loss(lineage, "hubspot", frozenset())._of(expression, None)
    assert without.kind in (THERE, NONE)


def test_what_is_joined_by_a_hidden_field_is_gone_and_what_is_joined_to_is_not(lineage) -> None:
    link = sa.select(LINK.deal_id, LINK.company_id).subquery("link")
    fits = sa.cast(AMOUNT, sa.Text) == link.c.deal_id

    def found(source: sa.FromClause, column: sa.ColumnElement) -> Kind:
        loss = Loss(lineage, "hubspot", frozenset([HIDDEN]))
        rows = sa.select(column.label("value")).select_from(source).subquery("rows")
        return loss._of(rows.c.value, None).kind

    deal = CURRENT["hubspot.deal"]
    assert found(deal.outerjoin(link, fits), link.c.company_id) is GONE
    assert found(deal.outerjoin(link, fits), NAME) is THERE
    assert found(deal.join(link, fits), NAME) is GONE


def test_of_an_object_that_is_absent_there_is_nothing_to_lose(lineage) -> None:
    deal = CURRENT["hubspot.deal"]
    link = sa.select(LINK.deal_id, LINK.company_id).subquery("link")
    fits = DEAL.hubspot_deal_id == link.c.deal_id
    absent = frozenset(["hubspot.deal_company"])

    def found(*selects: sa.Select) -> Kind:
        column = sa.union_all(*selects).subquery("rows").c.value
        return Loss(lineage, "hubspot", frozenset([HIDDEN]), absent)._of(column, None).kind

    of_link = sa.select(NAME.label("value")).select_from(deal.join(link, fits))
    of_deal = sa.select(sa.cast(AMOUNT, sa.Text).label("value"))
    assert found(of_link, of_link) is NONE
    # What would be left of it is in the object that is not there.
    assert found(of_link, of_deal) is GONE


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
    assert Loss(lineage, "hubspot", hidden)._of(column, None).kind is GONE
    assert Loss(lineage, "salesforce", hidden)._of(column, None).kind is THERE


def test_some_rows_lost_are_a_part(lineage) -> None:
    some = sa.select(sa.literal("hubspot").label("crm"), AMOUNT.label("value"))
    others = sa.select(sa.literal("hubspot").label("crm"), PROBABILITY.label("value"))
    nothing = sa.select(sa.literal("hubspot").label("crm"), sa.null().label("value"))
    loss = Loss(lineage, "hubspot", frozenset([HIDDEN]))
    assert loss._of(through(some, others), None).kind is PART
    assert loss._of(through(some, nothing), None).kind is GONE
    ledger = sa.select(sa.literal("ledger").label("crm"), PROBABILITY.label("value"))
    assert loss._of(through(some, ledger), None).kind is PART


def test_revenue_is_gone_with_its_amounts(lineage) -> None:
    """The history of amounts does not stand in: it is of the time before the first reading."""
    hidden = ("salesforce.opportunity", "Amount")
    loss = Loss(lineage, "salesforce", frozenset([hidden]))
    assert loss.of_metric(METRICS["revenue"]) == Effect(True, True, frozenset([hidden]))
    assert loss.of_metric(METRICS["close_rate"]) == Effect()
    before = frozenset([("salesforce.opportunity_history", "Amount")])
    only_before = Loss(lineage, "salesforce", before).of_metric(METRICS["revenue"])
    assert only_before == Effect(causes=before)


def test_a_stage_stands_in_for_what_a_deal_does_not_say(lineage) -> None:
    closed = ("hubspot.deal", "properties.hs_is_closed")
    won = ("hubspot.deal", "properties.hs_is_closed_won")
    loss = Loss(lineage, "hubspot", frozenset([closed, won]), HISTORIES)
    assert loss.of_metric(METRICS["close_rate"]) == Effect()


def test_the_currency_of_an_org_with_one_stands_in(lineage) -> None:
    deals = ("salesforce.opportunity", "salesforce.opportunity_history")
    hidden = frozenset((name, "CurrencyIsoCode") for name in deals)
    assert Loss(lineage, "salesforce", hidden).of_metric(METRICS["revenue"]) == Effect()


def test_revenue_schedules_are_a_part_or_all_there_is_of_recurring_revenue(lineage) -> None:
    hidden = frozenset([("salesforce.product", "NumberOfRevenueInstallments")])
    agreements = frozenset(
        f"salesforce.{name}" for name in ("asset_state_period", "contract_line_item")
    )
    with_agreements = Loss(lineage, "salesforce", hidden).of_metric(METRICS["mrr"])
    assert with_agreements == Effect(causes=hidden)
    without = Loss(lineage, "salesforce", hidden, agreements).of_metric(METRICS["mrr"])
    assert without == Effect(True, True, hidden)


def test_nothing_is_lost_without_a_hidden_field(lineage) -> None:
    for crm in ("salesforce", "hubspot"):
        for absent in (frozenset(), HISTORIES):
            loss = Loss(lineage, crm, frozenset(), absent)
            assert all(loss.of_metric(metric) == Effect() for metric in CATALOGUE)
