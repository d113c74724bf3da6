"""docs/proof.md names a test for every edge of the metrics; here it is held to that."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.test_extraction_checklist import functions

PROJECT = Path(__file__).resolve().parents[1]
TABLES = PROJECT / "docs" / "proof.md"
QUOTED = re.compile(r"`([^`]+)`")
NOT_DONE = "not done: "
# How many edges each metric has, and how many defects were found.
EDGES = {
    "revenue": 11, "revenue_billed": 5, "mrr": 20, "arpu, clv": 6, "cac": 10, "cac_payback": 4, "marketing_originated": 6,
    "revenue_per_campaign": 4, "conversion": 9, "close_rate": 3, "stage_conversion": 1, "sales_cycle": 4, "pipeline": 9,
    "sales_performance": 5, "quota_attainment": 13,
    "retention": 8, "renewal": 15, "csat, nps": 6, "frt, ttr, aht": 11, "abandonment": 4, "logins": 8,
    "accounts_created": 3, "activities": 6,
}  # fmt: skip
DEFECTS = 15
# Every test of these files is named in the tables.
WHOLE_FILES = (
    "tests/golden/test_peer_defects.py",
    *(f"tests/facts/test_edges_of_{what}.py" for what in ("agreements", "sales", "service")),
)


def rows(text: str) -> list[tuple[str, str, str]]:
    """(metric or project, edge or defect, tests) of each row of the tables, in order."""
    found = []
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith(("| metric |", "| project |")):
            first, what, tests = (cell.strip() for cell in line.strip()[1:-1].split("|"))
            found.append((first, what, tests))
    return found


ROWS = rows(TABLES.read_text(encoding="utf-8"))


def problems_of(row: tuple[str, str, str]) -> list[str]:
    """What is wrong with a row."""
    where, tests = " / ".join(row[:2]), row[2]
    if tests.startswith(NOT_DONE):
        return [] if len(tests) > len(NOT_DONE) + 40 else [f"{where}: no reason is given"]
    problems = [] if QUOTED.findall(tests) else [f"{where}: no test is named"]
    for test in QUOTED.findall(tests):
        path, separator, name = test.partition("::")
        if not separator or not (PROJECT / path).is_file():
            problems.append(f"{where}: {test} is not file::test")
        elif name not in functions(PROJECT / path):
            problems.append(f"{where}: {path} has no {name}")
    return problems


def test_every_edge_and_defect_has_a_row() -> None:
    found = Counter(first for first, *_ in ROWS)
    projects = {first for first in found if first.startswith("dbt_")}
    assert {first: n for first, n in found.items() if first not in projects} == EDGES
    assert sum(found[first] for first in projects) == DEFECTS
    assert len({row[:2] for row in ROWS}) == len(ROWS), "an edge is there twice"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_row_names_tests_that_are_there(row: tuple[str, str, str]) -> None:
    assert problems_of(row) == []


@pytest.mark.parametrize("path", WHOLE_FILES)
def test_no_test_of_an_edge_is_left_out(path: str) -> None:
    named = {test for *_, tests in ROWS for test in QUOTED.findall(tests)}
    there = {f"{path}::{name}" for name in functions(PROJECT / path) if name.startswith("test_")}
    assert there <= named


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ("", "no test"),
        ("not done: no", "no reason"),
        ("`tests/nothing.py::test_x`", "not file::test"),
        ("`tests/conftest.py::test_x`", "has no test_x"),
    ],
)
def test_a_row_that_is_not_true_is_found(tests: str, words: str) -> None:
    [row] = rows(f"| revenue | x | {tests} |")
    assert words in " ".join(problems_of(row))
