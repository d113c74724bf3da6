"""What customers pay again and again, whichever record of either CRM says so."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import folded
from include.core.settings import Settings
from include.facts.agreement import agreed_lines
from include.facts.customer import first_touch
from include.facts.deal_line import contracts_of_deals
from include.facts.lookup import (
    UNKNOWN_CHANNEL,
    currency_of,
    prefixed,
    rate_applies,
    renewal_types,
)
from include.facts.subscription import subscription_lines
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

ASSETS = "salesforce.asset_state_period"
CONTRACTS = "salesforce.contract_line_item"
SUBSCRIPTIONS = "hubspot.subscription"


def recurring_line(settings: Settings) -> sa.Select:
    """One row per recurring line of a contract, subscription or won deal, and state.

    Of each CRM one kind of record is read, the best of those there are, unless customers.yaml says
    which. Amounts are converted at the rate of the line's first day, so that what a customer pays
    does not move with the exchange.
    """
    chosen = settings.customers.recurring
    line = sa.union_all(
        *agreed_lines(
            settings,
            assets=_is_read(chosen.salesforce, "asset_state_periods"),
            contracts=_is_read(chosen.salesforce, "contract_lines", ASSETS),
        ),
        subscription_lines(settings, _is_read(chosen.hubspot, "subscriptions")),
        _deal_lines(settings),
    ).subquery("line")
    rate, touch, user = facts.exchange_rate, first_touch(settings), staged.user
    currency_code = currency_of(line.c.currency_code, line.c.crm, settings)
    computed = {"mrr_amount_original", "currency_code", "is_in_force"}
    return sa.select(
        *(column for column in line.c if column.name not in computed),
        sa.func.coalesce(touch.c.channel, UNKNOWN_CHANNEL).label("channel"),
        user.c.role_id,
        (line.c.mrr_amount_original * rate.c.rate).label("mrr_amount"),
        line.c.mrr_amount_original,
        currency_code.label("currency_code"),
        line.c.is_in_force.label("is_counted"),
    ).select_from(
        line.outerjoin(rate, rate_applies(currency_code, line.c.start_date))
        .outerjoin(touch, touch.c.customer_id == line.c.customer_id)
        .outerjoin(user, user.c.user_id == line.c.owner_user_id)
    )


def _is_read(chosen: str, kind: str, *better: str) -> sa.ColumnElement[bool]:
    """Whether a kind of record is what is read: chosen, or the best of which there are records."""
    if chosen != "auto":
        return sa.true() if chosen == kind else sa.false()
    return sa.and_(sa.true(), *(sa.not_(_exists(object_id)) for object_id in better))


def _exists(object_id: str) -> sa.ColumnElement[bool]:
    """Whether there is a record of an object that is not deleted."""
    record = CURRENT[object_id].alias(f"any_{object_id.split('.')[1]}")
    return sa.exists().where(sa.not_(record.c.is_deleted))


def _deal_lines(settings: Settings) -> sa.Select:
    """One row per recurring line of a won deal and state."""
    line, chosen = facts.deal_line, settings.customers.recurring
    renewal = _renewal_deals(settings)
    is_read = sa.case(
        (line.c.crm == "salesforce", _is_read(chosen.salesforce, "deal_lines", ASSETS, CONTRACTS)),
        else_=_is_read(chosen.hubspot, "deal_lines", SUBSCRIPTIONS),
    )
    return (
        sa.select(
            line.c.crm,
            line.c.deal_line_id.label("recurring_line_id"),
            line.c.valid_from_at,
            line.c.valid_to_at,
            line.c.customer_id,
            line.c.deal_id.label("agreement_id"),
            line.c.product_id,
            line.c.product_name,
            line.c.owner_user_id,
            line.c.closed_date.label("signed_date"),
            line.c.start_date,
            line.c.end_date,
            line.c.end_date.label("due_date"),
            sa.cast(sa.null(), sa.Date).label("canceled_date"),
            line.c.billing_frequency,
            line.c.mrr_amount_original,
            line.c.currency_code,
            sa.false().label("is_paused"),
            renewal.c.deal_id.is_not(None).label("is_renewal"),
            line.c.is_counted.label("is_in_force"),
        )
        .select_from(line.outerjoin(renewal, renewal.c.deal_id == line.c.deal_id))
        .where(line.c.is_won, line.c.is_recurring, line.c.start_date.is_not(None), is_read)
    )


def _renewal_deals(settings: Settings) -> sa.Subquery:
    """One row per deal that renews an agreement, by its type or the contract it names: deal_id; not by
    the one it led to.
    """
    types = renewal_types(settings)
    opportunity, deal = CURRENT["salesforce.opportunity"], CURRENT["hubspot.deal"]
    key, led_to = opportunity.c.salesforce_opportunity_id, contracts_of_deals()
    is_led_to = sa.and_(
        led_to.c.opportunity_id == key, led_to.c.contract_id == opportunity.c.contract_id
    )
    return sa.union_all(
        sa.select(prefixed("salesforce", key).label("deal_id"))
        .select_from(opportunity.outerjoin(led_to, is_led_to))
        .where(
            sa.or_(
                folded(opportunity.c.opportunity_type).in_(types),
                sa.and_(opportunity.c.contract_id.is_not(None), led_to.c.contract_id.is_(None)),
            )
        ),
        sa.select(prefixed("hubspot", deal.c.hubspot_deal_id)).where(
            folded(deal.c.deal_type).in_(types)
        ),
    ).subquery("renewal_deal")
