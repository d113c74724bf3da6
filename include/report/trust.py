"""How far the figures can be trusted: freshness, checks, rows set aside, revisions of the past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import sqlalchemy as sa

from include.deliver.ledger import IN_READERS_HANDS
from include.report.week import Week
from include.tables.metrics import restatement
from include.tables.ops import delivery, expectation_result, extract_window, fact_build
from include.tables.reports import snapshot

# Earlier weeks whose changes readers are told of.
WEEKS_WATCHED = 8


@dataclass(frozen=True)
class Freshness:
    """How far one CRM's loaded data reach; `objects_behind` end before the report's week does."""

    crm: str
    reaches_at: datetime
    objects_behind: tuple[str, ...]


@dataclass(frozen=True)
class Restatement:
    """A total of an earlier week that changed since the last mail, and why as far as it is known.

    `reasons` are those of metrics.restatement, in the order they came up.
    """

    metric_id: str
    period_start_date: date
    previous_value: Decimal
    value: Decimal
    reasons: tuple[str, ...]


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
    engine: sa.Engine,
    report_id: str,
    metrics: Iterable[str],
    run_ids: Iterable[str],
    week: Week,
    week_start_at: datetime,
    week_end_at: datetime,
    as_of_at: datetime,
) -> Trust:
    """What is known of the data a week's report rests on."""
    since_at = _last_as_of(engine, report_id, week, as_of_at) or as_of_at - timedelta(days=7)
    return Trust(
        _freshness(engine, week_end_at, as_of_at),
        *_checks(engine, run_ids),
        *_set_aside(engine, week_start_at, as_of_at),
        _restatements(engine, metrics, week, since_at, as_of_at),
        _differing(engine, since_at),
    )


def _freshness(
    engine: sa.Engine, week_end_at: datetime, as_of_at: datetime
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
        .where(windows.status == "loaded", windows.window_start_at < as_of_at)
        .group_by(windows.crm, windows.object_name)
        .order_by(windows.crm.desc(), windows.object_name)
    )
    with engine.connect() as connection:
        rows = connection.execute(reach).all()
    return tuple(
        Freshness(
            crm,
            min(row.reach for row in objects),
            tuple(row.object_name for row in objects if row.reach < week_end_at),
        )
        for crm, grouped in groupby(rows, key=lambda row: row.crm)
        if (objects := list(grouped))
    )


def _checks(engine: sa.Engine, run_ids: Iterable[str]) -> tuple[int, int]:
    """(passed, made) expectations of the runs that computed the figures."""
    query = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((expectation_result.c.is_success, 1), else_=0)), 0),
        sa.func.count(),
    ).where(expectation_result.c.run_id.in_(list(run_ids)))
    with engine.connect() as connection:
        passed, made = connection.execute(query).one()
    return int(passed), int(made)


def _set_aside(engine: sa.Engine, since_at: datetime, as_of_at: datetime) -> tuple[int, int]:
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
    with engine.connect() as connection:
        set_aside, read = connection.execute(query).one()
    return int(set_aside), int(read)


def _differing(engine: sa.Engine, since_at: datetime) -> Differing | None:
    """What the newest comparison of facts found after an instant; None where it found them equal."""
    built = fact_build.c
    newest = (
        sa.select(built.built_at, built.differing_count)
        .where(built.differing_count.is_not(None))
        .order_by(built.built_at.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(newest).one_or_none()
        if row is None or not row.differing_count or row.built_at <= since_at:
            return None
        before = sa.select(sa.func.max(built.built_at)).where(
            built.is_whole, built.built_at < row.built_at
        )
        whole_at = connection.execute(before).scalar_one()
    return Differing(row.differing_count, whole_at, row.built_at)


def _last_as_of(
    engine: sa.Engine, report_id: str, week: Week, as_of_at: datetime
) -> datetime | None:
    """As-of of the latest mail about an earlier period; None when there was none.

    A snapshot that was held, or that a backfill rendered, has told nobody anything.
    """
    has_readers = sa.exists().where(
        *(delivery.c[name] == snapshot.c[name] for name in ("report_id", "period_id", "revision")),
        delivery.c.status.in_(IN_READERS_HANDS),
    )
    query = sa.select(sa.func.max(snapshot.c.as_of_at)).where(
        snapshot.c.report_id == report_id,
        snapshot.c.period_id != week.period_id,
        snapshot.c.as_of_at < as_of_at,
        has_readers,
    )
    with engine.connect() as connection:
        return connection.scalar(query)


def _restatements(
    engine: sa.Engine,
    metric_ids: Iterable[str],
    week: Week,
    since_at: datetime,
    as_of_at: datetime,
) -> tuple[Restatement, ...]:
    """One per metric and week, of the last ones before, whose total changed; newest first.

    Several changes of one week since then are one: from what the reader had to what is now.
    """
    columns = restatement.c
    query = (
        sa.select(
            columns.metric_id,
            columns.period_start_date,
            columns.previous_value,
            columns.value,
            columns.reason,
        )
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
    first: dict[tuple[str, date], Decimal | None] = {}
    last: dict[tuple[str, date], Decimal | None] = {}
    reasons: dict[tuple[str, date], dict[str, None]] = {}
    with engine.connect() as connection:
        for metric_id, start, previous, value, reason in connection.execute(query):
            first.setdefault((metric_id, start), previous)
            last[metric_id, start] = value
            reasons.setdefault((metric_id, start), {})[reason] = None
    found = [
        Restatement(metric_id, start, before, now, tuple(reasons[metric_id, start]))
        for (metric_id, start), now in last.items()
        if (before := first[metric_id, start]) is not None and now is not None
    ]
    return tuple(
        sorted(found, key=lambda row: (row.period_start_date, row.metric_id), reverse=True)
    )
