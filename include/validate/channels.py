"""Sources of customers that `channels.yaml` gives no channel."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from include.core.portable import folded
from include.tables import facts
from include.tables.stage import CURRENT
from include.validate.counts import CountedRule

# What records say they came from, by the name of the column.
SOURCE_COLUMNS = ("lead_source", "account_source", "analytics_source", "campaign_type")
# A source that came into use is seen while it is new; one on a record or two is a slip of the pen.
RECENT = timedelta(days=28)
FEWEST_RECORDS = 3
MOST_NAMED = 20
WORDS = "each source of three records or more made in four weeks has a channel in channels.yaml"


def sources_have_channels(connection: sa.Connection, checked_at: datetime) -> CountedRule:
    """The rule, with the sources that have none in its words: another one is another thing to tell."""
    source = _recent_sources(checked_at)
    lacks = sa.and_(source.c.record_count >= FEWEST_RECORDS, source.c.channel.is_(None))
    lacking = list(
        connection.scalars(sa.select(source.c.name).where(lacks).order_by(source.c.source_value))
    )
    named = ", ".join(lacking[:MOST_NAMED])
    if len(lacking) > MOST_NAMED:
        named += " and others"
    return CountedRule(
        f"{WORDS}; list these there: {named}" if lacking else WORDS,
        (),
        "warning",
        sa.select(
            sa.func.sum(source.c.record_count).label("checked_count"),
            sa.func.sum(sa.case((lacks, source.c.record_count), else_=0)).label("unexpected_count"),
        ),
    )


def _recent_sources(checked_at: datetime) -> sa.Subquery:
    """One row per source of records made lately: source_value (folded), name, record_count, channel."""
    said = sa.union_all(
        *(
            sa.select(table.c[name].label("name"))
            .where(
                table.c[name] != "",
                table.c.created_at > checked_at - RECENT,
                table.c.created_at <= checked_at,
                sa.not_(table.c.is_deleted),
                table.c.merged_into_id.is_(None),
            )
            .select_from(table)
            for table in CURRENT.values()
            for name in SOURCE_COLUMNS
            if name in table.c
        )
    ).subquery("said")
    channel, value = facts.channel_source.c, folded(said.c.name)
    return (
        sa.select(
            value.label("source_value"),
            sa.func.min(said.c.name).label("name"),
            sa.func.count().label("record_count"),
            sa.func.min(channel.channel).label("channel"),
        )
        .select_from(said.outerjoin(facts.channel_source, channel.source_value == value))
        .group_by(value)
        .subquery("recent_source")
    )
