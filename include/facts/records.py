"""Which records facts are made of: what is staged of each, and what ties one to another.

Nobody keeps a list of what reads what: the statements that make facts are searched for the staged
tables they read, and `references` of their fields say which records belong together. A record goes
by a hash of its CRM, object and id, so that one narrow table holds all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression
from include.facts.lookup import joined
from include.tables import facts
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.objects import SOURCE_OBJECTS, source_object
from include.tables.source_object import SourceObject
from include.tables.stage import CURRENT, VERSION

Statement = sa.Select[Any] | sa.CompoundSelect[Any]
Statements = Mapping[sa.Table, Statement]

# Objects with few records that facts of many others look up. They are read whole, always.
SHARED_OBJECTS = frozenset(
    {
        "salesforce.user",
        "salesforce.user_role",
        "salesforce.currency_type",
        "salesforce.dated_conversion_rate",
        "salesforce.opportunity_stage",
        "salesforce.opportunity_split_type",
        "salesforce.product",
        "salesforce.campaign",
        "salesforce.campaign_influence_model",
        "salesforce.survey",
        "salesforce.survey_question",
        "hubspot.owner",
        "hubspot.deal_stage",
        "hubspot.ticket_stage",
        "hubspot.campaign",
        "hubspot.exchange_rate",
    }
)
# The objects whose records the tables of unified ones stand for.
UNIFIED_OBJECTS: dict[sa.Table, frozenset[str]] = {
    staged.customer: frozenset({"salesforce.account", "hubspot.company"}),
    staged.customer_member: frozenset({"salesforce.account", "hubspot.company"}),
    staged.person: frozenset({"salesforce.lead", "salesforce.contact", "hubspot.contact"}),
}
# Ids that name a record of an object the fields do not tell of.
NAMED_OBJECTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("salesforce.survey_response", "submitter_id"): ("salesforce.contact", "salesforce.lead"),
    ("salesforce.survey_subject", "subject_id"): ("salesforce.case",),
}
# How a row of a fact names the record it is of: the column, and the object by what it begins with.
_DEAL = ("deal_id", {"salesforce:": "salesforce.opportunity", "hubspot:": "hubspot.deal"})
_ACTIVITIES = (
    *("salesforce:task", "salesforce:event"),
    *(f"hubspot:{name}" for name in ("call", "meeting", "email", "task")),
)
_CREATED = (
    *(f"salesforce:{name}" for name in ("account", "contact", "lead", "opportunity")),
    *("salesforce:case", "salesforce:campaign"),
    *(f"hubspot:{name}" for name in ("company", "contact", "deal", "ticket")),
)
FACT_RECORDS: dict[sa.Table, tuple[str, dict[str, str]]] = {
    facts.deal: _DEAL,
    facts.deal_credit: _DEAL,
    facts.stage_transition: _DEAL,
    facts.deal_line: _DEAL,
    facts.deal_touch: _DEAL,
    facts.lead: ("lead_id", {"": "person"}),
    facts.prospect: (
        "prospect_id",
        {
            "salesforce:lead:": "person",
            "salesforce:contact:": "person",
            "hubspot:contact:": "person",
            "": "customer",
        },
    ),
    facts.campaign_member: ("campaign_member_id", {"salesforce:": "salesforce.campaign_member"}),
    facts.recurring_line: (
        "recurring_line_id",
        {
            "salesforce:asset_state_period:": "salesforce.asset_state_period",
            "salesforce:contract_line:": "salesforce.contract_line_item",
            "hubspot:subscription:": "hubspot.subscription",
            "salesforce:": "salesforce.opportunity_line_item",
            "hubspot:": "hubspot.line_item",
        },
    ),
    facts.customer: ("customer_id", {"": "customer"}),
    facts.mrr_customer_month: ("customer_id", {"": "customer"}),
    facts.term: ("customer_id", {"": "customer"}),
    facts.cart: ("cart_id", {"salesforce:": "salesforce.web_cart", "hubspot:": "hubspot.cart"}),
    facts.billing: (
        "billing_id",
        {"salesforce:": "salesforce.order", "hubspot:": "hubspot.invoice"},
    ),
    facts.ticket: ("ticket_id", {"salesforce:": "salesforce.case", "hubspot:": "hubspot.ticket"}),
    facts.agent_work: (
        "agent_work_id",
        {"salesforce:work:": "salesforce.agent_work", "hubspot:call:": "hubspot.call"},
    ),
    facts.survey_response: (
        "survey_response_id",
        {
            **{
                f"salesforce:{kind}:": "salesforce.survey_response"
                for kind in ("nps", "csat", "ces")
            },
            "hubspot:": "hubspot.feedback_submission",
        },
    ),
    facts.activity: (
        "activity_id",
        {f"{kind}:": kind.replace(":", ".") for kind in _ACTIVITIES},
    ),
    facts.record_created: (
        "record_created_id",
        {f"{kind}:": kind.replace(":", ".") for kind in _CREATED},
    ),
}

# What staged tables say of the reading, which no fact reads.
_BOOKKEEPING = frozenset(
    {
        "extracted_at",
        "batch_id",
        "is_inferred",
        "cursor_at",
        "told_at",
        "first_extracted_at",
        "reading_hash",
    }
)

_WITHOUT_CURSOR = {CURRENT[source.id] for source in SOURCE_OBJECTS if source.cursor is None}


@dataclass(frozen=True)
class Kept:
    """A table of which a build of changes reads only some records: which, and how it tells them."""

    table: sa.Table
    record_hash: Expression
    content: tuple[sa.Column[Any], ...]
    links: tuple[Expression, ...]
    # Text columns that may name a user, a product or a campaign.
    named: tuple[sa.Column[Any], ...]
    # What of it is read, in words: other words, and all is built anew.
    description: str


def record_hash(kind: str, record_id: Expression) -> Expression:
    """Hash of a record, a customer or a person; NULL for none."""
    prefix = kind.replace(".", ":")
    own_id = short_id(record_id) if kind.startswith("salesforce.") else record_id
    return sa.func.hashtextextended(joined(f"{prefix}:", own_id), 0, type_=sa.BigInteger)


def of_fact(table: sa.Table, rows: sa.FromClause | None = None) -> Expression:
    """Hash of the record that a row of a fact is of; NULL for a row of none that we know of."""
    name, kinds = FACT_RECORDS[table]
    column = (table if rows is None else rows).c[name]
    cases: list[tuple[Any, Any]] = []
    for prefix, kind in kinds.items():
        # Customers and people go by the whole id of the record that stands for them.
        is_whole = kind in {"customer", "person"}
        record_id = column if is_whole else sa.func.substr(column, len(prefix) + 1)
        if kind in {"hubspot.subscription", "salesforce.contract_line_item"}:
            record_id = sa.func.split_part(record_id, ":", 1)
        begins = sa.func.substr(column, 1, len(prefix)) == prefix if prefix else sa.true()
        cases.append((begins, record_hash(kind, record_id)))
    return sa.case(*cases)


def is_of_shared(table: sa.Table, rows: sa.FromClause | None = None) -> sa.ColumnElement[bool]:
    """Whether a row of a fact is of a record of a shared object, which is always built."""
    column = (table if rows is None else rows).c[FACT_RECORDS[table][0]]
    shared = [
        sa.func.substr(column, 1, len(prefix)) == prefix
        for prefix, kind in FACT_RECORDS[table][1].items()
        if kind in SHARED_OBJECTS
    ]
    return sa.or_(sa.false(), *shared)


def tables_read(rows: Any) -> frozenset[sa.Table]:
    """Tables that a statement reads; none for rows made in Python."""
    return _tables_of(rows) if isinstance(rows, sa.ClauseElement) else frozenset()


# A build asks four times about each statement, and some have ten thousand parts.
@lru_cache(maxsize=64)
def _tables_of(statement: sa.ClauseElement) -> frozenset[sa.Table]:
    """Tables anywhere in a statement."""
    left: list[Any] = [statement]
    # By their ids, and kept, so that none gets the id of another: each is looked into once.
    known: dict[int, Any] = {}
    while left:
        part = left.pop()
        if id(part) not in known:
            known[id(part)] = part
            left.extend(part.get_children())
    return frozenset(part for part in known.values() if isinstance(part, sa.Table))


def kept_tables(statements: Statements) -> list[Kept]:
    """Tables that facts of single records are made of, those of shared objects left out."""
    read = frozenset[sa.Table]().union(*map(tables_read, statements.values()))
    together = _read_together(statements)
    kept = [
        _kept(source, table, together[source.id])
        for source in SOURCE_OBJECTS
        if source.id not in SHARED_OBJECTS
        for table in (CURRENT[source.id], VERSION[source.id])
        if table in read
    ]
    unified = {
        staged.customer_member: _kept_members,
        staged.person: _kept_people,
        staged.customer: _kept_customers,
    }
    return [*kept, *(make() for table, make in unified.items() if table in read)]


def shared_tables(statements: Statements, kept: list[Kept]) -> list[sa.Table]:
    """Tables that facts of any record may read."""
    read = frozenset[sa.Table]().union(*map(tables_read, statements.values()))
    left_out = {each.table for each in kept} | set(statements)
    return sorted(read - left_out, key=lambda table: table.fullname)


def _read_together(statements: Statements) -> dict[str, set[str]]:
    """By object, the objects that some statement reads beside it, through other facts too."""
    objects_of: dict[sa.Table, set[str]] = {}
    for fact, statement in statements.items():
        tables = tables_read(statement)
        objects_of[fact] = {
            source.id
            for source in SOURCE_OBJECTS
            if CURRENT[source.id] in tables or VERSION[source.id] in tables
        }.union(
            *(objects_of[table] for table in tables if table in objects_of),
            *(objects for table, objects in UNIFIED_OBJECTS.items() if table in tables),
        )
    together: dict[str, set[str]] = {source.id: set() for source in SOURCE_OBJECTS}
    for objects in objects_of.values():
        for object_id in objects:
            together[object_id] |= objects
    return together


def _kept(source: SourceObject, table: sa.Table, together: set[str]) -> Kept:
    """A staged table of an object."""
    links = [(column, target) for column, target in links_of(source) if target in together]
    content = content_columns(table)
    key = table.c[source.key_column]
    return Kept(
        table,
        record_hash(source.id, key),
        content,
        tuple(record_hash(target, table.c[column]) for column, target in links),
        tuple(
            table.c[field.column]
            for field in source.fields
            # Histories tell as a value which owner a record had.
            if field.type == "text" and field.column.endswith(("_id", "_value"))
        ),
        f"{table.fullname} {[column.name for column in content]} {links}",
    )


def links_of(source: SourceObject) -> Iterator[tuple[str, str]]:
    """Columns of an object that name records of objects that are not shared: column, object."""
    for field in source.fields:
        targets = list(NAMED_OBJECTS.get((source.id, field.column), ()))
        if field.references:
            targets.append(f"{source.crm}.{field.references}")
        if source.crm == "hubspot" and re.fullmatch(r"salesforce_\w+_id", field.column):
            targets.append(f"salesforce.{field.column[len('salesforce_') : -len('_id')]}")
        for target in targets:
            if target not in SHARED_OBJECTS and source_object(target):
                yield field.column, target
    yield "merged_into_id", source.id


def _kept_members() -> Kept:
    """Accounts and companies, each tied to its customer."""
    table = staged.customer_member
    return Kept(
        table,
        _company_hash(table.c.crm, table.c.record_id),
        tuple(table.c),
        (record_hash("customer", table.c.customer_id),),
        (),
        table.fullname,
    )


def _kept_people() -> Kept:
    """Leads and contacts, each tied to its person and its customer."""
    table = staged.person
    kinds = ("salesforce.lead", "salesforce.contact", "hubspot.contact")
    of_kind = {
        kind: sa.and_(table.c.crm == kind.split(".")[0], table.c.record_type == kind.split(".")[1])
        for kind in kinds
    }
    return Kept(
        table,
        sa.case(
            *((is_of, record_hash(kind, table.c.record_id)) for kind, is_of in of_kind.items())
        ),
        tuple(table.c),
        (
            record_hash("person", table.c.person_id),
            record_hash("customer", table.c.customer_id),
        ),
        (),
        table.fullname,
    )


def _kept_customers() -> Kept:
    """Customers, each tied to the records that stand for it."""
    table = staged.customer
    return Kept(
        table,
        record_hash("customer", table.c.customer_id),
        tuple(table.c),
        (
            record_hash("salesforce.account", table.c.salesforce_account_id),
            record_hash("hubspot.company", table.c.hubspot_company_id),
        ),
        (),
        table.fullname,
    )


def _company_hash(crm: Expression, record_id: Expression) -> Expression:
    return sa.case(
        (crm == "salesforce", record_hash("salesforce.account", record_id)),
        else_=record_hash("hubspot.company", record_id),
    )


def content_columns(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """Columns of a table that facts are made of: not when and by which batch a record was read.

    Of an object without a cursor that is also its `modified_at`, which each reading moves.
    """
    left_out = _BOOKKEEPING | ({"modified_at"} if table in _WITHOUT_CURSOR else set())
    return tuple(column for column in table.c if column.name not in left_out)


def content_hash(table: sa.Table, columns: tuple[Any, ...]) -> Expression:
    """Hash of a row, unlike that of the same row in another table."""
    row = sa.func.row(sa.literal(table.fullname, sa.Text), *columns)
    return sa.func.hash_record_extended(row, 0, type_=sa.BigInteger)
