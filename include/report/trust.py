"""How far the figures can be trusted: freshness, checks, rows set aside, revisions of the past."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from include.report.figures import Figure, Figures
from include.report.week import Week
from include.tables.metrics import metric_value, restatement, value_state
from include.tables.ops import (
    IN_READERS_HANDS,
    delivery,
    expectation_result,
    extract_window,
    fact_build,
)
from include.tables.reports import printed_cell, snapshot

# Earlier weeks whose changes readers are told of.
WEEKS_WATCHED = 8
# What names a snapshot, and its mails and figures.
KEY = ("report_id", "period_id", "revision")


@dataclass(frozen=True)
class Freshness:
    """How far one CRM's loaded data reach; `objects_behind` end before the report's week does.

    Of `objects_refused` the newest full reading lacked so much that nothing of it was loaded.
    """

    crm: str
    reaches_at: datetime
    objects_behind: tuple[str, ...]
    objects_refused: tuple[str, ...]


@dataclass(frozen=True)
class Restatement:
    """A total of an earlier week that changed since the last mail, and why as far as it is known.

    `previous_text` is what that mail printed, empty where it was not asked. `reasons` are those of
    metrics.restatement, in the order they came up.
    """

    current: Figure
    previous: Figure
    previous_text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A total as readers had it: its value, in the words of their mail, or what it was made of."""

    value: Decimal | None
    text: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Differing:
    """Rows of facts that a whole build found wrong since the last mail, and since when they may have been."""

    count: int
    since_at: datetime
    found_at: datetime


@dataclass(frozen=True)
class Trust:
    """Everything a reader should know before believing a figure."""

    freshness: tuple[Freshness, ...]
    checks_passed: int
    checks_count: int
    set_aside_count: int
    read_count: int
    restatements: tuple[Restatement, ...]
    differing: Differing | None

    @property
    def set_aside_rate(self) -> Decimal:
        """Share of the records read that were set aside."""
        return Decimal(self.set_aside_count) / self.read_count if self.read_count else Decimal(0)


def read_trust(
    connection: sa.Connection,
    report_id: str,
    metrics: Sequence[str],
    figures: Figures,
    week: Week,
    week_start_at: datetime,
    week_end_at: datetime,
    as_of_at: datetime,
) -> Trust:
    """What is known of the data a week's report rests on."""
    last = _last_mail(connection, report_id, week, as_of_at)
    since_at = last.as_of_at if last else as_of_at - timedelta(days=7)
    repaired = _repaired(connection, report_id, metrics, week, last.rendered_at) if last else {}
    return Trust(
        _freshness(connection, week_end_at, as_of_at),
        *_checks(connection, figures.run_ids(week)),
        *_set_aside(connection, week_start_at, as_of_at),
        _restatements(connection, metrics, figures, week, since_at, as_of_at, repaired),
        # Facts are built after the instant they stand at: what counts is when the mail was made.
        _differing(connection, last.rendered_at if last else since_at),
    )


def _freshness(
    connection: sa.Connection, week_end_at: datetime, as_of_at: datetime
) -> tuple[Freshness, ...]:
    """One per CRM in use: the earliest of the instants its objects are loaded up to."""
    windows = extract_window.c
    reach = (
        sa.select(
            windows.crm,
            windows.object_name,
            # A window that goes on after the as-of, like a first reading, reaches it.
            sa.func.max(sa.func.least(windows.window_end_at, as_of_at)).label("reach"),
        )
        .where(windows.is_in_facts, windows.window_start_at < as_of_at)
        .group_by(windows.crm, windows.object_name)
        .order_by(windows.crm.desc(), windows.object_name)
    )
    rows = connection.execute(reach).all()
    newest = connection.execute(_newest_snapshots()).all()
    refused = {(row.crm, row.object_name) for row in newest if row.status == "failed"}
    return tuple(
        Freshness(
            crm,
            min(row.reach for row in objects),
            tuple(row.object_name for row in objects if row.reach < week_end_at),
            tuple(row.object_name for row in objects if (crm, row.object_name) in refused),
        )
        for crm, grouped in groupby(rows, key=lambda row: row.crm)
        if (objects := list(grouped))
    )


def _newest_snapshots() -> sa.Select[Any]:
    """One row per object: what became of the newest full reading that came to be loaded or refused."""
    window = extract_window.c
    return (
        sa.select(window.crm, window.object_name, window.status)
        .where(
            window.mode == "snapshot",
            # One that never landed was broken off, and says nothing of what the CRM shows.
            window.landed_count.is_not(None),
            window.status.in_(("loaded", "failed")),
        )
        .ext(distinct_on(window.crm, window.object_name))
        .order_by(window.crm, window.object_name, window.extracted_at.desc())
    )


def _checks(connection: sa.Connection, run_ids: Collection[str]) -> tuple[int, int]:
    """(passed, made) expectations of the runs that computed the figures."""
    query = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((expectation_result.c.is_success, 1), else_=0)), 0),
        sa.func.count(),
    ).where(expectation_result.c.run_id.in_(list(run_ids)))
    passed, made = connection.execute(query).one()
    return int(passed), int(made)


def _set_aside(
    connection: sa.Connection, since_at: datetime, as_of_at: datetime
) -> tuple[int, int]:
    """(set aside, read) records of the windows that cover something between the two instants."""
    windows = extract_window.c
    query = sa.select(
        sa.func.coalesce(sa.func.sum(windows.set_aside_count), 0),
        sa.func.coalesce(sa.func.sum(windows.landed_count), 0),
    ).where(
        windows.status == "loaded",
        windows.window_end_at > since_at,
        windows.window_start_at < as_of_at,
    )
    set_aside, read = connection.execute(query).one()
    return int(set_aside), int(read)


def _differing(connection: sa.Connection, since_at: datetime) -> Differing | None:
    """What the newest comparison of facts found after an instant; None where it found them equal."""
    built = fact_build.c
    newest = (
        sa.select(built.built_at, built.differing_count)
        .where(built.differing_count.is_not(None))
        .order_by(built.built_at.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    if row is None or not row.differing_count or row.built_at <= since_at:
        return None
    before = sa.select(sa.func.max(built.built_at)).where(
        built.is_whole, built.built_at < row.built_at
    )
    whole_at = connection.execute(before).scalar_one()
    return Differing(row.differing_count, whole_at, row.built_at)


def _mails(report_id: str) -> sa.Select[Any]:
    """Snapshots that readers have. One that was held, or that a backfill rendered, told nobody."""
    has_readers = sa.exists().where(
        *(delivery.c[name] == snapshot.c[name] for name in KEY),
        delivery.c.status.in_(IN_READERS_HANDS),
    )
    return sa.select(*(snapshot.c[name] for name in (*KEY, "as_of_at", "rendered_at"))).where(
        snapshot.c.report_id == report_id, has_readers
    )


def _last_mail(
    connection: sa.Connection, report_id: str, week: Week, as_of_at: datetime
) -> sa.Row[Any] | None:
    """The latest mail about an earlier period; None when there was none."""
    query = (
        _mails(report_id)
        .where(snapshot.c.period_id != week.period_id, snapshot.c.as_of_at < as_of_at)
        .order_by(snapshot.c.as_of_at.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _repaired(
    connection: sa.Connection,
    report_id: str,
    metric_ids: Sequence[str],
    week: Week,
    since_at: datetime,
) -> dict[tuple[str, date], Told]:
    """What readers were told last of earlier weeks, where what their mail stood on is other now.

    Only of values computed anew since the last mail. Whoever computes the day of a mail again, or
    reads it again, leaves no restatement after that day: only the mail knows what it said.
    """
    value, printed = metric_value.c, printed_cell.c
    watched = {week.back(back).period_id: week.back(back) for back in range(1, WEEKS_WATCHED + 1)}
    mail = _mails(report_id).cte("mail")
    newest = (
        sa.select(mail)
        .where(mail.c.period_id.in_(watched))
        .ext(distinct_on(mail.c.period_id))
        .order_by(mail.c.period_id, mail.c.revision.desc())
        .subquery("newest")
    )
    is_of_mail = sa.and_(
        value.grain == "week",
        value.slice_id == "total",
        value.period_id == newest.c.period_id,
        value.as_of_at == newest.c.as_of_at,
        value.computed_at > since_at,
    )
    changed = (
        sa.select(value.metric_id, value.period_id, printed.value, printed.printed_text)
        .join_from(newest, printed_cell, sa.and_(*(printed[n] == newest.c[n] for n in KEY)))
        .join(metric_value, sa.and_(is_of_mail, value.metric_id == printed.metric_id))
        .where(
            value.metric_id.in_(metric_ids),
            printed.cell_id == sa.func.concat("card.", value.metric_id, ".value"),
            printed.value.is_distinct_from(value.value),
        )
    )
    told = (
        sa.select(printed.cell_id, printed.value, printed.printed_text)
        .join_from(mail, printed_cell, sa.and_(*(printed[n] == mail.c[n] for n in KEY)))
        .where(printed.cell_id.startswith("restated."))
        .order_by(mail.c.as_of_at)
    )
    found = connection.execute(changed).all()
    rows = connection.execute(told).all() if found else []
    said = {cell_id: Told(*as_told) for cell_id, *as_told in rows}
    return {
        (metric_id, watched[period_id].start): said.get(
            f"restated.{metric_id}.{period_id}", Told(*as_told)
        )
        for metric_id, period_id, *as_told in found
    }


def _restatements(
    connection: sa.Connection,
    metric_ids: Sequence[str],
    figures: Figures,
    week: Week,
    since_at: datetime,
    as_of_at: datetime,
    repaired: Mapping[tuple[str, date], Told],
) -> tuple[Restatement, ...]:
    """One per metric and week, of the last ones before, whose total changed; newest first.

    Several changes of one week since then are one: from what the reader had to what is now.
    `repaired` are those of which the values that changes begin with are not what the reader had.
    """
    columns, state = restatement.c, value_state.c
    key = ("metric_id", "grain", "period_start_date", "slice_id", "slice_value")
    # What the value was made of: a rate of few events is printed as counts.
    was = sa.and_(
        *(columns[name] == state[name] for name in key),
        state.as_of_at <= columns.previous_as_of_at,
        state.until_as_of_at > columns.previous_as_of_at,
        state.value == columns.previous_value,
    )
    query = (
        sa.select(
            columns.metric_id,
            columns.period_start_date,
            columns.reason,
            columns.previous_value,
            sa.literal("").label("printed_text"),
            state.numerator,
            state.denominator,
        )
        .join_from(restatement, value_state, was, isouter=True)
        .where(
            columns.metric_id.in_(list(metric_ids)),
            columns.grain == "week",
            columns.slice_id == "total",
            columns.period_start_date.between(week.back(WEEKS_WATCHED).start, week.back(1).start),
            columns.as_of_at > since_at,
            columns.as_of_at <= as_of_at,
        )
        .order_by(columns.as_of_at)
    )
    first: dict[tuple[str, date], Told] = {}
    reasons: dict[tuple[str, date], dict[str, None]] = {}
    for metric_id, start, reason, *as_told in connection.execute(query):
        first.setdefault((metric_id, start), Told(*as_told))
        reasons.setdefault((metric_id, start), {})[reason] = None
    found = []
    for (metric_id, start), told in (first | dict(repaired)).items():
        current = figures.total(metric_id, Week(start))
        if current is None or not current.is_usable or told.value is None:
            continue
        previous = replace(
            current,
            status="OK",
            value=told.value,
            numerator=told.numerator,
            denominator=told.denominator,
        )
        found.append(
            Restatement(current, previous, told.text, tuple(reasons.get((metric_id, start), ())))
        )
    return tuple(
        sorted(
            found,
            key=lambda one: (one.current.period_start_date, one.current.metric_id),
            reverse=True,
        )
    )
