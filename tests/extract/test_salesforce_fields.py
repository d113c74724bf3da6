"""Of Salesforce is read what the org shows, and what it does not show is named."""

from __future__ import annotations

import pytest

from include.core.errors import AccessError, StopError
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.salesforce_org import OPPORTUNITY_COUNT, records_of
from tests.extract.salesforce_readings import DAY, EVERYTHING, OPPORTUNITY, requested

ACCOUNT = source_object("salesforce.account")


def test_only_what_the_org_shows_is_asked_for(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "Probability", "CampaignId")
    reading, _ = read(window=DAY)
    assert "Amount" in reading.fields
    assert not {"Probability", "CampaignId"} & set(reading.fields)
    assert "Probability" not in reading.query


def test_parts_of_an_address_are_read_and_the_address_is_not(read):
    reading, _ = read(ACCOUNT, EVERYTHING, "snapshot")
    assert "BillingCountry" in reading.fields
    assert "BillingAddress" not in reading.fields


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
