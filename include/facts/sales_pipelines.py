"""The sales pipelines that are chosen against those there are."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.settings import Settings
from include.facts.observed_deal import record_type
from include.tables.stage import CURRENT, VERSION


def check_sales_pipelines(connection: sa.Connection, settings: Settings) -> None:
    """Refuse sales pipelines that are none: their deals would not count, and nothing else say so.

    HubSpot's are known by their stages, also those that are gone. A record type is known by its deals;
    a new one has none yet, so only where no deal is of any of those named.

    Raises:
        ConfigurationError: naming them, and those there are.
    """
    problems = [
        f"{crm}.sales_pipelines: {', '.join(unknown)}: there are {', '.join(known)}."
        for crm, (unknown, known) in {
            "salesforce": _record_types(connection, settings),
            "hubspot": _pipelines(connection, settings),
        }.items()
        if unknown and known
    ]
    if problems:
        raise ConfigurationError(
            "sources.yaml names sales pipelines that there are none of, so sales would be missing:\n"
            + "\n".join(problems),
            "\nCorrect it there, then clear the task.",
        )


def _record_types(connection: sa.Connection, settings: Settings) -> tuple[list[str], list[str]]:
    """Record types that are named where no deal is of any of them, and those deals are of."""
    named = settings.sources.salesforce.sales_pipelines
    if not named:
        return [], []
    deals = VERSION["salesforce.opportunity"]
    known = sorted(connection.scalars(sa.select(record_type(deals.c.record_type_id)).distinct()))
    return ([] if {name[:15] for name in named} & set(known) else named), known


def _pipelines(connection: sa.Connection, settings: Settings) -> tuple[list[str], list[str]]:
    """Pipelines of HubSpot that are named and not there, and those that are, with what they are called."""
    named = settings.sources.hubspot.sales_pipelines
    if not named:
        return [], []
    stage = CURRENT["hubspot.deal_stage"]
    label = sa.func.max(stage.c.pipeline_label).label("label")
    rows = connection.execute(
        sa.select(stage.c.pipeline_id, label)
        .group_by(stage.c.pipeline_id)
        .order_by(stage.c.pipeline_id)
    )
    known = {row.pipeline_id: row.label for row in rows}
    return (
        [name for name in named if name not in known],
        [f"{pipeline_id} ({label})" for pipeline_id, label in known.items()],
    )
