"""Facts of a small company in which every slice of every metric has several members."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    activity,
    at,
    customer,
    deal_history,
    insert,
    lead,
    loaded,
    login,
    ticket,
    user,
)

START = date(2026, 1, 5)


def write_facts(engine: sa.Engine) -> None:
    """Twelve weeks of deals, leads, requests, activities and logins, everything loaded."""
    loaded(engine, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    insert(engine, facts.user, [user(f"U{n}", f"User {n}", role_id=f"R{n % 2}") for n in range(3)])
    insert(engine, facts.role, [{"role_id": f"R{n}", "role_name": f"Role {n}"} for n in range(2)])
    insert(
        engine,
        facts.customer,
        [
            customer("C0", segment="small", country="Chile"),
            customer("C1", segment="large", country=None),
        ],
    )
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
                choose(("won", "lost", "open")),
                None if number == 4 else 100 + week,
                0.25,
                pipeline_id=choose(("P0", "P1")),
                stage_id=choose(("S0", "S1", "S2")),
                is_new_business=choose((True, False, None)),
                is_counted=week != 3,
                **who,
                **origin,
            )
            insert(engine, facts.deal, rows)
            customer_since = str(day + timedelta(days=20)) if number % 2 else None
            insert(engine, facts.lead, lead(f"L{name}", created, customer_since, **who, **origin))
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
        insert(engine, facts.login_day, [login(f"U{week % 3}", f"{day}T09:00")])
