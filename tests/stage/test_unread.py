"""Fields that some readings of a record have and others do not."""

from __future__ import annotations

import pytest

from tests.stage.landed_batches import Landing, at, opportunity

OPPORTUNITY = "stage.salesforce__opportunity"


def test_a_field_listed_later_is_filled_into_what_was_read_without_it(landing: Landing) -> None:
    """Somebody lists a field that holds recurring revenue: months before would have none, unsaid."""
    first, changed = opportunity("006A", 2), opportunity("006A", 4, "Won")
    other, alone = opportunity("006B", 2, Region__c="West"), opportunity("006C", 2)
    for records, day, listed in (
        ([first, other, alone], 3, ()),
        ([changed], 5, ()),
        ([opportunity("006A", 4, "Won", Region__c="South"), opportunity("006B", 2)], 6, ("Region__c",)),
        ([opportunity("006A", 7, "Won", Region__c="North")], 8, ("Region__c",)),
    ):  # fmt: skip
        batch = landing.land("salesforce.opportunity", records, at(day), custom_fields=listed)
        landing.load(batch)
    told = f"{OPPORTUNITY}_version"
    columns = ("salesforce_opportunity_id", "modified_at", "stage_name", "custom_fields")
    unknown, south, north = None, {"Region__c": "South"}, {"Region__c": "North"}
    versions = {row[:3]: row[3] for row in landing.rows(told, *columns)}
    assert versions[("006A", at(2), "Open")] == versions[("006A", at(4), "Won")] == south
    assert versions[("006A", at(7), "Won")] == north
    # Read with the field, it had none: that is known, and what was not read is nothing else.
    assert {row[3] or None for row in landing.rows(told, *columns) if row[0] == "006B"} == {unknown}
    assert [row[3] for row in landing.rows(told, *columns) if row[0] == "006C"] == [unknown]


@pytest.mark.parametrize("region", ["North", None])
def test_what_was_filled_gives_way_to_a_nearer_reading_that_is_loaded_late(
    landing: Landing, region: str | None
) -> None:
    """The fourth was filled with what the sixth says; then a reading of the second comes after all."""
    known = ("Region__c",)
    for day, value, listed in ((4, None, ()), (6, "South", known), (2, region, known)):
        record = opportunity("006A", day, Region__c=value)
        landing.load(
            landing.land("salesforce.opportunity", [record], at(day + 1), custom_fields=listed)
        )
    told = landing.rows(f"{OPPORTUNITY}_version", "modified_at", "custom_fields")
    read = {} if region is None else {"Region__c": region}
    # Nothing was read of it on the fourth, and nothing is found.
    filled = read or None
    assert told == [(at(2), read), (at(4), filled), (at(6), {"Region__c": "South"})]
