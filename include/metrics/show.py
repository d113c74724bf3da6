"""Print stored metric values. Computes nothing: what is not stored is named, with what to run."""

from __future__ import annotations

import csv
import json
import os
import sys
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, TextIO

import sqlalchemy as sa

from include.core import embedded
from include.core.connection import connection_from_environment, read_dotenv
from include.core.errors import ConfigurationError, StopError
from include.core.paths import PROJECT, paths_from_environment
from include.core.settings import Calendar, load_settings
from include.core.warehouse import check_reachable, engine_for, url_of
from include.metrics.catalogue import CATALOGUE
from include.metrics.compute import catalogued
from include.metrics.metric import Metric
from include.tables.metrics import metric_value

HELP = "print stored metric values"
GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
COLUMNS = (
    "metric_id",
    "grain",
    "period_id",
    "period_start_date",
    "period_end_date",
    "slice_id",
    "slice_value",
    "slice_label",
    "value",
    "unit",
    "numerator",
    "denominator",
    "mean_value",
    "median_value",
    "p90_value",
    "sample_count",
    "excluded_count",
    "status",
    "status_reason",
    "is_complete",
    "as_of_at",
    "run_id",
    "computed_at",
)
TABLE_WIDTH = 100
NAME_WIDTH = 52
VALUE_WIDTH = 24
# By them spreadsheets tell a formula from text.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def add_arguments(parser: ArgumentParser) -> None:
    """What may be asked for."""
    slice_ids = sorted({cut.id for metric in CATALOGUE for cut in metric.slices})
    parser.add_argument(
        "--as-of",
        required=True,
        type=_date,
        metavar="DATE",
        help="a day such as 2026-03-31: the values as they stood at its end, in the reporting time "
        "zone, of the period it lies in",
    )
    parser.add_argument("--metric", metavar="ID", help="one metric; all of them if left out")
    parser.add_argument("--grain", choices=GRAINS, default="month", help="default: month")
    parser.add_argument(
        "--by", choices=slice_ids, metavar="SLICE", help=f"one of {', '.join(slice_ids)}"
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument(
        "--warehouse",
        metavar="URL",
        help="a PostgreSQL, postgresql://user:password@host/database, which others on this machine can "
        "see; default: that of the connection crm_warehouse, where the environment or .env has it, else "
        "the embedded one",
    )


def run(arguments: Namespace) -> int:
    """Print what the arguments ask for to standard output; the exit code.

    Raises:
        ConfigurationError: there is no such metric, it is not cut that way, or the warehouse lets nobody in.
        StopError: nothing of it is stored.
        RetryableError: the warehouse cannot be reached.
    """
    metrics = chosen_metrics(arguments.metric, arguments.by)
    calendar = load_settings(paths_from_environment().config).calendar
    engine = _warehouse(arguments.warehouse)
    try:
        rows = stored_values(
            engine, metrics, arguments.as_of, arguments.grain, arguments.by or "total", calendar
        )
    finally:
        engine.dispose()
    write = {"table": write_table, "csv": write_csv, "json": write_json}[arguments.format]
    write(rows, calendar, sys.stdout)
    return 0


def chosen_metrics(metric_id: str | None, slice_id: str | None) -> tuple[Metric, ...]:
    """The metric of an id, or all of them that are cut by a slice.

    Raises:
        ConfigurationError: there is no such metric, or it is not cut that way.
    """
    metrics = catalogued([metric_id] if metric_id else None)
    if slice_id is None:
        return metrics
    cut = tuple(metric for metric in metrics if slice_id in {each.id for each in metric.slices})
    if not cut:
        known = ", ".join(each.id for each in metrics[0].slices)
        raise ConfigurationError(f"{metric_id} is not cut by {slice_id}.", f"Use one of: {known}.")
    return cut


def stored_values(
    engine: sa.Engine,
    metrics: Sequence[Metric],
    day: date,
    grain: str,
    slice_id: str,
    calendar: Calendar,
) -> list[dict[str, Any]]:
    """One row per metric and member, of the period the day lies in, with COLUMNS.

    Of each metric, the values of the latest as-of that is not after the end of the day in the
    reporting time zone.

    Raises:
        StopError: there is none.
    """
    value = metric_value.c
    end_of_day = datetime.combine(day + timedelta(days=1), datetime.min.time(), calendar.zone)
    ids = [metric.id for metric in metrics]
    latest = (
        sa.select(value.metric_id, sa.func.max(value.as_of_at).label("as_of_at"))
        .where(
            value.metric_id.in_(ids),
            value.grain == grain,
            value.period_start_date <= day,
            value.period_end_date > day,
            value.slice_id == "total",
            value.as_of_at <= end_of_day,
        )
        .group_by(value.metric_id)
        .subquery("latest")
    )
    statement = (
        sa.select(*(value[name] for name in COLUMNS))
        .join(
            latest,
            (value.metric_id == latest.c.metric_id) & (value.as_of_at == latest.c.as_of_at),
        )
        .where(
            value.grain == grain,
            value.period_start_date <= day,
            value.period_end_date > day,
            value.slice_id == slice_id,
        )
    )
    with engine.connect() as connection:
        is_built = sa.inspect(connection).has_table("metric_value", schema="metrics")
        has_any = is_built and connection.scalar(sa.select(sa.func.count()).select_from(latest))
        rows = connection.execute(statement).mappings().all() if has_any else []
    if not has_any:
        raise StopError(
            f"No {grain} value of {', '.join(ids)} as of {day} is stored.",
            "Compute it: run the DAG crm_daily for that day (airflow backfill create --dag-id "
            f"crm_daily --from-date {day} --to-date {day}).",
        )
    return sorted(
        (dict(row) for row in rows),
        key=lambda row: (
            ids.index(row["metric_id"]),
            row["value"] is None,
            -(row["value"] or 0),
            row["slice_label"],
        ),
    )


def write_csv(rows: Sequence[dict[str, Any]], calendar: Calendar, out: TextIO) -> None:
    """Comma-separated, one header, numbers without separators or exponents, NULL empty.

    Text that a spreadsheet would reckon with has a quote mark before it: whoever names a product or a
    campaign in a CRM could else run a formula on the machine of whoever opens the file.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_plain(row[name]) for name in COLUMNS])


def write_json(rows: Sequence[dict[str, Any]], calendar: Calendar, out: TextIO) -> None:
    """One array of objects; numbers are numbers, instants and dates ISO text, NULL null."""

    def spelled(value: Any) -> Any:
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value.isoformat() if isinstance(value, date) else value

    documents = [{name: spelled(row[name]) for name in COLUMNS} for row in rows]
    json.dump(documents, out, indent=2, ensure_ascii=False)
    out.write("\n")


def write_table(rows: Sequence[dict[str, Any]], calendar: Calendar, out: TextIO) -> None:
    """For people, at most TABLE_WIDTH columns; values that need care are explained below."""
    if not rows:
        out.write("There are no members: no event fell into the period.\n")
        return
    names = {metric.id: metric.name for metric in CATALOGUE}
    notes: dict[str, None] = {}
    for as_of_at, group in groupby(
        sorted(rows, key=lambda row: row["as_of_at"]), key=lambda row: row["as_of_at"]
    ):
        group_rows = list(group)
        first = group_rows[0]
        last_date = first["period_end_date"] - timedelta(days=1)
        local = as_of_at.astimezone(calendar.zone)
        out.write(
            f"{first['grain']} {first['period_id']} ({first['period_start_date']} to {last_date}"
            f"{'' if first['is_complete'] else ', not over'}), as of {local:%Y-%m-%d %H:%M} "
            f"{calendar.time_zone}\n\n"
        )
        out.write(f"{'metric':<{NAME_WIDTH}} {'value':>{VALUE_WIDTH}}  {'n':>7}  status\n")
        for row in group_rows:
            name = names[row["metric_id"]]
            if row["slice_id"] != "total":
                name = f"{name}: {row['slice_label']}"
            told = [f"{row['status']}. {row['status_reason']}"] if row["status"] != "OK" else []
            if row["excluded_count"]:
                told.append(f"{row['excluded_count']:,} left out; docs/metrics.md says which.")
            out.write(
                f"{textwrap.shorten(name, NAME_WIDTH, placeholder='...'):<{NAME_WIDTH}} "
                f"{_readable(row, calendar.currency):>{VALUE_WIDTH}}  {row['sample_count']:>7}  "
                f"{'see below' if told else 'ok'}\n"
            )
            if told:
                notes[f"{name}: {' '.join(told)}"] = None
        out.write("\n")
    for note in notes:
        out.write(textwrap.fill(note, TABLE_WIDTH, subsequent_indent="  ") + "\n")


def _readable(row: dict[str, Any], currency: str) -> str:
    """The value with its unit."""
    value = row["value"]
    if value is None:
        return "n/a"
    if row["unit"] == "money":
        return f"{value:,.2f} {currency}"
    if row["unit"] == "rate":
        return f"{value * 100:,.1f} %"
    if row["unit"] in ("days", "months"):
        return f"{value:,.1f} {row['unit']}"
    if row["unit"] == "points":
        return f"{value:+,.1f}"
    if row["unit"] == "ratio":
        return f"{value:,.2f}"
    if row["unit"] == "seconds":
        hours, minutes = divmod(round(value / 60), 60)
        return f"{hours:,} h {minutes:02} min"
    return f"{value:,.0f}"


def _plain(value: Any) -> str:
    """A value as CSV text."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        spelled = f"{value:f}"
        return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    quoted = f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_SIGNS) else text
    # The writer puts no quotation marks around it, and a spreadsheet begins a row there.
    return quoted.replace("\r", " ")


def _warehouse(url: str | None) -> sa.Engine:
    """An engine on the warehouse of a URL; else on that of the tasks.

    Raises:
        ConfigurationError: the URL is not one, the connection cannot be read, or the warehouse lets nobody
            in.
        StopError: there is no embedded warehouse yet.
        RetryableError: the warehouse does not answer.
    """
    try:
        engine = engine_for(url) if url else warehouse_of_tasks()
    except sa.exc.ArgumentError as error:
        raise ConfigurationError(
            "--warehouse is not a database URL.", "Write postgresql://user:password@host/database."
        ) from error
    check_reachable(engine)
    return engine


def warehouse_of_tasks() -> sa.Engine:
    """An engine on what crm_warehouse names in the environment or in `.env`, else the embedded one.

    Where another was named, the embedded one may hold values of before.

    Raises:
        ConfigurationError: the connection cannot be read.
        StopError: the embedded one has never been set up.
    """
    environment = {**read_dotenv(PROJECT / ".env"), **os.environ}
    named = connection_from_environment("crm_warehouse", environment)
    if named is not None:
        return engine_for(url_of(named))
    home = paths_from_environment().postgres
    if not (home / "data").exists():
        raise StopError(
            f"There is no warehouse in {home} yet.",
            "Run the DAG crm_daily first, or name another warehouse with --warehouse.",
        )
    return engine_for(embedded.database_url(home, embedded.WAREHOUSE))


def _date(text: str) -> date:
    """A day in ISO form, for argparse."""
    return date.fromisoformat(text)
