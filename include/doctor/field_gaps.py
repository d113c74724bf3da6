"""Since when fields have not been read, and what metrics lose by that.

What has been read is taken from the ledger of windows, so a field that was hidden and is shown again
counts as read only once everything has been read with it; the words come from the doctor's findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.window import BEGINNING, Window, gaps
from include.doctor.finding import may_lack
from include.doctor.lineage import Lineage, Origin
from include.doctor.loss import Effect, Loss
from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS, ops
from include.tables.source_object import SourceObject

CRMS = ("salesforce", "hubspot")
HIDDEN = (
    "{object_id} is read without {fields}. Give the integration user read access to these fields in a "
    "permission set."
)
NOT_THERE = (
    "{object_id} has no {fields}, or does not show them to us: such fields come with an edition, a tier, "
    "or the tool that fills them."
)


@dataclass(frozen=True)
class Supply:
    """What the ledger says has been read.

    `since` is when each field that lacks began to, BEGINNING where it never was read; `absent` are
    objects of which nothing ever came.
    """

    since: Mapping[Origin, datetime]
    absent: frozenset[str]


def store_metric_findings(engine: sa.Engine, settings: Settings, checked_at: datetime) -> int:
    """Put what metrics lose for lack of fields, as of now, in the place of what was found before.

    Rows of ops.metric_finding written.
    """
    with engine.begin() as connection:
        supply = read_supply(connection)
        rows = []
        if supply.since:
            words = _words_of_findings(connection)
            found = metric_findings(supply, Lineage(settings), words)
            rows = [row | {"checked_at": checked_at} for row in found]
        connection.execute(sa.delete(ops.metric_finding))
        if rows:
            connection.execute(sa.insert(ops.metric_finding), rows)
    return len(rows)


def read_supply(connection: sa.Connection) -> Supply:
    """What has been read of every field and object, by the ledger."""
    window = ops.extract_window
    loaded: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(sa.select(window).where(window.c.is_in_facts)):
        loaded[f"{row.crm}.{row.object_name}"].append(row)
    since: dict[Origin, datetime] = {}
    absent = set()
    for source in SOURCE_OBJECTS:
        windows = loaded[source.id]
        if not any(row.landed_count is None or row.landed_count > 0 for row in windows):
            absent.add(source.id)
        since |= dict(_unread(source, windows))
    return Supply(since, frozenset(absent))


def _unread(source: SourceObject, windows: list[Any]) -> Iterator[tuple[Origin, datetime]]:
    """Each field that some of an object was read without, and never again with: since when."""
    for field in source.fields:
        without: list[Window] = []
        covered: list[Window] = []
        for row in windows:
            if row.window_end_at <= BEGINNING:
                continue
            begin = BEGINNING if row.mode == "snapshot" else row.window_start_at
            is_read = row.read_fields is None or field.column in row.read_fields
            (covered if is_read else without).append(Window(begin, row.window_end_at))
        missing = [gap.start for window in without for gap in gaps(window, covered)]
        if missing:
            yield (source.id, field.source), min(missing)


def metric_findings(
    supply: Supply, lineage: Lineage, words: Mapping[Origin, str]
) -> Iterator[dict[str, Any]]:
    """One row of ops.metric_finding, without its instant, per metric, CRM and worsening."""
    for crm in CRMS:
        instants = {origin: at for origin, at in supply.since.items() if _crm(origin) == crm}
        once_shown = frozenset(origin for origin, at in instants.items() if at > BEGINNING)
        before: dict[str, Effect] = {}
        for since_at in sorted(set(instants.values())):
            hidden = frozenset(origin for origin, at in instants.items() if at <= since_at)
            loss = Loss(lineage, crm, hidden, supply.absent)
            for metric in CATALOGUE:
                effect = counted(loss.of_metric(metric), once_shown)
                if effect == before.get(metric.id, Effect()):
                    continue
                before[metric.id] = effect
                yield {
                    "metric_id": metric.id,
                    "crm": crm,
                    "since_at": since_at,
                    "is_whole": effect.is_whole,
                    "is_absent": effect.is_every and _is_absent(effect.causes, once_shown),
                    "status": _status(effect.causes, once_shown),
                    "reason": _reason(effect.causes, once_shown, words),
                }


def counted(effect: Effect, once_shown: frozenset[Origin] = frozenset()) -> Effect:
    """The effect, as far as it is one.

    A field that an account may lack, and that was not even once shown, holds nothing that a part of
    the value could be wrong by. That all of a metric rests on it has to be said all the same.
    """
    if effect.is_whole:
        return effect
    causes = frozenset(
        origin for origin in effect.causes if origin in once_shown or not may_lack(*origin)
    )
    return Effect(causes=causes)


def _is_absent(causes: Iterable[Origin], once_shown: frozenset[Origin]) -> bool:
    """Whether the account need never have had any of the fields."""
    return all(may_lack(*origin) and origin not in once_shown for origin in causes)


def _status(causes: Iterable[Origin], once_shown: frozenset[Origin]) -> str:
    """Denied, unless the account may never have had any of the fields."""
    return "SOURCE_UNAVAILABLE" if _is_absent(causes, once_shown) else "PERMISSION_DENIED"


def _reason(
    causes: Iterable[Origin], once_shown: frozenset[Origin], words: Mapping[Origin, str]
) -> str:
    """Which fields lack, by object, and what to grant."""
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for origin in sorted(causes):
        object_id, path = origin
        is_hidden = not _is_absent([origin], once_shown)
        remedy = words.get(origin) or ""
        template = HIDDEN if is_hidden else NOT_THERE
        grouped[object_id, remedy or template].append(path.removeprefix("properties."))
    sentences = []
    for (object_id, said), names in grouped.items():
        fields = ", ".join(names)
        if said in (HIDDEN, NOT_THERE):
            sentences.append(said.format(object_id=object_id, fields=fields))
        else:
            sentences.append(f"{object_id} is read without {fields}. {said}")
    return " ".join(sentences)


def _words_of_findings(connection: sa.Connection) -> dict[Origin, str]:
    """What the doctor says is to be done about fields."""
    finding = ops.source_finding
    rows = connection.execute(sa.select(finding).where(finding.c.field_name != ""))
    remedies = {(row.crm, row.object_name, row.field_name): row.remedy for row in rows}
    return {
        (source.id, field.source): remedy
        for source in SOURCE_OBJECTS
        for field in source.fields
        if (
            remedy := remedies.get(
                (source.crm, source.table, field.source.removeprefix("properties."))
            )
        )
    }


def _crm(origin: Origin) -> str:
    return origin[0].partition(".")[0]
