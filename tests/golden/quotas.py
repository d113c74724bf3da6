"""What U1 and U2 were to win in March: 4000 and 2000. They won 3500 and 2500."""

from __future__ import annotations

from tests.golden.answers import MARCH, Answer
from tests.golden.org import EPOCH, Org, hubspot_stamp

QUOTAS = (("U1", 4000, "S"), ("U2", 2000, "SH"))

ANSWERS = (
    Answer("quota_attainment", MARCH, cut="owner", member="U1", numerator=3500, denominator=4000),
    Answer("quota_attainment", MARCH, cut="owner", member="U2", numerator=2500, denominator=2000),
    Answer("quota_attainment", MARCH, numerator=6000, denominator=6000),
    # U2 of the two.
    Answer("quota_attained_rate", MARCH, numerator=1, denominator=2),
)


def fill(org: Org) -> None:
    """Put the quotas into the org."""
    if org.is_in("salesforce"):
        org.salesforce(
            "Period", "March", EPOCH, Type="Month", StartDate="2026-03-01", EndDate="2026-03-31"
        )
    for user, amount, where in QUOTAS:
        for crm in org.crms(where):
            if crm == "salesforce":
                org.salesforce(
                    "ForecastingQuota",
                    user,
                    EPOCH,
                    QuotaOwnerId=org.id("User", user),
                    PeriodId=org.id("Period", "March"),
                    StartDate="2026-03-01",
                    QuotaAmount=amount,
                    IsAmount=True,
                    ForecastingTypeId=None,
                )
            else:
                org.hubspot(
                    "goal_targets",
                    user,
                    EPOCH,
                    hs_goal_name="Sales goal",
                    hs_goal_target_currency_code="USD",
                    hs_kpi_unit_type="currency",
                    hs_kpi_property_name="amount_in_home_currency",
                    hs_kpi_metric_type="SUM",
                    hs_kpi_time_period_property="closedate",
                    hs_target_amount=amount,
                    hs_start_datetime=hubspot_stamp("2026-03-01T00:00"),
                    hs_end_datetime="2026-03-31T23:59:59.999Z",
                    hs_assignee_team_id=None,
                    hubspot_owner_id=org.id("owners", user),
                )
