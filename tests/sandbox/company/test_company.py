"""The made-up company as files: the same bytes every time, every object and field there."""

from __future__ import annotations

import filecmp
import subprocess
import sys
import tracemalloc
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from include.core.canonical import STRING, canonical_frame
from include.core.paths import PROJECT
from include.sandbox.company import dirt, write_company
from include.sandbox.company.identifiers import PREFIXES, hubspot_ids, salesforce_ids
from include.tables import SOURCE_OBJECTS
from include.tables.source_object import SourceObject
from tests.sandbox.company.made_company import (
    SIZE,
    UNTIL,
    Company,
    deal_count,
    landed,
    struck,
    value_at,
)

# What this company does not use: it keeps its agreements as service contracts, and its shop in
# HubSpot.
UNUSED = {
    "salesforce.contract",
    "salesforce.asset",
    "salesforce.asset_state_period",
    "salesforce.campaign_influence",
    "salesforce.campaign_influence_model",
    "salesforce.web_cart",
    "salesforce.opportunity_split",
    "salesforce.opportunity_split_type",
    "hubspot.deal_split",
}
UNUSED_FIELDS = {
    ("salesforce.opportunity", "ContractId"),
    # Its mails are those of cases, for which no task stands.
    ("salesforce.email_message", "ActivityId"),
    # Its lines say on which day they begin.
    ("hubspot.line_item", "properties.hs_billing_start_delay_days"),
    ("hubspot.line_item", "properties.hs_billing_start_delay_months"),
}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_company(tmp_path / name, 300, UNTIL, seed)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.json*"))
    assert len(files) == 60
    same = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False)
    assert (len(same[0]), same[1], same[2]) == (60, [], [])
    assert not filecmp.cmp(
        tmp_path / "one" / "salesforce" / "Opportunity.jsonl",
        tmp_path / "other" / "salesforce" / "Opportunity.jsonl",
        shallow=False,
    )


def test_command_line_writes_the_same_company(tmp_path: Path) -> None:
    write_company(tmp_path / "called", 60, UNTIL, 3)
    arguments = ["--size", "60", "--until", "2026-01-01", "--seed", "3"]
    subprocess.run(
        [sys.executable, "-m", "include.sandbox.company", "--folder", tmp_path / "run", *arguments],
        cwd=PROJECT,
        check=True,
    )
    for path in (tmp_path / "called").rglob("*.json*"):
        assert (
            path.read_bytes()
            == (tmp_path / "run" / path.relative_to(tmp_path / "called")).read_bytes()
        )


@pytest.mark.slow
def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    peaks = []
    for size in (2_000, 6_000):
        tracemalloc.start()
        write_company(tmp_path / str(size), size, UNTIL)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Three times the deals; only the log of logins grows with the number of employees.
    assert peaks[1] < peaks[0] * 1.3


@pytest.mark.parametrize(("size", "until"), [(0, UNTIL), (10, UNTIL.replace(tzinfo=None))])
def test_nonsense_is_refused(tmp_path: Path, size: int, until: datetime) -> None:
    with pytest.raises(ValueError, match=r"time zone|one deal"):
        write_company(tmp_path, size, until)


@pytest.mark.parametrize("size", [1, 30, 200])
def test_small_companies_work(tmp_path: Path, size: int) -> None:
    write_company(tmp_path, size, UNTIL)
    assert deal_count(Company(tmp_path)) == size


def test_size_is_the_number_of_deals_over_both_crms(company: Company) -> None:
    assert deal_count(company) == SIZE


@pytest.mark.parametrize("source", SOURCE_OBJECTS, ids=lambda source: source.id)
def test_every_object_has_rows_with_every_field(company: Company, source: SourceObject) -> None:
    records = list(landed(company, source))
    assert bool(records) == (source.id not in UNUSED)
    for field in source.fields if records else ():
        if (source.id, field.source) in UNUSED_FIELDS:
            continue
        assert any(value_at(record, field.source) not in (None, "") for record in records), field


@pytest.mark.parametrize(
    "source",
    [o for o in SOURCE_OBJECTS if o.reader in ("query", "crm_object")],
    ids=lambda source: source.id,
)
def test_every_record_has_every_field(company: Company, source: SourceObject) -> None:
    names = {field.source.removeprefix("properties.") for field in source.fields}
    rows = (
        company.salesforce(source.name)
        if source.crm == "salesforce"
        else company.properties(source.name)
    )
    assert all(names <= row.keys() for row in rows)


@pytest.mark.parametrize("source", SOURCE_OBJECTS, ids=lambda source: source.id)
def test_values_are_of_the_type_the_warehouse_expects(
    company: Company, source: SourceObject
) -> None:
    records = list(landed(company, source))
    texts = {f.source: [_text(value_at(r, f.source)) for r in records] for f in source.fields}
    _, failures = canonical_frame(pd.DataFrame(texts, dtype=STRING), source.fields)
    ranges = struck(dirt.COMPANY_EMPLOYEES_TEXT, len(records))
    expected = {"employee_count": ranges} if source.id == "hubspot.company" else {}
    assert {column: int(mask.sum()) for column, mask in failures.items()} == expected


def _text(value: Any) -> str | None:
    """As a landed batch reads it: text, and nothing where HubSpot cleared a property."""
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_account_settings_are_those_of_the_contract(company: Company) -> None:
    account = orjson.loads((company.folder / "account.json").read_bytes())
    assert account["hubspot"]["timeZone"] == "US/Eastern"
    assert account["hubspot"]["companyCurrency"] == "USD"
    (organization,) = company.salesforce("Organization")
    assert account["salesforce"]["organization_id"] == organization["Id"]


def test_ids_are_unique_and_well_formed(company: Company) -> None:
    for path in sorted((company.folder / "salesforce").glob("*.jsonl")):
        ids = [row["Id"] for row in company.salesforce(path.stem)]
        assert len(set(ids)) == len(ids)
        assert all(i.startswith(PREFIXES[path.stem]) and i == _case_safe(i[:15]) for i in ids)
    for name in ("deals", "contacts", "companies", "tickets", "line_items", "calls", "owners"):
        ids = [row["id"] for row in company.hubspot(name)]
        assert len(set(ids)) == len(ids)
        assert all(i.isdigit() for i in ids)


def _case_safe(short: str) -> str:
    """The 18-character id: each five characters give a letter whose bits say which are capitals."""
    for start in (0, 5, 10):
        bits = sum(1 << place for place in range(5) if short[start + place].isupper())
        short += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return short


def test_ids_stay_unique_for_millions_of_records() -> None:
    sequence = np.array([0, 61, 62, 3_843, 3_844, 5_000_000, 90_000_001])
    ids = salesforce_ids("Task", sequence)
    assert len({i.lower() for i in ids}) == 7
    assert all(len(i) == 18 for i in ids)
    assert len(set(hubspot_ids("emails", sequence))) == 7
