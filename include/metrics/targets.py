"""Targets against the metrics they are of: what a row of targets.csv must not say of its metric."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from include.core.errors import ConfigurationError
from include.core.settings_ledgers import Target
from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import Metric

# A share above this is a percentage somebody forgot to divide.
LARGEST_RATE = Decimal(10)
NEVER_NEGATIVE = ("count", "days", "seconds", "months", "ratio")


def check_targets(targets: Mapping[int, Target], folder: Path) -> None:
    """Refuse targets, given by their line, of metrics there are none of, of grains they lack, or that
    contradict them.

    Raises:
        ConfigurationError: naming each line of the folder's targets.csv, and what to do.
    """
    known = {metric.id: metric for metric in CATALOGUE}
    problems = [
        f"{folder / 'targets.csv'}:{line}: {target.metric_id} by {target.grain} from "
        f"{target.start_date} on: {problem}"
        for line, target in targets.items()
        if (problem := _problem(target, known.get(target.metric_id)))
    ]
    if problems:
        raise ConfigurationError(
            "The targets are not usable:\n" + "\n".join(problems),
            "\nCorrect these lines and start again; nothing has run.",
        )


def _problem(target: Target, metric: Metric | None) -> str:
    """What is wrong with a target, and what to do; empty where nothing is."""
    if metric is None:
        return "there is no metric of this id. Take one of docs/metrics.md."
    if target.grain not in metric.grains:
        return f"it is not computed by {target.grain}. Take one of {', '.join(metric.grains)}."
    contrary = {"higher": "at_most", "lower": "at_least"}.get(metric.better)
    if target.kind == contrary:
        other = "at_least" if contrary == "at_most" else "at_most"
        return f"{metric.better} is better. Say {other}, or band."
    ends = [end for end in (target.value, target.upper_value) if end is not None]
    if metric.is_share and not all(0 <= end <= 1 for end in ends):
        return "it is a share from 0 to 1. Write 35 % as 0.35."
    if metric.unit == "rate" and any(abs(end) > LARGEST_RATE for end in ends):
        return f"it is a rate, of which {LARGEST_RATE} is 1000 %. Write 110 % as 1.1."
    if metric.unit == "points" and any(abs(end) > 100 for end in ends):
        return "it is a score from -100 to 100. Correct the value."
    if metric.unit in NEVER_NEGATIVE and any(end < 0 for end in ends):
        return f"it is in {metric.unit}, and never below 0. Correct the value."
    return ""
