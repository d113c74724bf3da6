"""Who counts as a customer, and what customers pay again and again: customers.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from include.core.strict import Strict

Days = Annotated[int, Field(ge=0)]
# Renewal rates are computed again until what is due in a period must be decided, and no longer.
MOST_RENEWAL_GRACE_DAYS = 60

# How often something is billed, as HubSpot names it, and how many months that covers.
MONTHS_BILLED: dict[str, tuple[int, int]] = {
    # (months, times): so many months are billed so many times.
    "daily": (12, 365),
    "weekly": (12, 52),
    "biweekly": (12, 26),
    "monthly": (1, 1),
    "quarterly": (3, 1),
    "per_six_months": (6, 1),
    "annually": (12, 1),
    "per_two_years": (24, 1),
    "per_three_years": (36, 1),
    "per_four_years": (48, 1),
    "per_five_years": (60, 1),
}
# What is billed once, and words for it that need no explaining.
ONCE = "once"
ONCE_WORDS = (ONCE, "one-time", "one time", "onetime", "one-off", "one off", "none", "n/a")


class Recurring(Strict):
    """Where recurring revenue is read from.

    `auto` is the first of the list that has records, which is also their order of worth.
    `billing_frequencies` gives the value of MONTHS_BILLED that a value of the field means, or ONCE.
    """

    salesforce: Literal["auto", "asset_state_periods", "contract_lines", "deal_lines", "none"] = (
        "auto"
    )
    hubspot: Literal["auto", "subscriptions", "deal_lines", "none"] = "auto"
    salesforce_frequency_field: str | None = None
    billing_frequencies: dict[str, str] = Field(default_factory=dict)
    renewal_types: list[str] = Field(default_factory=lambda: ["renewal"])

    @field_validator("billing_frequencies")
    @classmethod
    def known_frequencies(cls, value: dict[str, str]) -> dict[str, str]:
        """Refuse a meaning that is no billing frequency."""
        for source, meaning in value.items():
            if meaning not in (*MONTHS_BILLED, ONCE):
                known = ", ".join([*MONTHS_BILLED, ONCE])
                raise ValueError(f"{source!r} means {meaning!r}, which is none of {known}")
        return value


# What a shop's own word for a cart's status may mean.
CartMeaning = Literal["open", "completed", "ignored"]


class Carts(Strict):
    """Shopping carts. `statuses` gives what each status means; Salesforce's own are known."""

    abandon_hours: Annotated[int, Field(ge=1)] = 24
    statuses: dict[str, CartMeaning] = Field(default_factory=dict)


class Customers(Strict):
    """customers.yaml. Days are whole; every key may be left out."""

    customer_model: Literal["subscription", "contract", "transactional"] = "subscription"
    active_window_days: Annotated[int, Field(ge=1)] = 365
    contract_grace_days: Days = 30
    renewal_grace_days: Annotated[int, Field(ge=0, le=MOST_RENEWAL_GRACE_DAYS)] = 30
    recurring: Recurring = Recurring()
    carts: Carts = Carts()


# Objects of Salesforce that the field for how often something is billed may stand in.
FREQUENCY_OBJECTS = ("opportunity_line_item", "product")


def frequency_field_not_read(
    customers: Customers, salesforce_fields: Mapping[str, list[str]]
) -> str | None:
    """What is wrong with the field for how often something is billed: nothing reads it, and all
    would be billed once. `salesforce_fields` are the custom fields of sources.yaml, by object.
    """
    name = customers.recurring.salesforce_frequency_field
    listed = [field for each in FREQUENCY_OBJECTS for field in salesforce_fields.get(each, [])]
    if name is None or name in listed:
        return None
    objects = " or ".join(FREQUENCY_OBJECTS)
    return (
        f"{name!r} is not read. List it in sources.yaml under salesforce.custom_fields, of {objects}, "
        "or correct it here."
    )
