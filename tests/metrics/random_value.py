"""Random companies with costs, goods sold, customers and what they pay monthly."""

from __future__ import annotations

from datetime import date

from include.tables import facts
from tests.metrics.builders import Row, customer, deal
from tests.metrics.chance import Chance, many
from tests.metrics.reckoning import (
    months_later,
)
from tests.metrics.rows import fact, month

FIRST_MONTH = date(2024, 11, 1)
MONTHS = 19
CHANNELS = ("event", "partner")
CAMPAIGNS, SEGMENTS = ("K0", "K1"), ("small", "large")
BUYERS = 12


def months(chance: Chance, name: str) -> list[Row]:
    """A customer's course over a year and a half; a month may be corrected, or be known late."""
    start = chance.randrange(MONTHS - 1)
    course = [0] * start + [chance.choice((0, 10, 20, 30)) for _ in range(MONTHS - start)]
    first = next((number for number, amount in enumerate(course) if amount), None)
    channel = chance.choice(CHANNELS)
    rows = []
    for number in range(MONTHS if first is None else first, MONTHS):
        row = month(
            name,
            str(months_later(FIRST_MONTH, number)),
            course[number],
            course[number - 1] if number else 0,
            cohort=str(months_later(FIRST_MONTH, first or 0)),
            age=number - (first or 0),
            channel=channel,
        )
        if chance.flag(0.9):
            rows.append(row)
            continue
        later = chance.choice((0, 15))
        turn = chance.instant()
        rows.append(row | {"valid_to_at": turn})
        corrected = {"mrr_amount": later, "is_active": later > 0, "valid_from_at": turn}
        rows.append(row | (corrected if number != first else {"valid_from_at": turn}))
    return rows


def lines(chance: Chance, name: str) -> list[Row]:
    """A line of a deal, with or without price, quantity and cost."""
    row = fact(
        facts.deal_line,
        name,
        closed_date=chance.day(),
        is_won=chance.flag(0.8),
        line_amount=chance.maybe((100, 200)),
        quantity=chance.maybe((1, 2)),
        unit_cost_amount=chance.maybe((20, 60, 110)),
        customer_id=chance.maybe([f"B{number}" for number in range(BUYERS)]),
        is_counted=chance.flag(0.9),
    )
    return chance.states(row, lambda: {"unit_cost_amount": chance.maybe((30,))})


def deals(chance: Chance, name: str) -> list[Row]:
    stage = chance.choice(("won", "won", "lost", "open"))
    day = str(chance.day())
    buyer = None if name.endswith("3") else f"B{name[-1]}"
    return [
        deal(
            name, day, day, stage, chance.maybe((40, 90)), is_counted=chance.flag(0.9),
            customer_id=buyer,
        )
    ]  # fmt: skip


def expenses(chance: Chance, name: str) -> list[Row]:
    return [
        fact(
            facts.cost,
            name,
            cost_date=chance.day(),
            cost_amount=chance.maybe((10, 25)),
            category=chance.choice(("acquisition", "acquisition", "retention")),
            channel=chance.maybe(CHANNELS),
            campaign_id=chance.maybe(CAMPAIGNS),
            segment=chance.maybe(SEGMENTS),
        )
    ]


def buyers(chance: Chance, name: str) -> list[Row]:
    since = chance.maybe([chance.day()])
    return [
        customer(
            name,
            since and str(since),
            channel=chance.choice(CHANNELS),
            campaign_id=chance.maybe(CAMPAIGNS),
            segment=chance.choice(SEGMENTS),
        )
    ]


def recurring_lines(chance: Chance, name: str) -> list[Row]:
    row = fact(
        facts.recurring_line,
        name,
        start_date=chance.day(),
        end_date=chance.maybe([chance.day()]),
        mrr_amount=chance.maybe((5, 7)),
        customer_id=chance.maybe(("C1", "C2")),
        is_counted=chance.flag(0.9),
    )
    return chance.states(row, lambda: {"mrr_amount": 11})


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    return {
        "mrr_customer_month": many(12, months, chance),
        "deal_line": many(20, lines, chance),
        "deal": many(15, deals, chance),
        "cost": many(12, expenses, chance),
        "customer": many(BUYERS, buyers, chance),
        "recurring_line": many(10, recurring_lines, chance),
    }
