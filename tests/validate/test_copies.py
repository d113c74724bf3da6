"""Rules on deals both CRMs hold: what only the copy has that does not count, and copies of a copy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.tables import facts, ops
from include.validate.copies import LINES, ONE_COPY
from include.validate.facts import validate_facts
from tests.facts.builders import (
    Version,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)

NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)
OPPORTUNITIES = {"1": "006000000000001", "2": "006000000000002", "3": "006000000000003"}


def of_hubspot(key: str, stage: str) -> list[Version]:
    """A deal of HubSpot with one line, tied to its opportunity."""
    return [
        hubspot_deal(key, "2026-03-02", "2026-03-10", "2026-03-10", stage_id=stage,
                     salesforce_opportunity_id=OPPORTUNITIES[key] + "AAA"),
        version("hubspot.line_item", key, "2026-03-02", created_at=at("2026-03-02"), quantity=1,
                unit_price_amount_original=10, billing_frequency="monthly"),
        link("hubspot.deal_line_item", key, key, "2026-03-02"),
    ]  # fmt: skip


@pytest.mark.parametrize("record", ["salesforce", "hubspot"])
def test_lines_that_only_the_copy_has_are_told(
    warehouse: sa.Engine, settings: Settings, tmp_path: Path, record: str
) -> None:
    """Of two won deals with lines in HubSpot one has none in Salesforce; the third is still open."""
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        *(
            row
            for key, stage in (("1", "closedwon"), ("2", "closedwon"), ("3", "appointment"))
            for row in of_hubspot(key, stage)
        ),
        *(
            opportunity(OPPORTUNITIES[key], "2026-03-02", "2026-03-10", outcome)
            for key, outcome in (("1", "won"), ("2", "won"), ("3", "open"))
        ),
        version("salesforce.opportunity_line_item", "x", "2026-03-02", created_at=at("2026-03-02"),
                opportunity_id=OPPORTUNITIES["2"], quantity=1, unit_price_amount_original=10),
    )  # fmt: skip
    built(warehouse, with_choices(settings, deals=record), facts.deal_line)
    validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        counts = sa.select(result.checked_count, result.unexpected_count)
        found = connection.execute(counts.where(result.expectation == LINES)).one()
    # Where HubSpot counts, the one line Salesforce has is one HubSpot has too.
    assert found == ((2, 1) if record == "salesforce" else (1, 0))


def test_two_deals_of_one_opportunity_are_told(
    warehouse: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    """Of three opportunities the first has a clone of its copy beside it, the second one that was deleted.

    The clone is left out with the copy, though it may be a sale of its own.
    """

    def copy(deal_id: str, key: str, **values: bool) -> Version:
        return hubspot_deal(deal_id, "2026-03-02", "2026-03-10", "2026-03-10", stage_id="closedwon",
                            salesforce_opportunity_id=OPPORTUNITIES[key] + "AAA", **values)  # fmt: skip

    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        *(opportunity(id_, "2026-03-02", "2026-03-10", "won") for id_ in OPPORTUNITIES.values()),
        *(copy("1", "1"), copy("11", "1"), copy("2", "2"), copy("22", "2", deleted=True)),
        copy("3", "3"),
    )
    built(warehouse, settings, facts.deal)
    validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        counts = sa.select(result.checked_count, result.unexpected_count)
        found = connection.execute(counts.where(result.expectation == ONE_COPY)).one()
    assert found == (3, 1)
