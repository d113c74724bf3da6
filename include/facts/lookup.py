"""What several facts look up: customers, owners, links, channels and exchange rates."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, folded
from include.core.settings import Settings
from include.core.strict import folded_text
from include.facts.history import turned
from include.tables import facts
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.objects import source_object
from include.tables.states import states

UNKNOWN_CHANNEL = "unknown"
# What HubSpot says created an activity that its sync copied from Salesforce.
BY_SYNC = "salesforce"


def prefixed(crm: str, record_id: Expression) -> Expression:
    """A record's id among those of both CRMs, `salesforce:006...`; NULL for none."""
    return joined(f"{crm}:", record_id)


def joined(*parts: Expression | str) -> Expression:
    """Pieces of text one after the other; NULL when one of them is."""
    first, *others = (
        sa.literal(part, sa.Text) if isinstance(part, str) else part for part in parts
    )
    text: Expression = first
    for part in others:
        text = text.op("||", return_type=sa.Text())(part)
    return text


def owners() -> sa.Subquery:
    """One row per CRM and record id of a user or owner: crm, record_id, user_id, role_id, and the
    salesforce_user_id by which `roles_of_the_time` knows it.
    """
    user = staged.user
    return sa.union_all(
        *(
            sa.select(
                sa.literal(crm, sa.Text).label("crm"),
                record_id.label("record_id"),
                user.c.user_id,
                user.c.role_id,
                user.c.salesforce_user_id,
            ).where(record_id.is_not(None))
            for crm, record_id in (
                ("salesforce", user.c.salesforce_user_id),
                ("hubspot", user.c.hubspot_owner_id),
            )
        )
    ).subquery("owners")


def owns(owner: sa.Subquery, crm: Expression, record_id: Expression) -> sa.ColumnElement[bool]:
    """Condition under which a row of `owners` is the owner a record names."""
    return sa.and_(owner.c.crm == crm, owner.c.record_id == record_id)


def first_user(column: str) -> sa.Subquery:
    """One row per value of a column: known_by, user_id, role_id; of several users an active one, and
    a person before a program.
    """
    user = staged.user
    known_by = user.c[column]
    order = [sa.case((flag, 0), else_=1) for flag in (user.c.is_active, user.c.is_human)]
    rank = sa.func.row_number().over(partition_by=known_by, order_by=(*order, user.c.user_id))
    ranked = (
        sa.select(known_by.label("known_by"), user.c.user_id, user.c.role_id, rank.label("rank"))
        .where(known_by.is_not(None))
        .subquery()
    )
    return (
        sa.select(ranked.c.known_by, ranked.c.user_id, ranked.c.role_id)
        .where(ranked.c.rank == 1)
        .subquery(f"user_by_{column}")
    )


def roles_of_the_time() -> sa.Subquery:
    """One row per Salesforce user and state: role_id, from when until when, and `is_first`.

    Up to `modified_at` the state is assumed, not known.
    """
    state = states("salesforce.user")
    first = sa.func.row_number().over(
        partition_by=state.c.salesforce_user_id, order_by=state.c.valid_from_at
    )
    return sa.select(
        state.c.salesforce_user_id,
        state.c.role_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.modified_at,
        (first == 1).label("is_first"),
    ).subquery("role_of_the_time")


def had_role(
    role: sa.Subquery, salesforce_user_id: Expression, moment_at: Expression
) -> sa.ColumnElement[bool]:
    """Condition under which a row of `roles_of_the_time` gives a user's role at an instant; of one
    before all that is known, the first.
    """
    return sa.and_(
        role.c.salesforce_user_id == salesforce_user_id,
        sa.or_(role.c.is_first, role.c.valid_from_at <= moment_at),
        role.c.valid_to_at > moment_at,
    )


def is_member(crm: Expression, record_id: Expression) -> sa.ColumnElement[bool]:
    """Condition under which a row of stage.customer_member gives the customer of a record."""
    member = staged.customer_member
    return sa.and_(member.c.crm == crm, member.c.record_id == record_id)


def primary_link(object_id: str) -> sa.Subquery:
    """One row per parent with its one link: from_id, to_id; the primary one, else the lowest id."""
    source = source_object(object_id)
    link = staged.CURRENT[object_id]
    from_id, to_id = (link.c[field.column] for field in source.fields[:2])
    rank = sa.func.row_number().over(
        partition_by=from_id, order_by=(sa.case((link.c.is_primary, 0), else_=1), to_id)
    )
    ranked = (
        sa.select(from_id.label("from_id"), to_id.label("to_id"), rank.label("rank"))
        .where(to_id.is_not(None), sa.not_(link.c.is_deleted))
        .subquery("ranked")
    )
    return (
        sa.select(ranked.c.from_id, ranked.c.to_id)
        .where(ranked.c.rank == 1)
        .subquery(f"primary_{source.table}")
    )


def customers_of_contacts(object_id: str) -> sa.Subquery:
    """One row per parent with a contact at a customer: from_id, customer_id; of several contacts the
    lowest id.
    """
    source, person = source_object(object_id), staged.person
    link = staged.CURRENT[object_id]
    from_id, to_id = (link.c[field.column] for field in source.fields[:2])
    rank = sa.func.row_number().over(partition_by=from_id, order_by=to_id)
    is_contact = sa.and_(
        person.c.crm == "hubspot",
        person.c.record_type == "contact",
        person.c.record_id == to_id,
    )
    ranked = (
        sa.select(from_id.label("from_id"), person.c.customer_id, rank.label("rank"))
        .select_from(link.join(person, is_contact))
        .where(person.c.customer_id.is_not(None), sa.not_(link.c.is_deleted))
        .subquery("ranked_contact")
    )
    return (
        sa.select(ranked.c.from_id, ranked.c.customer_id)
        .where(ranked.c.rank == 1)
        .subquery(f"customer_of_{source.table}")
    )


def channel_of(mapped: Expression, campaign_channel: Expression) -> Expression:
    """The channel of a source value, else of the campaign, else unknown."""
    return sa.func.coalesce(
        sa.func.nullif(mapped, UNKNOWN_CHANNEL), campaign_channel, UNKNOWN_CHANNEL
    )


def maps(source_value: Expression) -> sa.ColumnElement[bool]:
    """Condition under which a row of facts.channel_source maps a value."""
    return facts.channel_source.c.source_value == folded(source_value)


def currency_of(code: Expression, crm: Expression, settings: Settings) -> Expression:
    """The currency of an amount: as it says, else the CRM's own, else the reporting one.

    Records name none where the org, or the account, has only one: that need not be ours.
    """
    org, account = staged.CURRENT["salesforce.organization"], staged.CURRENT["hubspot.account"]
    own = sa.case(
        *(
            (crm == name, sa.select(sa.func.max(column)).scalar_subquery())
            for name, column in (
                ("salesforce", org.c.default_currency_code),
                ("hubspot", account.c.currency_code),
            )
        )
    )
    return sa.func.coalesce(code, own, settings.calendar.currency)


def rate_applies(
    currency_code: Expression, on_date: Expression, rate: sa.FromClause = facts.exchange_rate
) -> sa.ColumnElement[bool]:
    """Condition under which a row of facts.exchange_rate, or a copy, converts an amount of a day."""
    return sa.and_(
        rate.c.currency_code == currency_code,
        rate.c.valid_from_date <= on_date,
        rate.c.valid_to_date > on_date,
    )


def copies(object_id: str, salesforce_id_column: str, system_of_record: str) -> sa.Subquery:
    """One row per Salesforce record that has a copy which counts instead of another CRM's.

    Columns: `salesforce_id`, short, and `lives_from_at`, when the copy was created. No rows where the
    object is not of the system of record.

    One that was deleted still says what counts: nothing. The sync leaves the other CRM's record where
    it is, which would come back in its place.
    """
    source = source_object(object_id)
    copy = staged.CURRENT[object_id]
    salesforce_id = short_id(copy.c[salesforce_id_column])
    lives_from_at = sa.func.min(sa.func.coalesce(copy.c.created_at, copy.c.modified_at))
    return (
        sa.select(salesforce_id.label("salesforce_id"), lives_from_at.label("lives_from_at"))
        .where(
            salesforce_id.is_not(None),
            sa.true() if source.crm == system_of_record else sa.false(),
        )
        .group_by(salesforce_id)
        .subquery(f"{source.table}_copy")
    )


def shadowed(state: sa.Subquery) -> sa.CompoundSelect[Any]:
    """States, with `is_duplicate` once a copy counts instead; until a sync made it there was only this
    one.

    `state` has `copy_lives_from_at` of `copies`, which is left out.
    """
    copied = sa.select(
        *(column for column in state.c if column.name != "copy_lives_from_at"),
        state.c.copy_lives_from_at.label("turns_at"),
        state.c.copy_lives_from_at.is_not(None).label("is_duplicate"),
    ).cte("copied")
    return turned(copied, {"is_duplicate": sa.false()})


def integration_users(settings: Settings) -> sa.Subquery:
    """One row per Salesforce user that is a program: salesforce_user_id."""
    user = staged.CURRENT["salesforce.user"]
    names = [folded_text(name) for name in settings.sources.salesforce.integration_users]
    return (
        sa.select(user.c.salesforce_user_id)
        .where(sa.or_(folded(user.c.username).in_(names), folded(user.c.email).in_(names)))
        .subquery("integration_user")
    )


def program_owners(settings: Settings) -> sa.Subquery:
    """One row per CRM and record id of a user or owner that is a program: crm, record_id."""
    user, program = staged.user, integration_users(settings)
    names = [folded_text(name) for name in settings.sources.hubspot.integration_users]
    return sa.union_all(
        sa.select(
            sa.literal("salesforce", sa.Text).label("crm"),
            program.c.salesforce_user_id.label("record_id"),
        ),
        sa.select(sa.literal("hubspot", sa.Text), user.c.hubspot_owner_id).where(
            user.c.hubspot_owner_id.is_not(None), user.c.email.in_(names)
        ),
    ).subquery("program_owner")


def renewal_types(settings: Settings) -> list[str]:
    """Types of deals, folded, that say a deal renews an agreement."""
    return [folded_text(kind) for kind in settings.customers.recurring.renewal_types]


def is_own_of_hubspot(state: sa.Subquery, original: str) -> sa.ColumnElement[bool]:
    """Whether an activity began in HubSpot, or is a copy of what we do not read in Salesforce at all."""
    source = sa.func.coalesce(folded(state.c.object_source), "")
    is_read = sa.exists(sa.select(sa.literal(1)).select_from(staged.CURRENT[original]))
    return sa.or_(source != BY_SYNC, sa.not_(is_read))


def has_begun(line: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a recurring line is of any length: one cancelled before its first day is of none."""
    return sa.or_(line.c.end_date.is_(None), line.c.end_date > line.c.start_date)


def is_any_of(value: Expression, wanted: list[Any]) -> sa.ColumnElement[bool]:
    """Whether a value is listed; an empty list means every value."""
    return sa.func.coalesce(value.in_(wanted), sa.false()) if wanted else sa.true()
