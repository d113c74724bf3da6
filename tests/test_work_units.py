"""What goes to one worker as a whole, when several run the tests."""

from __future__ import annotations

import pytest

from tests.conftest import unit_of_work

GOLDEN = "tests/golden"


@pytest.mark.parametrize("crm", ["salesforce", "hubspot", "both"])
def test_all_golden_examples_of_one_run_stay_together(crm: str) -> None:
    """Else each worker would run the pipeline anew for its file."""
    nodes = (
        f"{GOLDEN}/test_checks.py::test_the_examples_break_no_rule[{crm}]",
        f"{GOLDEN}/test_peer_defects.py::test_a_probability_is_a_share[{crm}]",
        f"{GOLDEN}/test_worked_answers.py::test_march[{crm}-mrr-2026-03]",
    )
    assert {unit_of_work(node) for node in nodes} == {f"{GOLDEN}/{crm}"}


def test_the_histories_of_each_crm_go_to_workers_of_their_own() -> None:
    node = "tests/model/test_extraction_model.py::test_the_warehouse_equals_the_crm[{}]"
    units = {unit_of_work(node.format(crm)) for crm in ("salesforce", "hubspot")}
    assert units == {"tests/model/salesforce", "tests/model/hubspot"}


def test_other_files_stay_whole() -> None:
    nodes = ("tests/facts/test_deal.py::test_x[salesforce]", "tests/facts/test_deal.py::test_y")
    assert {unit_of_work(node) for node in nodes} == {"tests/facts/test_deal.py"}
