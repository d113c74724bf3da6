"""What neither CRM may know and a company enters as a table: rates, quotas, product costs, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import EmailStr, Field, ValidationInfo, field_validator

from include.core.strict import Strict, folded_text

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ExchangeRate(Strict):
    """One row of exchange_rates.csv: `rate` units of the reporting currency buy one unit."""

    currency_code: CurrencyCode
    valid_from_date: date
    rate: Annotated[Decimal, Field(gt=0)]


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


Grain = Literal["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]


class Target(Strict):
    """One row of targets.csv: what a metric is to reach in every period of a grain from a day on.

    It holds until a later row of the same metric and grain. `value` is in the metric's own unit as
    metrics.metric_value has it: shares 0..1, durations in the unit of the metric. `at_least` and
    `at_most` allow the value itself; a `band` goes from `value` to `upper_value`, both allowed.
    """

    metric_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    grain: Grain
    start_date: date
    kind: Literal["at_least", "at_most", "band"]
    value: Decimal
    upper_value: Decimal | None

    @field_validator("upper_value")
    @classmethod
    def of_a_band_only(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """Refuse a band without an upper end or one that is not above the lower, and others with."""
        kind, lower = info.data.get("kind"), info.data.get("value")
        if kind == "band" and value is None:
            raise ValueError("a band needs upper_value; or say at_least or at_most")
        if kind in ("at_least", "at_most") and value is not None:
            raise ValueError(f"{kind} has no upper_value; leave it empty, or say band")
        if value is not None and lower is not None and value <= lower:
            raise ValueError(f"it is not above value {lower}")
        return value

    def begins_a_period(self, fiscal_year_start_month: int) -> bool:
        """Whether start_date is the first day of a period of the grain."""
        day = self.start_date
        if self.grain == "day":
            return True
        if self.grain == "week":
            return day.weekday() == 0
        first_month = fiscal_year_start_month if self.grain.startswith("fiscal") else 1
        months = {"month": 1, "quarter": 3, "year": 12}[self.grain.removeprefix("fiscal_")]
        return day.day == 1 and (day.month - first_month) % months == 0


def targets_out_of_place(
    targets: Mapping[int, Target], fiscal_year_start_month: int
) -> Iterator[tuple[int, str]]:
    """What is wrong with rows, by their line: no first day of a period, or given twice."""
    seen = set()
    for line, target in targets.items():
        if not target.begins_a_period(fiscal_year_start_month):
            grain = target.grain.replace("_", " ")
            yield (
                line,
                f"start_date {target.start_date} is not the first day of a {grain}. Give the first "
                "day of the first one the target holds for.",
            )
        key = target.metric_id, target.grain, target.start_date
        if key in seen:
            yield (
                line,
                f"{target.metric_id} has a target by {target.grain} from {target.start_date} on "
                "already. Remove one of the rows, or correct its day.",
            )
        seen.add(key)


def rates_out_of_place(
    rates: Mapping[int, ExchangeRate], reporting_currency: str
) -> Iterator[tuple[int, str]]:
    """What is wrong with rows, by their line: given twice, or of the reporting currency itself.

    The latter are rates in another currency than the reporting one, which then may all be.
    """
    seen = set()
    for line, rate in rates.items():
        currency = rate.currency_code
        if currency == reporting_currency:
            yield (
                line,
                f"{currency} is the reporting currency itself, so these may be rates in another one. "
                f"Remove the row, and give the others in {currency}.",
            )
        key = currency, rate.valid_from_date
        if key in seen:
            yield (
                line,
                f"{currency} has a rate from {rate.valid_from_date} on already. Remove one of the "
                "rows, or correct its day.",
            )
        seen.add(key)


def costs_given_twice(costs: Mapping[int, ProductCost]) -> Iterator[tuple[int, ProductCost]]:
    """Rows, by their line, of a product and day that an earlier row has."""
    seen = set()
    for line, cost in costs.items():
        key = folded_text(cost.product), cost.valid_from_date
        if key in seen:
            yield line, cost
        seen.add(key)
