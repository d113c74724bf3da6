"""What facts and metrics cost: beside hand-written SQL, for a day's changes, and for many as-ofs.

    python -m tests.benchmarks.metrics                        # 1,000,000 deals: hours
    python -m tests.benchmarks.metrics --deals 10000 --days 3
    python -m tests.benchmarks.metrics --deals 10000 --profile  # metrics by cost, nothing else

A company is staged as if read from Salesforce (five activities to a deal, a customer to five) in an
embedded PostgreSQL of its own, and its facts are built. The hand-written SQL gives the same figures
of nine metrics, all grains and slices; both are compared value by value before anything is printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core import embedded
from include.core.settings import Settings
from include.core.warehouse import engine_for
from include.facts import refresh
from include.facts.refresh import refresh_facts
from include.metrics.catalogue import CATALOGUE
from include.metrics.compute import compute_metrics, compute_metrics_of_many
from include.stage.unify import unify
from include.tables import SCHEMAS, metadata
from include.tables.metrics import computed_period, restatement, value_state
from tests.benchmarks import metrics_hand as hand
from tests.benchmarks.metrics_data import AS_OF_AT, change, company_settings, stage_company

PROJECT = Path(__file__).resolve().parents[2]
CHANGED_RATE = 0.001
DIFFERENCES = sa.text(f"""
select ours.*, hand.* from (
    select * from metrics.metric_value
    where metric_id = :metric_id and value is not null and sample_count > 0
) ours
full join (select * from {hand.TABLE} where metric_id = :metric_id) hand
    on hand.grain = ours.grain and hand.start_date = ours.period_start_date
    and hand.slice_id = ours.slice_id and hand.member = ours.slice_value
where abs(coalesce(ours.value, 0) - coalesce(hand.value, 0)) > 0.000001
    or abs(coalesce(ours.median_value, 0) - coalesce(hand.median, 0)) > 0.000001
    or abs(coalesce(ours.p90_value, 0) - coalesce(hand.p90, 0)) > 0.000001
""")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=30, help="as-ofs of the backfill")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        url = embedded.start(Path(name))
        try:
            engine = engine_for(url)
            settings = company_settings(PROJECT)
            facts_seconds = prepare(engine, settings, options.deals)
            if options.profile:
                profile(engine, settings)
            else:
                measure(engine, settings, options.deals, options.days, facts_seconds)
            engine.dispose()
        finally:
            embedded.stop(Path(name))


def prepare(engine: sa.Engine, settings: Settings, deals: int) -> float:
    """The company and its facts; seconds that building the facts took."""
    with engine.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema))
        metadata.create_all(connection)
        connection.exec_driver_sql(hand.CREATE)
        stage_company(connection, deals)
    unify(engine, settings)
    say("staged")
    seconds = timed(lambda: refresh_facts(engine, settings, AS_OF_AT))
    say("facts built")
    return seconds


def measure(
    engine: sa.Engine, settings: Settings, deals: int, days: int, facts_seconds: float
) -> None:
    """Print the rows of docs/performance.md."""
    compute = computer(engine, settings)
    hand_ids = list(hand.statements())
    # Once before: a warm cache and statistics for both sides.
    compute(0, hand_ids)
    ours = timed(lambda: compute(0, hand_ids, anew=True))
    by_hand = timed(lambda: fill_by_hand(engine))
    require_same(engine, hand_ids)
    say("compared")
    whole = timed(lambda: compute(0, anew=True))
    with engine.begin() as connection:
        # As the server does by itself long before the next day.
        connection.exec_driver_sql("analyze metrics.value_state, metrics.computed_period")
    say("computed")
    with engine.begin() as connection:
        changed = change(connection, deals, CHANGED_RATE, AS_OF_AT + timedelta(hours=12))
    daily_facts = timed(lambda: refresh_changes(engine, settings))
    daily = timed(lambda: compute(1))
    say(f"computed the day after, of {changed} changes")
    backfill = timed(lambda: compute_many(engine, settings, days))
    table = [
        ("all metrics, one as-of", whole, f"{len(CATALOGUE)} metrics, all history"),
        (f"{len(hand_ids)} metrics, one as-of", ours, f"{ours / by_hand:.2f} x by hand"),
        ("the same by hand", by_hand, ""),
        ("facts", facts_seconds, "whole"),
        (
            f"a day's run, {CHANGED_RATE:.1%} changed",
            daily_facts + daily,
            f"{(daily_facts + daily) / (facts_seconds + whole):.1%} of a full one",
        ),
        ("its facts", daily_facts, f"{daily_facts / facts_seconds:.1%}"),
        ("its metrics", daily, f"{daily / whole:.1%}"),
        (f"backfill, {days} as-ofs", backfill, f"{backfill / whole:.1f} x one as-of"),
    ]
    print("| what | deals | seconds | |\n|---|---|---|---|")
    for what, seconds, note in table:
        print(f"| {what} | {deals:,} | {seconds:.1f} | {note} |", flush=True)


def refresh_changes(engine: sa.Engine, settings: Settings) -> None:
    """Bring the facts up to date the day after; stop when they were built whole for it."""
    # A small try measures what a large one does.
    refresh.SMALLEST_COUNT = 0
    done = refresh_facts(engine, settings, AS_OF_AT + timedelta(days=1))
    if done.reason:
        raise SystemExit(f"The facts of a day were built whole: {done.reason}.")
    say(f"built the facts of {done.built_count} records, of {done.changed_count} changes")


def profile(engine: sa.Engine, settings: Settings) -> None:
    """Print what each metric costs, the dearest first."""
    compute = computer(engine, settings)
    rows = []
    for metric in CATALOGUE:
        first = timed(lambda metric=metric: compute(0, [metric.id]))
        rows.append((first, timed(lambda metric=metric: compute(1, [metric.id])), metric.id))
    print("| metric | all history, s | the day after, s |\n|---|---|---|")
    for first, after, metric_id in sorted(rows, reverse=True):
        print(f"| {metric_id} | {first:.2f} | {after:.2f} |")


def computer(engine: sa.Engine, settings: Settings) -> Callable[..., int]:
    """Computes metrics so many days after the as-of, with `anew` as if none had been before."""

    def compute(day: int, metric_ids: list[str] | None = None, anew: bool = False) -> int:
        if anew:
            clear(engine)
        as_of_at = AS_OF_AT + timedelta(days=day)
        return compute_metrics(
            engine, settings.calendar, as_of_at, "benchmark", as_of_at, metric_ids
        )

    return compute


def compute_many(engine: sa.Engine, settings: Settings, days: int) -> None:
    """All metrics as of each of so many days before the as-of, as if none had been before."""
    clear(engine)
    as_of_ats = [AS_OF_AT - timedelta(days=number + 1) for number in range(days)]
    compute_metrics_of_many(engine, settings.calendar, as_of_ats, "benchmark", AS_OF_AT)


def clear(engine: sa.Engine) -> None:
    """Forget every value."""
    with engine.begin() as connection:
        for table in (computed_period, value_state, restatement):
            connection.exec_driver_sql(f"truncate {table.schema}.{table.name}")


def fill_by_hand(engine: sa.Engine) -> None:
    """Write what the hand-written SQL gives."""
    parameters = {"as_of": AS_OF_AT, "last": (AS_OF_AT - timedelta(microseconds=1)).date()}
    for metric_id in hand.statements():
        with engine.begin() as connection:
            hand.fill(connection, metric_id, parameters)


def require_same(engine: sa.Engine, metric_ids: list[str]) -> None:
    """Stop when the two sides differ anywhere."""
    with engine.connect() as connection:
        for metric_id in metric_ids:
            found = connection.execute(DIFFERENCES, {"metric_id": metric_id}).mappings().all()
            if found:
                raise SystemExit(f"{metric_id} differs in {len(found)} values: {dict(found[0])}")


def timed(work: Callable[[], Any]) -> float:
    """Seconds it takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def say(what: str) -> None:
    """Tell how far it is, since it takes long."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
