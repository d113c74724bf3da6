"""Which revision of a period's report a rendering is, and its rows in the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from include.report.content import Card, Content, Printed, Value
from include.tables.ops import IN_READERS_HANDS, delivery
from include.tables.reports import printed_cell, snapshot


@dataclass(frozen=True)
class Revision:
    """The number a rendering gets.

    `is_sent_as_is` says that readers have these very figures. `sent_cells` are the texts, by cell,
    of the mail readers have when it says something else; None when they have none.
    """

    number: int
    is_sent_as_is: bool
    sent_cells: Mapping[str, str] | None


def choose_revision(connection: sa.Connection, content: Content) -> Revision:
    """The content's revision; until the transaction ends nobody else chooses for the same period."""
    report_id, period_id = content.report_id, content.period_id
    connection.execute(
        sa.select(
            sa.func.pg_advisory_xact_lock(
                sa.func.hashtextextended(f"render/{report_id}/{period_id}", 0)
            )
        )
    )
    sent = connection.execute(
        sa.select(snapshot.c.revision, snapshot.c.content_hash)
        .where(snapshot.c.report_id == report_id, snapshot.c.period_id == period_id)
        .where(
            sa.exists().where(
                delivery.c.report_id == report_id,
                delivery.c.period_id == period_id,
                delivery.c.revision == snapshot.c.revision,
                delivery.c.status.in_(IN_READERS_HANDS),
            )
        )
        .order_by(snapshot.c.revision.desc())
        .limit(1)
    ).one_or_none()
    if sent is None:
        return Revision(1, False, None)
    if sent.content_hash == content.content_hash:
        return Revision(sent.revision, True, None)
    return Revision(
        sent.revision + 1, False, _texts(connection, report_id, period_id, sent.revision)
    )


def withdraw(connection: sa.Connection, report_id: str, period_id: str, after: int) -> None:
    """Delete the revisions after one: nobody has them, and the figures are what they were."""
    for table in (printed_cell, snapshot):
        connection.execute(
            sa.delete(table).where(
                table.c.report_id == report_id,
                table.c.period_id == period_id,
                table.c.revision > after,
            )
        )


def changed_lines(content: Content, sent_cells: Mapping[str, str]) -> tuple[str, ...]:
    """One line per card whose figure reads differently from the mail readers have, and one for those
    of which only what stands beside the figure does.
    """
    texts = {cell.cell_id: cell.text for cell in content.printed}
    lines = []
    beside = []
    for card in content.cards:
        was = sent_cells.get(f"card.{card.metric_id}.value")
        now = card.cell.text if isinstance(card.cell, Value) else None
        if now is not None and was is None:
            lines.append(f"{card.label}: {now}, was not available.")
        elif now is None and was is not None:
            lines.append(f"{card.label}: no longer available.")
        elif now != was:
            lines.append(f"{card.label}: {now}, was {was}.")
        elif _of_card(card, texts) != _of_card(card, sent_cells):
            beside.append(card.label)
    if beside:
        lines.append(
            "Same figure, but what it is based on or compared with has changed: "
            f"{', '.join(beside)}."
        )
    return tuple(lines) or ("No figure on a card; only earlier weeks, or details below the cards.",)


def _of_card(card: Card, texts: Mapping[str, str]) -> dict[str, str]:
    """What is printed on a card, by cell."""
    prefix = f"card.{card.metric_id}."
    return {cell_id: text for cell_id, text in texts.items() if cell_id.startswith(prefix)}


def store(connection: sa.Connection, row: Mapping[str, Any], printed: Sequence[Printed]) -> None:
    """Put the snapshot and its printed cells in place of what the revision held."""
    key = {name: row[name] for name in ("report_id", "period_id", "revision")}
    for table in (printed_cell, snapshot):
        connection.execute(
            sa.delete(table).where(*(table.c[name] == value for name, value in key.items()))
        )
    connection.execute(sa.insert(snapshot), dict(row))
    cells = [
        {
            **key,
            "cell_id": cell.cell_id,
            "metric_id": cell.metric_id,
            "value": cell.value,
            "printed_text": cell.text,
        }
        for cell in printed
    ]
    if cells:
        connection.execute(sa.insert(printed_cell), cells)


def _texts(
    connection: sa.Connection, report_id: str, period_id: str, revision: int
) -> Mapping[str, str]:
    """A revision's figures as printed, by cell."""
    query = sa.select(printed_cell.c.cell_id, printed_cell.c.printed_text).where(
        printed_cell.c.report_id == report_id,
        printed_cell.c.period_id == period_id,
        printed_cell.c.revision == revision,
    )
    return {row.cell_id: row.printed_text for row in connection.execute(query)}
