"""What sellers are to win: quotas in Salesforce, goals in HubSpot; and Salesforce's currencies.

And what the company as a whole is to reach each week, which no CRM knows.
"""

from __future__ import annotations

import numpy as np

from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.timeline import (
    DAY,
    HOUR,
    YEARS,
    dates,
    hubspot_times,
    salesforce_times,
)
from include.sandbox.company.world import World

# Won money of a quarter by seller, as it grew over the years.
_MONEY_PER_DEAL = 6_900
# New leads a week, of all the deals there are.
_LEADS_PER_DEAL = 0.022
_FIRST_MONDAY = "2020-01-06"
_CURRENCIES = (("USD", 1.0), ("EUR", 0.9), ("GBP", 0.8))


def write_targets(world: World) -> None:
    """Quotas of the sellers of Salesforce and of their manager by quarter, goals of those abroad in
    HubSpot.
    """
    quarters = _quarters(world)
    _write_periods(world, quarters)
    sellers = world.staff.sellers
    # Every third seller is abroad, and works with HubSpot's goals.
    is_abroad = np.arange(len(sellers)) % 3 == 2
    _write_quotas(world, quarters, sellers[~is_abroad])
    _write_goals(world, quarters, sellers[is_abroad])


def write_currencies(world: World) -> None:
    """Currencies of the org and their rates, one a year."""
    start = salesforce_times(np.array([world.timeline.start]))[0]
    stamps = {"CreatedDate": start, "LastModifiedDate": start, "SystemModstamp": start}
    count = len(_CURRENCIES)
    codes, rates = ([pair[part] for pair in _CURRENCIES] for part in (0, 1))
    world.files.salesforce(
        "CurrencyType",
        count,
        {
            "Id": salesforce_ids("CurrencyType", np.arange(count)),
            "IsoCode": codes,
            "ConversionRate": rates,
            "IsCorporate": [code == "USD" for code in codes],
            "IsActive": True,
            **stamps,
        },
    )
    begins = world.timeline.start + np.arange(YEARS) * 365 * DAY
    ends = dates(np.append(begins[1:], begins[-1] + 100 * 365 * DAY))
    rows = [
        (code, rate * (1 + 0.01 * year), first, last)
        for code, rate in _CURRENCIES[1:]
        for year, (first, last) in enumerate(zip(dates(begins), ends, strict=True))
    ]
    world.files.salesforce(
        "DatedConversionRate",
        len(rows),
        {
            "Id": salesforce_ids("DatedConversionRate", np.arange(len(rows))),
            "IsoCode": [row[0] for row in rows],
            "ConversionRate": [round(row[1], 4) for row in rows],
            "StartDate": [row[2] for row in rows],
            "NextStartDate": [row[3] for row in rows],
            **stamps,
        },
    )


def weekly_targets(deals: int) -> str:
    """The rows of targets.csv of a company with so many deals, with their header."""
    weeks = YEARS * 52
    rows = (
        ("revenue", "at_least", round(deals / weeks * _MONEY_PER_DEAL * 1.2, -3), None),
        ("close_rate", "at_least", 0.25, None),
        ("sales_cycle_days", "band", 30, 45),
        ("leads_generated", "at_least", round(deals * _LEADS_PER_DEAL), None),
        ("time_to_resolution", "at_most", 8 * HOUR, None),
    )
    lines = [
        f"{metric_id},week,{_FIRST_MONDAY},{kind},{value},{'' if upper is None else upper}"
        for metric_id, kind, value, upper in rows
    ]
    return "\n".join(["metric_id,grain,start_date,kind,value,upper_value", *lines, ""])


def _quarters(world: World) -> np.ndarray:
    """First days of the calendar quarters the three years touch, and of the one after."""
    first = np.datetime64(world.timeline.start, "s").astype("datetime64[M]")
    last = np.datetime64(world.timeline.until, "s").astype("datetime64[M]")
    first = first - int(first.astype(np.int64)) % 3
    months = np.arange(first, last + 4)
    starts = months[::3].astype("datetime64[D]").astype(np.int64)
    return starts * DAY


def _write_periods(world: World, quarters: np.ndarray) -> None:
    start = salesforce_times(np.array([world.timeline.start]))[0]
    count = len(quarters) - 1
    world.files.salesforce(
        "Period",
        count,
        {
            "Id": salesforce_ids("Period", np.arange(count)),
            "Type": "Quarter",
            "StartDate": dates(quarters[:-1]),
            "EndDate": dates(quarters[1:] - DAY),
            "SystemModstamp": start,
        },
    )


def _targets(world: World, quarter: np.ndarray) -> list[float]:
    """What a seller is to win in a quarter, by its number."""
    sellers = len(world.staff.sellers)
    of_quarter = world.size / (YEARS * 4) / sellers * _MONEY_PER_DEAL
    return [float(round(of_quarter * (0.8 + 0.4 * q / (YEARS * 4)), -3)) for q in quarter.tolist()]


def _write_quotas(world: World, quarters: np.ndarray, sellers: np.ndarray) -> None:
    count = len(quarters) - 1
    # A manager is to win with the team what all of it is to win.
    owners = np.append(sellers, world.staff.forecast_managers["Sales Manager AMER"])
    shares = np.append(np.ones(len(sellers)), len(sellers))
    quarter, owner, share = (
        np.tile(np.arange(count), len(owners)),
        np.repeat(owners, count),
        np.repeat(shares, count),
    )
    entered = np.maximum(quarters[quarter] - 10 * DAY, world.timeline.start)
    kept = entered < world.timeline.until
    quarter, owner, share, entered = (each[kept] for each in (quarter, owner, share, entered))
    stamps = salesforce_times(entered)
    world.files.salesforce(
        "ForecastingQuota",
        len(quarter),
        {
            "Id": salesforce_ids("ForecastingQuota", np.arange(len(quarter))),
            "QuotaOwnerId": world.staff.salesforce_ids[owner].tolist(),
            "PeriodId": np.array(salesforce_ids("Period", np.arange(count)), dtype=object)[
                quarter
            ].tolist(),
            "StartDate": dates(quarters[quarter]),
            "QuotaAmount": (np.array(_targets(world, quarter)) * share).tolist(),
            "IsAmount": True,
            "ForecastingTypeId": "0Db8d0000100001AAA",
            "CurrencyIsoCode": "USD",
            "CreatedDate": stamps,
            "LastModifiedDate": stamps,
            "SystemModstamp": stamps,
        },
    )


def _write_goals(world: World, quarters: np.ndarray, sellers: np.ndarray) -> None:
    count = len(quarters) - 1
    quarter, seller = np.tile(np.arange(count), len(sellers)), np.repeat(sellers, count)
    entered = np.maximum(quarters[quarter] - 10 * DAY, world.timeline.start)
    kept = entered < world.timeline.until
    quarter, seller, entered = quarter[kept], seller[kept], entered[kept]
    stamps = hubspot_times(entered)
    world.files.hubspot(
        "goal_targets",
        len(quarter),
        hubspot_ids("goal_targets", np.arange(len(quarter))),
        {
            "hs_goal_name": "Sales goal",
            "hs_goal_target_currency_code": "USD",
            "hs_kpi_unit_type": "currency",
            "hs_kpi_property_name": "amount_in_home_currency",
            "hs_kpi_metric_type": "SUM",
            "hs_kpi_time_period_property": "closedate",
            "hs_target_amount": [f"{value:.0f}" for value in _targets(world, quarter)],
            "hs_start_datetime": hubspot_times(quarters[quarter]),
            "hs_end_datetime": hubspot_times(quarters[quarter + 1] - 1),
            "hs_assignee_team_id": world.staff.team_id("Sales"),
            "hubspot_owner_id": world.staff.owner_ids[seller].tolist(),
            "hs_lastmodifieddate": stamps,
        },
        stamps,
        stamps,
    )
