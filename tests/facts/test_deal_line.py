"""facts.deal_line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from include.core.settings_ledgers import ProductCost
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    on,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)


def line(key: str, deal: str, quantity: float, price: float, created: str = "2026-01-02", **values):
    return version(
        "salesforce.opportunity_line_item",
        key,
        created,
        created_at=at(created),
        opportunity_id=deal,
        quantity=quantity,
        unit_price_amount_original=price,
        **values,
    )


def item(key: str, quantity: float, price: float, cost: float | None, **values):
    return version(
        "hubspot.line_item",
        key,
        "2026-01-02",
        created_at=at("2026-01-02"),
        quantity=quantity,
        unit_price_amount_original=price,
        unit_cost_amount_original=cost,
        **values,
    )


def test_golden_lines(warehouse, settings):
    """2 x 120 at cost 50, 1 x 500 at 200, 3 x 40 without a usable cost: cost 300 of 740, of 860."""
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-01-02", "2026-03-10", "2026-03-10", stage_id="closedwon"),
        item("a", 2, 120, 50),
        item("b", 1, 500, 200),
        item("c", 2, 40, None),
        # Entered as what it takes away from the profit: no cost at all, rather than a gain.
        item("d", 1, 40, -30),
        *(link("hubspot.deal_line_item", "1", key, "2026-03-10") for key in "abcd"),
        link("hubspot.deal_line_item", "1", None, "2026-03-10"),
    )
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    won = [row for row in lines.values() if row.is_won and row.is_counted]
    assert all(row.closed_date == date(2026, 3, 10) for row in won)
    costed = [row for row in won if row.unit_cost_amount is not None]
    assert sum(row.quantity * row.unit_cost_amount for row in costed) == 300
    assert sum(row.line_amount for row in costed) == 740
    assert sum(row.line_amount for row in won) == 860


def test_a_line_follows_its_deal(warehouse, settings):
    put(
        warehouse,
        *stages(),
        version("salesforce.product", "01T", "2025-01-01", product_name="Plan"),
        opportunity("A", "2026-01-02", "2026-02-10", "open", currency_code="EUR"),
        opportunity(
            "A", "2026-01-02", "2026-02-10", "won", modified="2026-02-10", currency_code="EUR"
        ),
        # 2 x 60 less a discount of 20: the total says 100.
        line("x", "A", 2, 60, product_id="01T", total_price_amount_original=100),
        line("y", "A", 1, 60, created="2026-01-20"),
        line("z", "no such deal", 1, 1),
    )
    rows = built(warehouse, with_choices(settings), facts.deal_line)
    assert [(row.deal_line_id, row.valid_from_at, row.is_won) for row in rows] == [
        ("salesforce:x", at("2026-01-02"), False),
        ("salesforce:x", at("2026-02-10"), True),
        ("salesforce:y", at("2026-01-20"), False),
        ("salesforce:y", at("2026-02-10"), True),
    ]
    assert [row.valid_to_at for row in rows][:1] == [at("2026-02-10")]
    # 1.10 dollars for a euro.
    assert {row.deal_line_id: row.line_amount for row in rows} == {
        "salesforce:x": 110,
        "salesforce:y": 66,
    }
    assert rows[0].product_name == "Plan"
    assert not rows[0].is_recurring


def test_a_billing_frequency_makes_a_line_recurring(warehouse, settings):
    put(
        warehouse,
        hubspot_deal("1", "2026-01-02", None, "2026-01-02"),
        item("a", 1, 10, None, billing_frequency="Monthly"),
        item("b", 1, 10, None, billing_frequency=""),
        item("c", 1, 10, None),
        *(link("hubspot.deal_line_item", "1", key, "2026-01-02") for key in "ab"),
        link("hubspot.deal_line_item", "1", "c", "2026-01-02", deleted=True),
    )
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    assert {key: (row.is_recurring, row.billing_frequency) for key, row in lines.items()} == {
        "a": (True, "monthly"),
        "b": (False, None),
    }


def test_a_line_without_a_schedule_of_its_own_is_sold_once(warehouse, settings):
    """Of three lines of 1200 in twelve monthly parts one has lost its schedule: 100 a month, twice."""
    put(
        warehouse,
        *stages(),
        version("salesforce.product", "P", "2025-01-01", installment_period="Monthly", installment_count=12),
        opportunity("A", "2026-01-02", "2026-02-10", "won", modified="2026-02-10"),
        line("kept", "A", 1, 1200, product_id="P", has_revenue_schedule=True),
        line("taken", "A", 1, 1200, product_id="P", has_revenue_schedule=False),
        # The org does not show the field.
        line("unsaid", "A", 1, 1200, product_id="P"),
    )  # fmt: skip
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    monthly = (True, "monthly", Decimal(100), date(2026, 2, 10), date(2027, 2, 10))
    assert {
        key: (row.is_recurring, row.billing_frequency, row.mrr_amount, row.start_date, row.end_date)
        for key, row in lines.items()
    } == {"kept": monthly, "taken": (False, None, None, None, None), "unsaid": monthly}
    assert {row.line_amount for row in lines.values()} == {1200}


def test_a_line_may_begin_some_time_after_the_deal_closed(warehouse, settings):
    """Closed on 31 January: a month after it is 28 February, and 45 days after it 17 March."""
    monthly = {"billing_frequency": "monthly"}
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-01-02", "2026-01-31", "2026-01-31", stage_id="closedwon"),
        item("a", 1, 10, None, start_delay_months=1, term_months=12, **monthly),
        item("b", 1, 10, None, start_delay_days=45, **monthly),
        item("c", 1, 10, None, start_delay_days=0, **monthly),
        # A first day that is said goes before.
        item("d", 1, 10, None, start_delay_days=45, billing_start_date=on("2026-02-05"), **monthly),
        item("e", 1, 10, None, start_delay_days=45),
        *(link("hubspot.deal_line_item", "1", key, "2026-01-31") for key in "abcde"),
    )
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    assert {key: row.start_date for key, row in lines.items()} == {
        "a": date(2026, 2, 28),
        "b": date(2026, 3, 17),
        "c": date(2026, 1, 31),
        "d": date(2026, 2, 5),
        "e": None,
    }
    # Twelve months from its beginning on.
    assert lines["a"].end_date == date(2027, 2, 28)


def test_a_line_runs_for_the_period_that_was_chosen(warehouse, settings):
    """From Monday, 2 March: twelve weeks are 84 days, and a term of no months is none."""
    periods = {
        "a": ("P12W", None),
        "b": ("P12W", 2),
        "c": ("P1Y6M", None),
        "d": ("p90d", None),
        "e": ("P12M", 0),
        "f": ("a year", 12),
        "g": (None, 0),
        "h": ("P0M", None),
        "i": ("P", None),
    }
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-01-02", "2026-03-02", "2026-03-02", stage_id="closedwon"),
        *(
            item(key, 1, 10, None, billing_frequency="weekly", billing_period=period, term_months=n)
            for key, (period, n) in periods.items()
        ),
        *(link("hubspot.deal_line_item", "1", key, "2026-03-02") for key in periods),
    )
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    assert {key: row.end_date for key, row in lines.items()} == {
        "a": date(2026, 5, 25),
        "b": date(2026, 5, 25),
        "c": date(2027, 9, 2),
        "d": date(2026, 5, 31),
        "e": date(2027, 3, 2),
        "f": date(2027, 3, 2),
        "g": None,
        "h": None,
        "i": None,
    }


def test_an_end_on_the_day_of_a_bill_is_billed_no_more(warehouse, settings):
    """HubSpot's own ends are such days; people write down the last day that is billed."""
    told = {
        "a": ("annually", "2026-01-31", "2027-01-31"),
        "b": ("monthly", "2026-01-31", "2026-02-28"),
        "c": ("monthly", "2026-01-01", "2026-12-31"),
        "d": ("weekly", "2026-03-02", "2026-05-25"),
        "e": ("weekly", "2026-03-02", "2026-05-24"),
        # A month of weeks ends on another day than a month.
        "f": ("biweekly", "2026-03-02", "2026-05-02"),
        "g": ("monthly", "2026-03-02", "2026-03-02"),
    }
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-01-02", "2026-01-31", "2026-01-31", stage_id="closedwon"),
        *(
            item(
                key,
                1,
                10,
                None,
                billing_frequency=frequency,
                billing_start_date=on(start),
                billing_end_date=on(end),
            )
            for key, (frequency, start, end) in told.items()
        ),
        *(link("hubspot.deal_line_item", "1", key, "2026-01-31") for key in told),
    )
    lines = as_of(built(warehouse, with_choices(settings), facts.deal_line), "2026-04-01")
    assert {key: row.end_date for key, row in lines.items()} == {
        "a": date(2027, 1, 31),
        "b": date(2026, 2, 28),
        "c": date(2027, 1, 1),
        "d": date(2026, 5, 25),
        "e": date(2026, 5, 25),
        "f": date(2026, 5, 3),
        "g": date(2026, 3, 3),
    }


def costs(*rows: tuple[str, str, str, str]) -> tuple[ProductCost, ...]:
    """Rows of product_costs.csv."""
    return tuple(
        ProductCost(
            product=product,
            valid_from_date=date.fromisoformat(begin),
            unit_cost_amount=Decimal(amount),
            currency_code=currency,
        )
        for product, begin, amount, currency in rows
    )


def test_the_file_tells_what_a_unit_costs_where_it_names_the_product(warehouse, settings):
    def product(key: str, name: str) -> Version:
        return version("salesforce.product", key, "2026-01-01", product_name=name)

    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        product("01tA", "Plan A"),
        product("01tB", "Plan B"),
        product("01tC", "Plan C"),
        opportunity("F", "2026-01-02", "2026-02-10", "won", currency_code="EUR"),
        opportunity("M", "2026-01-02", "2026-03-10", "won"),
        line("a", "F", 2, 120, product_id="01tA", currency_code="EUR"),
        line("b", "M", 1, 500, product_id="01tA"),
        line("c", "M", 3, 40, product_id="01tB"),
        line("d", "F", 1, 10, product_id="01tC", currency_code="EUR"),
        line("e", "M", 1, 10, product_id="01tC"),
        hubspot_deal("1", "2026-01-02", "2026-03-10", "2026-03-10", stage_id="closedwon"),
        item("f", 1, 60, 7, product_name="Plan B"),
        item("g", 1, 60, 7, product_name="Plan X"),
        *(link("hubspot.deal_line_item", "1", key, "2026-03-10") for key in "fg"),
        link("hubspot.deal_line_item", "1", None, "2026-03-10"),
    )
    choices = with_choices(
        settings,
        product_costs=costs(
            # By the id first, and by the name in any case.
            ("salesforce:01tA", "2026-01-01", "50", "USD"),
            ("salesforce:01tA", "2026-03-01", "55", "USD"),
            ("plan a", "2026-01-01", "999", "USD"),
            (" PLAN B ", "2026-01-01", "20", "EUR"),
            # Not known before March.
            ("Plan C", "2026-03-01", "4", "USD"),
        ),
    )
    lines = as_of(built(warehouse, choices, facts.deal_line), "2026-04-01")
    # The shipped rate of the euro is 1.10: 20 euros are 22 dollars.
    assert {key: row.unit_cost_amount for key, row in lines.items()} == {
        "a": 50, "b": 55, "c": 22, "d": None, "e": 4, "f": 22, "g": 7,
    }  # fmt: skip
    # As entered, in the currency of the line: 50 dollars are 45.454545 euros.
    assert lines["a"].unit_cost_amount_original == Decimal("45.454545")
    assert lines["b"].unit_cost_amount_original == 55
    assert lines["c"].unit_cost_amount_original == 22
