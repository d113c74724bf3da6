"""What the doctor finds of an org, over HTTP."""

from __future__ import annotations

import pytest

from include.core.connection import Connection
from include.sandbox.faults import Fault
from include.tables import SOURCE_OBJECTS
from tests.doctor.conftest import connections

OBJECTS = [source for source in SOURCE_OBJECTS if source.crm == "salesforce"]


def test_an_org_that_shows_everything(look, sandbox) -> None:
    found = look(hubspot={"enabled": False})
    account = sandbox.account
    assert found("salesforce").status == "ok"
    assert (
        f"logged in as {account.username}, org {account.organization_id}"
        in found("salesforce").message
    )
    assert "API 66.0 of 31.0 to 68.0" in found("salesforce").message
    assert "of 100,000 daily requests used (we stop at 80%)" in found("salesforce").message
    assert found("salesforce", "opportunity").status == "ok"
    others = [source.table for source in OBJECTS if source.table != "opportunity"]
    assert {found("salesforce", table).status for table in others} == {"empty"}
    assert [f for f in found.findings if f.crm == "salesforce" and f.remedy] == []


def test_a_look_costs_few_requests(look, sandbox) -> None:
    look(hubspot={"enabled": False})
    asked = [entry for entry in sandbox.control.requests if "/services/data" in entry.target]
    # Versions, list of objects, resources and counts: 4. Our permissions: 2. Two requests for each
    # 25 objects.
    assert len(asked) <= 6 + 2 * -(-len(OBJECTS) // 25)


def test_an_object_every_org_has_can_only_be_hidden(look, sandbox) -> None:
    sandbox.control.hide("salesforce", "Opportunity")
    found = look()("salesforce", "opportunity")
    assert found.status == "forbidden"
    assert "read access to Opportunity in a permission set" in found.remedy


def test_an_optional_object_is_hidden_or_not_there(look, sandbox) -> None:
    sandbox.control.hide("salesforce", "LoginHistory")
    found = look()("salesforce", "login")
    assert found.status == "missing"
    assert found.message == "The org has no LoginHistory, or does not show it to us."
    assert found.remedy.endswith("the permission Monitor Login History, or Manage Users.")


def test_an_object_of_which_only_our_own_records_are_shown_is_not_called_readable(
    look, sandbox
) -> None:
    """Salesforce refuses nobody his own logins: they look like everybody's."""
    _take_away(sandbox, "PermissionsManageUsers", "PermissionsMonitorLoginHistory")
    found = look()
    assert found("salesforce", "login").status == "forbidden"
    assert "only our own logins" in found("salesforce", "login").message
    assert found("salesforce", "forecasting_quota").status == "empty"
    _take_away(sandbox, "PermissionsViewAllForecasts")
    assert "View All Forecasts" in look()("salesforce", "forecasting_quota").remedy


def test_a_user_who_does_not_see_all_records_is_named(look, sandbox) -> None:
    """A query leaves out what is not shared, and does not say so."""
    assert "View All Data" not in look()("salesforce").message
    _take_away(sandbox, "PermissionsViewAllData")
    assert "without View All Data, so only records that are shared" in look()("salesforce").message


def test_subscriptions_of_a_package_that_are_not_read_are_named(look, sandbox) -> None:
    """Else recurring revenue would lack them without a word."""
    assert "CPQ" not in look()("salesforce").message
    names = [*(source.name for source in OBJECTS), "SBQQ__Subscription__c"]
    listed = {"sobjects": [{"name": name, "queryable": True} for name in names]}
    sandbox.control.inject(Fault("/sobjects", method="GET", status=200, body=listed))
    found = look()("salesforce")
    assert found.status == "ok"
    assert "its subscriptions (SBQQ__Subscription__c) are not read" in found.message


def _take_away(sandbox, *permissions) -> None:
    (held,) = sandbox.control.content("salesforce", "UserPermissionAccess")
    changed = {**held, **dict.fromkeys(permissions, False)}
    sandbox.control.upsert("salesforce", "UserPermissionAccess", changed)


def test_hidden_fields_are_named_and_the_object_is_still_readable(look, sandbox) -> None:
    sandbox.control.hide("salesforce", "Opportunity", "Amount", "CloseDate")
    found = look()
    assert found("salesforce", "opportunity").status == "ok"
    assert sorted(found.fields("salesforce", "opportunity")) == ["Amount", "CloseDate"]
    field = found("salesforce", "opportunity", "Amount")
    # Every org has it, so it can only be hidden.
    assert field.status == "forbidden"
    assert "of Opportunity in a permission set" in field.remedy


@pytest.mark.parametrize("field", ["Id", "SystemModstamp"])
def test_an_object_without_its_key_or_cursor_cannot_be_read(look, sandbox, field) -> None:
    sandbox.control.hide("salesforce", "Opportunity", field)
    found = look()("salesforce", "opportunity")
    assert (found.status, field in found.message) == ("forbidden", True)


def test_records_that_are_not_shared_are_not_taken_for_none(look, sandbox) -> None:
    names = [source.name for source in OBJECTS]
    nothing = {"statusCode": 200, "result": {"totalSize": 0, "done": True, "records": []}}
    # The first batch describes, the second one asks for a record of each.
    answer = {"hasErrors": False, "results": [nothing] * min(len(names), 25)}
    batches = -(-len(names) // 25)
    sandbox.control.inject(
        Fault("/composite/batch", method="POST", status=200, body=answer, skip=batches)
    )
    found = look()
    assert found("salesforce", "opportunity").status == "forbidden"
    assert "about 1 records, and none is shared" in found("salesforce", "opportunity").message
    assert "View All" in found("salesforce", "opportunity").remedy
    assert found("salesforce", "account").status == "empty"


def test_an_object_that_may_not_be_queried(look, sandbox) -> None:
    refusal = {
        "statusCode": 403,
        "result": [{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}],
    }
    fine = {"statusCode": 200, "result": {"totalSize": 1, "done": True, "records": []}}
    batches = -(-len(OBJECTS) // 25)
    results = [refusal if source.name == "Opportunity" else fine for source in OBJECTS[:25]]
    sandbox.control.inject(
        Fault(
            "/composite/batch",
            method="POST",
            status=200,
            body={"hasErrors": True, "results": results},
            skip=batches,
        )
    )
    found = look()
    assert found("salesforce", "opportunity").status == "forbidden"
    assert "403 INSUFFICIENT_ACCESS" in found("salesforce", "opportunity").message
    assert found("salesforce", "lead").status == "ok"


def test_an_org_with_one_currency_lacks_nothing(look, sandbox) -> None:
    with_currency = [s for s in OBJECTS if any(f.source == "CurrencyIsoCode" for f in s.fields)]
    assert with_currency
    sandbox.control.hide("salesforce", "CurrencyType")
    for source in with_currency:
        sandbox.control.hide("salesforce", source.name, "CurrencyIsoCode")
    found = look()
    assert all(found.fields("salesforce", source.table) == [] for source in with_currency)
    assert found.fields("salesforce", "organization") == []


def test_an_org_that_does_not_say_its_one_currency_lacks_it(look, sandbox) -> None:
    sandbox.control.hide("salesforce", "CurrencyType")
    refusal = [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "Not for you"}]
    sandbox.control.inject(Fault("/connect/organization", status=403, body=refusal))
    found = look()("salesforce", "organization", "DefaultCurrencyIsoCode")
    assert "count as amounts in the currency of calendar.yaml" in found.remedy


def test_an_org_with_currencies_that_hides_them_lacks_a_field(look, sandbox, tmp_path) -> None:
    sandbox.control.hide("salesforce", "Opportunity", "CurrencyIsoCode")
    assert look().fields("salesforce", "opportunity") == ["CurrencyIsoCode"]


def test_a_configured_field_is_looked_for_by_its_name(look) -> None:
    found = look(salesforce={"custom_fields": {"opportunity": ["Amuont", "Amount"]}})
    assert found.fields("salesforce", "opportunity") == ["Amuont"]
    field = found("salesforce", "opportunity", "Amuont")
    assert field.status == "error"
    assert field.message.endswith("Did you mean Amount?")
    assert "custom_fields of opportunity in sources.yaml" in field.remedy


def test_wrong_credentials_are_the_only_finding(look, sandbox) -> None:
    extra = {"consumer_key": "sandbox", "consumer_secret": "wrong-secret", "domain": "acme.my"}
    wrong = Connection("salesforce_default", host=sandbox.url, extra=extra)
    found = look({"salesforce_default": wrong})
    assert [f.object_name for f in found.findings if f.crm == "salesforce"] == [""]
    assert found("salesforce").status == "forbidden"
    assert "refused the login by client credentials" in found("salesforce").message
    assert "consumer_secret" in found("salesforce").remedy
    # The other CRM is looked at all the same.
    assert found("hubspot", "deal").status == "ok"


def test_a_connection_nobody_made(look) -> None:
    found = look({"salesforce_default": None})
    assert found("salesforce").status == "missing"
    assert found("salesforce").message == "There is no connection salesforce_default."
    assert "AIRFLOW_CONN_SALESFORCE_DEFAULT" in found("salesforce").remedy


def test_a_connection_that_is_not_enough_to_log_in(look, sandbox) -> None:
    found = look({"salesforce_default": Connection("salesforce_default", host=sandbox.url)})
    assert found("salesforce").status == "forbidden"
    assert "not enough to log in" in found("salesforce").message


def test_a_host_that_is_not_there(look) -> None:
    nowhere = connections("http://127.0.0.1:1")["salesforce_default"]
    found = look({"salesforce_default": nowhere})
    assert [f.object_name for f in found.findings if f.crm == "salesforce"] == [""]
    assert found("salesforce").status == "error"
    assert "127.0.0.1:1 cannot be reached" in found("salesforce").message


def test_a_retired_version_names_one_that_is_there(look) -> None:
    found = look(salesforce={"api_version": "20.0"})
    assert found("salesforce").status == "error"
    assert found("salesforce").message == "Salesforce has API 31.0 to 68.0, and not 20.0."
    assert found("salesforce").remedy == "Set api_version of salesforce in sources.yaml to 68.0."
    assert ("salesforce", "opportunity", "") not in found.by_key


def test_used_up_requests_are_said(look, sandbox) -> None:
    # 80 % of the 100,000 are ours.
    sandbox.control.limit(salesforce_used=90_000)
    found = look()
    assert [f.object_name for f in found.findings if f.crm == "salesforce"] == [""]
    assert found("salesforce").status == "error"
    assert "daily_quota_share 0.8 stops here" in found("salesforce").message


def test_a_crm_that_is_switched_off_is_not_looked_at(look, sandbox) -> None:
    found = look(salesforce={"enabled": False})
    assert not [f for f in found.findings if f.crm == "salesforce"]
    assert not [e for e in sandbox.control.requests if "/services" in e.target]
