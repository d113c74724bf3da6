"""Why deals of the made-up company were lost, in both CRMs."""

from __future__ import annotations

from include.sandbox.company.losses import (
    HUBSPOT_COMPETITOR,
    REASONS_NOT_COUNTED,
    SALESFORCE_COMPETITOR,
    SALESFORCE_REASON,
)
from tests.sandbox.company.made_company import Company


def test_lost_deals_have_a_reason_and_others_have_none(company: Company) -> None:
    told = [
        (deal["IsClosed"] and not deal["IsWon"], deal[SALESFORCE_REASON])
        for deal in company.salesforce("Opportunity")
    ]
    told += [
        (
            deal["hs_is_closed"] == "true" and deal["hs_is_closed_won"] == "false",
            deal["closed_lost_reason"],
        )
        for deal in company.properties("deals")
    ]
    assert {reason for is_lost, reason in told if not is_lost} == {None}
    of_lost = {reason and reason.lower() for is_lost, reason in told if is_lost}
    assert {None, "price", *REASONS_NOT_COUNTED} <= of_lost


def test_deals_won_and_lost_had_competitors(company: Company) -> None:
    won = [deal for deal in company.salesforce("Opportunity") if deal["IsWon"]]
    assert {"Globex", "Initech", None} == {deal[SALESFORCE_COMPETITOR] for deal in won}
    deals = company.properties("deals")
    assert {"Globex", "Initech", None} == {deal[HUBSPOT_COMPETITOR] for deal in deals}
