"""Records that users created in either CRM."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from include.core.portable import Expression, folded, local_date
from include.core.settings import Settings
from include.facts.history import live_states, without_repeats
from include.facts.lookup import (
    UNKNOWN_CHANNEL,
    had_role,
    is_member,
    joined,
    maps,
    owners,
    owns,
    primary_link,
    roles_of_the_time,
)
from include.tables import facts
from include.tables import stage as staged
from include.tables.objects import source_object

# HubSpot's words for a program, an import, a visitor's form, or the sync with Salesforce.
BY_PROGRAM = (
    "analytics",
    "api",
    "automation_platform",
    "batch_update",
    "bot",
    "form",
    "import",
    "integration",
    "integrations_platform",
    "integrations_sync",
    "migration",
    "salesforce",
    "workflows",
)


@dataclass(frozen=True)
class Creation:
    """An object users create: what it is in both CRMs' words, how it leads to its customer, and
    which of its columns says where it came from.
    """

    object_id: str
    object_name: str
    company_column: str = ""
    company_link: str = ""
    source_column: str = ""


CREATIONS = (
    Creation(
        "salesforce.account", "account", "salesforce_account_id", source_column="account_source"
    ),
    Creation("salesforce.contact", "contact", "account_id"),
    Creation("salesforce.lead", "lead", "converted_account_id"),
    Creation("salesforce.opportunity", "deal", "account_id"),
    Creation("salesforce.case", "ticket", "account_id"),
    Creation("salesforce.campaign", "campaign"),
    Creation("hubspot.company", "account", "hubspot_company_id", source_column="analytics_source"),
    Creation("hubspot.contact", "contact", "company_id"),
    Creation("hubspot.deal", "deal", company_link="hubspot.deal_company"),
    Creation("hubspot.ticket", "ticket", company_link="hubspot.ticket_company"),
)


def record_created(settings: Settings) -> sa.Select:
    """One row per record a user may create, and state.

    The creator's role is the one of that time; where that is not known, the one known first.
    """
    told = sa.union_all(*map(_created, CREATIONS)).subquery("told")
    record = without_repeats(told, ("record_created_id",)).subquery("record")
    owner, creator, role, channel = owners(), _creators(), roles_of_the_time(), facts.channel_source
    # Who is not among the users we can read is no program that we know of.
    is_by_person = sa.and_(
        record.c.creator_record_id.is_not(None),
        sa.func.coalesce(creator.c.is_human, sa.true()),
        sa.func.coalesce(record.c.source, "").not_in(BY_PROGRAM),
    )
    is_role_told = sa.or_(
        role.c.salesforce_user_id.is_(None),
        sa.and_(
            role.c.valid_from_at <= record.c.created_at,
            role.c.modified_at <= record.c.created_at,
        ),
    )
    return sa.select(
        record.c.record_created_id,
        record.c.valid_from_at,
        record.c.valid_to_at,
        record.c.crm,
        record.c.object_name,
        record.c.record_type,
        staged.customer_member.c.customer_id,
        record.c.created_at,
        local_date(record.c.created_at, settings.calendar.time_zone).label("created_date"),
        creator.c.user_id.label("creator_user_id"),
        role.c.role_id.label("creator_role_id"),
        owner.c.user_id.label("owner_user_id"),
        owner.c.role_id,
        creator.c.team_name,
        sa.case(
            (
                record.c.object_name == "account",
                sa.func.coalesce(channel.c.channel, UNKNOWN_CHANNEL),
            )
        ).label("channel"),
        record.c.source,
        sa.not_(is_role_told).label("is_role_current"),
        is_by_person.label("is_counted"),
    ).select_from(
        record.outerjoin(staged.customer_member, is_member(record.c.crm, record.c.company_id))
        .outerjoin(owner, owns(owner, record.c.crm, record.c.owner_record_id))
        .outerjoin(creator, owns(creator, record.c.crm, record.c.creator_record_id))
        .outerjoin(channel, maps(record.c.source_value))
        .outerjoin(role, had_role(role, creator.c.salesforce_user_id, record.c.created_at))
    )


def _created(creation: Creation) -> sa.Select:
    """One row per record of an object and state."""
    source, state = source_object(creation.object_id), live_states(creation.object_id)
    key: Expression = state.c[source.key_column]
    record: sa.FromClause = state
    company_id: Expression = sa.cast(sa.null(), sa.Text)
    if creation.company_column:
        company_id = state.c[creation.company_column]
    if creation.company_link:
        link = primary_link(creation.company_link)
        company_id = link.c.to_id
        record = state.outerjoin(link, link.c.from_id == key)
    is_salesforce = source.crm == "salesforce"
    source_value: Expression = sa.cast(sa.null(), sa.Text)
    if creation.source_column:
        source_value = state.c[creation.source_column]
    told = sa.select(
        sa.literal(source.crm, sa.Text).label("crm"),
        joined(f"{source.crm}:{source.table}:", key).label("record_created_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.literal(creation.object_name, sa.Text).label("object_name"),
        sa.literal(source.table, sa.Text).label("record_type"),
        company_id.label("company_id"),
        state.c.created_at,
        state.c.created_by_user_id.label("creator_record_id"),
        (state.c.owner_user_id if is_salesforce else state.c.owner_id).label("owner_record_id"),
        (sa.cast(sa.null(), sa.Text) if is_salesforce else folded(state.c.object_source)).label(
            "source"
        ),
        source_value.label("source_value"),
    ).select_from(record)
    # Validation lets no record of these objects by without one; without it nothing was created.
    return told.where(state.c.created_at.is_not(None))


def _creators() -> sa.Subquery:
    """One row per CRM and id that the CRM names a creator by.

    Columns: crm, record_id, user_id, salesforce_user_id, team_name, is_human. HubSpot names the
    settings user, not the owner.
    """
    user = staged.user
    return sa.union_all(
        *(
            sa.select(
                sa.literal(crm, sa.Text).label("crm"),
                record_id.label("record_id"),
                sa.func.min(user.c.user_id).label("user_id"),
                sa.func.min(user.c.salesforce_user_id).label("salesforce_user_id"),
                sa.func.min(user.c.team_name).label("team_name"),
                (sa.func.max(sa.case((user.c.is_human, 1), else_=0)) == 1).label("is_human"),
            )
            .where(record_id.is_not(None))
            .group_by(record_id)
            for crm, record_id in (
                ("salesforce", user.c.salesforce_user_id),
                ("hubspot", user.c.hubspot_user_id),
            )
        )
    ).subquery("creator")
