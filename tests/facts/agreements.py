"""Agreements with customers in a line each, as both CRMs hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tests.facts.builders import Version, at, hubspot_deal, link, member, on, version

Row = Version | tuple[sa.Table, dict[str, Any]]


def companies(*keys: str) -> Iterator[Row]:
    """HubSpot companies and Salesforce accounts of one id each, which are one customer."""
    for key in keys:
        yield member("hubspot", key, key)
        yield member("salesforce", key, key)


def sold(
    key: str,
    customer: str,
    billing: str | None,
    price: float,
    start: str,
    end: str | None = None,
    *,
    closed: str | None = None,
    product: str | None = None,
    **values: Any,
) -> Iterator[Row]:
    """A deal won in HubSpot with one line of the same id; `end` is the last day billed."""
    won = closed or start
    yield hubspot_deal(
        key, won, won, won, stage_id="closedwon", **{"deal_type": "newbusiness", **values}
    )
    yield link("hubspot.deal_company", key, customer, won, primary=True)
    yield version(
        "hubspot.line_item",
        key,
        won,
        created_at=at(won),
        product_id=product,
        product_name=product,
        quantity=1,
        unit_price_amount_original=price,
        billing_frequency=billing,
        billing_start_date=on(start),
        billing_end_date=on(end),
    )
    yield link("hubspot.deal_line_item", key, key, won)


def contract(
    key: str,
    customer: str,
    start: str,
    last: str | None,
    *,
    created: str | None = None,
    modified: str | None = None,
    deleted: bool = False,
    **values: Any,
) -> Version:
    """A service contract in Salesforce; `last` is its last day."""
    return version(
        "salesforce.service_contract",
        key,
        modified or created or start,
        deleted=deleted,
        **{
            "account_id": customer,
            "start_date": on(start),
            "last_date": on(last),
            "created_at": at(created or start),
            "contract_status": "Active",
            **values,
        },
    )


def contract_line(
    key: str,
    contract_id: str,
    price: float,
    *,
    created: str,
    product: str = "P",
    modified: str | None = None,
    deleted: bool = False,
    **values: Any,
) -> Version:
    """A line of a service contract; its price is for the whole term."""
    return version(
        "salesforce.contract_line_item",
        key,
        modified or created,
        deleted=deleted,
        **{
            "service_contract_id": contract_id,
            "product_id": product,
            "total_price_amount_original": price,
            "created_at": at(created),
            **values,
        },
    )


def subscription(key: str, modified: str, mrr: float | None, **values: Any) -> Version:
    """A version of a HubSpot subscription that began in 2026."""
    return version(
        "hubspot.subscription",
        key,
        modified,
        **{
            "created_at": at("2026-01-01"),
            "billing_start_date": on("2026-01-01"),
            "subscription_status": "active",
            "billing_frequency": "monthly",
            "mrr_amount_original": mrr,
            **values,
        },
    )
