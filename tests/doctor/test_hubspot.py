"""What the doctor finds of a HubSpot account, over HTTP."""

from __future__ import annotations

import pytest

from include.core.connection import Connection
from include.sandbox.faults import Fault
from include.tables import SOURCE_OBJECTS
from tests.doctor.conftest import connections

OBJECTS = [source for source in SOURCE_OBJECTS if source.crm == "hubspot"]


@pytest.fixture
def look_at_hubspot(look):
    return lambda *named, **choices: look(*named, salesforce={"enabled": False}, **choices)


def test_an_account_that_shows_everything(look_at_hubspot, sandbox) -> None:
    found = look_at_hubspot()
    account = sandbox.account.hubspot_details
    assert found("hubspot").status == "ok"
    assert found("hubspot").message.startswith(
        f"token of account {account['portalId']}, currency {account['companyCurrency']}, "
        f"time zone {account['timeZone']}; API 2026-09; "
    )
    assert "of 650,000 daily requests used (we stop at 80%)" in found("hubspot").message
    assert {s.table: found("hubspot", s.table).is_good for s in OBJECTS} == {
        s.table: True for s in OBJECTS
    }
    assert found("hubspot", "deal").status == "ok"
    assert found("hubspot", "company").status == "empty"
    # The deal's own links were asked for, though it has none.
    assert found("hubspot", "deal_company").status == "ok"
    assert found("hubspot", "ticket_company").status == "empty"
    assert found("hubspot", "deal_history").status == "ok"
    assert [f for f in found.findings if f.crm == "hubspot" and f.remedy] == []


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_each_version_has_its_paths(look_at_hubspot, version) -> None:
    found = look_at_hubspot(hubspot={"api_version": version})
    assert f"API {version}" in found("hubspot").message
    assert found("hubspot", "deal").status == "ok"
    assert found("hubspot", "deal_split").is_good


def test_a_missing_scope_is_named_and_takes_what_depends_on_it_along(
    look_at_hubspot, sandbox
) -> None:
    sandbox.control.hide("hubspot", "tickets")
    found = look_at_hubspot()
    for table in ("ticket", "ticket_company", "ticket_contact", "ticket_history"):
        assert found("hubspot", table).status == "forbidden"
        assert "Grant the scope crm.objects.tickets.read" in found("hubspot", table).remedy
    assert found("hubspot", "deal_company").is_good


def test_links_need_both_ends(look_at_hubspot, sandbox) -> None:
    sandbox.control.hide("hubspot", "companies")
    found = look_at_hubspot()
    # There is no ticket whose links could be asked for; the scope lacks all the same.
    assert found("hubspot", "ticket_company").status == "forbidden"
    assert found("hubspot", "ticket_contact").is_good


def test_a_listing_without_its_scope(look_at_hubspot, sandbox) -> None:
    sandbox.control.hide("hubspot", "logins")
    found = look_at_hubspot()("hubspot", "login")
    assert found.status == "forbidden"
    assert "account-info.security.read" in found.remedy


def test_an_object_the_account_does_not_have(look_at_hubspot, sandbox) -> None:
    body = {"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}
    sandbox.control.inject(Fault("/properties/2026-09/carts", status=404, body=body))
    found = look_at_hubspot()("hubspot", "cart")
    assert found.status == "missing"
    assert found.message == "The account has no carts."
    assert "connected shop" in found.remedy


def test_who_may_not_read_splits_just_has_none(look_at_hubspot, sandbox) -> None:
    """Their scope comes with a tier most accounts do not have: no metric suffers for it."""
    sandbox.control.hide("hubspot", "deal_splits")
    found = look_at_hubspot()("hubspot", "deal_split")
    assert found.status == "missing"
    assert "Sales Hub Enterprise" in found.remedy
    assert "crm.dealsplits.read_write" in found.remedy
    sandbox.control.hide("hubspot", "deals")
    found = look_at_hubspot()("hubspot", "deal_split")
    assert found.status == "forbidden"
    assert "crm.objects.deals.read" in found.remedy


def test_hidden_properties_are_named(look_at_hubspot, sandbox) -> None:
    sandbox.control.hide("hubspot", "deals", "amount", "closedate")
    found = look_at_hubspot()
    assert found("hubspot", "deal").status == "ok"
    assert sorted(found.fields("hubspot", "deal")) == ["amount", "closedate"]
    assert found("hubspot", "deal", "amount").status == "missing"
    assert sorted(found.fields("hubspot", "deal_history")) == ["amount", "closedate"]


def test_a_configured_property_is_looked_for_by_its_name(look_at_hubspot) -> None:
    found = look_at_hubspot(hubspot={"custom_fields": {"deal": ["amuont", "amount"]}})
    assert found.fields("hubspot", "deal") == ["amuont"]
    field = found("hubspot", "deal", "amuont")
    assert field.status == "error"
    assert "no property amuont" in field.message
    assert "hubspot.custom_fields.deal" in field.remedy


def test_a_wrong_token_is_the_only_finding(look_at_hubspot, sandbox) -> None:
    wrong = Connection("hubspot_default", host=sandbox.url, password="wrong-token")
    found = look_at_hubspot({"hubspot_default": wrong})
    assert [f.object_name for f in found.findings if f.crm == "hubspot"] == [""]
    assert found("hubspot").status == "forbidden"
    assert "does not accept the access token" in found("hubspot").message


def test_a_connection_without_a_token(look_at_hubspot) -> None:
    found = look_at_hubspot({"hubspot_default": Connection("hubspot_default")})
    assert found("hubspot").status == "error"
    assert "hubspot_default has no password" in found("hubspot").message


def test_a_host_that_is_not_there(look_at_hubspot) -> None:
    nowhere = connections("http://127.0.0.1:1")["hubspot_default"]
    found = look_at_hubspot({"hubspot_default": nowhere})
    assert [f.object_name for f in found.findings if f.crm == "hubspot"] == [""]
    assert found("hubspot").status == "error"
    assert "127.0.0.1:1 does not answer" in found("hubspot").message


@pytest.mark.parametrize("version", ["2019-01"])
def test_a_version_hubspot_does_not_have(look_at_hubspot, version) -> None:
    found = look_at_hubspot(hubspot={"api_version": version})
    assert found("hubspot").status == "error"
    assert f"has no API version {version}" in found("hubspot").message
    assert "hubspot.api_version" in found("hubspot").remedy
    assert ("hubspot", "deal", "") not in found.by_key


def test_a_service_that_goes_away_half_way_is_one_finding(look_at_hubspot, sandbox) -> None:
    sandbox.control.inject(Fault("/properties/2026-09/deals", status=503, body="down", times=9))
    found = look_at_hubspot()
    assert [f.object_name for f in found.findings if f.crm == "hubspot"] == [""]
    assert found("hubspot").status == "error"
    assert "HTTP 503" in found("hubspot").message


def test_a_shared_limiter_counts_the_look_too(look_at_hubspot, warehouse) -> None:
    import sqlalchemy as sa

    from include.tables.ops import rate_limit_bucket

    look_at_hubspot(warehouse=warehouse)
    with warehouse.connect() as connection:
        buckets = list(connection.scalars(sa.select(rate_limit_bucket.c.bucket)))
    assert [bucket.rpartition(":")[2] for bucket in buckets] == ["requests"]
