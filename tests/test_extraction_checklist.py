"""docs/extraction.md says of every behaviour where it is and what tests it; here it is held to that."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
CHECKLIST = PROJECT / "docs" / "extraction.md"
COUNTS = {"A": 7, "B": 8, "C": 17, "D": 21, "E": 7}
IDS = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
ROW = re.compile(r"\| ([A-E]\d+)\. ")
QUOTED = re.compile(r"`([^`]+)`")
NOT_APPLICABLE = "does not apply: "


def rows(text: str) -> list[tuple[str, list[str]]]:
    """(id, cells) of each row of the tables, in order."""
    found = []
    for line in text.splitlines():
        match = ROW.match(line)
        if match:
            found.append((match[1], [cell.strip() for cell in line.strip()[1:-1].split("|")]))
    return found


def functions(path: Path) -> set[str]:
    """Names of the test functions of a file, those of classes as `Class::test`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            members = (member for member in node.body if isinstance(member, ast.FunctionDef))
            names |= {f"{node.name}::{member.name}" for member in members}
            # A hypothesis state machine is a test by its TestCase.
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def problems_of(id_: str, cells: list[str], project: Path = PROJECT) -> list[str]:
    """What is wrong with a row."""
    if len(cells) != 4:
        return [f"{id_}: {len(cells)} cells instead of 4"]
    _, done, where, tests = cells
    if done.startswith(NOT_APPLICABLE):
        return [] if len(done) > len(NOT_APPLICABLE) + 20 else [f"{id_}: no reason is given"]
    files, named = QUOTED.findall(where), QUOTED.findall(tests)
    problems = [
        f"{id_}: there is no file {file}" for file in files if not (project / file).exists()
    ]
    if not (done and files and named):
        problems.append(f"{id_}: what is done, a file or a test is not named")
    for test in named:
        path, separator, name = test.partition("::")
        if not separator or not (project / path).is_file():
            problems.append(f"{id_}: {test} is not file::test")
        elif name not in functions(project / path):
            problems.append(f"{id_}: {path} has no {name}")
    return problems


def test_every_behaviour_has_one_row() -> None:
    listed = Counter(id_ for id_, _ in rows(CHECKLIST.read_text(encoding="utf-8")))
    assert listed == Counter(IDS)


@pytest.mark.parametrize("id_", IDS)
def test_a_row_names_files_and_tests_that_are_there(id_: str) -> None:
    table = dict(rows(CHECKLIST.read_text(encoding="utf-8")))
    assert problems_of(id_, table[id_]) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("| A1. x | y | `include/core/nothing.py` | `tests/conftest.py::settings` |", "no file"),
        (
            "| A1. x | y | `include/core/paths.py` | `tests/conftest.py::nothing` |",
            "has no nothing",
        ),
        ("| A1. x | y | `include/core/paths.py` | `tests/nothing.py::x` |", "not file::test"),
        ("| A1. x | y | `include/core/paths.py` | |", "not named"),
        ("| A1. x | does not apply: no | | |", "no reason"),
        ("| A1. x | y | z |", "3 cells"),
    ],
)
def test_a_row_that_is_not_true_is_found(row: str, words: str) -> None:
    [(id_, cells)] = rows(row)
    assert words in " ".join(problems_of(id_, cells))


def test_a_true_row_has_no_problem() -> None:
    row = "| A1. x | y | `include/core/paths.py` | `tests/conftest.py::settings` |"
    reason = "| A2. x | does not apply: nothing that we read has such a thing. | | |"
    assert [problems_of(*found) for found in rows(f"{row}\n{reason}")] == [[], []]
