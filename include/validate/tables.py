"""Rules that only the staged tables together can break: references from one object to another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from include.core.field import Field
from include.tables import stage
from include.tables.objects import SOURCE_OBJECTS
from include.tables.source_object import SourceObject
from include.validate.batch import write_outcomes
from include.validate.expectations import Checker, context_with_files
from include.validate.rules import Rule, count_rule

# Salesforce ids say by their first three characters which object they are of; a polymorphic
# reference (WhoId, WhatId, OwnerId) is only checked where it is of the object named.
KEY_PREFIXES = {
    "account": "001",
    "contact": "003",
    "user": "005",
    "opportunity": "006",
    "user_role": "00E",
    "lead": "00Q",
    "product": "01t",
    "campaign": "701",
}


def validate_tables(
    engine: sa.Engine, run_id: str, checked_at: datetime, results_folder: Path
) -> int:
    """Check every reference of every staged object; how many rules were broken.

    A dangling reference is a warning: its parent may be out of our sight, or arrive later.
    """
    references = [
        (source, field) for source in SOURCE_OBJECTS for field in source.fields if field.references
    ]
    with engine.connect() as connection:
        counted = connection.execute(
            sa.union_all(*(dangling(source, field) for source, field in references))
        ).all()
    checked = {row.name: row.checked_count for row in counted}
    numbers = {row.name: float(row.dangling_count) for row in counted}
    rules: list[Rule] = [
        count_rule(
            f"{source.id}: {field.column} names a known {field.references}",
            _name(source, field),
            "warning",
            None,
            0,
            field.column,
        )
        for source, field in references
    ]
    checker = Checker("stage.references", rules, context_with_files(results_folder))
    checker.check(pd.DataFrame([numbers]))
    for outcome in checker.outcomes:
        name = outcome.rule.arguments["column"]
        outcome.checked_count = checked[name]
        outcome.unexpected_count = int(numbers[name])
        outcome.observed = f"{numbers[name]:g}"
    checker.keep(run_id, checked_at)
    with engine.begin() as connection:
        write_outcomes(connection, checker.outcomes, "stage.references", "", run_id, checked_at)
    return sum(not outcome.is_success for outcome in checker.outcomes)


def dangling(source: SourceObject, field: Field) -> sa.Select:
    """One row: how many current references a field holds, and how many name no known record."""
    table = stage.CURRENT[source.id]
    parent_id = f"{source.crm}.{field.references}"
    parent = stage.CURRENT[parent_id].alias("parent")
    value = table.c[field.column]
    found = sa.exists().where(parent.c[f"{source.crm}_{field.references}_id"] == value)
    relevant = [value.is_not(None), ~table.c.is_deleted]
    prefix = KEY_PREFIXES.get(field.references or "") if source.crm == "salesforce" else None
    if prefix:
        relevant.append(sa.func.substr(value, 1, 3) == prefix)
    return (
        sa.select(
            sa.literal(_name(source, field)).label("name"),
            sa.func.count().label("checked_count"),
            sa.func.coalesce(sa.func.sum(sa.case((found, 0), else_=1)), 0).label("dangling_count"),
        )
        .select_from(table)
        .where(*relevant)
    )


def _name(source: SourceObject, field: Field) -> str:
    return f"{source.id}.{field.column}"
