"""Pages that are made from definitions say what the definitions say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.documentation import pages
from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS, metadata

PROJECT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_made_page_is_what_make_docs_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run `make docs`"


def test_every_table_object_and_metric_has_its_entry() -> None:
    tables = (PROJECT / "docs" / "tables.md").read_text()
    for table in metadata.tables.values():
        assert f"`{table.schema}.{table.name.removesuffix('_version')}`" in tables
    for source in SOURCE_OBJECTS:
        assert f"| `{source.name}` |" in tables
    metrics = (PROJECT / "docs" / "metrics.md").read_text()
    assert "{" not in metrics, "a text that was to be filled in"
    for metric in CATALOGUE:
        assert f"| id | `{metric.id}` |" in metrics


def test_a_metric_names_what_it_is_made_of_in_each_crm_and_file() -> None:
    page = (PROJECT / "docs" / "metrics.md").read_text()
    entries = {each.split("`")[1]: each for each in page.split("| id | ")[1:]}
    # Objects that an org need not have are sources too: nothing else is behind billed revenue.
    assert "| Salesforce | optional: `order` |" in entries["revenue_billed"]
    assert "| HubSpot | optional: `invoice`, " in entries["revenue_billed"]
    assert "| HubSpot | nothing |" in entries["survey_response_rate"]
    # Campaigns are needed for revenue and optional for costs: they are named once, for each CRM.
    assert entries["campaign_return"].count("`campaign`") == 2
    assert "| configured in | include/config/costs.csv;" in entries["cac_payback"]


def test_every_link_of_the_readme_leads_somewhere() -> None:
    readme = (PROJECT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)\)", readme)
    assert len(links) >= 4
    for link in links:
        assert (PROJECT / link).exists(), link


def test_every_make_target_of_the_readme_exists() -> None:
    readme = (PROJECT / "README.md").read_text()
    makefile = (PROJECT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake ([a-z-]+)`", readme)) | {"demo", "test"}:
        assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE), target
