"""What the made-up company is to reach each week."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.core.paths import PROJECT
from include.core.settings import load_settings
from include.metrics.targets import check_targets
from include.report import executive_weekly
from include.sandbox.company.targets import weekly_targets


@pytest.mark.parametrize("deals", [30, 5000])
def test_its_targets_are_good_and_of_figures_in_the_mail(tmp_path: Path, deals: int) -> None:
    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    (tmp_path / "config" / "targets.csv").write_text(weekly_targets(deals))
    by_line = load_settings(tmp_path / "config").targets
    check_targets(by_line, tmp_path)
    targets = by_line.values()
    assert {target.grain for target in targets} == {"week"}
    assert {target.metric_id for target in targets} <= set(executive_weekly.CARD_IDS)
    assert {target.kind for target in targets} == {"at_least", "at_most", "band"}
    assert all(target.value > 0 for target in targets)
