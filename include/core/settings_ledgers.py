"""What neither CRM may know and a company enters as a table: quotas and product costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import EmailStr, Field, ValidationInfo, field_validator

from include.core.strict import Strict

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Quota(Strict):
    """One row of quotas.csv: what a user, or a team, is to win from first to last day."""

    start_date: date
    last_date: date
    amount: Annotated[Decimal, Field(gt=0)]
    currency_code: CurrencyCode
    owner_email: EmailStr | None
    team_name: str | None

    @field_validator("last_date")
    @classmethod
    def ends_after_it_starts(cls, value: date, info: ValidationInfo) -> date:
        """Refuse a last day before the first."""
        start_date = info.data.get("start_date")
        if start_date and value < start_date:
            raise ValueError(f"it is before start_date {start_date}")
        return value

    @field_validator("team_name")
    @classmethod
    def of_a_user_or_a_team(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuse a quota of both, or of nobody."""
        if "owner_email" in info.data and bool(value) == bool(info.data["owner_email"]):
            raise ValueError("give either owner_email or team_name")
        return value


class ProductCost(Strict):
    """One row of product_costs.csv: what one unit of a product costs us from a day on.

    `product` is its id as in facts.deal_line, such as salesforce:01t..., or its name in any case.
    """

    product: str
    valid_from_date: date
    unit_cost_amount: Annotated[Decimal, Field(ge=0)]
    currency_code: CurrencyCode


def costs_given_twice(costs: Sequence[ProductCost]) -> Iterator[tuple[int, ProductCost]]:
    """Rows, by their position from 0, of a product and day that an earlier row has."""
    seen = set()
    for position, cost in enumerate(costs):
        key = cost.product.strip().lower(), cost.valid_from_date
        if key in seen:
            yield position, cost
        seen.add(key)
