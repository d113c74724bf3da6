"""The whole pipeline on a real CRM export, against what plain pandas says of its CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.sandbox.server import Sandbox
from include.tables.metrics import metric_value
from tests.maven import expected
from tests.maven.mapping import write_maven
from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("America/New_York")
AS_OF = datetime(2018, 1, 1, tzinfo=ZONE)
# What the export has records for.
METRICS = ("revenue", "sales_performance", "close_rate", "sales_cycle_days", "pipeline_amount")


@pytest.fixture(scope="module")
def values(
    maven_folder: Path,
    fresh_warehouse,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[pd.DataFrame]:
    """The values of METRICS as of the first of January 2018."""
    folder = tmp_path_factory.mktemp("maven")
    write_maven(maven_folder, folder / "org")
    with fresh_warehouse() as warehouse, Sandbox(folder / "org") as sandbox:
        pipeline = Pipeline(warehouse, sandbox, settings, folder)
        verdicts = pipeline.run(
            AS_OF.astimezone(UTC) + timedelta(hours=1), AS_OF, ["salesforce"], METRICS
        )
        assert {verdict.status for verdict in verdicts} == {"validated"}
        assert sum(verdict.set_aside_count for verdict in verdicts) == 0
        with warehouse.connect() as connection:
            yield pd.read_sql(sa.select(metric_value), connection)


def chosen(
    values: pd.DataFrame, metric: str, slice_id: str = "total", grain: str = "month"
) -> pd.DataFrame:
    """Values of one metric at one grain, cut one way, as floats."""
    found = values[
        (values.metric_id == metric) & (values.slice_id == slice_id) & (values.grain == grain)
    ].copy()
    numbers = ["value", "numerator", "denominator", "mean_value", "median_value"]
    found[numbers] = found[numbers].astype(float)
    return found


def test_revenue_by_month(values: pd.DataFrame, maven_folder: Path) -> None:
    found = chosen(values, "revenue").set_index("period_id")["value"]
    wanted = expected.revenue_by_month(maven_folder)
    assert len(wanted) == 10  # deals close from March to December 2017
    assert found[found != 0].to_dict() == pytest.approx(wanted[wanted != 0].to_dict())


def test_revenue_by_month_and_agent(values: pd.DataFrame, maven_folder: Path) -> None:
    found = chosen(values, "sales_performance", "owner").set_index(["period_id", "slice_label"])[
        "value"
    ]
    wanted = expected.revenue_by_month_and_agent(maven_folder)
    assert len(wanted) > 250  # thirty agents over ten months
    assert found[found != 0].to_dict() == pytest.approx(wanted[wanted != 0].to_dict())


def test_close_rate_by_month(values: pd.DataFrame, maven_folder: Path) -> None:
    found = chosen(values, "close_rate").set_index("period_id")
    wanted = expected.close_rate_by_month(maven_folder)
    for month, row in wanted.iterrows():
        assert found.loc[month, "numerator"] == row["won"]
        assert found.loc[month, "denominator"] == row["closed"]
        assert found.loc[month, "value"] == pytest.approx(row["close_rate"])


def test_close_rate_of_the_year(values: pd.DataFrame, maven_folder: Path) -> None:
    (found,) = chosen(values, "close_rate", grain="year").query("period_id == '2017'")["value"]
    assert found == pytest.approx(expected.close_rate(maven_folder))


def test_sales_cycle_by_month(values: pd.DataFrame, maven_folder: Path) -> None:
    found = chosen(values, "sales_cycle_days").set_index("period_id")
    wanted = expected.sales_cycle_by_month(maven_folder)
    for month, row in wanted.iterrows():
        assert found.loc[month, "median_value"] == pytest.approx(row["median"])
        assert found.loc[month, "mean_value"] == pytest.approx(row["mean"])
        assert found.loc[month, "sample_count"] == row["count"]


def test_open_deals_at_the_end(values: pd.DataFrame, maven_folder: Path) -> None:
    """Every deal that is neither won nor lost is in the pipeline; none of them has an amount, so nobody
    knows what they are worth.
    """
    stages = pd.read_csv(maven_folder / "sales_pipeline.csv")["deal_stage"].value_counts()
    december = chosen(values, "pipeline_amount").set_index("period_id").loc["2017-12"]
    assert december["excluded_count"] == stages["Engaging"] + stages["Prospecting"]
    assert december["status"] == "NO_DATA"
    assert pd.isna(december["value"])
