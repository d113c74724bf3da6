"""Small builders of fact rows, the calendar and the ledger of windows, for tests of metrics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.settings import Calendar
from include.facts import calendar as calendar_tables
from include.metrics.compute import compute_metrics
from include.tables import facts, ops
from include.tables.metrics import metric_value

UTC_CALENDAR = Calendar(
    time_zone="UTC", currency="USD", fiscal_year_start_month=1, trailing_periods=3
)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
SALES_OBJECTS = ("salesforce.opportunity", "hubspot.deal")
_BATCHES = count()

Row = dict[str, Any]


def at(text: str) -> datetime:
    """An instant in UTC from ISO text without a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def build_calendar(
    engine: sa.Engine,
    first: str = "2024-01-01",
    last: str = "2027-12-31",
    calendar: Calendar = UTC_CALENDAR,
) -> None:
    """Fill facts.date and facts.period."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    with engine.begin() as connection:
        connection.execute(facts.date.insert(), calendar_tables.date(*days, calendar))
        connection.execute(facts.period.insert(), calendar_tables.period(*days, calendar))


def window(
    object_id: str,
    end: datetime,
    status: str = "loaded",
    start: datetime = BEGINNING,
    mode: str = "snapshot",
    error: str | None = None,
) -> Row:
    """A row of the ledger."""
    crm, object_name = object_id.split(".")
    number = next(_BATCHES)
    return {
        "batch_id": f"batch-{number:04}",
        "crm": crm,
        "object_name": object_name,
        "mode": mode,
        "window_start_at": start,
        "window_end_at": end,
        "status": status,
        "is_unified": status == "loaded",
        "is_in_facts": status == "loaded",
        "run_id": "extract",
        "extracted_at": end + timedelta(microseconds=number),
        "error": error,
    }


def loaded(engine: sa.Engine, objects: Iterable[str], until: datetime) -> None:
    """Say that these objects are loaded from the beginning until an instant."""
    insert(engine, ops.extract_window, [window(object_id, until) for object_id in objects])


def insert(engine: sa.Engine, table: sa.Table, rows: list[Row]) -> None:
    """Insert rows, one statement each, so that they may differ in what they leave out."""
    with engine.begin() as connection:
        for row in rows:
            connection.execute(table.insert(), row)


def state(row: Row, start: datetime, end: datetime = END_OF_TIME, crm: str = "salesforce") -> Row:
    """The row as a state that holds from `start` until `end`."""
    return {**row, "crm": crm, "valid_from_at": start, "valid_to_at": end}


def deal(
    deal_id: str,
    created: str,
    closes: str,
    stage: str,
    amount: float | Decimal | None,
    probability: float | None = None,
    zone: str = "UTC",
    known_from: datetime | None = None,
    known_until: datetime = END_OF_TIME,
    crm: str = "salesforce",
    **columns: Any,
) -> Row:
    """One state of a deal: `stage` is open, won, lost or disqualified; `closes` when, or when expected.

    It holds from its creation on, or from its closing when that is earlier, unless told otherwise.
    """
    created_date, close_date = date.fromisoformat(created), date.fromisoformat(closes)
    is_open = stage == "open"
    created_at = datetime.combine(created_date, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    cycle_days = (close_date - created_date).days
    value = None if amount is None else Decimal(str(amount))
    weight = None if probability is None else Decimal(str(probability))
    row = {
        "deal_id": deal_id,
        "channel": "unknown",
        "created_at": created_at,
        "created_date": created_date,
        "closed_date": None if is_open else close_date,
        "expected_close_date": close_date,
        "is_open": is_open,
        "is_closed": not is_open,
        "is_won": stage == "won",
        "is_lost": stage == "lost",
        "is_disqualified": stage == "disqualified",
        "is_counted": True,
        "is_duplicate": False,
        "is_amount_missing": amount is None,
        "is_amount_unconverted": False,
        "is_cycle_negative": not is_open and cycle_days < 0,
        "deal_amount": value,
        "deal_amount_original": value,
        "probability_rate": weight,
        "weighted_amount": value * weight if value is not None and weight is not None else None,
        "cycle_days": cycle_days if stage == "won" and cycle_days >= 0 else None,
        **columns,
    }
    return state(row, known_from or created_at, known_until, crm)


def deal_history(
    deal_id: str,
    created: str,
    closes: str,
    stage: str,
    amount: float | Decimal | None,
    probability: float | None = None,
    **columns: Any,
) -> list[Row]:
    """States of a deal: open since its creation, closed since its closing date."""
    created_at, closed_at = at(created), at(closes)
    if stage == "open":
        return [deal(deal_id, created, closes, "open", amount, probability, **columns)]
    closed = deal(
        deal_id, created, closes, stage, amount, probability, known_from=closed_at, **columns
    )
    if closed_at <= created_at:
        return [closed]
    opened = deal(deal_id, created, closes, "open", amount, 0.5, known_until=closed_at, **columns)
    return [opened, closed]


def credit(row: Row, rate: float = 1, *, is_leading: bool = True, **columns: Any) -> Row:
    """One owner's share of a state of a deal: all of it, and its own owner's, unless told otherwise."""
    names = set(facts.deal_credit.c.keys())
    own = {name: value for name, value in row.items() if name in names} | columns
    share, amount = Decimal(str(rate)), row["deal_amount"]
    return {
        "deal_credit_id": f"{row['deal_id']}:{own.get('owner_user_id')}",
        "credit_rate": share,
        "credit_amount": None if amount is None else amount * share,
        "is_leading": is_leading,
        **own,
    }


def insert_deals(engine: sa.Engine, rows: list[Row]) -> None:
    """Insert states of deals, each credited to its owner."""
    insert(engine, facts.deal, rows)
    insert(engine, facts.deal_credit, [credit(row) for row in rows])


def lead(lead_id: str, created: str, customer: str | None = None, **columns: Any) -> list[Row]:
    """States of a lead: a lead since its creation, a customer since `customer`."""
    row = {
        "lead_id": lead_id,
        "channel": "unknown",
        "created_at": at(created),
        "created_date": date.fromisoformat(created),
        "customer_date": None,
        "is_counted": True,
        "is_converted": False,
        "is_of_customer": False,
        "is_customer": False,
        **columns,
    }
    if customer is None:
        return [state(row, at(created))]
    won = {**row, "is_customer": True, "customer_date": date.fromisoformat(customer)}
    return [state(row, at(created), at(customer)), state(won, at(customer))]


def customer(
    customer_id: str,
    since: str | None = None,
    known_from: datetime = BEGINNING,
    known_until: datetime = END_OF_TIME,
    **columns: Any,
) -> Row:
    """One state of a customer, who has been one `since` a day, or is not yet."""
    row = {
        "customer_id": customer_id,
        "segment": "small",
        "channel": "unknown",
        "customer_date": date.fromisoformat(since) if since else None,
        "is_new_counted": since is not None,
        "is_marketing": False,
        "is_counted": True,
        **columns,
    }
    return state(row, known_from, known_until)


def ticket(
    ticket_id: str,
    created: str,
    final_hours: float | None,
    first_hours: float | None = None,
    **columns: Any,
) -> Row:
    """One state of a request: closed after `final_hours`, first after `first_hours`; None is open."""
    created_at = at(created)
    is_resolved = final_hours is not None
    final_seconds = int(final_hours * 3600) if final_hours is not None else None
    first_seconds = final_seconds if first_hours is None else int(first_hours * 3600)
    resolved_at = created_at + timedelta(seconds=final_seconds) if is_resolved else None
    row = {
        "ticket_id": ticket_id,
        "created_at": created_at,
        "created_date": created_at.date(),
        "resolved_at": resolved_at,
        "resolved_date": resolved_at.date() if resolved_at else None,
        "is_resolved": is_resolved,
        "is_counted": True,
        "is_closed_on_create": False,
        "is_reopened": first_hours is not None,
        "is_duration_negative": is_resolved and final_seconds < 0,
        "resolution_seconds": final_seconds if is_resolved and final_seconds >= 0 else None,
        "first_resolution_seconds": first_seconds if is_resolved and final_seconds >= 0 else None,
        **columns,
    }
    return state(row, resolved_at if resolved_at and final_seconds >= 0 else created_at)


def activity(activity_id: str, kind: str, completed: str | None, **columns: Any) -> Row:
    """One state of an activity, completed at an instant or not at all."""
    completed_at = at(completed) if completed else None
    row = {
        "activity_id": activity_id,
        "activity_type": kind,
        "completed_at": completed_at,
        "completed_date": completed_at.date() if completed_at else None,
        "is_completed": completed_at is not None,
        "is_counted": True,
        **columns,
    }
    return state(row, completed_at or at("2026-01-01"))


def user(user_id: str, name: str, is_counted: bool = True, **columns: Any) -> Row:
    """One state of a user, since the beginning of 2025 unless told otherwise."""
    row = {
        "user_id": user_id,
        "user_name": name,
        "role_name": "(no role)",
        "is_frozen": False,
        "is_counted": is_counted,
        **columns,
    }
    return state(row, columns.pop("known_from", at("2025-01-01")))


def login(user_id: str, *successes: str, failures: int = 0, on: str | None = None) -> Row:
    """A user's day with logins at these instants (UTC), or with failures only `on` a day."""
    instants = sorted(at(each) for each in successes)
    return {
        "user_id": user_id,
        "login_date": instants[0].date() if instants else date.fromisoformat(on or ""),
        "crm": "salesforce",
        "success_count": len(instants),
        "failure_count": failures,
        "first_success_at": instants[0] if instants else None,
        "last_success_at": instants[-1] if instants else None,
    }


def compute(
    engine: sa.Engine,
    as_of_at: datetime,
    metric_ids: list[str] | None = None,
    calendar: Calendar = UTC_CALENDAR,
    run_id: str = "run",
) -> int:
    """Compute metrics; the values are stamped with the as-of."""
    return compute_metrics(engine, calendar, as_of_at, run_id, as_of_at, metric_ids)


def values(engine: sa.Engine, metric_id: str, **filters: Any) -> dict[str, sa.Row[Any]]:
    """Rows of one metric by slice value; filters are columns, slice_id is total if not given."""
    wanted = {"metric_id": metric_id, "slice_id": "total", **filters}
    conditions = [metric_value.c[name] == value for name, value in wanted.items()]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(metric_value).where(*conditions)).all()
    found = {row.slice_value: row for row in rows}
    assert len(found) == len(rows), "the filters leave more than one row per member"
    return found


def total(engine: sa.Engine, metric_id: str, grain: str, start: str, **filters: Any) -> sa.Row[Any]:
    """The total of one metric and period."""
    return values(
        engine,
        metric_id,
        grain=grain,
        period_start_date=date.fromisoformat(start),
        **filters,
    )[""]
