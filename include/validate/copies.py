"""Rules on deals both CRMs hold, of which one copy counts and the other may have what it lacks."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables import facts
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT
from include.validate.counts import CountedRule
from include.validate.recurring import STILL

LINES = (
    "a won deal that both CRMs hold has lines in the CRM that counts, if it has any: of others what "
    "was sold is in neither recurring revenue nor margins; sync the products, or let the CRM that has "
    "them be the system of record for deals"
)
ONE_COPY = (
    "no two deals of HubSpot name one opportunity as theirs: where Salesforce counts, both are left out, "
    "a clone too that is a sale of its own; where HubSpot counts, both count; clear the opportunity in the "
    "one that is not its copy, or delete it"
)


def lines_of_copies() -> CountedRule:
    """Won deals left out for their copy that have lines, and those of them whose copy has none.

    A warning: revenue is that of the copy all the same.
    """
    deal, pair = facts.deal, _pairs()
    own, other = _with_lines("own"), _with_lines("other")
    source = (
        deal.join(own, own.c.deal_id == deal.c.deal_id)
        .join(pair, pair.c.deal_id == deal.c.deal_id)
        .outerjoin(other, other.c.deal_id == pair.c.other_id)
    )
    return CountedRule(
        LINES,
        ("deal_line.line_amount", "recurring_line.mrr_amount"),
        "warning",
        sa.select(
            sa.func.count().label("checked_count"),
            sa.func.sum(sa.case((other.c.deal_id.is_(None), 1), else_=0)).label("unexpected_count"),
        )
        .select_from(source)
        .where(deal.c.valid_to_at == STILL, deal.c.is_won, deal.c.is_duplicate),
    )


def one_copy() -> CountedRule:
    """Opportunities that deals of HubSpot name, and those of them that several do.

    A warning: who cloned a deal, and who synced it twice, the CRMs do not tell apart.
    """
    copy, opportunity = CURRENT["hubspot.deal"], CURRENT["salesforce.opportunity"]
    salesforce_id = short_id(opportunity.c.salesforce_opportunity_id)
    named = (
        sa.select(salesforce_id.label("salesforce_id"), sa.func.count().label("copy_count"))
        .select_from(
            copy.join(opportunity, short_id(copy.c.salesforce_opportunity_id) == salesforce_id)
        )
        .where(~copy.c.is_deleted)
        .group_by(salesforce_id)
        .subquery("named")
    )
    return CountedRule(
        ONE_COPY,
        ("deal.deal_amount",),
        "warning",
        sa.select(
            sa.func.count().label("checked_count"),
            sa.func.sum(sa.case((named.c.copy_count > 1, 1), else_=0)).label("unexpected_count"),
        ),
    )


def _pairs() -> sa.Subquery:
    """One row per deal with a copy in the other CRM: deal_id, other_id."""
    copy, opportunity = CURRENT["hubspot.deal"], CURRENT["salesforce.opportunity"]
    hubspot_id = sa.literal("hubspot:", sa.Text).concat(copy.c.hubspot_deal_id)
    salesforce_id = sa.literal("salesforce:", sa.Text).concat(
        opportunity.c.salesforce_opportunity_id
    )
    tied = copy.join(
        opportunity,
        short_id(copy.c.salesforce_opportunity_id)
        == short_id(opportunity.c.salesforce_opportunity_id),
    )
    return sa.union_all(
        *(
            sa.select(one.label("deal_id"), other.label("other_id")).select_from(tied)
            for one, other in ((hubspot_id, salesforce_id), (salesforce_id, hubspot_id))
        )
    ).subquery("pair")


def _with_lines(name: str) -> sa.Subquery:
    """One row per deal with lines that stand: deal_id."""
    line = facts.deal_line
    return sa.select(line.c.deal_id).where(line.c.valid_to_at == STILL).distinct().subquery(name)
