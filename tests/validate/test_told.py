"""Which broken rules those who run the pipeline have to hear of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from include.tables.ops import expectation_result
from include.validate.told import Broken, mark_told, to_tell

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SILENT = "fewer than 3 windows in a row are empty"


def found(warehouse: sa.Engine, run_id: str, *rules: tuple[str, str, str, str]) -> None:
    """What a run found broken: suite, rule, column and severity of each."""
    with warehouse.begin() as connection:
        connection.execute(
            expectation_result.insert(),
            [
                {
                    "run_id": run_id, "suite": suite, "batch_id": "", "expectation": words,
                    "column_name": column, "severity": severity, "is_success": False,
                    "observed": "5", "checked_at": NOW,
                }
                for suite, words, column, severity in rules
            ],
        )  # fmt: skip


def test_rules_on_batches_facts_and_values_are_told_and_no_single_records(
    warehouse: sa.Engine,
) -> None:
    found(
        warehouse,
        "run",
        ("salesforce.case", SILENT, "", "warning"),
        ("salesforce.case", "status is given", "status", "warning"),
        # The run is red for it, which is told already.
        ("salesforce.case", "at most 10 of 20 records are set aside", "", "critical"),
        ("facts", "deal.closed_date has come", "deal.closed_date", "warning"),
        ("metrics", "shares are within 0 and 1", "close_rate", "critical"),
    )
    found(warehouse, "another", ("salesforce.lead", SILENT, "", "warning"))
    assert to_tell(warehouse, "run", NOW) == [
        Broken("metrics", "shares are within 0 and 1", "critical", "5"),
        Broken("facts", "deal.closed_date has come", "warning", "5"),
        Broken("salesforce.case", SILENT, "warning", "5"),
    ]


def test_what_was_told_is_told_again_after_four_weeks(warehouse: sa.Engine) -> None:
    """Whatever the bounds are that day."""
    found(
        warehouse, "first", ("salesforce.case", "between 1 and 90 records changed", "", "warning")
    )
    told = to_tell(warehouse, "first", NOW)
    mark_told(warehouse, "first", told, NOW)
    assert to_tell(warehouse, "first", NOW) == []
    found(
        warehouse,
        "second",
        ("salesforce.case", "between 1 and 100 records changed", "", "warning"),
        ("salesforce.lead", "between 1 and 100 records changed", "", "warning"),
    )

    def suites(days: int) -> list[str]:
        return [each.suite for each in to_tell(warehouse, "second", NOW + timedelta(days=days))]

    assert suites(27) == ["salesforce.lead"]
    assert suites(28) == ["salesforce.case", "salesforce.lead"]
