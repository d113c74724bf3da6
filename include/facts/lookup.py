"""What several facts look up: customers, owners, links, channels and exchange rates."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, folded
from include.tables import facts
from include.tables import stage as staged
from include.tables.objects import source_object

UNKNOWN_CHANNEL = "unknown"


def prefixed(crm: str, record_id: Expression) -> Expression:
    """A record's id among those of both CRMs, `salesforce:006...`; NULL for none."""
    return sa.literal(f"{crm}:", sa.Text).op("||", return_type=sa.Text())(record_id)


def owners() -> sa.Subquery:
    """One row per CRM and record id of a user or owner: crm, record_id, user_id, role_id."""
    user = staged.user
    return sa.union_all(
        *(
            sa.select(
                sa.literal(crm, sa.Text).label("crm"),
                record_id.label("record_id"),
                user.c.user_id,
                user.c.role_id,
            ).where(record_id.is_not(None))
            for crm, record_id in (
                ("salesforce", user.c.salesforce_user_id),
                ("hubspot", user.c.hubspot_owner_id),
            )
        )
    ).subquery("owners")


def links(object_id: str) -> sa.Subquery:
    """One row per link that is current: from_id, to_id, is_primary.

    A link taken away leaves no trace but that it was not read when its parent was read last.
    """
    source = source_object(object_id)
    link = staged.CURRENT[object_id]
    from_id, to_id = (link.c[field.column] for field in source.fields[:2])
    markers = link.alias("markers")
    marker = (
        sa.select(markers.c[from_id.name].label("from_id"), markers.c.modified_at)
        .where(markers.c[to_id.name].is_(None))
        .subquery("marker")
    )
    return (
        sa.select(
            from_id.label("from_id"),
            to_id.label("to_id"),
            sa.func.coalesce(link.c.is_primary, sa.false()).label("is_primary"),
        )
        .select_from(link.outerjoin(marker, marker.c.from_id == from_id))
        .where(
            to_id.is_not(None),
            sa.not_(link.c.is_deleted),
            sa.or_(marker.c.modified_at.is_(None), link.c.modified_at >= marker.c.modified_at),
        )
        .subquery(source.table)
    )


def primary_link(object_id: str) -> sa.Subquery:
    """One row per parent with its one link: from_id, to_id; the primary one, else the lowest id."""
    link = links(object_id)
    rank = sa.func.row_number().over(
        partition_by=link.c.from_id,
        order_by=(sa.case((link.c.is_primary, 0), else_=1), link.c.to_id),
    )
    ranked = sa.select(link, rank.label("rank")).subquery("ranked")
    return (
        sa.select(ranked.c.from_id, ranked.c.to_id)
        .where(ranked.c.rank == 1)
        .subquery(f"primary_{source_object(object_id).table}")
    )


def channel_of(mapped: Expression, campaign_channel: Expression) -> Expression:
    """The channel of a source value, else of the campaign, else unknown."""
    return sa.func.coalesce(
        sa.func.nullif(mapped, UNKNOWN_CHANNEL), campaign_channel, UNKNOWN_CHANNEL
    )


def maps(source_value: Expression) -> sa.ColumnElement[bool]:
    """Condition under which a row of facts.channel_source maps a value."""
    return facts.channel_source.c.source_value == folded(source_value)


def rate_applies(currency_code: Expression, on_date: Expression) -> sa.ColumnElement[bool]:
    """Condition under which a row of facts.exchange_rate converts an amount of a day."""
    rate = facts.exchange_rate
    return sa.and_(
        rate.c.currency_code == currency_code,
        rate.c.valid_from_date <= on_date,
        rate.c.valid_to_date > on_date,
    )


def same_salesforce_id(one: Expression, other: Expression) -> sa.ColumnElement[bool]:
    """Whether two Salesforce ids are one, in their long or short form.

    The last three of eighteen characters only repeat the case of the first fifteen.
    """
    return short_id(one) == short_id(other)


def short_id(salesforce_id: Expression) -> Expression:
    """The fifteen characters of a Salesforce id that tell it apart."""
    # Written out, not bound, so that the same expression may stand in GROUP BY.
    return sa.func.substr(salesforce_id, sa.literal_column("1"), sa.literal_column("15"))


def is_any_of(value: Expression, wanted: list[Any]) -> sa.ColumnElement[bool]:
    """Whether a value is listed; an empty list means every value."""
    return sa.func.coalesce(value.in_(wanted), sa.false()) if wanted else sa.true()
