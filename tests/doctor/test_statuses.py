"""Fields hidden in the CRM, to the statuses of metrics: doctor, pipeline, values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.doctor import examine as examining
from include.doctor.field_gaps import store_metric_findings
from include.doctor.store import store_findings
from include.facts.refresh import refresh_facts
from include.metrics.compute import catalogued, compute_metrics
from include.sandbox.server import Sandbox
from include.stage.unify import unify
from include.tables import SOURCE_OBJECTS
from tests.doctor.conftest import connections
from tests.golden import opportunities
from tests.golden.org import MASTER, Org
from tests.metrics.builders import total
from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow

MONTH = ("month", "2026-03-01")
DAY = datetime(2026, 4, 1, 1, tzinfo=UTC)
# What a plain Professional org lacks: other products, multiple currencies, revenue schedules.
PROFESSIONAL_LACKS = (
    "AgentWork", "AssetStatePeriod", "CampaignInfluence", "CampaignInfluenceModel", "ContractLineItem",
    "CurrencyType", "DatedConversionRate", "ForecastingQuota", "ServiceContract", "Survey",
    "SurveyInvitation", "SurveyQuestion", "SurveyQuestionResponse", "SurveyResponse", "SurveySubject", "WebCart",
)  # fmt: skip
# What a Starter portal lacks: Marketing and Service Hub Professional, payments, shops, the sync.
STARTER_LACKS = (
    "campaigns",
    "feedback_submissions",
    "carts",
    "orders",
    "subscriptions",
    "goal_targets",
)
SYNCED = {
    "companies": "salesforceaccountid", "contacts": "salesforcecontactid",
    "deals": "hs_salesforceopportunityid", "tickets": "salesforcecaseid",
    "line_items": "hs_cost_of_goods_sold",
}  # fmt: skip


@dataclasses.dataclass
class Office:
    """An org, the warehouse, and the daily run of what some metrics need."""

    sandbox: Sandbox
    pipeline: Pipeline
    crms: tuple[str, ...]
    as_of_at: datetime = DAY

    def run(self, *metric_ids: str, number: int = 0) -> None:
        """The doctor's look and the pipeline, so many days after the first of April."""
        now = DAY + timedelta(days=number)
        self.as_of_at = now.replace(hour=0)
        self.sandbox.control.set_time(at=now.isoformat())
        settings, engine = self.pipeline.settings, self.pipeline.warehouse
        named = connections(self.sandbox.url)
        landing = self.pipeline.folder / "landing"
        findings = examining.examine(settings, named.get, engine, landing)
        store_findings(engine, findings, now)
        chosen = catalogued(metric_ids)
        needed = {id_ for each in chosen for id_ in (*each.sources, *each.optional_sources)}
        needed |= {"salesforce.user", "salesforce.account", "salesforce.product"}
        for source in SOURCE_OBJECTS:
            if source.crm in self.crms and source.id in needed:
                self.pipeline.take_in(source, now)
        unify(engine, settings)
        refresh_facts(engine, settings, now)
        store_metric_findings(engine, settings, now)
        compute_metrics(engine, settings.calendar, self.as_of_at, "run", now, metric_ids)

    def value(self, metric_id: str, period: tuple[str, str] = MONTH) -> tuple[Any, str]:
        row = self.row(metric_id, period)
        return row.value, row.status

    def row(self, metric_id: str, period: tuple[str, str] = MONTH) -> sa.Row:
        return total(self.pipeline.warehouse, metric_id, *period, as_of_at=self.as_of_at)


@pytest.fixture
def office(warehouse, settings: Settings, tmp_path: Path):
    """The deals of the golden examples, in an org, a portal, or both."""

    @contextmanager
    def opened(variant: str) -> Iterator[Office]:
        org = Org(variant)
        org.pipelines(MASTER)
        opportunities.fill(org)
        org.write(tmp_path / "org")
        crms = ("salesforce", "hubspot") if variant == "both" else (variant,)
        calendar = settings.calendar.model_copy(update={"time_zone": "UTC"})
        update = {
            crm: settings.sources.of(crm).model_copy(update={"enabled": crm in crms})
            for crm in ("salesforce", "hubspot")
        }
        sources = settings.sources.model_copy(update=update)
        chosen = dataclasses.replace(settings, calendar=calendar, sources=sources)
        chosen = opportunities.with_losses(chosen)
        with Sandbox(tmp_path / "org") as sandbox:
            yield Office(sandbox, Pipeline(warehouse, sandbox, chosen, tmp_path), crms)

    return opened


def test_amounts_never_granted_then_granted(office) -> None:
    with office("salesforce") as place:
        place.sandbox.control.hide("salesforce", "Opportunity", "Amount")
        place.run("revenue", "pipeline_amount", "close_rate")
        assert place.value("revenue") == (None, "PERMISSION_DENIED")
        assert place.row("revenue").status_reason == (
            "salesforce.opportunity is read without Amount. Give the integration user read access to "
            "these fields of Opportunity in a permission set, if the org has them."
        )
        assert place.value("pipeline_amount") == (None, "PERMISSION_DENIED")
        # 4 of 5: what needs no amount is as it was.
        assert place.value("close_rate") == (Decimal("0.8"), "OK")
        place.sandbox.control.show_everything()
        place.run("revenue", number=8)
        # 3000 + 2000 + 500 + 500, once all has been read again.
        assert place.value("revenue") == (6000, "OK")


def test_amounts_lost_later_and_granted_again(office) -> None:
    with office("salesforce") as place:
        place.run("revenue")
        assert place.value("revenue") == (6000, "OK")
        place.sandbox.control.hide("salesforce", "Opportunity", "Amount")
        touch(place, "O6")
        place.run("revenue", number=1)
        assert place.value("revenue") == (6000, "OK")
        assert place.value("revenue", ("month", "2026-04-01")) == (None, "PERMISSION_DENIED")
        place.sandbox.control.show_everything()
        touch(place, "O7")
        # The first run reads the field again, the second one all that it had not been shown.
        place.run("revenue", number=2)
        assert place.value("revenue", ("month", "2026-04-01")) == (None, "PERMISSION_DENIED")
        place.run("revenue", number=3)
        assert place.value("revenue", ("month", "2026-04-01")) == (0, "OK")


def touch(place: Office, name: str) -> None:
    """Change an opportunity without changing what it says."""
    org = Org("salesforce")
    opportunities.fill(org)
    key = org.id("Opportunity", name)
    stamp = place.as_of_at.strftime("%Y-%m-%dT12:00:00.000+0000")
    seen = {"Id": key, "Name": f"{name}, seen", "SystemModstamp": stamp, "LastModifiedDate": stamp}
    place.sandbox.control.upsert("salesforce", "Opportunity", seen)


def test_of_both_crms_the_other_is_left(office) -> None:
    with office("both") as place:
        place.sandbox.control.hide("salesforce", "Opportunity", "Amount")
        place.run("revenue", "close_rate")
        value, status = place.value("revenue")
        assert status == "PARTIAL"
        # O10 alone is HubSpot's own: the others count as Salesforce's, which have no amount.
        assert value == 500
        assert "salesforce.opportunity is read without Amount" in place.row("revenue").status_reason
        assert place.value("close_rate") == (Decimal("0.8"), "OK")


def test_a_plain_professional_org(office) -> None:
    with office("salesforce") as place:
        control = place.sandbox.control
        for name in PROFESSIONAL_LACKS:
            control.hide("salesforce", name)
        for source in SOURCE_OBJECTS:
            if any(field.source == "CurrencyIsoCode" for field in source.fields):
                control.hide("salesforce", source.name, "CurrencyIsoCode")
        control.hide(
            "salesforce", "Product2", "RevenueInstallmentPeriod", "NumberOfRevenueInstallments"
        )
        control.hide("salesforce", "Opportunity", "RecordTypeId")
        expected = {
            "revenue": "OK", "close_rate": "OK", "close_rate_by_amount": "OK", "sales_cycle_days": "OK",
            "avg_purchase_value": "OK", "pipeline_amount": "OK", "pipeline_weighted_amount": "OK",
            "sales_performance": "OK", "leads_generated": "OK", "activities_completed": "OK",
            "accounts_created_by_owner_role": "OK",
            # Nothing in such an org says what is sold again and again, and nothing may be zero.
            "mrr": "SOURCE_UNAVAILABLE", "churn_rate": "SOURCE_UNAVAILABLE",
            "renewal_rate": "SOURCE_UNAVAILABLE",
            "aht": "SOURCE_UNAVAILABLE", "csat": "SOURCE_UNAVAILABLE",
            "abandonment_rate": "SOURCE_UNAVAILABLE",
        }  # fmt: skip
        place.run(*expected)
        found = {metric_id: place.value(metric_id)[1] for metric_id in expected}
        assert found == expected
        assert "NumberOfRevenueInstallments" in place.row("mrr").status_reason


def test_a_starter_portal(office) -> None:
    with office("hubspot") as place:
        control = place.sandbox.control
        for name in STARTER_LACKS:
            control.hide("hubspot", name)
        for name, property_ in SYNCED.items():
            control.hide("hubspot", name, property_)
        expected = {
            "revenue": "OK", "close_rate": "OK", "sales_cycle_days": "OK", "pipeline_amount": "OK",
            "pipeline_weighted_amount": "OK", "leads_generated": "OK", "mrr": "OK",
            "activities_completed": "OK",
            "cogs": "SOURCE_UNAVAILABLE", "gross_margin": "SOURCE_UNAVAILABLE",
            "csat": "PERMISSION_DENIED", "abandonment_rate": "PERMISSION_DENIED",
        }  # fmt: skip
        place.run(*expected)
        found = {metric_id: place.value(metric_id)[1] for metric_id in expected}
        assert found == expected
        assert "hs_cost_of_goods_sold" in place.row("cogs").status_reason
