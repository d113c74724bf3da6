"""What is read of the CRMs, as data: the cursors changes are found by, and what each object needs."""

from __future__ import annotations

import pytest

from include.tables import SOURCE_OBJECTS

# Objects without SystemModstamp: entries of logs, which never change after they were made.
LOGS = {"LoginHistory": "LoginTime", "CaseHistory": "CreatedDate"}
# Read whole each time, so that no change is missed; it only says since when.
READ_WHOLE = {"UserLogin": "LastModifiedDate"}
IDS = {source.id: source for source in SOURCE_OBJECTS}


@pytest.mark.parametrize(
    "object_id", [source.id for source in SOURCE_OBJECTS if source.crm == "salesforce"]
)
def test_a_salesforce_cursor_is_moved_by_every_change_and_never_set_back(object_id: str) -> None:
    """LastModifiedDate is neither: imports set it, and automated processes do not."""
    source = IDS[object_id]
    if source.cursor in (None, READ_WHOLE.get(source.name)):
        assert source.mode == "full"
    else:
        assert source.cursor == LOGS.get(source.name, "SystemModstamp")


@pytest.mark.parametrize(
    "object_id", [source.id for source in SOURCE_OBJECTS if source.reader == "crm_object"]
)
def test_hubspot_is_searched_by_the_property_its_type_has(object_id: str) -> None:
    """The other one does not exist there: a search by it finds nothing, without an error."""
    source = IDS[object_id]
    expected = "lastmodifieddate" if source.name == "contacts" else "hs_lastmodifieddate"
    assert source.search_cursor == expected


@pytest.mark.parametrize("object_id", IDS)
def test_an_object_without_a_cursor_is_read_whole(object_id: str) -> None:
    source = IDS[object_id]
    if source.cursor is None and not source.is_of_parents:
        assert source.mode == "full"


def test_every_record_is_known_by_the_id_its_crm_gave_it() -> None:
    keys = {(source.crm, source.key) for source in SOURCE_OBJECTS}
    assert keys == {("salesforce", "Id"), ("hubspot", "id"), ("hubspot", "portalId")}


def test_deletion_and_merge_are_asked_for_where_the_crm_tells_them() -> None:
    merging = {"Account", "Contact", "Lead"}
    for source in SOURCE_OBJECTS:
        if source.crm == "salesforce" and source.name in merging:
            assert (source.deleted, source.merged_into) == ("IsDeleted", "MasterRecordId")
        if source.reader == "crm_object":
            assert source.deleted == "archived"
