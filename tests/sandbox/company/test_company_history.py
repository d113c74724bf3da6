"""Histories of HubSpot properties end at the current value and fit the record's own dates."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from include.sandbox.company.offer import DEAL_PIPELINES, STAGES
from tests.sandbox.company.made_company import Company

HISTORIES = [
    ("deals", ("dealstage", "amount", "closedate", "pipeline", "hubspot_owner_id")),
    ("contacts", ("lifecyclestage", "hs_analytics_source")),
    ("tickets", ("hs_pipeline_stage",)),
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def versions(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return record["propertiesWithHistory"][name]


@pytest.mark.parametrize(("object_name", "names"), HISTORIES)
def test_histories_run_from_creation_to_the_current_value(
    company: Company, object_name: str, names: tuple[str, ...]
) -> None:
    for record in company.hubspot(object_name):
        assert set(record["propertiesWithHistory"]) == set(names)
        for name in names:
            known = versions(record, name)
            current = record["properties"][name]
            assert [v["value"] for v in known[:1]] == ([] if current is None else [current])
            times = [instant(version["timestamp"]) for version in known]
            assert times == sorted(set(times), reverse=True)
            if times:
                assert instant(record["createdAt"]) == times[-1]
                assert times[0] <= instant(record["updatedAt"])
            values = [version["value"] for version in known]
            assert all(a != b for a, b in pairwise(values))


def test_deals_go_forward_through_the_stages_and_close_when_they_say(company: Company) -> None:
    order = {
        stage: place for _, _, stages in DEAL_PIPELINES for place, (stage, *_) in enumerate(stages)
    }
    moved = 0
    for deal in company.properties("deals"):
        known = versions(deal, "dealstage")
        places = [order[version["value"]] for version in reversed(known)]
        assert places == sorted(places)
        moved += len(places) > 2
        is_back_dated = deal["closedate"] < deal["createdate"]
        is_copy = deal["hs_salesforceopportunityid"] is not None
        if deal["hs_is_closed"] == "true" and known and not is_back_dated and not is_copy:
            assert known[0]["timestamp"] == deal["closedate"]
    assert moved > 500
    amounts = [versions(deal, "amount") for deal in company.properties("deals")]
    assert sum(len(known) > 1 for known in amounts) > 300
    owners = [versions(deal, "hubspot_owner_id") for deal in company.properties("deals")]
    assert sum(len(known) > 1 for known in owners) > 30


def test_a_copy_went_through_the_stages_of_its_opportunity(company: Company) -> None:
    labels = [name for name, *_ in STAGES]
    stages = [stage for stage, *_ in DEAL_PIPELINES[0][2]]
    entered: dict[str, list[tuple[datetime, str]]] = {}
    for row in company.salesforce("OpportunityHistory"):
        at = instant(row["CreatedDate"].replace("+0000", "+00:00"))
        stage = stages[labels.index(row["StageName"])]
        entered.setdefault(row["OpportunityId"], []).append((at, stage))
    copies = [d for d in company.properties("deals") if d["hs_salesforceopportunityid"]]
    assert len(copies) > 100
    for copy in copies:
        known = [
            (instant(v["timestamp"]).replace(microsecond=0), v["value"])
            for v in reversed(versions(copy, "dealstage"))
        ]
        later = timedelta(seconds=120)
        assert known == [
            (at + later, stage) for at, stage in entered[copy["hs_salesforceopportunityid"]]
        ]


def test_contacts_and_tickets_change_when_their_dates_say(company: Company) -> None:
    customers = 0
    for contact in company.properties("contacts"):
        since = {v["value"]: v["timestamp"] for v in versions(contact, "lifecyclestage")}
        if "customer" in since:
            customers += 1
            assert since["customer"] == contact["hs_v2_date_entered_customer"]
        if "lead" in since:
            assert since["lead"] == contact["hs_v2_date_entered_lead"]
    assert customers > 100
    reopened = 0
    for ticket in company.properties("tickets"):
        known = versions(ticket, "hs_pipeline_stage")
        closings = [version["timestamp"] for version in known if version["value"] == "4"]
        if ticket["closed_date"]:
            assert closings[0] == ticket["closed_date"]
        if ticket["hs_is_closed"] == "true":
            assert closings[0] == ticket["hs_last_closed_date"]
        reopened += len(closings) > 1
    assert reopened > 10
