"""Full readings after the first: what they lack is gone, and what they show otherwise is kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from include.core.errors import IncompleteError, StopError
from include.stage.load import load_batch
from tests.stage.landed_batches import LOADED_AT, Landing, at, rows
from tests.stage.test_load import crm_record, link, opportunity, owner, tombstone

OPPORTUNITY = "stage.salesforce__opportunity"
VERSION = "stage.salesforce__opportunity_version"
OWNER = "stage.hubspot__owner"
COMPANY = "stage.hubspot__company"
LINK = "stage.hubspot__deal_company"
LOGIN = "stage.salesforce__login"
MICROSECOND = timedelta(microseconds=1)


def many(count: int, day: int = 2) -> list[dict[str, Any]]:
    return [opportunity(f"006{number:03}", day) for number in range(count)]


def sweep(landing: Landing, records: list[dict[str, Any]], day: int, **more: Any) -> str:
    return landing.land("salesforce.opportunity", records, at(day), mode="snapshot", **more)


def live(landing: Landing, table: str = OPPORTUNITY) -> list[str]:
    key = "hubspot_owner_id" if table == OWNER else "salesforce_opportunity_id"
    return [id_ for id_, is_gone in landing.rows(table, key, "is_deleted") if not is_gone]


# Absences


@pytest.mark.parametrize("sweep_first", [False, True])
def test_a_record_a_sweep_lacks_is_deleted_from_its_reading_on(landing, sweep_first):
    """In whatever order both come: the record was last seen on the third, and lacking on the fifth."""
    known = landing.land("salesforce.opportunity", many(3), at(3))
    lacking = sweep(landing, many(2), 5)
    for batch in (lacking, known) if sweep_first else (known, lacking):
        landing.load(batch)
    assert live(landing) == ["006000", "006001"]
    gone = [row[1:] for row in landing.rows(
        VERSION, "salesforce_opportunity_id", "modified_at", "is_deleted", "is_inferred", "stage_name"
    ) if row[0] == "006002"]  # fmt: skip
    assert gone == [(at(2), False, False, "Open"), (at(5), True, True, "Open")]


def test_a_record_seen_after_the_sweep_is_not_absent(landing):
    """It was created, or came back, after the sweep had begun."""
    landing.load(sweep(landing, many(2), 5))
    landing.load(landing.land("salesforce.opportunity", [opportunity("006NEW", 5)], at(6)))
    assert live(landing) == ["006000", "006001", "006NEW"]
    landing.load(sweep(landing, many(2), 4))
    assert live(landing) == ["006000", "006001", "006NEW"]


def test_an_absent_record_comes_back_when_it_is_seen_again(landing):
    landing.load(landing.land("salesforce.opportunity", many(3), at(3)))
    landing.load(sweep(landing, many(2), 5))
    landing.load(landing.land("salesforce.opportunity", [opportunity("006002", 7)], at(8)))
    assert live(landing) == ["006000", "006001", "006002"]


def test_a_record_set_aside_in_the_sweep_is_not_absent(landing):
    landing.load(landing.land("salesforce.opportunity", many(3), at(3)))
    landing.load(sweep(landing, many(3), 5, set_aside={2: "006002"}))
    assert live(landing) == ["006000", "006001", "006002"]


def test_what_is_deleted_already_is_not_deleted_again(landing):
    """Purged from the recycle bin, or with a tombstone: a sweep lacks both, and that is no news."""
    landing.load(landing.land("salesforce.opportunity", many(12), at(3)))
    told = [opportunity("006000", 4, IsDeleted=True), tombstone("006001", 4)]
    landing.load(landing.land("salesforce.opportunity", told, at(5)))
    landing.load(sweep(landing, many(12)[2:], 6))
    versions = landing.rows(VERSION, "salesforce_opportunity_id", "modified_at", "is_deleted")
    assert [row for row in versions if row[0] in ("006000", "006001")] == [
        ("006000", at(2), False),
        ("006000", at(4), True),
        ("006001", at(2), False),
        ("006001", at(4), True),
    ]


def test_a_loser_of_a_merge_that_a_sweep_lacks_keeps_its_survivor(landing):
    landing.load(landing.land("hubspot.company", [crm_record("1", 2), crm_record("2", 2)], at(3)))
    survivor = crm_record("2", 5, hs_merged_object_ids="1")
    landing.load(landing.land("hubspot.company", [survivor], at(6), mode="snapshot"))
    columns = ("hubspot_company_id", "is_deleted", "merged_into_id", "modified_at")
    assert landing.rows(COMPANY, *columns) == [
        ("1", True, "2", at(5)),
        ("2", False, None, at(5)),
    ]


def test_a_log_forgets_by_age_and_nothing_of_it_is_deleted(landing):
    def entry(id_: str, day: int) -> dict[str, Any]:
        return {"Id": id_, "UserId": "005A", "LoginTime": f"2026-01-{day:02}T00:00:00.000+0000"}

    landing.load(landing.land("salesforce.login", [entry("0YaA", 1), entry("0YaB", 2)], at(3)))
    landing.load(landing.land("salesforce.login", [entry("0YaB", 2)], at(5), mode="snapshot"))
    assert landing.rows(LOGIN, "is_deleted") == [False, False]


def test_links_of_a_parent_a_sweep_lacks_are_gone_with_it(landing):
    """An archived deal is not listed: neither its links nor its marker are there."""
    both = [*link("1", "7", "8"), *link("2", "7")]
    landing.load(landing.land("hubspot.deal_company", both, at(2)))
    landing.load(landing.land("hubspot.deal_company", link("1", "7"), at(5), mode="snapshot"))
    columns = ("hubspot_deal_company_id", "is_deleted", "modified_at")
    assert landing.rows(LINK, *columns) == [
        ("1:*", False, at(5)),
        ("1:7", False, at(5)),
        ("1:8", True, at(5)),
        ("2:*", True, at(5)),
        ("2:7", True, at(5)),
    ]
    # Taken out of the archive and read again.
    landing.load(landing.land("hubspot.deal_company", link("2", "7"), at(7)))
    assert [row[1] for row in landing.rows(LINK, *columns)] == [False, False, True, False, False]


# The guard


@pytest.mark.parametrize(
    ("object_id", "table", "records"),
    [
        ("salesforce.opportunity", OPPORTUNITY, many(400)),
        ("hubspot.owner", OWNER, [owner(str(number)) for number in range(400)]),
    ],
)
def test_the_guard_lets_its_share_go_and_no_more(landing, object_id, table, records):
    """0.05 of 400 records are 20."""
    landing.load(landing.land(object_id, records, at(3), mode="snapshot"))
    before = landing.rows(table), landing.rows(f"{table}_version")
    batch = landing.land(object_id, records[:-21], at(5), mode="snapshot")
    with pytest.raises(StopError) as caught:
        landing.load(batch)
    assert f"{object_id} (batch {batch}) lacks 21 of the 400 records" in str(caught.value)
    assert "sweep_guard_rate 0.05" in str(caught.value)
    # Nothing of it is loaded, and its window is read anew.
    assert (landing.rows(table), landing.rows(f"{table}_version")) == before
    assert landing.rows("ops.extract_window", "status", "error") == [
        ("loaded", None),
        ("failed", str(caught.value)),
    ]
    with pytest.raises(StopError, match="is failed and is not loaded"):
        landing.load(batch)

    # What the message says to do when they are really gone: 0.0525 of 400 are 21.
    again = landing.land(object_id, records[:-21], at(5), mode="snapshot")
    load_batch(landing.engine, landing.folder, again, LOADED_AT, 0.0525)
    assert len(live(landing, table)) == 379
    # 0.05 of 379 are 18.95.
    landing.load(landing.land(object_id, records[:361], at(6), mode="snapshot"))
    assert len(live(landing, table)) == 361


@pytest.mark.parametrize(("left", "is_refused"), [(0, True), (1, True), (2, False)])
def test_of_few_records_half_may_go(landing, left, is_refused):
    """0.05 of three is none, which would let nobody leave a small team."""
    everyone = [owner(str(number)) for number in range(3)]
    landing.load(landing.land("hubspot.owner", everyone, at(2), mode="snapshot"))
    batch = landing.land("hubspot.owner", everyone[:left], at(3), mode="snapshot")
    if is_refused:
        with pytest.raises(StopError, match=rf"hubspot\.owner .* lacks {3 - left} of the 3"):
            landing.load(batch)
    else:
        landing.load(batch)
    assert len(live(landing, OWNER)) == (3 if is_refused else left)


def test_a_guarded_sweep_shows_nothing_of_itself(landing):
    """Not even what it read otherwise: a reading that cannot be trusted in one thing is not in others."""
    landing.load(landing.land("salesforce.opportunity", many(40), at(3)))
    changed = opportunity("006000", 4, "Won")
    with pytest.raises(StopError):
        landing.load(sweep(landing, [changed], 5))
    assert set(landing.rows(OPPORTUNITY, "stage_name")) == {"Open"}


# The same cursor with other values


def test_values_that_change_without_the_cursor_hold_from_their_reading(landing):
    """A formula, a calculated property: what was true last week stays as it was."""
    for day, amount in ((3, 100), (5, 100), (7, 250), (9, 250)):
        record = opportunity("006A", 2, Amount=amount)
        landing.load(sweep(landing, [record], day))
    assert landing.rows(VERSION, "modified_at", "amount_original", "first_extracted_at", "extracted_at") == [
        (at(2), 100, at(3), at(5)),
        (at(7), 250, at(7), at(9)),
    ]  # fmt: skip
    assert landing.rows(OPPORTUNITY, "amount_original", "modified_at") == [(250, at(7))]


def test_values_that_come_back_hold_again(landing):
    """100 on the third, 250 on the fifth, 100 on the seventh: after the fifth it was 100 again."""
    for day, amount in ((3, 100), (5, 250), (7, 100)):
        landing.load(sweep(landing, [opportunity("006A", 2, Amount=amount)], day))
    assert landing.rows(VERSION, "modified_at", "amount_original", "is_inferred") == [
        (at(2), 100, False),
        (at(5), 250, False),
        (at(5) + 2 * MICROSECOND, 100, True),
    ]
    assert landing.rows(OPPORTUNITY, "amount_original") == [100]


def test_an_older_cursor_read_late_never_beats_a_newer_one(landing):
    """The sweep of the eighth still saw what had been changed on the sixth as it was before."""
    landing.load(sweep(landing, [opportunity("006A", 2, "Open")], 3))
    landing.load(sweep(landing, [opportunity("006A", 2, "Won")], 8))
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 6, "Lost")], at(9)))
    assert landing.rows(OPPORTUNITY, "stage_name") == ["Lost"]
    assert landing.rows(VERSION, "modified_at", "stage_name") == [
        (at(2), "Open"),
        (at(6) - 4 * MICROSECOND, "Won"),
        (at(6), "Lost"),
    ]


def test_a_record_taken_out_of_the_archive_is_back(landing):
    """Neither archiving nor taking out moves HubSpot's cursor."""
    for day, archived_day in ((3, None), (6, 5), (8, None)):
        record = crm_record("1", 2, archived_day, name="Acme")
        landing.load(landing.land("hubspot.company", [record], at(day), mode="snapshot"))
    assert landing.rows(f"{COMPANY}_version", "modified_at", "is_deleted") == [
        (at(2), False),
        (at(5), True),
        (at(6) + MICROSECOND, False),
    ]
    assert landing.rows(COMPANY, "is_deleted") == [False]


def test_a_record_listed_live_and_then_archived_is_archived(landing):
    """It was archived while it was read."""
    both = [crm_record("1", 2, name="Acme"), crm_record("1", 2, 3, name="Acme")]
    landing.load(landing.land("hubspot.company", both, at(3), mode="snapshot"))
    assert landing.rows(COMPANY, "is_deleted", "modified_at") == [(True, at(3))]


# Fields that are shown to us only for a time


def test_a_field_that_vanished_keeps_its_last_value(landing):
    """It is unknown then, not empty: neither the values nor their history change."""
    landing.load(sweep(landing, [opportunity("006A", 2, Amount=100)], 3))
    hidden = opportunity("006A", 2)
    landing.load(sweep(landing, [hidden], 5, missing_fields=["Amount"]))
    assert landing.rows(OPPORTUNITY, "amount_original") == [100]
    assert len(set(landing.rows(VERSION, "row_hash"))) == 1

    # A change of something else is still seen, with the last amount known.
    landing.load(sweep(landing, [opportunity("006A", 6, "Won")], 7, missing_fields=["Amount"]))
    assert landing.rows(OPPORTUNITY, "amount_original", "stage_name") == [(100, "Won")]

    # Shown again: empty is empty now.
    landing.load(sweep(landing, [opportunity("006A", 6, "Won", Amount=None)], 9))
    assert landing.rows(OPPORTUNITY, "amount_original", "modified_at") == [(None, at(9))]


def test_a_field_read_only_later_is_known_of_before(landing):
    """As when a release begins to read it: its first value is the best there is for the time before."""
    landing.load(sweep(landing, [opportunity("006A", 2)], 3, missing_fields=["Amount"]))
    landing.load(sweep(landing, [opportunity("006A", 2, Amount=100)], 5))
    assert set(landing.rows(VERSION, "amount_original")) == {100}
    assert len(set(landing.rows(VERSION, "row_hash"))) == 1


# What reading by change should have brought


def missed(landing: Landing) -> list[int | None]:
    return landing.rows("ops.extract_window", "missed_count")


def test_a_sweep_tells_what_reading_by_change_had_missed(landing):
    """Batches cover the day before their reading: a change of the third should have come on the fourth."""
    landing.load(sweep(landing, many(3), 3))
    landing.load(landing.land("salesforce.opportunity", [opportunity("006000", 3, "Won")], at(4)))
    swept = [opportunity("006000", 3, "Won"), opportunity("006001", 3, "Won"), *many(3)[2:]]
    landing.load(sweep(landing, swept, 6))
    # The first reads all there is; nothing was to come before.
    assert missed(landing) == [0, None, 1]


def test_what_could_not_have_come_was_not_missed(landing):
    landing.load(sweep(landing, many(4), 3))
    landing.load(landing.land("salesforce.opportunity", [], at(4)))
    broken = landing.land("salesforce.opportunity", many(1, 3), at(4), set_aside={0: "006000"})
    landing.load(broken)
    swept = [
        opportunity("006000", 3),  # was set aside
        opportunity("006001", 4, "Won"),  # of a day that was never read by change
        opportunity("006002", 2, "Won"),  # the cursor stood still
        opportunity("006003", 5, "Won"),  # within a day
    ]
    landing.load(sweep(landing, swept, 6))
    assert missed(landing) == [0, None, None, 0]


# Counts


def test_a_batch_whose_records_do_not_add_up_is_not_loaded(landing):
    """Three landed; the ledger knows of a fourth that neither is here nor was set aside."""
    batch = landing.land("salesforce.opportunity", many(3), at(3), set_aside={7: "006007"})
    with pytest.raises(
        IncompleteError, match=r"salesforce\.opportunity landed with 3 records; 3 of"
    ):
        landing.load(batch)
    assert landing.rows(OPPORTUNITY) == []
    assert rows(landing.engine, "ops.extract_window", "status") == ["failed"]
