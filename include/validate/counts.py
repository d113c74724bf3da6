"""Rules on tables of the warehouse: SQL counts what breaks them, Great Expectations judges the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from include.core.field import Severity
from include.core.warehouse import plan_for_whole_tables
from include.validate.batch import write_outcomes
from include.validate.expectations import Checker, Outcome, context_with_files
from include.validate.rules import count_rule


@dataclass(frozen=True)
class CountedRule:
    """What must hold, and a SELECT of one row that tells how far: `checked_count`, `unexpected_count`.

    `guards` names what is not to be trusted when it does not hold: columns, `deal.closed_date`, or
    a table as a whole, `deal`; of rules on metric values, metrics. None where what it is about is
    over.
    """

    words: str
    guards: tuple[str, ...]
    severity: Severity
    counted: sa.Select


def count_all(connection: sa.Connection, rules: Sequence[CountedRule]) -> list[Any]:
    """How far each rule holds: rows of `checked_count` and `unexpected_count`."""
    plan_for_whole_tables(connection)
    return [connection.execute(rule.counted).one() for rule in rules]


def check_counts(
    engine: sa.Engine,
    suite: str,
    rules: Sequence[CountedRule],
    counts: Sequence[Any],
    run_id: str,
    checked_at: datetime,
    results_folder: Path,
) -> list[Outcome]:
    """Judge the rules by their counts, and keep what became of them in ops.expectation_result and for
    the Data Docs.
    """
    names = [f"rule_{number}" for number in range(len(rules))]
    numbers = {
        name: float(row.unexpected_count or 0) for name, row in zip(names, counts, strict=True)
    }
    checker = Checker(
        suite,
        [
            count_rule(rule.words, name, rule.severity, None, 0, ", ".join(rule.guards))
            for name, rule in zip(names, rules, strict=True)
        ],
        context_with_files(results_folder),
    )
    checker.check(pd.DataFrame([numbers]))
    for outcome, name, row in zip(checker.outcomes, names, counts, strict=True):
        outcome.checked_count = int(row.checked_count or 0)
        outcome.unexpected_count = int(numbers[name])
        outcome.observed = f"{numbers[name]:g}"
    checker.keep(run_id, checked_at)
    with engine.begin() as connection:
        write_outcomes(connection, checker.outcomes, suite, "", run_id, checked_at)
    return checker.outcomes
