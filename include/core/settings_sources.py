"""Which CRMs are read, and how."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from include.core.strict import Strict

Crm = Literal["salesforce", "hubspot"]
_RECORD_TYPE_ID = re.compile(r"012[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")


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

    @field_validator("salesforce")
    @classmethod
    def record_types_by_id(cls, value: Source) -> Source:
        """Refuse a record type that is no id: no deal would be of it, and none a sale."""
        for name in value.sales_pipelines:
            if not _RECORD_TYPE_ID.fullmatch(name):
                raise ValueError(
                    f"sales_pipelines: {name!r} is no id of a record type, such as 012300000001abcAAA; "
                    "the address of its page in Setup ends in it"
                )
        return value

    def of(self, crm: str) -> Source:
        """The settings of one CRM."""
        return self.salesforce if crm == "salesforce" else self.hubspot

    @property
    def lag_minutes(self) -> int:
        """After how many minutes both CRMs show what there is."""
        return max(self.salesforce.lag_minutes, self.hubspot.lag_minutes)
