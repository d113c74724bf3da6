"""Facts of a small company in which every slice of every metric has several members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    activity,
    at,
    credit,
    customer,
    deal_history,
    insert,
    lead,
    loaded,
    login,
    ticket,
    user,
)
from tests.metrics.rows import fact, month

START = date(2026, 1, 5)
Member = TypeVar("Member")
Choose = Callable[[Sequence[Member]], Member]


def write_facts(engine: sa.Engine) -> None:
    """Twelve weeks of deals, leads, requests, activities and logins, everything loaded."""
    loaded(engine, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    insert(
        engine,
        facts.user,
        [
            user(
                f"U{n}", f"User {n}", role_id=f"R{n % 2}", team_name=f"Team {n % 2}",
                profile_name=f"Profile {n % 2}",
                created_date=date(2025, 1, 2), is_login_known=True,
            )
            for n in range(5)
        ],
    )  # fmt: skip
    insert(engine, facts.role, [{"role_id": f"R{n}", "role_name": f"Role {n}"} for n in range(2)])
    insert(
        engine,
        facts.customer,
        [
            customer(
                "C0", "2026-01-20", segment="small", country="Chile", owner_user_id="U0",
                channel="event", campaign_id="K0",
            ),
            customer("C1", "2026-02-10", segment="large", country=None, owner_user_id="U1"),
            customer("C2", "2026-02-20", segment="small", owner_user_id="U1"),
        ],
    )  # fmt: skip
    choose = Random(7).choice
    for week in range(12):
        day = START + timedelta(weeks=week)
        for number in range(5):
            owner, buyer = choose((0, 1, 2, None)), choose((0, 1, None))
            name = f"{week}-{number}"
            who = {
                "owner_user_id": None if owner is None else f"U{owner}",
                "role_id": None if owner is None else f"R{owner % 2}",
                "customer_id": None if buyer is None else f"C{buyer}",
            }
            origin = {
                "channel": choose(("event", "unknown")),
                "campaign_id": choose(("K0", None)),
            }
            created = str(day + timedelta(days=number))
            rows = deal_history(
                f"D{name}",
                created,
                str(day + timedelta(days=number + 10 + week)),
                choose(("won", "lost", "open", "disqualified")),
                None if number == 4 else (2000 if number == 0 else 100) + week,
                0.25,
                pipeline_id=choose(("P0", "P1")),
                stage_id=choose(("S0", "S1", "S2")),
                lost_from_stage_id=f"S{number % 2}",
                lost_reason=("price", "no budget", None)[number % 3],
                competitor=("acme", "globex", None)[(week + number) % 3],
                forecast_category=("commit", "pipeline", None)[number % 3],
                product_id=("P0", "P1", None)[(week + number) % 3],
                is_new_business=choose((True, False, None)),
                is_counted=week != 3,
                **who,
                **origin,
            )
            insert(engine, facts.deal, rows)
            insert(engine, facts.deal_credit, _credits(rows, is_split=number == 1))
            customer_since = str(day + timedelta(days=20)) if number % 2 else None
            insert(
                engine,
                facts.deal_line,
                [
                    fact(
                        facts.deal_line,
                        f"I{name}",
                        customer_id=who["customer_id"],
                        owner_user_id=who["owner_user_id"],
                        product_id=choose(("P0", "P1")),
                        closed_date=str(day + timedelta(days=number)),
                        is_won=True,
                        quantity=2,
                        line_amount=100 + week,
                        unit_cost_amount=choose((10, None)),
                    )
                ],
            )
            insert(engine, facts.lead, lead(f"L{name}", created, customer_since, **who, **origin))
            prospect = fact(
                facts.prospect,
                f"P{name}",
                created_date=created,
                created_at=created,
                is_customer=number % 2 == 0,
                customer_id=who["customer_id"],
                owner_user_id=who["owner_user_id"],
                role_id=who["role_id"],
                channel=origin["channel"],
            )
            insert(engine, facts.prospect, [prospect])
            insert(
                engine,
                facts.ticket,
                [
                    ticket(
                        f"T{name}",
                        created,
                        10 * (number + 1),
                        priority=choose(("high", "low")),
                        origin=choose(("mail", None)),
                        customer_id=who["customer_id"],
                        owner_user_id=who["owner_user_id"],
                    )
                ],
            )
            insert(
                engine,
                facts.activity,
                [
                    activity(
                        f"A{name}",
                        choose(("task", "call", "meeting", "email")),
                        f"{created}T10:00",
                        user_id=who["owner_user_id"],
                        role_id=who["role_id"],
                    )
                ],
            )
            bill = fact(
                facts.billing,
                f"B{name}",
                billed_date=created,
                billing_amount=None if number == 4 else 50 - 20 * (week % 4),
                is_counted=week != 3,
                **who,
            )
            insert(engine, facts.billing, [bill])
            _write_marketing(engine, name, created, {**who, **origin}, choose)
            _write_stage(engine, name, created, week, who, choose)
        insert(engine, facts.login_day, [login(f"U{week % 3}", f"{day}T09:00")])
    _write_subscriptions(engine)


def _credits(rows: list[Row], *, is_split: bool) -> list[Row]:
    """Whom a deal is credited to: its owner, or three quarters to U3 and the rest to U4."""
    if not is_split:
        return [credit(row) for row in rows]
    return [
        credit(row, rate, is_leading=rate > 0.5, owner_user_id=f"U{n}", role_id=f"R{n % 2}")
        for row in rows
        for n, rate in ((3, 0.75), (4, 0.25))
    ]


def _write_marketing(
    engine: sa.Engine, name: str, created: str, whose: dict[str, Any], choose: Choose
) -> None:
    """A deal's touches, a cost, and an account someone created."""
    touches = [
        fact(
            facts.deal_touch,
            f"D{name}:{campaign}",
            deal_id=f"D{name}",
            campaign_id=campaign,
            campaign_type=campaign and f"Kind {campaign}",
            closed_date=created,
            is_won=True,
            deal_amount=60,
            channel=whose["channel"],
            primary_weight=weight,
            even_weight=weight,
            first_weight=1 - weight if whose["campaign_id"] else weight,
            last_weight=weight,
            **{key: whose[key] for key in ("owner_user_id", "role_id", "customer_id")},
        )
        for campaign, weight in (
            (("K0", 0.25), ("K1", 0.75)) if whose["campaign_id"] else ((None, 1),)
        )
    ]
    insert(engine, facts.deal_touch, touches)
    cost = fact(
        facts.cost,
        f"ledger:{name}",
        cost_date=created,
        cost_amount=7,
        category=choose(("acquisition", "retention")),
        channel=choose(("event", None)),
        campaign_id=whose["campaign_id"],
        segment=("small", "large", None)[int(name[-1]) % 3],
    )
    insert(engine, facts.cost, [cost])
    account = fact(
        facts.record_created,
        f"A{name}",
        object_name="account",
        created_date=created,
        created_at=created,
        creator_user_id=choose(("U0", "U1", None)),
        creator_role_id=choose(("R0", "R1", None)),
        team_name="Team 0" if whose["customer_id"] else None,
        channel=whose["channel"],
        **{key: whose[key] for key in ("owner_user_id", "role_id", "customer_id")},
    )
    insert(engine, facts.record_created, [account])


def _write_stage(
    engine: sa.Engine, name: str, created: str, week: int, whose: dict[str, Any], choose: Choose
) -> None:
    """A stage of a deal: left after a day when won, else never."""
    is_won = week % 2 == 0
    left = date.fromisoformat(created) + timedelta(days=1)
    stay = fact(
        facts.stage_transition,
        f"S{name}",
        known_from=at(created),
        deal_id=f"D{name}",
        pipeline_id=choose(("P0", "P1")),
        stage_id=choose(("S0", "S1")),
        entered_at=created,
        entered_date=created,
        exited_at=str(left) if is_won else None,
        exited_date=left if is_won else None,
        stage_seconds=86400 * (1 + week) if is_won else None,
        is_open_stage=True,
        is_first_entry=True,
        is_won=is_won,
        **whose,
    )
    insert(engine, facts.stage_transition, [stay])


def _write_subscriptions(engine: sa.Engine) -> None:
    """Recurring lines and the months of customers who come, grow, shrink and leave."""
    lines = [
        fact(
            facts.recurring_line,
            f"RL{n}",
            customer_id=f"C{n % 2}" if n % 3 else None,
            product_id=f"P{n % 2}",
            owner_user_id=f"U{n % 3}" if n % 4 else None,
            role_id=f"R{n % 2}",
            channel=("event", "unknown")[n % 2],
            start_date=str(START + timedelta(days=5 * n)),
            end_date=str(START + timedelta(days=5 * n + 40)) if n % 2 else None,
            mrr_amount=10 + n,
        )
        for n in range(12)
    ]
    insert(engine, facts.recurring_line, lines)
    amounts = {"C0": (0, 50, 80, 60), "C1": (40, 0, 30, 0), "C2": (20, 20, 25, 10)}
    for customer_id, course in amounts.items():
        for number, amount in enumerate(course):
            if number:
                row = month(
                    customer_id, f"2026-0{number}-01", amount, course[number - 1],
                    channel="event" if customer_id == "C0" else "unknown",
                    product_id=("P0", "P1", None)[(number + int(customer_id[1])) % 3],
                )  # fmt: skip
                insert(engine, facts.mrr_customer_month, [row])
