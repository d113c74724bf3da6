"""A year and a quarter of metric rows of a made-up company, small enough to reckon with."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.settings import Audiences, Calendar, Settings
from include.core.settings_ledgers import Target
from include.report import executive_weekly
from include.report.week import Week
from include.tables.ops import expectation_result, extract_window
from tests.stored_values import store_values

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Week(date(2025, 11, 10))
AS_OF = datetime(2025, 11, 17, 6, 12, tzinfo=BERLIN)
WEEKS = 65
RUN = "scheduled__2025-11-17"

# A fixed to and fro around 1, so that ranges can be reckoned by hand where a test needs them.
WIGGLE = (0, 3, -2, 1, -3, 2, -1)

# Per metric: level a year ago, level now, size of the to and fro (all in the metric's unit), sample.
SHAPES: dict[str, tuple[str, str, str, int]] = {
    "revenue": ("361000", "388000", "5000", 24),
    "close_rate": ("0.26", "0.25", "0.01", 128),
    "pipeline_amount": ("1810000", "2140000", "30000", 214),
    "sales_cycle_days": ("44", "41", "1.5", 24),
    "leads_generated": ("420", "505", "12", 505),
    "lead_to_customer_rate": ("0.024", "0.022", "0.001", 505),
    "time_to_resolution": ("98000", "79000", "2500", 86),
    "activities_completed": ("2350", "2610", "60", 2610),
}
OWNERS = {
    "u1": ("Ana Lima", "148000", 9, 31, 40),
    "u2": ("Ben Okafor", "121000", 6, 8, 13),
    "u3": ("Chiara Rossi", "88500", 5, 5, 9),
    "u4": ('<b>&" Ltd', "54500", 4, 4, 11),
}
CHANNELS = {
    "paid_search": ("Paid search", "214000", "154000"),
    "referral_web": ("Web referral", "97000", "101000"),
    "event": ("Event", "83000", "86000"),
    "outbound": ("Outbound", "52000", "55000"),
    "unknown": ("Unknown", "16000", "17000"),
}


def settings_for(settings: Settings, locale: str = "en_US", **calendar: Any) -> Settings:
    """The shipped settings, in Berlin and euros."""
    shape = {"time_zone": "Europe/Berlin", "currency": "EUR", "fiscal_year_start_month": 1}
    report = {"recipients": ["ana@example.com"], "locale": locale}
    audiences = {
        "sender": "CRM metrics <reports@example.com>",
        "reply_to": "revops@example.com",
        "allowed_domains": ["example.com"],
        "reports": {"executive_weekly": report},
    }
    return Settings(
        settings.sources,
        Calendar.model_validate({**shape, "trailing_periods": 3, **calendar}),
        settings.channels,
        Audiences.model_validate(audiences),
        settings.exchange_rates,
        settings.costs,
    )


def target(metric_id: str, kind: str, value: str, **changes: Any) -> Target:
    base = {"metric_id": metric_id, "grain": "week", "start_date": date(2025, 1, 6), "kind": kind}
    return Target.model_validate({**base, "value": value, "upper_value": None, **changes})


def with_targets(settings: Settings, *targets: Target) -> Settings:
    return dataclasses.replace(settings, targets=dict(enumerate(targets, 2)))


def row(metric_id: str, week: Week, value: Any, **changes: Any) -> dict[str, Any]:
    """One row of metrics.metric_value, complete and OK unless changed."""
    unit = executive_weekly.metrics()[metric_id].unit
    sample = changes.pop("sample_count", 100)
    number = None if value is None else Decimal(value)
    base = {
        "metric_id": metric_id,
        "grain": "week",
        "period_start_date": week.start,
        "slice_id": "total",
        "slice_value": "",
        "as_of_at": datetime.combine(week.end, datetime.min.time(), UTC) + timedelta(hours=4),
        "period_end_date": week.end,
        "period_id": week.period_id,
        "slice_label": "",
        "numerator": None if number is None else number * sample if unit == "rate" else number,
        "denominator": Decimal(sample) if unit == "rate" else None,
        "value": number,
        "mean_value": None,
        "median_value": None,
        "p90_value": None,
        "sample_count": sample,
        "excluded_count": 0,
        "unit": unit,
        "status": "OK",
        "status_reason": "",
        "is_complete": True,
        "run_id": RUN,
        "computed_at": AS_OF,
    }
    return {**base, **changes}


def quiet_year(week: Week = WEEK, weeks: int = WEEKS) -> list[dict[str, Any]]:
    """Every card's total in every week, going to and fro around a slowly changing level."""
    rows = []
    for metric_id, (first, last, swing, sample) in SHAPES.items():
        unit = executive_weekly.metrics()[metric_id].unit
        for back in range(weeks):
            level = Decimal(last) + (Decimal(first) - Decimal(last)) * back / 52
            value = level + Decimal(swing) * WIGGLE[back % 7]
            if unit == "count":
                value = value.to_integral_value()
            if unit == "rate":
                value = (value * sample).to_integral_value() / sample
            rows.append(row(metric_id, week.back(back), value, sample_count=sample))
    return rows


def slices(week: Week = WEEK) -> list[dict[str, Any]]:
    """Owners and channels of the week, and the channels of the week before."""
    won = sum(Decimal(amount) for _, amount, *_ in OWNERS.values())
    rows = [row("sales_performance", week, won)]
    for member, (name, won, deals, part, whole) in OWNERS.items():
        named = {"slice_id": "owner", "slice_value": member, "slice_label": name}
        rows.append(row("sales_performance", week, won, sample_count=deals, **named))
        share = Decimal(part) / whole
        rows.append(row("close_rate", week, share, sample_count=whole, **named))
        rows[-1]["numerator"] = Decimal(part)
    for member, (name, now, before) in CHANNELS.items():
        named = {"slice_id": "channel", "slice_value": member, "slice_label": name}
        rows.append(row("revenue", week, now, **named))
        rows.append(row("revenue", week.back(1), before, **named))
    return rows


def replaced(rows: list[dict[str, Any]], metric_id: str, week: Week, **changes: Any) -> None:
    """Change the total of one metric in one week; `drop=True` removes it."""
    for position, old in enumerate(rows):
        key = (old["metric_id"], old["slice_id"], old["period_start_date"])
        if key == (metric_id, "total", week.start):
            if changes.pop("drop", False):
                del rows[position]
            else:
                value = changes.pop("value", old["value"])
                kept = {"sample_count": old["sample_count"], **changes}
                rows[position] = row(metric_id, week, value, **kept)
            return
    raise LookupError(metric_id)


def insert(engine: sa.Engine, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        store_values(connection, rows)


def window(crm: str, name: str, end_at: datetime, **changes: Any) -> dict[str, Any]:
    """One loaded window that ends at an instant."""
    base = {
        "batch_id": f"{crm}-{name}-{end_at:%Y%m%dT%H%M}",
        "crm": crm,
        "object_name": name,
        "mode": "delta",
        "window_start_at": end_at - timedelta(days=1),
        "window_end_at": end_at,
        "status": "loaded",
        "run_id": RUN,
        "extracted_at": end_at,
        "set_aside_count": 0,
        "landed_count": 1000,
    }
    read = {**base, **changes}
    is_loaded = read["status"] == "loaded"
    return {"is_unified": is_loaded, "is_in_facts": is_loaded, **read}


def healthy_sources(engine: sa.Engine, as_of_at: datetime = AS_OF, set_aside: int = 3) -> None:
    """Everything loaded up to two hours before the as-of, one of four checks failed."""
    reach = as_of_at - timedelta(hours=2)
    windows = [
        window("salesforce", "opportunity", reach),
        window("salesforce", "lead", reach),
        window("hubspot", "deal", reach, set_aside_count=set_aside),
        window("hubspot", "ticket", reach),
    ]
    checks = [
        {
            "run_id": RUN,
            "suite": "salesforce.opportunity",
            "batch_id": "b",
            "expectation": f"rule {number}",
            "column_name": "",
            "severity": "warning",
            "is_success": number > 0,
            "checked_at": as_of_at,
        }
        for number in range(4)
    ]
    with engine.begin() as connection:
        connection.execute(extract_window.insert(), windows)
        connection.execute(expectation_result.insert(), checks)


def make_interesting(rows: list[dict[str, Any]]) -> None:
    """A week with something to tell: revenue up, cycle down, resolution times out of range."""
    replaced(rows, "revenue", WEEK, value="462000", sample_count=27)
    replaced(rows, "time_to_resolution", WEEK, value="112000", sample_count=91)
    replaced(rows, "leads_generated", WEEK, value="611", sample_count=611)
