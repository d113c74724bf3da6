"""Checks that do not hold, as mails to those who run the pipeline."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.tables.ops import expectation_result
from tests.plugins.conftest import MIDNIGHT, RUN_ID, Mails, answer_mail_at

pytestmark = pytest.mark.usefixtures("mail_server")


def test_checks_that_do_not_hold_are_told_once(
    failed: Any, mails: Mails, warehouse: sa.Engine
) -> None:
    """Airflow may run the task again: who was told is not told twice."""
    from crm_airflow import notices

    rules = [
        (
            "hubspot.deal",
            "no field that is usually filled is empty in all records: amount",
            "",
            "warning",
        ),
        ("facts", "deal.cycle_days is not negative", "deal.cycle_days", "critical"),
    ]
    with warehouse.begin() as connection:
        connection.execute(
            expectation_result.insert(),
            [
                {
                    "run_id": RUN_ID, "suite": suite, "batch_id": "", "expectation": words,
                    "column_name": column, "severity": severity, "is_success": False,
                    "observed": "1", "checked_at": MIDNIGHT,
                }
                for suite, words, column, severity in rules
            ],
        )  # fmt: skip
    context = failed({})
    notices.checks_broken(context)
    notices.checks_broken(context)
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] crm_daily: 2 checks do not hold (2026-03-19)"
    assert text.splitlines()[:11] == [
        f"Run:  {RUN_ID}",
        "For:  2026-03-19",
        "",
        "Not as expected; figures rest on it all the same:",
        "* hubspot.deal: no field that is usually filled is empty in all records:",
        "  amount (seen: 1)",
        "",
        "Wrong, so the metrics that read it are withheld:",
        "* facts: deal.cycle_days is not negative (seen: 1)",
        "",
        "Find out, with those who run the CRM, whether this is intended.",
    ]


def test_checks_that_hold_are_no_mail(failed: Any, mails: Mails) -> None:
    from crm_airflow import notices

    notices.checks_broken(failed({}))
    assert mails() == []


def test_a_mail_server_that_is_down_leaves_checks_to_the_next_run(
    failed: Any, mails: Mails, warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import notices

    row = {
        "run_id": RUN_ID, "suite": "facts", "batch_id": "", "expectation": "x", "column_name": "",
        "severity": "warning", "is_success": False, "checked_at": MIDNIGHT,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(expectation_result.insert().values(row))
    with monkeypatch.context() as patched:
        answer_mail_at(patched, free_port())
        notices.checks_broken(failed({}))
    assert mails() == []
    notices.checks_broken(failed({}))
    assert len(mails()) == 1
