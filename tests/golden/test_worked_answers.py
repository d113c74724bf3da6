"""Every worked example of the metric canon, from records of the CRMs to the value a report prints.

The CRMs are the sandbox; all between them and the values is the product. Each answer is looked for
with Salesforce alone, with HubSpot alone, and with both, where some records are in both.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import facts
from include.tables.stage import CURRENT
from tests.golden import beside, march, subscriptions
from tests.golden.answers import Answer
from tests.golden.conftest import AS_OF, Bookkeeper

pytestmark = pytest.mark.slow


def cases(answers: tuple[Answer, ...]) -> list:
    """Each answer in each variant it holds in."""
    return [
        pytest.param(answer, variant, id=f"{variant}-{answer.id}")
        for variant in ("salesforce", "hubspot", "both")
        for answer in answers
        if variant in answer.crms
    ]


@pytest.mark.parametrize(("answer", "variant"), cases(march.ANSWERS))
def test_march(answer: Answer, variant: str, bookkeeper: Bookkeeper) -> None:
    bookkeeper.of(march, variant).values.check(answer)


@pytest.mark.parametrize(("answer", "variant"), cases(beside.ANSWERS))
def test_beside(answer: Answer, variant: str, bookkeeper: Bookkeeper) -> None:
    bookkeeper.of(beside, variant).values.check(answer)


@pytest.mark.parametrize(("answer", "variant"), cases(subscriptions.RECURRING))
def test_recurring_revenue_of_deal_lines(
    answer: Answer, variant: str, bookkeeper: Bookkeeper
) -> None:
    """The same customers, whose agreements are lines of deals; what was sold once is none."""
    bookkeeper.of_deal_lines(beside, variant).check(answer)


@pytest.mark.parametrize("variant", ["both"])
def test_deals_in_both_crms_count_once_and_none_gets_lost(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """Unified revenue and that of suppressed copies are together what each CRM says for itself."""
    books = bookkeeper.of(march, variant)
    deal, opportunity, entry = (
        facts.deal.c,
        *(CURRENT[name].c for name in ("salesforce.opportunity", "hubspot.deal")),
    )
    stood = (deal.valid_from_at < AS_OF, deal.valid_to_at >= AS_OF, deal.is_won)
    with books.warehouse.connect() as connection:
        unified, suppressed = (
            connection.scalar(sa.select(sa.func.sum(deal.deal_amount)).where(*stood, condition))
            for condition in (deal.is_counted, deal.is_duplicate)
        )
        of_salesforce, of_hubspot = (
            connection.scalar(
                sa.select(sa.func.sum(record.amount_original)).where(
                    record.is_won, sa.not_(record.is_deleted)
                )
            )
            for record in (opportunity, entry)
        )
    # February's 1000 too. In both: O2, O4 and O5. In Salesforce beside: O1; in HubSpot: O10.
    assert (unified, suppressed) == (7000, 5500)
    assert (of_salesforce, of_hubspot) == (1000 + 3000 + 2000 + 500, 3000 + 2000 + 500 + 500)
    assert unified + suppressed == of_salesforce + of_hubspot
