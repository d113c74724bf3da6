"""What findings mean for metrics, in hand-written cases over the real catalogue."""

from __future__ import annotations

import pytest

from include.doctor.configuration import SMTP
from include.doctor.finding import CONFIGURATION, Finding
from include.doctor.lineage import Lineage
from include.doctor.verdict import Verdict, is_in_order, verdicts
from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS


@pytest.fixture(scope="module")
def judge(settings):
    """Verdicts by metric id, of findings in which everything not given is as it should be."""
    lineage = Lineage(settings)

    def call(*found: Finding, crms=("salesforce", "hubspot")) -> dict[str, Verdict]:
        judged = verdicts(CATALOGUE, findings(*found, crms=crms), lineage)
        return {verdict.metric_id: verdict for verdict in judged}

    return call


def findings(*found: Finding, crms=("salesforce", "hubspot")) -> list[Finding]:
    good = [Finding(crm, "", "", "ok", "works") for crm in crms]
    good += [
        Finding(source.crm, source.table, "", "ok", "is readable")
        for source in SOURCE_OBJECTS
        if source.crm in crms
    ]
    known = {(f.crm, f.object_name, f.field_name): f for f in (*good, *found)}
    return list(known.values())


def bad(crm: str, object_name: str = "", field: str = "", status="forbidden") -> Finding:
    where = ".".join(filter(None, (crm, object_name, field)))
    return Finding(crm, object_name, field, status, f"{where} is {status}.", f"grant {where}")


def test_all_is_available_when_nothing_lacks(judge) -> None:
    assert {verdict.availability for verdict in judge().values()} == {"available"}


def test_a_crm_that_cannot_be_read_leaves_the_other(judge) -> None:
    revenue = judge(bad("salesforce", "opportunity"))["revenue"]
    assert revenue.availability == "degraded"
    assert revenue.reasons == ("salesforce.opportunity is forbidden",)
    assert [cause.remedy for cause in revenue.causes] == ["grant salesforce.opportunity"]


def test_without_any_crm_there_is_no_metric(judge) -> None:
    found = judge(bad("salesforce", "opportunity"), bad("hubspot", "deal", status="missing"))
    assert found["revenue"].availability == "unavailable"
    assert found["revenue"].reasons == (
        "salesforce.opportunity is forbidden",
        "hubspot.deal is missing",
    )
    assert found["time_to_resolution"].availability == "available"


def test_one_crm_alone_is_enough_and_all_there_is(judge) -> None:
    assert judge(crms=("hubspot",))["revenue"].availability == "available"
    alone = judge(bad("hubspot", "deal"), crms=("hubspot",))["revenue"]
    assert alone.availability == "unavailable"


def test_a_connection_that_does_not_work_blocks_every_object_of_it(settings) -> None:
    """The objects of a CRM that could not be looked at have no findings of their own."""
    only_connections = [bad("salesforce"), bad("hubspot", status="error")]
    for verdict in verdicts(CATALOGUE, only_connections, Lineage(settings)):
        assert verdict.availability == "unavailable"
        assert set(verdict.reasons) <= {"salesforce cannot be read", "hubspot cannot be read"}


def test_a_hidden_field_degrades_the_metrics_made_of_it(judge) -> None:
    found = judge(bad("salesforce", "opportunity", "Amount", "missing"))
    assert found["revenue"].availability == "degraded"
    assert found["revenue"].reasons == ("salesforce.opportunity without Amount",)
    assert found["close_rate"].availability == "available"


def test_a_field_that_another_stands_in_for_degrades_nothing(judge) -> None:
    """The stage of a HubSpot deal says whether it is closed when the deal does not."""
    found = judge(bad("hubspot", "deal", "hs_is_closed", "missing"))
    assert found["close_rate"].availability == "available"


def test_fields_of_one_object_are_named_together(judge) -> None:
    found = judge(
        bad("salesforce", "opportunity", "Amount", "missing"),
        bad("salesforce", "opportunity", "Probability", "missing"),
    )
    assert found["pipeline_weighted_amount"].reasons == (
        "salesforce.opportunity without Amount, Probability",
    )


def test_a_required_field_is_as_good_as_the_object(judge) -> None:
    """Without it every record is set aside."""
    found = judge(bad("salesforce", "case", "CreatedDate", "missing"), crms=("salesforce",))
    assert found["time_to_resolution"].availability == "unavailable"


def test_a_configured_field_that_is_not_there_stops_the_object(judge) -> None:
    found = judge(bad("salesforce", "case", "Regoin__c", "error"), crms=("salesforce",))
    assert found["time_to_resolution"].availability == "unavailable"
    assert found["revenue"].availability == "available"


def test_an_object_that_completes_another_degrades(judge) -> None:
    found = judge(bad("salesforce", "opportunity_history"))["revenue"]
    assert found.availability == "degraded"
    assert found.reasons == ("salesforce.opportunity_history is forbidden",)


def test_without_who_is_frozen_the_active_users_are_too_many(judge) -> None:
    """Every org has it; it is missing where *Manage Users* is."""
    found = judge(bad("salesforce", "user_login", status="missing"))
    for metric_id in (
        "users_logged_in_7d",
        "users_never_logged_in",
        "activities_completed_per_user",
    ):
        assert found[metric_id].availability == "degraded"
        assert found[metric_id].reasons == ("salesforce.user_login is missing",)
    assert found["revenue"].availability == "available"


def test_objects_without_records_are_no_fault(judge) -> None:
    empty = [Finding(crm, table, "", "empty", "has none") for crm, table in (
        ("salesforce", "case"), ("hubspot", "ticket"),
    )]  # fmt: skip
    found = judge(*empty)["time_to_resolution"]
    assert (found.availability, found.reasons) == ("available", ("no records yet",))


def test_a_file_that_says_nothing_is_named_by_the_metrics_that_need_it(judge) -> None:
    costs = Finding(
        CONFIGURATION, "costs.csv", "", "empty", "costs.csv has no rows.", "Fill it in."
    )
    found = judge(costs)
    assert (found["cac"].availability, found["cac"].reasons) == (
        "unavailable",
        ("not configured: costs.csv",),
    )
    assert found["revenue"].availability == "available"


def test_quotas_of_the_crm_are_as_good_as_a_file(judge) -> None:
    quotas = Finding(
        CONFIGURATION, "quotas.csv", "", "empty", "quotas.csv has no rows.", "Fill it."
    )
    assert judge(quotas)["quota_attainment"].availability == "available"
    in_neither = [
        Finding("salesforce", "forecasting_quota", "", "missing", "m"),
        Finding("hubspot", "goal_target", "", "empty", "m"),
    ]
    found = judge(quotas, *in_neither)["quota_attainment"]
    assert (found.availability, found.reasons) == ("degraded", ("not configured: quotas.csv",))


def test_of_objects_of_which_any_will_do_one_is_enough(judge) -> None:
    crms = ("salesforce",)
    sources = ("contract", "service_contract", "asset", "asset_state_period", "contract_line_item")
    # An org has one or two of these.
    some = [bad("salesforce", table, status="missing") for table in sources[1:]]
    assert judge(*some, crms=crms)["mrr"].availability == "available"


def test_what_one_crm_never_had_the_other_may_give(judge) -> None:
    one = bad("salesforce", "web_cart", status="missing")
    assert judge(one)["abandonment_rate"].availability == "available"
    hidden = judge(bad("salesforce", "web_cart", status="forbidden"))["abandonment_rate"]
    assert hidden.availability == "degraded"
    both = judge(one, bad("hubspot", "cart"))["abandonment_rate"]
    assert both.availability == "unavailable"
    assert both.reasons == ("salesforce.web_cart is missing", "hubspot.cart is forbidden")


def test_who_has_no_splits_lacks_nothing_and_who_hides_them_does(judge) -> None:
    missing = [
        bad(crm, table, status="missing")
        for crm, table in (
            ("salesforce", "opportunity_split"), ("salesforce", "opportunity_split_type"),
            ("hubspot", "deal_split"),
        )
    ]  # fmt: skip
    for metric_id in ("sales_performance", "quota_attainment", "quota_attained_rate"):
        assert judge(*missing)[metric_id].availability == "available"
        hidden = judge(bad("salesforce", "opportunity_split"))[metric_id]
        assert hidden.availability == "degraded"
        assert hidden.reasons == ("salesforce.opportunity_split is forbidden",)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), True),
        ((bad("salesforce", "login"),), True),
        ((bad("salesforce", "opportunity", "Amount", "missing"),), True),
        ((Finding(CONFIGURATION, "costs.csv", "", "empty", "has no rows"),), True),
        ((bad("salesforce", "opportunity"),), False),
        ((bad("salesforce", "opportunity", "CloseDate", "missing"),), False),
        ((bad("hubspot", status="error"),), False),
        ((bad(CONFIGURATION, SMTP, status="missing"),), False),
    ],
    ids=[
        "nothing", "optional object", "field", "empty file",
        "required object", "required field", "connection", "mail",
    ],
)  # fmt: skip
def test_what_makes_the_look_fail(found, expected) -> None:
    assert is_in_order(findings(*found)) is expected
