"""Great Expectations as we use it: complete, quiet and offline."""

from __future__ import annotations

import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.tables import SOURCE_OBJECTS, source_object
from include.validate.expectations import (
    Checker,
    build_data_docs,
    context_with_files,
    forget_results,
)
from include.validate.rules import Rule, record_rules

NOT_NULL = Rule(
    "a is given", "a", "critical", "expect_column_values_to_not_be_null", {"column": "a"}
)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
MAY_LACK = {
    *("salesforce.case.case_status", "hubspot.deal.stage_id", "hubspot.ticket.stage_id"),
    # Of the first rate of a currency.
    "salesforce.dated_conversion_rate.start_date",
}


def test_every_failing_row_is_named_however_many_there_are(tmp_path: Path) -> None:
    checker = Checker("many", [NOT_NULL], context_with_files(tmp_path))
    checker.check(pd.DataFrame({"a": [None] * 500 + ["x"] * 500}, index=range(1000, 2000)))
    (outcome,) = checker.outcomes
    assert outcome.rows == list(range(1000, 1500))
    assert (outcome.checked_count, outcome.unexpected_count) == (1000, 500)


def test_a_rule_that_cannot_be_evaluated_counts_as_broken(tmp_path: Path) -> None:
    missing = Rule(
        "b is given", "b", "critical", "expect_column_values_to_not_be_null", {"column": "b"}
    )
    checker = Checker("missing", [missing], context_with_files(tmp_path))
    checker.check(pd.DataFrame({"a": ["x"]}))
    (outcome,) = checker.outcomes
    assert not outcome.is_success
    assert "b" in outcome.error


def test_it_is_quiet_and_calls_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: called.append(address))
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *arguments, **options: called.append(arguments)
    )
    with caplog.at_level(logging.INFO):
        checker = Checker("quiet", [NOT_NULL], context_with_files(tmp_path))
        checker.check(pd.DataFrame({"a": ["x", None]}))
        checker.keep("run", NOW)
        build_data_docs(tmp_path)
    assert called == []
    assert [
        record for record in caplog.records if record.name.startswith("great_expectations")
    ] == []
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


def test_results_of_old_runs_go_and_those_of_a_run_that_ran_again_stay(tmp_path: Path) -> None:
    def write(run: str, name: str, age_days: int) -> None:
        path = tmp_path / run / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        aged = (NOW - timedelta(days=age_days)).timestamp()
        for each in (path, path.parent, tmp_path / run):
            os.utime(each, (aged, aged))

    write("old", "first.json", 36)
    write("new", "first.json", 34)
    write("cleared", "second.json", 1)
    write("cleared", "first.json", 36)
    forget_results(tmp_path, NOW - timedelta(days=35))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cleared", "new"]
    assert len(list((tmp_path / "cleared" / "results").iterdir())) == 2
    forget_results(tmp_path / "not there yet", NOW)


def test_a_choice_we_do_not_know_is_counted_and_let_in() -> None:
    rules = record_rules(source_object("hubspot.owner"))
    (rule,) = [rule for rule in rules if "is one of" in rule.words]
    assert rule.words == "owner_type is one of PERSON, QUEUE"
    assert rule.severity == "warning"


@pytest.mark.parametrize("source", SOURCE_OBJECTS, ids=lambda source: source.id)
def test_every_object_has_rules_and_no_two_read_alike(source) -> None:
    rules = record_rules(source)
    assert [rule.words for rule in rules[:2]] == ["has an id", "comes once in a batch"]
    names = [(rule.words, rule.column) for rule in rules]
    assert len(set(names)) == len(names)
    # What we cannot do without is never only warned of, save a reference, whose parent may come later,
    # and what real records lack.
    for field in source.fields:
        if field.required and not field.references:
            (given,) = [rule for rule in rules if rule.words == f"{field.column} is given"]
            is_lacking = f"{source.id}.{field.column}" in MAY_LACK
            assert given.severity == ("warning" if is_lacking else "critical")
