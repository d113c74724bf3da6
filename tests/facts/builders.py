"""Staged records in a line each, and the fact rows made of them."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.warehouse import plan_for_whole_tables
from include.facts.build import MAKERS, Rows, replace, replace_calendars
from include.tables import facts, source_object
from include.tables import stage as staged
from include.tables.stage import CURRENT, VERSION
from tests.facts_once import rows_of_maker

END = datetime(9999, 12, 31, tzinfo=UTC)
_NUMBERS = itertools.count(1)


def at(text: str) -> datetime:
    """A UTC instant, such as 2026-03-01 or 2026-03-01T03:30."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on(text: str | None) -> date | None:
    """A date."""
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True)
class Version:
    """One version of a record, as staging holds it."""

    object_id: str
    key: str
    modified_at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    is_deleted: bool = False
    merged_into_id: str | None = None


def version(
    object_id: str,
    key: str,
    modified: str,
    *,
    deleted: bool = False,
    merged_into: str | None = None,
    **values: Any,
) -> Version:
    """A version of any object; columns not given are NULL."""
    return Version(object_id, key, at(modified), values, deleted, merged_into)


def opportunity(
    key: str,
    created: str,
    close: str,
    outcome: str,
    amount: float | None = 1000,
    percent: float | None = None,
    *,
    modified: str | None = None,
    deleted: bool = False,
    **values: Any,
) -> Version:
    """A Salesforce deal; outcome is won, lost or open.

    Unless said, a closed one was modified when it closed, an open one when it was created.
    """
    stage = {"won": "Closed Won", "lost": "Closed Lost", "open": "Prospecting"}[outcome]
    return version(
        "salesforce.opportunity",
        key,
        modified or (created if outcome == "open" else max(created, close)),
        deleted=deleted,
        **{
            "created_at": at(created),
            "close_date": on(close),
            "stage_name": stage,
            "is_closed": outcome != "open",
            "is_won": outcome == "won",
            "amount_original": amount,
            "probability_percent": percent,
            "owner_user_id": "005A",
            **values,
        },
    )


def change(
    deal: str, created: str, stage: str, amount: float, percent: float, close: str
) -> Version:
    """A row of a Salesforce deal's history."""
    return version(
        "salesforce.opportunity_history",
        f"008{next(_NUMBERS):06d}",
        created,
        opportunity_id=deal,
        created_at=at(created),
        stage_name=stage,
        amount_original=amount,
        probability_percent=percent,
        close_date=on(close),
    )


def stages() -> Iterator[Version]:
    """The stages of a small Salesforce org."""
    for order, (name, closed, won, percent) in enumerate(
        [
            ("Prospecting", False, False, 10),
            ("Negotiation", False, False, 60),
            ("Closed Won", True, True, 100),
            ("Closed Lost", True, False, 0),
        ]
    ):
        yield version(
            "salesforce.opportunity_stage",
            f"01J{order}",
            "2025-01-01",
            stage_name=name,
            stage_label=name,
            is_closed=closed,
            is_won=won,
            probability_percent=percent,
            sort_order=order,
        )


def hubspot_deal(
    key: str, created: str, close: str | None, modified: str, **values: Any
) -> Version:
    """A HubSpot deal; close is an instant."""
    return version(
        "hubspot.deal",
        key,
        modified,
        **{
            "created_at": at(created),
            "close_at": at(close) if close else None,
            "stage_id": "appointment",
            "pipeline_id": "default",
            **values,
        },
    )


def hubspot_change(
    record: str,
    changed: str,
    name: str,
    value: str | None,
    stem: str = "deal",
    later_count: int = 0,
) -> Version:
    """A value a property of a HubSpot record took, as the last of its instant unless said."""
    return version(
        f"hubspot.{stem}_history",
        f"{record}:{name}:{changed}:{later_count}",
        changed,
        **{f"{stem}_id": record},
        property_name=name,
        property_value=value,
        changed_at=at(changed),
        later_count=later_count,
    )


def hubspot_stages() -> Iterator[Version]:
    """The stages of a HubSpot deal pipeline."""
    for name, closed, rate in [
        ("appointment", False, 0.2),
        ("closedwon", True, 1),
        ("closedlost", True, 0),
    ]:
        yield version(
            "hubspot.deal_stage",
            f"default:{name}",
            "2025-01-01",
            pipeline_id="default",
            stage_id=name,
            stage_label=name,
            is_closed=closed,
            probability_rate=rate,
        )


def link(
    object_id: str,
    parent: str,
    to: str | None,
    read: str,
    *,
    primary: bool = False,
    deleted: bool = False,
) -> Version:
    """A link read at an instant; without `to`, the marker that the parent was read then."""
    source = source_object(object_id)
    return version(
        object_id,
        f"{parent}:{to or '*'}",
        read,
        deleted=deleted,
        **{source.fields[0].column: parent, source.fields[1].column: to, "is_primary": primary},
    )


def member(crm: str, record: str, customer: str) -> tuple[sa.Table, dict[str, Any]]:
    """A row of stage.customer_member."""
    return staged.customer_member, {
        "crm": crm,
        "record_id": record,
        "customer_id": customer,
        "rule": "itself",
        "confidence_rate": 1,
    }


def person_of(
    crm: str, record_type: str, record: str, person: str, customer: str | None = None
) -> tuple[sa.Table, dict[str, Any]]:
    """A row of stage.person."""
    return staged.person, {
        "crm": crm,
        "record_type": record_type,
        "record_id": record,
        "person_id": person,
        "email": None,
        "customer_id": customer,
        "rule": "itself",
    }


def user_of(user: str, **values: Any) -> tuple[sa.Table, dict[str, Any]]:
    """A row of stage.user."""
    return staged.user, {
        "user_id": user,
        "user_name": user,
        "email": None,
        "salesforce_user_id": None,
        "hubspot_owner_id": None,
        "hubspot_user_id": None,
        "role_id": None,
        "role_name": "(no role)",
        "is_active": True,
        "is_human": True,
        "created_at": at("2025-01-01"),
        **values,
    }


def put(engine: sa.Engine, *rows: Version | tuple[sa.Table, dict[str, Any]]) -> None:
    """Stage versions (the latest of each record is its current row) and rows of unified tables."""
    current: dict[tuple[str, str], Version] = {}
    with engine.begin() as connection:
        for row in rows:
            if isinstance(row, Version):
                connection.execute(sa.insert(VERSION[row.object_id]), _row(row))
                last = current.setdefault((row.object_id, row.key), row)
                if row.modified_at >= last.modified_at:
                    current[row.object_id, row.key] = row
            else:
                connection.execute(sa.insert(row[0]), row[1])
        for row in current.values():
            connection.execute(sa.insert(CURRENT[row.object_id]), _row(row))


def _row(row: Version) -> dict[str, Any]:
    """The staged row of a version."""
    values = {
        **row.values,
        "modified_at": row.modified_at,
        "is_deleted": row.is_deleted,
        "merged_into_id": row.merged_into_id,
        "extracted_at": row.modified_at,
        "batch_id": "batch",
        "row_hash": hashlib.sha256(repr(row.values).encode()).hexdigest(),
    }
    return {source_object(row.object_id).key_column: row.key, **values}


def with_choices(
    settings: Settings,
    *,
    time_zone: str = "UTC",
    fiscal_year_start_month: int = 1,
    deals: str = "salesforce",
    tickets: str = "salesforce",
    salesforce: dict[str, Any] | None = None,
    hubspot: dict[str, Any] | None = None,
    **others: Any,
) -> Settings:
    """The shipped settings in UTC, with other choices."""
    sources = settings.sources
    return dataclasses.replace(
        settings,
        calendar=settings.calendar.model_copy(
            update={
                "time_zone": time_zone,
                "fiscal_year_start_month": fiscal_year_start_month,
            }
        ),
        sources=sources.model_copy(
            update={
                "system_of_record": sources.system_of_record.model_copy(
                    update={"deals": deals, "tickets": tickets}
                ),
                "salesforce": sources.salesforce.model_copy(update=salesforce or {}),
                "hubspot": sources.hubspot.model_copy(update=hubspot or {}),
            }
        ),
        **others,
    )


def built(
    engine: sa.Engine, settings: Settings, table: sa.Table, *beside: sa.Table
) -> list[sa.Row[Any]]:
    """Rows of a fact, in order of its key, after building it and the facts it is made of.

    Others are built for `beside`.
    """
    wanted, statements = {table, *beside}, {}
    for made, maker in reversed(MAKERS):
        if made in wanted:
            statements[made] = rows_of_maker(maker, settings)
            wanted |= _facts_read(statements[made])
    with engine.begin() as connection:
        plan_for_whole_tables(connection)
        if wanted & {facts.date, facts.period, facts.business_hours}:
            replace_calendars(connection, settings)
        for made, rows in reversed(statements.items()):
            replace(connection, made, rows)
        return list(connection.execute(sa.select(table).order_by(*table.primary_key)))


def _facts_read(rows: Rows) -> set[sa.Table]:
    """The facts a statement reads; what stands in it several times is looked at once."""
    to_look_at: list[Any] = [rows] if isinstance(rows, sa.ClauseElement) else []
    seen: dict[int, Any] = {}
    while to_look_at:
        each = to_look_at.pop()
        if id(each) not in seen:
            seen[id(each)] = each
            to_look_at += each.get_children()
    return {each for each in seen.values() if isinstance(each, sa.Table) and each.schema == "facts"}


def as_of(rows: list[sa.Row[Any]], text: str) -> dict[str, sa.Row[Any]]:
    """The rows that hold at an instant, by the bare id of the record."""
    instant = at(text)
    holding = [row for row in rows if row.valid_from_at <= instant < row.valid_to_at]
    found = {row[0].split(":", 1)[-1]: row for row in holding}
    assert len(found) == len(holding), "two states of one event hold at once"
    return found
