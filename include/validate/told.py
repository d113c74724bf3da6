"""Which rules that do not hold somebody has to hear of, and that they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from include.tables.ops import METRICS_SUITE, expectation_result
from include.validate.facts import SUITE

# What was told is not told again for as long: by then somebody did something about it, or forgot.
QUIET = timedelta(days=28)


class Broken(NamedTuple):
    """A rule that does not hold: what was checked, the rule in words, how grave it is, and what was seen."""

    suite: str
    words: str
    severity: str
    observed: str


def to_tell(engine: sa.Engine, run_id: str, at: datetime) -> list[Broken]:
    """Rules a run found broken of which nobody heard lately, the critical ones first.

    Warnings on batches, and all on facts and values: a record with an odd value comes every day and is
    counted, and what rejects a batch turns the run red.
    """
    result, before = expectation_result.c, expectation_result.alias("before").c
    heard = sa.exists().where(
        before.told_at > at - QUIET,
        before.suite == result.suite,
        _without_numbers(before.expectation) == _without_numbers(result.expectation),
    )
    statement = (
        sa.select(
            result.suite,
            result.expectation,
            result.severity,
            sa.func.coalesce(result.observed, ""),
        )
        .where(*_whole(run_id), ~heard)
        .order_by(result.severity, result.suite, result.expectation)
    )
    with engine.connect() as connection:
        return [Broken(*row) for row in connection.execute(statement)]


def mark_told(engine: sa.Engine, run_id: str, told: Sequence[Broken], at: datetime) -> None:
    """Enter that those who run the pipeline have heard of rules that a run found broken."""
    result = expectation_result.c
    names = [(each.suite, each.words) for each in told]
    with engine.begin() as connection:
        connection.execute(
            expectation_result.update()
            .where(*_whole(run_id), sa.tuple_(result.suite, result.expectation).in_(names))
            .values(told_at=at)
        )


def _whole(run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """What picks the broken rules of a run that somebody has to hear of."""
    result = expectation_result.c
    is_on_batch = sa.and_(result.column_name == "", result.severity == "warning")
    return (
        result.run_id == run_id,
        sa.not_(result.is_success),
        sa.or_(is_on_batch, result.suite.in_((SUITE, METRICS_SUITE))),
    )


def _without_numbers(words: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The rule whatever its bounds are today."""
    return sa.func.regexp_replace(words, r"\d+", "", "g")
