"""Which fact and dimension each maker makes, and putting what it makes in the place of before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.facts.activity import activity
from include.facts.agent_work import agent_work
from include.facts.billing import billing
from include.facts.business_hours import business_hours
from include.facts.calendar import calendar_span, date, period
from include.facts.campaign_member import campaign_member
from include.facts.cart import cart
from include.facts.cost import cost
from include.facts.customer import customer
from include.facts.deal import deal
from include.facts.deal_credit import deal_credit
from include.facts.deal_line import deal_line
from include.facts.deal_touch import deal_touch
from include.facts.exchange_rate import exchange_rate
from include.facts.lead import lead
from include.facts.login_day import login_day
from include.facts.mrr_customer_month import mrr_customer_month
from include.facts.prospect import prospect
from include.facts.quota import quota
from include.facts.record_created import record_created
from include.facts.recurring_line import recurring_line
from include.facts.reference import (
    campaign,
    channel,
    channel_source,
    role,
    stage,
)
from include.facts.stage_transition import stage_transition
from include.facts.survey_invitation import survey_invitation
from include.facts.survey_response import survey_response
from include.facts.term import term
from include.facts.ticket import ticket
from include.facts.user import user
from include.tables import facts

Rows = Sequence[dict[str, Any]] | sa.Select | sa.CompoundSelect[Any]
Maker = Callable[[Settings], Rows]

# Each reads staging and the tables before it in this order.
MAKERS: tuple[tuple[sa.Table, Maker], ...] = (
    (facts.exchange_rate, exchange_rate),
    (facts.channel, channel),
    (facts.channel_source, channel_source),
    (facts.role, role),
    (facts.stage, stage),
    (facts.campaign, campaign),
    (facts.user, user),
    (facts.deal, deal),
    (facts.deal_credit, deal_credit),
    (facts.stage_transition, stage_transition),
    (facts.deal_line, deal_line),
    (facts.deal_touch, deal_touch),
    (facts.lead, lead),
    (facts.prospect, prospect),
    (facts.campaign_member, campaign_member),
    (facts.recurring_line, recurring_line),
    (facts.customer, customer),
    (facts.mrr_customer_month, mrr_customer_month),
    (facts.term, term),
    (facts.cart, cart),
    (facts.billing, billing),
    (facts.ticket, ticket),
    (facts.agent_work, agent_work),
    (facts.survey_response, survey_response),
    (facts.survey_invitation, survey_invitation),
    (facts.activity, activity),
    (facts.login_day, login_day),
    (facts.record_created, record_created),
    (facts.cost, cost),
    (facts.quota, quota),
)


def rows_of(settings: Settings) -> dict[sa.Table, Rows]:
    """The rows of every fact and dimension but the calendars', in the order they are made in.

    Most are statements of thousands of parts, and to write them takes longer than to run them over
    the little that most companies have: a build makes them once.
    """
    return {table: maker(settings) for table, maker in MAKERS}


def replace_all(
    connection: sa.Connection, settings: Settings, rows: Mapping[sa.Table, Rows]
) -> dict[str, int]:
    """Rebuild every fact and dimension within a transaction; how many rows, by table."""
    counts = replace_calendars(connection, settings)
    for table, made in rows.items():
        counts[table.name] = replace(connection, table, made)
    return counts


def replace_calendars(connection: sa.Connection, settings: Settings) -> dict[str, int]:
    """Rebuild the days, periods and business hours, as far as anything is known; rows by table."""
    span = calendar_span(connection, settings)
    days = date(*span, settings.calendar) if span else []
    periods = period(*span, settings.calendar) if span else []
    hours = business_hours(*span, settings) if span else []
    return {
        facts.date.name: replace(connection, facts.date, days),
        facts.period.name: replace(connection, facts.period, periods),
        facts.business_hours.name: replace(connection, facts.business_hours, hours),
    }


def replace(connection: sa.Connection, table: sa.Table, rows: Rows) -> int:
    """Put rows in the place of all that a table holds; how many."""
    connection.execute(sa.delete(table))
    if isinstance(rows, sa.Select | sa.CompoundSelect):
        columns = [column.name for column in rows.selected_columns]
        insert = sa.insert(table).from_select(columns, rows)
        counting = {"preserve_rowcount": True}
        inserted = connection.execute(insert, execution_options=counting).rowcount
    else:
        if rows:
            connection.execute(sa.insert(table), list(rows))
        inserted = len(rows)
    # What comes next joins this table; without statistics it would be planned as if still empty.
    connection.exec_driver_sql(f'analyze "{table.schema}"."{table.name}"')
    return inserted
