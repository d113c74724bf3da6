"""Who is credited with which share of each deal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_days, add_seconds, folded, midnight
from include.core.settings import Settings
from include.facts.history import holds_in, live_states, spans, without_repeats
from include.facts.lookup import had_role, joined, owners, owns, prefixed, roles_of_the_time
from include.tables import facts
from include.tables.stage import CURRENT

# So far the shares of a deal may be from its whole: what is typed has few decimals.
TOLERANCE = Decimal("0.0001")
NOBODY = "none"
# The field whose splits share out what a deal is worth, as its type and as the Metadata API spell it.
AMOUNT_FIELDS = ("amount", "opportunity.amount")
OF_DEAL = (
    "crm",
    "deal_id",
    "customer_id",
    "pipeline_id",
    "closed_date",
    "is_won",
    "is_amount_missing",
    "is_amount_unconverted",
    "is_counted",
)


def deal_credit(settings: Settings) -> sa.Select:
    """One row per deal, credited owner and state; of a deal that is not split, its owner with all of it.

    A deal is split where at least two owners are named whose shares come to the whole; Salesforce
    names the owner of every deal, and one alone says no more than the deal does. Shares that come
    to anything else are not used. Splits are those of the same record: of a deal both CRMs hold,
    those of the copy that is counted.
    """
    deal = facts.deal
    split = _splits().cte("split")
    is_split = sa.select(split.c.deal_id).distinct().subquery("split_deal")
    alone = (
        _of_owner(deal, deal)
        .select_from(deal.outerjoin(is_split, is_split.c.deal_id == deal.c.deal_id))
        .where(is_split.c.deal_id.is_(None))
    )
    credit = sa.union_all(alone, *_of_split_deals(split, settings)).subquery("credit")
    told = without_repeats(credit, ("deal_credit_id",)).subquery("told")
    return sa.select(*told.c)


def _of_owner(deal: sa.FromClause, timed: sa.FromClause) -> sa.Select[Any]:
    """The deal's owner with all of it, while a row of `timed` holds."""
    whole = sa.cast(sa.literal(1), sa.Numeric(28, 10))
    return sa.select(
        _credit_id(deal, deal.c.owner_user_id),
        timed.c.valid_from_at,
        timed.c.valid_to_at,
        *(deal.c[name] for name in OF_DEAL),
        deal.c.owner_user_id,
        deal.c.role_id,
        whole.label("credit_rate"),
        deal.c.deal_amount.label("credit_amount"),
        sa.true().label("is_leading"),
    )


def _of_split_deals(split: sa.CTE, settings: Settings) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Of deals that ever had splits: the times in which they are shared out, and all others."""
    deal = facts.deal
    of_split = deal.c.deal_id.in_(sa.select(split.c.deal_id))
    both = sa.union_all(
        sa.select(deal.c.deal_id, deal.c.valid_from_at, deal.c.valid_to_at).where(of_split),
        sa.select(split.c.deal_id, split.c.valid_from_at, split.c.valid_to_at),
    ).subquery("both")
    span = spans(both, "deal_id")
    share = _owner_shares(split, span).cte("owner_share")
    is_same = sa.and_(
        share.c.deal_id == span.c.deal_id, share.c.valid_from_at == span.c.valid_from_at
    )
    held = deal.join(span, holds_in(deal, span, "deal_id"))
    others = (
        _of_owner(deal, span)
        .select_from(held.outerjoin(share, is_same))
        .where(share.c.deal_id.is_(None))
    )
    role = roles_of_the_time()
    closed_at = midnight(add_days(deal.c.closed_date, 1), settings.calendar.time_zone)
    held_then = had_role(role, share.c.salesforce_user_id, add_seconds(closed_at, -1))
    shared = held.join(share, is_same).outerjoin(role, held_then)
    return _of_owners(span, share, role).select_from(shared), others


def _of_owners(span: sa.Subquery, share: sa.CTE, role: sa.Subquery) -> sa.Select[Any]:
    """The owners a deal is split between, each with a share of it, in the role of its closing."""
    deal = facts.deal
    within = [share.c.deal_id, share.c.valid_from_at]
    order = (share.c.split_rate.desc(), share.c.credited_id)
    place = sa.func.row_number().over(partition_by=within, order_by=order)
    is_last = place == sa.func.count().over(partition_by=within)
    amount = sa.func.round(deal.c.deal_amount * share.c.split_rate, 6)
    before = sa.func.sum(amount).over(partition_by=within, order_by=order, rows=(None, -1))
    # The last takes what rounding leaves, so that nothing of a deal is lost or credited twice.
    rest = deal.c.deal_amount - sa.func.coalesce(before, 0)
    is_own = share.c.user_id == deal.c.owner_user_id
    return sa.select(
        _credit_id(deal, share.c.credited_id),
        span.c.valid_from_at,
        span.c.valid_to_at,
        *(deal.c[name] for name in OF_DEAL),
        share.c.user_id.label("owner_user_id"),
        # The deal knows which role its owner had.
        sa.case(
            (is_own, deal.c.role_id),
            (role.c.salesforce_user_id.is_not(None), role.c.role_id),
            else_=share.c.role_id,
        ).label("role_id"),
        sa.cast(share.c.split_rate, sa.Numeric(28, 10)).label("credit_rate"),
        sa.case((is_last, rest), else_=amount).label("credit_amount"),
        (place == 1).label("is_leading"),
    )


def _credit_id(deal: sa.FromClause, credited_id: Expression) -> sa.Label[Any]:
    """Id of a deal's row of one owner."""
    return joined(deal.c.deal_id, ":", sa.func.coalesce(credited_id, NOBODY)).label(
        "deal_credit_id"
    )


def _owner_shares(split: sa.CTE, span: sa.Subquery) -> sa.Select[Any]:
    """One row per deal, span of time in which it is shared out, and owner with a share of it.

    Columns: deal_id, valid_from_at, user_id, role_id, salesforce_user_id, credited_id, split_rate. Who
    is no user we know goes by the id the CRM gave.
    """
    owner = owners()
    credited_id = sa.func.coalesce(owner.c.user_id, split.c.owner_record_id)
    known = (owner.c.user_id, owner.c.role_id, owner.c.salesforce_user_id)
    by = (span.c.deal_id, span.c.valid_from_at, *known, credited_id)
    rate = sa.func.sum(sa.func.coalesce(split.c.split_rate, 0))
    each = (
        sa.select(
            span.c.deal_id,
            span.c.valid_from_at,
            *known,
            credited_id.label("credited_id"),
            rate.label("split_rate"),
        )
        .select_from(
            span.join(split, holds_in(split, span, "deal_id")).outerjoin(
                owner, owns(owner, split.c.crm, split.c.owner_record_id)
            )
        )
        .group_by(*by)
        .subquery("named_owner")
    )
    within = [each.c.deal_id, each.c.valid_from_at]
    summed = sa.select(
        each,
        sa.func.sum(each.c.split_rate).over(partition_by=within).label("whole"),
        sa.func.count().over(partition_by=within).label("owner_count"),
    ).subquery("summed")
    return sa.select(*(summed.c[column.name] for column in each.c)).where(
        sa.func.abs(summed.c.whole - 1) <= TOLERANCE,
        summed.c.owner_count > 1,
        summed.c.split_rate > 0,
    )


def _splits() -> sa.CompoundSelect[Any]:
    """One row per share of a deal and state: crm, deal_id, owner_record_id, split_rate, from and to."""
    of_opportunity = live_states("salesforce.opportunity_split")
    of_deal = live_states("hubspot.deal_split")
    types, credited = CURRENT["salesforce.opportunity_split_type"], _credited_type()
    of_no_known = ~sa.exists(sa.select(types.c.salesforce_opportunity_split_type_id))
    return sa.union_all(
        sa.select(
            sa.literal("salesforce", sa.Text).label("crm"),
            prefixed("salesforce", of_opportunity.c.opportunity_id).label("deal_id"),
            of_opportunity.c.owner_user_id.label("owner_record_id"),
            (of_opportunity.c.split_percent * sa.literal(Decimal("0.01"))).label("split_rate"),
            of_opportunity.c.valid_from_at,
            of_opportunity.c.valid_to_at,
        ).where(
            of_opportunity.c.opportunity_id.is_not(None),
            of_opportunity.c.owner_user_id.is_not(None),
            # Of an org that shows us no types, all: with an overlay the shares exceed the whole.
            sa.or_(
                of_opportunity.c.split_type_id.is_(None),
                of_opportunity.c.split_type_id == credited,
                of_no_known,
            ),
        ),
        sa.select(
            sa.literal("hubspot", sa.Text),
            prefixed("hubspot", of_deal.c.deal_id),
            of_deal.c.owner_id,
            of_deal.c.split_rate,
            of_deal.c.valid_from_at,
            of_deal.c.valid_to_at,
        ).where(of_deal.c.deal_id.is_not(None), of_deal.c.owner_id.is_not(None)),
    )


def _credited_type() -> Expression:
    """The type of split that shares out what deals are worth; of several, the one there was first.

    Types whose shares need not come to the whole give credit beside it, and those of other fields
    share out something else.
    """
    kind = CURRENT["salesforce.opportunity_split_type"]
    return (
        sa.select(sa.func.min(kind.c.salesforce_opportunity_split_type_id))
        .where(
            kind.c.is_total_validated,
            folded(kind.c.split_field).in_(AMOUNT_FIELDS),
            sa.func.coalesce(kind.c.is_active, sa.true()),
            sa.not_(kind.c.is_deleted),
        )
        .scalar_subquery()
    )
