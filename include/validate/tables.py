"""Rules that only the staged tables together can break: references from one object to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from include.core.field import Field
from include.tables import ops, stage
from include.tables.objects import SOURCE_OBJECTS
from include.tables.source_object import SourceObject
from include.validate.batch import write_outcomes
from include.validate.expectations import Checker, context_with_files
from include.validate.rules import Judged, Rule, count_rule, judge

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
SUITE = "stage.references"
# What came to dangle is compared with what came to be named for as long as this.
COMPARED = timedelta(days=28)
# A few parents are out of our sight anywhere, or were read a day later. Of what is named since, so many
# and so large a share, and so many times the share before, is more: not all of the parents are read.
ENOUGH_DANGLING = 10
DANGLING_RATE = 0.05
UNUSUAL_FACTOR = 3
GROWING = "references do not dangle more often than before"


def validate_tables(
    engine: sa.Engine, run_id: str, checked_at: datetime, results_folder: Path
) -> int:
    """Check every reference of every staged object; how many rules were broken.

    A dangling reference is a warning: its parent may be out of our sight, or arrive later. That there are
    more and more of them is another.
    """
    references = [
        (source, field) for source in SOURCE_OBJECTS for field in source.fields if field.references
    ]
    with engine.connect() as connection:
        counted = connection.execute(
            sa.union_all(*(dangling(source, field) for source, field in references))
        ).all()
        before = _counts_before(connection, run_id, checked_at)
    checked = {row.name: row.checked_count for row in counted}
    numbers = {row.name: float(row.dangling_count) for row in counted}
    words = {_name(source, field): _words(source, field) for source, field in references}
    rules: list[Rule] = [
        count_rule(
            words[_name(source, field)],
            _name(source, field),
            "warning",
            None,
            0,
            field.column,
        )
        for source, field in references
    ]
    growing, count = _growing(counted, words, before)
    name = str(growing.arguments["column"])
    checked[name], numbers[name] = len(references), count
    checker = Checker(SUITE, [*rules, growing], context_with_files(results_folder))
    checker.check(pd.DataFrame([numbers]))
    for outcome in checker.outcomes:
        name = outcome.rule.arguments["column"]
        outcome.checked_count = checked[name]
        outcome.unexpected_count = int(numbers[name])
        outcome.observed = f"{numbers[name]:g}"
    checker.keep(run_id, checked_at)
    with engine.begin() as connection:
        write_outcomes(connection, checker.outcomes, SUITE, "", run_id, checked_at)
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


def _counts_before(
    connection: sa.Connection, run_id: str, checked_at: datetime
) -> Mapping[str, sa.Row]:
    """Each reference's counts as other runs first found them within the time that is compared."""
    result = ops.expectation_result.c
    rows = connection.execute(
        sa.select(result.expectation, result.checked_count, result.unexpected_count)
        .where(
            result.suite == SUITE,
            result.run_id != run_id,
            result.checked_at.between(checked_at - COMPARED, checked_at),
        )
        .ext(distinct_on(result.expectation))
        .order_by(result.expectation, result.checked_at)
    )
    return {row.expectation: row for row in rows}


def _growing(
    counted: Sequence[sa.Row], words: Mapping[str, str], before: Mapping[str, sa.Row]
) -> Judged:
    """The rule that no reference dangles more and more, with those that do."""
    found = []
    for row in counted:
        earlier = before.get(words[row.name])
        if earlier is None:
            continue
        more = row.dangling_count - earlier.unexpected_count
        named = max(row.checked_count - earlier.checked_count, more)
        usual_rate = earlier.unexpected_count / max(earlier.checked_count, 1)
        # Where most dangle anyway, half of those that did not.
        unusual_rate = min(UNUSUAL_FACTOR * usual_rate, (1 + usual_rate) / 2)
        if more >= ENOUGH_DANGLING and more > named * max(DANGLING_RATE, unusual_rate):
            found.append(f"{row.name} ({more} more, of {named})")
    said = (
        f"{GROWING}: {', '.join(found)}; what they name is in nothing we read: see that the integration "
        "user still sees all of these records"
        if found
        else GROWING
    )
    return judge(said, ("growing_reference_count", len(found)), "warning", most=0)


def _words(source: SourceObject, field: Field) -> str:
    """The rule on a reference."""
    return f"{source.id}: {field.column} names a known {field.references}"


def _name(source: SourceObject, field: Field) -> str:
    return f"{source.id}.{field.column}"
