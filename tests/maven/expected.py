"""What the pipeline must find in Maven's export, worked out from the CSV files alone.

Everything is as of 2018-01-01, the day after the export ends; months are "2017-03". Nothing here
knows the mapping, the warehouse or the metrics.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

AS_OF = pd.Timestamp("2018-01-01")


def closed_deals(csv_folder: Path) -> pd.DataFrame:
    """One row per deal closed before 2018: sales_agent, month, is_won, revenue, cycle_days."""
    pipeline = pd.read_csv(
        csv_folder / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"]
    )
    closed = pipeline[pipeline["close_date"] < AS_OF]
    return pd.DataFrame(
        {
            "sales_agent": closed["sales_agent"],
            "month": closed["close_date"].dt.strftime("%Y-%m"),
            "is_won": closed["deal_stage"] == "Won",
            "revenue": closed["close_value"].where(closed["deal_stage"] == "Won", 0.0),
            "cycle_days": (closed["close_date"] - closed["engage_date"]).dt.days,
        }
    )


def revenue_by_month(csv_folder: Path) -> pd.Series:
    """Dollars won, by month of closing."""
    return closed_deals(csv_folder).groupby("month")["revenue"].sum()


def revenue_by_agent(csv_folder: Path) -> pd.Series:
    """Dollars won in all, by agent."""
    return closed_deals(csv_folder).groupby("sales_agent")["revenue"].sum()


def revenue_by_month_and_agent(csv_folder: Path) -> pd.Series:
    """Dollars won, by month of closing and agent; only those with a closed deal."""
    return closed_deals(csv_folder).groupby(["month", "sales_agent"])["revenue"].sum()


def close_rate_by_month(csv_folder: Path) -> pd.DataFrame:
    """Deals won and closed and the share won, by month of closing."""
    rates = closed_deals(csv_folder).groupby("month")["is_won"].agg(won="sum", closed="count")
    rates["close_rate"] = rates["won"] / rates["closed"]
    return rates


def close_rate(csv_folder: Path) -> float:
    """Share won of all deals closed."""
    return float(closed_deals(csv_folder)["is_won"].mean())


def sales_cycle_by_month(csv_folder: Path) -> pd.DataFrame:
    """Days from engaging to winning, mean and median and number of deals, by month of closing."""
    deals = closed_deals(csv_folder)
    won = deals[deals["is_won"]]
    return won.groupby("month")["cycle_days"].agg(["mean", "median", "count"])
