"""Whom we may sell to, from when we first knew of them: companies, and people without a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, local_date
from include.core.settings import Settings
from include.facts.first_source import first_channels
from include.facts.first_win import first_wins, with_first_win
from include.facts.history import live_states
from include.facts.lead import NOT_OWN_SOURCES
from include.facts.lookup import (
    UNKNOWN_CHANNEL,
    integration_users,
    is_member,
    joined,
    owners,
    owns,
)
from include.tables import stage as staged
from include.tables.objects import source_object
from include.tables.stage import CURRENT


@dataclass(frozen=True)
class Kind:
    """Records by which we know of somebody."""

    object_id: str
    is_company: bool


KINDS = (
    Kind("salesforce.account", True),
    Kind("salesforce.contact", False),
    Kind("salesforce.lead", False),
    Kind("hubspot.company", True),
    Kind("hubspot.contact", False),
)


def prospect(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per company or person without one, and state; all people of a company are the company.

    A prospect becomes a customer with its first counted deal that is won on or after the day it was
    first seen. One that had won a deal before was no prospect.
    """
    return with_first_win(_prospects(settings).cte("prospect"), "prospect_id")


def _prospects(settings: Settings) -> sa.Select:
    """One row per prospect: from its first record to the end of its last.

    The channel is the first one of the first record that has any, the owner that of the one that lives on, the
    company's before its people's.
    """
    ranked = _ranked_records(settings)
    origin, holder, owner, won = (
        ranked.alias("origin"),
        ranked.alias("holder"),
        owners(),
        first_wins(),
    )
    created_date = local_date(origin.c.first_at, settings.calendar.time_zone)
    was_customer = sa.func.coalesce(won.c.won_date < created_date, sa.false())
    return (
        sa.select(
            origin.c.prospect_id,
            origin.c.first_at.label("valid_from_at"),
            origin.c.last_at.label("valid_to_at"),
            origin.c.crm,
            origin.c.customer_id,
            owner.c.user_id.label("owner_user_id"),
            owner.c.role_id,
            sa.func.coalesce(origin.c.channel, UNKNOWN_CHANNEL).label("channel"),
            origin.c.first_at.label("created_at"),
            created_date.label("created_date"),
            created_date.label("since_date"),
            sa.and_(origin.c.own_count > 0, sa.not_(was_customer)).label("is_counted"),
            sa.cast(sa.null(), sa.Text).label("opportunity_id"),
        )
        .select_from(
            origin.join(holder, holder.c.prospect_id == origin.c.prospect_id)
            .outerjoin(owner, owns(owner, holder.c.crm, holder.c.owner_record_id))
            .outerjoin(won, won.c.customer_id == origin.c.customer_id)
        )
        .where(origin.c.origin_rank == 1, holder.c.holder_rank == 1)
    )


def _ranked_records(settings: Settings) -> sa.CTE:
    """One row per record of a prospect, beside what all of them say together."""
    record = sa.union_all(*(_records(kind, settings) for kind in KINDS)).subquery("record")

    def together(function: Any) -> sa.Over[Any]:
        return function.over(partition_by=record.c.prospect_id)

    def rank(*order: Any) -> sa.Over[Any]:
        order = (*order, record.c.lived_from_at, record.c.crm, record.c.record_id)
        return sa.func.row_number().over(partition_by=record.c.prospect_id, order_by=order)

    return sa.select(
        record,
        together(sa.func.min(record.c.lived_from_at)).label("first_at"),
        together(sa.func.max(record.c.lived_until_at)).label("last_at"),
        together(sa.func.sum(sa.case((record.c.is_own, 1), else_=0))).label("own_count"),
        rank(sa.case((record.c.channel.is_(None), 1), else_=0)).label("origin_rank"),
        rank(record.c.lived_until_at.desc(), sa.case((record.c.is_company, 0), else_=1)).label(
            "holder_rank"
        ),
    ).cte("ranked_record")


def _records(kind: Kind, settings: Settings) -> sa.Select:
    """One row per record of a kind: the prospect it is of, and how long it was there."""
    source, current = source_object(kind.object_id), CURRENT[kind.object_id]
    state, key = live_states(kind.object_id), current.c[source.key_column]
    first = first_channels(kind.object_id)
    life = (
        sa.select(
            state.c[source.key_column].label("record_id"),
            sa.func.min(state.c.valid_from_at).label("lived_from_at"),
            sa.func.max(state.c.valid_to_at).label("lived_until_at"),
        )
        .group_by(state.c[source.key_column])
        .subquery(f"life_of_{source.table}")
    )
    crm = sa.literal(source.crm, sa.Text)
    lived = life.join(current, key == life.c.record_id).outerjoin(first, first.c.record_id == key)
    member = staged.customer_member
    prospect_id: Expression = member.c.customer_id
    customer_id: Expression = member.c.customer_id
    if kind.is_company:
        lived = lived.join(member, is_member(crm, key))
    else:
        person, company = staged.person, staged.person.alias("company")
        itself = joined(company.c.crm, ":", company.c.record_type, ":", company.c.record_id)
        lived = lived.join(
            person,
            sa.and_(
                person.c.crm == crm,
                person.c.record_type == source.table,
                person.c.record_id == key,
            ),
        ).join(
            company,
            sa.and_(company.c.person_id == person.c.person_id, itself == company.c.person_id),
        )
        customer_id = company.c.customer_id
        prospect_id = sa.func.coalesce(customer_id, person.c.person_id)
    is_own: Expression
    if source.crm == "salesforce":
        program = integration_users(settings)
        lived = lived.outerjoin(
            program, program.c.salesforce_user_id == current.c.created_by_user_id
        )
        is_own = program.c.salesforce_user_id.is_(None)
    else:
        is_own = sa.func.coalesce(current.c.object_source, "").not_in(NOT_OWN_SOURCES)
    owner = current.c.owner_user_id if source.crm == "salesforce" else current.c.owner_id
    return sa.select(
        crm.label("crm"),
        key.label("record_id"),
        prospect_id.label("prospect_id"),
        customer_id.label("customer_id"),
        life.c.lived_from_at,
        life.c.lived_until_at,
        owner.label("owner_record_id"),
        first.c.channel,
        is_own.label("is_own"),
        sa.literal(kind.is_company).label("is_company"),
    ).select_from(lived)
