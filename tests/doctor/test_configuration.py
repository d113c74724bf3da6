"""What the files of include/config leave open."""

from __future__ import annotations

import dataclasses

from include.core.settings import Settings
from include.core.settings_service import Service
from include.doctor.configuration import examine_settings


def test_business_hours_nobody_gave_are_named(settings: Settings) -> None:
    def found(service: Service) -> list[tuple[str, str]]:
        findings = examine_settings(dataclasses.replace(settings, service=service))
        return [
            (finding.status, finding.message)
            for finding in findings
            if finding.object_name == "service.yaml"
        ]

    ((status, message),) = found(Service())
    assert status == "empty"
    assert message.startswith("service.yaml has no business hours")
    hours = {"business_hours": {"monday": ["09:00-18:00"]}}
    assert found(Service.model_validate(hours)) == []


def test_files_without_rows_are_named_with_what_that_means(settings: Settings) -> None:
    found = {
        finding.object_name: finding.message
        for finding in examine_settings(dataclasses.replace(settings, exchange_rates=()))
        if finding.object_name.endswith(".csv")
    }
    tables = {"exchange_rates", "costs", "quotas", "product_costs", "targets"}
    assert set(found) == {f"{table}.csv" for table in tables}
    rates = "exchange_rates.csv has no rows; currencies have the rates of the CRMs."
    assert found["exchange_rates.csv"] == rates
    assert found["costs.csv"].endswith("figures that need them do without, and say so.")
    assert found["targets.csv"] == "targets.csv has no rows; reports judge no figure."


def test_nobody_to_be_told_of_failures_is_named(settings: Settings) -> None:
    def said(**changes: None) -> list[str]:
        audiences = settings.audiences.model_copy(update=changes)
        findings = examine_settings(dataclasses.replace(settings, audiences=audiences))
        return [finding.message for finding in findings if finding.field_name == "ops"]

    assert said() == []
    assert said(ops=None) == ["Nobody is told when a run fails or a report is late."]


def test_programs_nobody_named_are_told_of(settings: Settings) -> None:
    def said(**changes: object) -> list[str]:
        salesforce = settings.sources.salesforce.model_copy(update=changes)
        sources = settings.sources.model_copy(update={"salesforce": salesforce})
        findings = examine_settings(dataclasses.replace(settings, sources=sources))
        return [finding.field_name for finding in findings if not finding.is_good]

    # The shipped file names none.
    assert "salesforce.integration_users" in said()
    assert "salesforce.integration_users" not in said(integration_users=["reader@acme.com"])
    assert "salesforce.integration_users" not in said(enabled=False)
