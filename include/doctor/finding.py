"""What the doctor found of one connection, object, field or file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from include.core.errors import AccessError, CredentialsError, PipelineError

# Their meanings stand in include/tables/ops.py.
Status = Literal["ok", "empty", "missing", "forbidden", "error"]
# Under this name stand the files of include/config and the connections that are no CRM's.
CONFIGURATION = "configuration"

# Fields of Salesforce's that only some orgs have, by edition or feature. All others every org has
# where it has the object: such a field can only be hidden.
FEATURE_FIELDS = (
    "AutomationType",
    "CampaignId",
    "ContractId",
    "CurrencyIsoCode",
    "HasRevenueSchedule",
    "NumberOfRevenueInstallments",
    "RecordTypeId",
    "RevenueInstallmentPeriod",
)


@dataclass(frozen=True)
class Finding:
    """One row of ops.source_finding, before it has an instant.

    `object_name` is the object's table stem, empty for the connection of a CRM; `field_name` the
    CRM's own name of a field, empty for the object. `remedy` is empty where nothing is to be done.
    """

    crm: str
    object_name: str
    field_name: str
    status: Status
    message: str
    remedy: str = ""

    @property
    def is_good(self) -> bool:
        """It is there and readable."""
        return self.status in ("ok", "empty")

    @property
    def object_id(self) -> str:
        """Id of the object, `salesforce.opportunity`."""
        return f"{self.crm}.{self.object_name}"


def may_lack(object_id: str, field_name: str) -> bool:
    """Whether an account may have an object, and not this field of it.

    HubSpot hides nothing but sensitive properties: what it does not show comes with a tier or tool.
    """
    return object_id.startswith("hubspot.") or field_name in FEATURE_FIELDS


def refused(crm: str, object_name: str, error: PipelineError) -> Finding:
    """The finding of an error."""
    is_ours = isinstance(error, AccessError | CredentialsError)
    status: Status = "forbidden" if is_ours else "error"
    return Finding(crm, object_name, "", status, error.message, error.remedy)
