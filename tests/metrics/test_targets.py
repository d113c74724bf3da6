"""A target that contradicts its metric is refused, with file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from include.core.errors import ConfigurationError
from include.core.settings_ledgers import Target
from include.metrics.catalogue import CATALOGUE
from include.metrics.targets import check_targets

FOLDER = Path("config")


def target(metric_id: str, kind: str, value: str, upper: str | None = None, grain: str = "month"):
    return Target.model_validate(
        {
            "metric_id": metric_id,
            "grain": grain,
            "start_date": date(2026, 1, 1),
            "kind": kind,
            "value": value,
            "upper_value": upper,
        }
    )


def test_sound_targets_pass() -> None:
    sound = [
        target("revenue", "at_least", "400000"),
        target("close_rate", "at_least", "0.25"),
        target("nrr", "at_least", "1.1"),
        target("nps", "at_least", "-10"),
        target("aht", "band", "300", "600"),
        target("pipeline_amount", "at_most", "1"),
        target("pipeline_coverage", "at_least", "2.5"),
    ]
    check_targets(dict(enumerate(sound, 2)), FOLDER)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (target("revenu", "at_least", "1"), "there is no metric of this id. Take one of docs/met"),
        (
            target("retention_rate", "at_least", "0.9", grain="week"),
            "it is not computed by week. Take one of month, quarter, year, fiscal_quarter",
        ),
        (target("close_rate", "at_least", "25"), "a share from 0 to 1. Write 35 % as 0.35"),
        (target("close_rate", "band", "0.2", "30"), "a share from 0 to 1"),
        (target("nrr", "at_least", "110"), "of which 10 is 1000 %. Write 110 % as 1.1"),
        (target("nps", "at_least", "132"), "a score from -100 to 100"),
        (target("sales_cycle_days", "at_most", "-1"), "it is in days, and never below 0"),
        (target("revenue", "at_most", "1"), "higher is better. Say at_least, or band"),
        (target("churn_rate", "at_least", "0.1"), "lower is better. Say at_most, or band"),
    ],
)
def test_a_target_that_contradicts_its_metric_is_named(wrong: Target, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_targets({2: target("revenue", "at_least", "1"), 5: wrong}, FOLDER)
    message = str(caught.value)
    assert said in message
    assert (
        f"config/targets.csv:5: {wrong.metric_id} by {wrong.grain} from 2026-01-01 on: " in message
    )
    assert "targets.csv:2" not in message
    assert "nothing has run" in message


def test_every_metric_can_have_a_target() -> None:
    for metric in CATALOGUE:
        kind = "at_most" if metric.better == "lower" else "at_least"
        half = target(metric.id, kind, str(Decimal("0.5")), grain=metric.grains[0])
        check_targets({2: half}, FOLDER)
