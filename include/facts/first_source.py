"""Where a record came from: the source that was recorded first, whoever wrote another one over it."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression
from include.facts.lookup import UNKNOWN_CHANNEL, maps
from include.tables import facts
from include.tables.objects import source_object
from include.tables.stage import CURRENT, VERSION

# Where each object says what it came from.
SOURCE_COLUMNS = {
    "salesforce.lead": "lead_source",
    "salesforce.contact": "lead_source",
    "salesforce.account": "account_source",
    "hubspot.contact": "analytics_source",
    "hubspot.company": "analytics_source",
}
# What HubSpot calls its own tracking where it says what set a value.
_TRACKING = "ANALYTICS"


def first_channels(object_id: str) -> sa.Subquery:
    """One row per record with a source that means a channel: record_id, channel.

    Of several values the first one known. HubSpot's tracking corrects itself when it recognizes an
    earlier visit, so of what it told itself the last counts, before all that people and programs
    wrote. A company of HubSpot has the source that is worked out from its contacts, as it stands.
    """
    value, channel = _values(object_id), facts.channel_source
    is_tracked = value.c.is_tracked
    rank = sa.func.row_number().over(
        partition_by=value.c.record_id,
        order_by=(
            sa.case((is_tracked, 0), else_=1),
            sa.case((is_tracked, value.c.told_at)).desc(),
            value.c.told_at,
            channel.c.channel,
        ),
    )
    ranked = (
        sa.select(value.c.record_id, channel.c.channel, rank.label("rank"))
        .select_from(value.join(channel, maps(value.c.source_value)))
        .where(channel.c.channel != UNKNOWN_CHANNEL)
        .subquery("ranked_source")
    )
    return (
        sa.select(ranked.c.record_id, ranked.c.channel)
        .where(ranked.c.rank == 1)
        .subquery(f"first_channel_of_{object_id.replace('.', '_')}")
    )


def _values(object_id: str) -> sa.Subquery:
    """One row per record and value its source had: record_id, source_value, told_at, and is_tracked."""
    source = source_object(object_id)
    table = CURRENT[object_id] if object_id == "hubspot.company" else VERSION[object_id]

    def value(
        record_id: Expression, text: Expression, told_at: Expression, is_tracked: Expression
    ) -> sa.Select[tuple[str]]:
        return sa.select(
            record_id.label("record_id"),
            text.label("source_value"),
            told_at.label("told_at"),
            is_tracked.label("is_tracked"),
        )

    read = value(
        table.c[source.key_column],
        table.c[SOURCE_COLUMNS[object_id]],
        table.c.modified_at,
        sa.false(),
    )
    if object_id != "hubspot.contact":
        return read.subquery("source_value")
    entry = CURRENT["hubspot.contact_history"]
    told = value(
        entry.c.contact_id,
        entry.c.property_value,
        entry.c.changed_at,
        sa.func.coalesce(entry.c.source_type == _TRACKING, sa.false()),
    ).where(entry.c.property_name == "hs_analytics_source", entry.c.later_count == 0)
    return sa.union_all(read, told).subquery("source_value")
