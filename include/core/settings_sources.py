"""Which CRMs are read, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.core.strict import Strict

Crm = Literal["salesforce", "hubspot"]


class Source(Strict):
    """How one CRM is read. Minutes are whole; shares are 0..1."""

    enabled: bool
    connection: str
    api_version: Annotated[str, Field(pattern=r"^(v\d+|\d+\.0|\d{4}-\d{2})$")]
    lag_minutes: Annotated[int, Field(ge=0)]
    overlap_minutes: Annotated[int, Field(ge=0)]
    daily_quota_share: Annotated[float, Field(gt=0, le=1)]
    custom_fields: dict[str, list[str]]
    sales_pipelines: list[str]
    integration_users: list[str]


class SystemOfRecord(Strict):
    """Which CRM's copy counts."""

    deals: Crm
    tickets: Crm


class Sources(Strict):
    """sources.yaml."""

    salesforce: Source
    hubspot: Source
    system_of_record: SystemOfRecord
    set_aside_limit_rate: Annotated[float, Field(ge=0, le=1)]
    sweep_days: Annotated[int, Field(ge=1)]
    sweep_guard_rate: Annotated[float, Field(ge=0, le=1)]

    def of(self, crm: str) -> Source:
        """The settings of one CRM."""
        return self.salesforce if crm == "salesforce" else self.hubspot
