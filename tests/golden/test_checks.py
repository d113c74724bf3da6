"""The checks on facts and on values find nothing wrong with the examples."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.tables import ops
from include.validate.facts import validate_facts
from include.validate.metrics import examine_metrics, keep_results
from tests.golden import march
from tests.golden.conftest import AS_OF, READ_AT

SHARES = [metric.id for metric in CATALOGUE if metric.is_share]
ADDITIVE = [metric.id for metric in CATALOGUE if metric.is_additive]


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["salesforce", "hubspot", "both"])
def test_the_examples_break_no_rule(bookkeeper, variant: str, tmp_path: Path) -> None:
    warehouse = bookkeeper.of(march, variant).warehouse
    # Later than the last thing that is planned to happen in them.
    checked_at = READ_AT + timedelta(days=60)
    outcomes = validate_facts(warehouse, ZoneInfo("UTC"), "checks", checked_at, tmp_path)
    assert [(o.rule.words, o.observed) for o in outcomes if not o.is_success] == []
    examined = examine_metrics(warehouse, AS_OF, SHARES, ADDITIVE)
    assert examined.reasons == {}
    keep_results(warehouse, [examined], "checks", checked_at, tmp_path)
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        looked_at = connection.scalar(
            sa.select(sa.func.sum(result.checked_count)).where(result.run_id == "checks")
        )
    assert looked_at > 100
