"""Where HubSpot keeps what we read, by API version: `v3`, or dated such as `2026-03`.

HubSpot drops its numbered versions in 2027 (v4 associations in March, v3 in September). The dated
ones take the same parameters and give the same bodies under other paths, so the version is one
setting and this table.
"""

from __future__ import annotations

import re

from include.core.errors import ConfigurationError

NUMBERED = {
    "objects": "/crm/v3/objects/{type}",
    "properties": "/crm/v3/properties/{type}",
    "associations": "/crm/v4/associations/{type}/{to_type}/batch/read",
    "deal_splits": "/crm/v3/objects/deals/splits/batch/read",
    "owners": "/crm/v3/owners",
    "pipelines": "/crm/v3/pipelines/{type}",
    "campaigns": "/marketing/v3/campaigns",
    "logins": "/account-info/v3/activity/login",
    "account": "/account-info/v3/details",
    "usage": "/account-info/v3/api-usage/daily/private-apps",
    "limits": "/crm/v3/limits/records",
    "exchange_rates": "/settings/v3/currencies/exchange-rates",
}
DATED = {
    "objects": "/crm/objects/{version}/{type}",
    "properties": "/crm/properties/{version}/{type}",
    "associations": "/crm/associations/{version}/{type}/{to_type}/batch/read",
    "deal_splits": "/deal-splits/{version}/batch/read",
    "owners": "/crm/owners/{version}",
    "pipelines": "/crm/pipelines/{version}/{type}",
    "campaigns": "/marketing/campaigns/{version}",
    "logins": "/account-info/{version}/activity/login",
    "account": "/account-info/{version}/details",
    "usage": "/account-info/{version}/api-usage/daily/private-apps",
    "limits": "/crm/limits/{version}/records",
    "exchange_rates": "/settings/currencies/{version}/exchange-rates",
}


def hubspot_path(version: str, resource: str, **names: str) -> str:
    """Path of a resource; `names` fills in object types.

    Raises:
        ConfigurationError: the version is neither v3 nor a dated one.
    """
    if version == "v3":
        return NUMBERED[resource].format(**names)
    if re.fullmatch(r"\d{4}-\d{2}", version):
        return DATED[resource].format(version=version, **names)
    raise ConfigurationError(
        f"HubSpot has no API version {version!r}.",
        "Set hubspot.api_version in sources.yaml to v3 or to a dated version such as 2026-03.",
    )
