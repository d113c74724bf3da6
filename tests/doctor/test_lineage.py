"""Fact columns are followed back to the fields of the CRMs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.doctor.lineage import Lineage
from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS, facts

METRICS = {metric.id: metric for metric in CATALOGUE}


@pytest.fixture(scope="module")
def lineage(settings) -> Lineage:
    return Lineage(settings)


def test_an_amount_comes_from_both_crms_and_from_history(lineage) -> None:
    found = lineage.of_expressions([facts.deal.c.deal_amount_original])
    assert {
        ("salesforce.opportunity", "Amount"),
        ("salesforce.opportunity_history", "Amount"),
        ("hubspot.deal", "properties.amount"),
    } <= found
    # Nothing but amounts, and the instants that say which state of a deal one belongs to.
    assert ("salesforce.opportunity", "CloseDate") not in found
    assert ("hubspot.deal", "properties.dealname") not in found


def test_an_expression_is_made_of_all_its_columns(lineage) -> None:
    deal = facts.deal.c
    both = lineage.of_expressions([sa.case((deal.is_won, deal.deal_amount_original), else_=0)])
    assert both == lineage.of_expressions([deal.is_won, deal.deal_amount_original])
    assert ("salesforce.opportunity", "IsWon") in both


def test_a_fact_made_of_other_facts_is_followed_through_them(lineage) -> None:
    """Whether a HubSpot deal is won may come from its stage, which is a fact of its own."""
    assert ("hubspot.deal_stage", "metadata.probability") in lineage.of_expressions(
        [facts.deal.c.is_won]
    )


def test_metrics_differ_by_what_their_expressions_read(lineage) -> None:
    revenue, weighted = (
        lineage.of_metric(METRICS[id_]) for id_ in ("revenue", "pipeline_weighted_amount")
    )
    close_rate = lineage.of_metric(METRICS["close_rate"])
    probability = ("salesforce.opportunity", "Probability")
    assert probability in weighted
    assert probability not in revenue
    assert ("salesforce.opportunity", "Amount") in revenue
    assert ("salesforce.opportunity", "Amount") not in close_rate
    assert ("salesforce.opportunity", "IsWon") in close_rate


def test_every_metric_comes_from_fields_we_read(lineage) -> None:
    known = {(source.id, field.source) for source in SOURCE_OBJECTS for field in source.fields}
    for metric in CATALOGUE:
        assert lineage.of_metric(metric) <= known
    without = [metric.id for metric in CATALOGUE if not lineage.of_metric(metric)]
    assert without == []
