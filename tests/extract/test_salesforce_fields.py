"""Of Salesforce is read what the org shows, and what it does not show is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.core.errors import AccessError, StopError
from include.sandbox.faults import Fault
from include.tables import source_object
from include.tables.salesforce import SALESFORCE_OBJECTS
from tests.extract.salesforce_org import OPPORTUNITY_COUNT, records_of
from tests.extract.salesforce_readings import DAY, EVERYTHING, OPPORTUNITY, requested

ACCOUNT = source_object("salesforce.account")
LOGIN = source_object("salesforce.login")
ORGANIZATION = source_object("salesforce.organization")
OWN_CURRENCY = "DefaultCurrencyIsoCode"


@pytest.mark.parametrize("source", SALESFORCE_OBJECTS, ids=lambda source: source.table)
def test_every_object_can_be_read_by_its_key_its_cursor_and_without_a_bin(read, source):
    """With or without IsDeleted, a log of deletions, SystemModstamp or a cursor at all."""
    modes = ("snapshot", "delta") if source.mode == "incremental" else ("snapshot",)
    for mode in modes:
        reading, pages = read(source, EVERYTHING, mode)
        assert {source.key, source.cursor, source.deleted} - {None} <= set(reading.fields)
        assert reading.source_count == sum(page.record_count for page in pages)


def test_only_what_the_org_shows_is_asked_for(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "Probability", "CampaignId")
    reading, _ = read(window=DAY)
    assert "Amount" in reading.fields
    assert not {"Probability", "CampaignId"} & set(reading.fields)
    assert "Probability" not in reading.query


def test_a_needed_field_that_is_not_shown_is_told_apart_from_an_empty_one(sandbox, read):
    """Without permission a field vanishes from the description; nobody says so."""
    reading, _ = read(window=DAY)
    assert reading.missing_fields == ()
    sandbox.control.hide("salesforce", "Opportunity", "Probability", "CampaignId")
    for mode in ("delta", "snapshot"):
        reading, _ = read(window=DAY, mode=mode)
        assert reading.missing_fields == ("Probability", "CampaignId")
        assert not set(reading.missing_fields) & set(reading.fields)


def test_a_field_that_is_shown_again_is_read_again(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "Probability")
    read(window=DAY)
    sandbox.control.show_everything()
    reading, pages = read(window=DAY)
    assert "Probability" in reading.fields
    assert all("Probability" in record for record in records_of(pages))


def test_a_cursor_nobody_may_filter_by_is_named(sandbox, client, read):
    description = client.json("GET", "sobjects/Opportunity/describe")
    for field in description["fields"]:
        field["filterable"] = field["name"] != "SystemModstamp"
    sandbox.control.inject(Fault("describe", times=2, status=200, body=description))
    for mode in ("delta", "snapshot"):
        with pytest.raises(StopError, match=r"filter Opportunity by SystemModstamp.*mode full"):
            read(mode=mode)


def test_a_field_nobody_may_filter_by_is_read_all_the_same(sandbox, client, read):
    """As LoginHistory.Status."""
    description = client.json("GET", "sobjects/Opportunity/describe")
    for field in description["fields"]:
        field["filterable"] = field["name"] in ("Id", "SystemModstamp")
    sandbox.control.inject(Fault("describe", status=200, body=description))
    reading, _ = read(window=DAY)
    assert "StageName" in reading.fields


def test_an_object_without_cursor_and_without_bin_is_read_whole(read):
    bare = replace(
        source_object("salesforce.opportunity_stage"), cursor=None, deleted=None, mode="full"
    )
    reading, pages = read(bare, EVERYTHING, "snapshot")
    assert "WHERE" not in reading.query
    assert len(records_of(pages)) == 2
    with pytest.raises(AccessError, match=r"has no cursor.*mode to full"):
        read(bare, DAY, "delta")


def test_parts_of_an_address_are_read_and_the_address_is_not(read):
    reading, _ = read(ACCOUNT, EVERYTHING, "snapshot")
    assert "BillingCountry" in reading.fields
    assert "BillingAddress" not in reading.fields


def test_the_currency_of_an_org_with_one_is_asked_for_where_it_is_told(sandbox, client, read):
    """Organization has no such field; without its currency amounts count as the reporting one's."""
    described = client.json("GET", "sobjects/Organization/describe")["fields"]
    assert OWN_CURRENCY not in [field["name"] for field in described]
    stamp = "2026-11-01T00:00:00.000+0000"
    organization = {"Id": "00D000000000001AAA", "Name": "Ours", "SystemModstamp": stamp}
    sandbox.control.upsert("salesforce", "Organization", {**organization, OWN_CURRENCY: "EUR"})
    reading, pages = read(ORGANIZATION, EVERYTHING, "snapshot")
    assert [record[OWN_CURRENCY] for record in records_of(pages)] == ["EUR"]
    assert OWN_CURRENCY in reading.fields
    assert OWN_CURRENCY not in reading.missing_fields
    assert OWN_CURRENCY not in reading.query


def test_the_currency_of_an_org_that_does_not_say_it_is_unknown(sandbox, read):
    refusal = [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "Not for you"}]
    sandbox.control.inject(Fault("/connect/organization", status=403, body=refusal))
    reading, _ = read(ORGANIZATION, EVERYTHING, "snapshot")
    assert OWN_CURRENCY in reading.missing_fields
    currency = {"Id": "01L000000000001AAA", "IsoCode": "EUR", "IsCorporate": True}
    sandbox.control.upsert("salesforce", "CurrencyType", currency)
    reading, _ = read(ORGANIZATION, EVERYTHING, "snapshot")
    assert OWN_CURRENCY in reading.missing_fields


def test_a_configured_field_is_read_too(read):
    reading, pages = read(window=DAY, custom_fields=["Region__c"])
    assert reading.custom_fields == ("Region__c",)
    assert reading.fields[-1] == "Region__c"
    assert {record["Region__c"] for record in records_of(pages)} == {"EMEA"}


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        (OPPORTUNITY, "Regoin__c", r"no field Regoin__c.*mean Region__c.*custom_fields"),
        (OPPORTUNITY, "region__c", r"no field region__c.*mean Region__c"),
        (ACCOUNT, "BillingAddress", r"of type address.*parts"),
    ],
)
def test_a_configured_field_that_cannot_be_read_is_named(read, source, name, words):
    with pytest.raises(StopError, match=words):
        read(source, custom_fields=[name])


def test_an_object_we_may_not_see_is_named(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity")
    with pytest.raises(AccessError, match="Opportunity"):
        read()


def test_an_object_of_which_only_our_own_records_are_shown_is_not_read(sandbox, read):
    """Salesforce refuses nobody his own logins: they look like everybody's."""
    stamp = "2026-11-10T08:00:00.000+0000"
    for number, user_id in enumerate([sandbox.account.user_id, "005000000000009AAA"]):
        login = {"Id": f"0Ya{number:015d}", "UserId": user_id, "LoginTime": stamp}
        sandbox.control.upsert("salesforce", "LoginHistory", login)
    (held,) = sandbox.control.content("salesforce", "UserPermissionAccess")

    def hold(**permissions):
        changed = {**held, "PermissionsManageUsers": False, **permissions}
        sandbox.control.upsert("salesforce", "UserPermissionAccess", changed)

    hold(PermissionsMonitorLoginHistory=True)
    _, pages = read(LOGIN, DAY)
    assert sum(page.record_count for page in pages) == 2
    hold(PermissionsMonitorLoginHistory=False)
    with pytest.raises(AccessError, match="only our own logins"):
        read(LOGIN, DAY)


def test_an_org_that_does_not_tell_our_permissions_is_read(sandbox, read):
    sandbox.control.hide("salesforce", "UserPermissionAccess")
    reading, _ = read(LOGIN, DAY)
    assert reading.source_count == 0


def test_a_cursor_we_may_not_see_is_named(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "SystemModstamp")
    with pytest.raises(AccessError, match="SystemModstamp"):
        read()


@pytest.mark.parametrize(("mode", "address"), [("delta", "queryAll"), ("snapshot", "jobs/query$")])
def test_a_field_hidden_after_the_description_is_described_again(sandbox, read, mode, address):
    gone = [
        {"errorCode": "INVALID_FIELD", "message": "No such column 'Foo' on entity 'Opportunity'."}
    ]
    sandbox.control.inject(Fault(address, status=400, body=gone))
    reading, _ = read(mode=mode)
    assert reading.source_count == OPPORTUNITY_COUNT
    assert requested(sandbox, "describe") == 2
    sandbox.control.inject(Fault(address, times=2, status=400, body=gone))
    with pytest.raises(StopError, match="No such column 'Foo' on entity 'Opportunity'"):
        read(mode=mode)
