"""What goes to one worker as a whole, when several run the tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.conftest import pytest_collection_modifyitems, unit_of_work

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


def test_one_worker_starts_the_airflow_that_all_of_a_folder_use() -> None:
    nodes = (f"tests/end_to_end/{name}.py::test_x" for name in ("test_notices", "test_scheduler"))
    assert {unit_of_work(node) for node in nodes} == {"tests/end_to_end"}


def test_other_files_stay_whole() -> None:
    nodes = ("tests/facts/test_deal.py::test_x[salesforce]", "tests/facts/test_deal.py::test_y")
    assert {unit_of_work(node) for node in nodes} == {"tests/facts/test_deal.py"}


def test_workers_begin_with_the_whole_pipeline_and_then_with_files_that_hold_slow_tests() -> None:
    def item(nodeid: str, is_slow: bool = False) -> SimpleNamespace:
        return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda _: is_slow or None)

    given = [
        item("tests/core/test_a.py::test_quick"),
        item("tests/facts/test_b.py::test_quick"),
        item("tests/facts/test_b.py::test_slow", is_slow=True),
        item("tests/end_to_end/test_c.py::test_all", is_slow=True),
    ]
    several, alone = list(given), list(given)
    pytest_collection_modifyitems(SimpleNamespace(workerinput={}), several)
    pytest_collection_modifyitems(SimpleNamespace(), alone)
    assert several == [given[3], given[1], given[2], given[0]]
    assert alone == given
