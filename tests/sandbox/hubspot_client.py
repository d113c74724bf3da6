"""Searches through the unmodified hubspot-api-client, and the addresses it does not know."""

from __future__ import annotations

from typing import Any

import hubspot
from hubspot.crm.deals import PublicObjectSearchRequest

OBJECTS = ("/crm/v3/objects/deals", "/crm/objects/2026-03/deals", "/crm/objects/2026-09/deals")


def search(client: hubspot.Client, *filters: dict[str, Any], **request: Any) -> Any:
    """A search of deals with one group of filters."""
    return client.crm.deals.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[{"filters": list(filters)}] if filters else [],
            limit=request.pop("limit", 200),
            **request,
        )
    )


def found_ids(client: hubspot.Client, *filters: dict[str, Any], **request: Any) -> list[int]:
    return [int(record.id) for record in search(client, *filters, **request).results]


def condition(name: str, operator: str, value: str | None = None, **further: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "value": value, **further}
