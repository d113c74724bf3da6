"""What our own permissions let us see of objects that are never refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.core.errors import AccessError, CredentialsError, QuotaError, StopError
from include.extract.salesforce_client import SalesforceClient

_OBJECT = "UserPermissionAccess"
# Without it a query gives the records that are shared with us, and says nothing of the others.
SEES_ALL_DATA = "PermissionsViewAllData"


@dataclass(frozen=True)
class Shown:
    """What is shown of an object to whoever has none of some permissions, and how to see all."""

    permissions: tuple[str, ...]
    part: str
    remedy: str


SHOWN_IN_PART = {
    "LoginHistory": Shown(
        ("PermissionsManageUsers", "PermissionsMonitorLoginHistory"),
        "our own logins",
        "Give the integration user the permission Monitor Login History, or Manage Users.",
    ),
    "ForecastingQuota": Shown(
        ("PermissionsViewAllForecasts",),
        "the quotas below us in the forecast hierarchy",
        "Give the integration user the permission View All Forecasts.",
    ),
}


def held_permissions(client: SalesforceClient) -> Mapping[str, bool]:
    """SEES_ALL_DATA and those of SHOWN_IN_PART, and whether we have them; none the org does not tell.

    Raises: as its requests, but for a refusal of these.
    """
    wanted = {name for shown in SHOWN_IN_PART.values() for name in shown.permissions}
    wanted.add(SEES_ALL_DATA)
    try:
        described = client.json("GET", f"sobjects/{_OBJECT}/describe")["fields"]
        names = [field["name"] for field in described if field["name"] in wanted]
        if not names:
            return {}
        query = f"SELECT {', '.join(names)} FROM {_OBJECT}"  # noqa: S608
        records = client.json("GET", "query/", params={"q": query})["records"]
    except (CredentialsError, QuotaError):
        raise
    except StopError:
        return {}
    return {name: bool(records[0][name]) for name in names} if records else {}


def require_all(name: str, held: Mapping[str, bool]) -> None:
    """Refuse an object of which we see a part that looks like the whole.

    Raises:
        AccessError: naming the part and the permission that lacks.
    """
    shown = SHOWN_IN_PART.get(name)
    if shown is None:
        return
    told = [held[permission] for permission in shown.permissions if permission in held]
    if told and not any(told):
        raise AccessError(f"Of {name} Salesforce shows us only {shown.part}.", shown.remedy)
