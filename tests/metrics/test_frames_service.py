"""Random requests, work, answers and carts against a reckoning by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import END_OF_TIME, Row, at, build_calendar, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, ZONE, Chance, local_day, many
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    configured,
    dated,
    hold,
    last_day,
    mean,
    median,
    moment,
    quotient,
)
from tests.metrics.rows import fact

NPS_DAYS = 90


def tickets(chance: Chance, name: str) -> list[Row]:
    """A request: resolved or not, answered, not answered or not known."""
    outcome = {
        "created_date": chance.day(),
        "resolved_date": chance.maybe([chance.day()]),
        "is_outbound": chance.maybe((True, False, False)),
    }

    def course() -> dict[str, Any]:
        is_answered = chance.maybe((True, True, False))
        seconds = chance.maybe((0, 60, 600, 7200)) if is_answered else None
        return {
            "is_resolved": outcome["resolved_date"] is not None and chance.flag(0.8),
            "resolution_seconds": chance.maybe((0, 30, 900, 86400)),
            "first_resolution_seconds": chance.maybe((10, 20)),
            "resolution_business_seconds": chance.maybe((7, 8, 9)),
            "is_answered": is_answered,
            "first_response_seconds": seconds,
            "first_response_business_seconds": None if seconds is None else seconds // 2,
            "priority": chance.maybe(("high", "low")),
            "is_counted": chance.flag(0.9),
        }

    return chance.states(fact(facts.ticket, name) | outcome | course(), course)


def pieces_of_work(chance: Chance, name: str) -> list[Row]:
    row = fact(
        facts.agent_work,
        name,
        ticket_id=chance.maybe(("T1", "T2", "T3")),
        closed_date=chance.maybe([chance.day()]),
        handle_seconds=chance.maybe((60, 120, 300)),
        is_handled=chance.flag(0.8),
        is_proxy=chance.flag(0.2),
        channel=chance.maybe(("phone", "chat")),
    )
    return chance.states(row, lambda: {"handle_seconds": chance.maybe((90, 200))})


def answers(chance: Chance, person: str) -> list[Row]:
    """All answers of one person; each is the latest from its instant until that of the next."""
    kind = chance.choice(("nps", "nps", "csat"))
    instants = sorted({chance.instant() for _ in range(chance.randint(1, 4))})
    rows = []
    for number, answered_at in enumerate(instants):
        score = chance.choice(range(11))
        row = fact(
            facts.survey_response,
            f"{person}-{number}",
            known_from=answered_at,
            survey_type=kind,
            respondent_id=person,
            responded_at=answered_at,
            responded_date=local_day(answered_at),
            is_scored=True,
            is_promoter=score > 8,
            is_detractor=score < 7,
            is_satisfied=score > 8,
            channel=chance.choice(("mail", "web")),
        )
        rows.append(row)
        if number + 1 < len(instants):
            later = instants[number + 1]
            rows[-1] = row | {"valid_to_at": later}
            rows.append(row | {"superseded_date": local_day(later), "valid_from_at": later})
    skipped = chance.instant()
    rows.append(
        fact(
            facts.survey_response,
            f"{person}-skipped",
            known_from=skipped,
            survey_type=kind,
            respondent_id=person,
            responded_at=skipped,
            responded_date=local_day(skipped),
            channel="web",
        )
    )
    return rows


def invitations(chance: Chance, name: str) -> list[Row]:
    row = fact(facts.survey_invitation, name, sent_date=chance.day(), is_counted=chance.flag(0.9))
    return chance.states(row, lambda: {"is_answered": chance.flag()})


def carts(chance: Chance, name: str) -> list[Row]:
    """A cart that is pending, then abandoned, then perhaps ordered after all."""
    row = fact(
        facts.cart,
        name,
        created_date=chance.day(),
        is_status_known=chance.flag(0.9),
        store_name=chance.maybe(("north", "south")),
        channel="unknown",
        is_counted=chance.flag(0.9),
    )
    ends = {
        "pending": {"is_abandoned": False, "is_completed": False},
        "abandoned": {"is_abandoned": True, "is_completed": False},
        "ordered": {"is_abandoned": False, "is_completed": True},
    }
    if not row["is_status_known"]:
        return [row]
    return chance.states(
        row | ends[chance.choice(list(ends))], lambda: ends[chance.choice(list(ends))]
    )


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    opened = at("2026-01-01")
    return {
        "ticket": many(25, tickets, chance),
        "agent_work": many(15, pieces_of_work, chance),
        "survey_response": many(20, answers, chance),
        "survey_invitation": many(20, invitations, chance),
        "cart": many(15, carts, chance),
        "business_hours": [
            {
                "business_date": opened.date(),
                "starts_at": opened,
                "ends_at": END_OF_TIME,
                "opens_at": opened,
                "closes_at": END_OF_TIME,
                "open_seconds_before": 0,
            }
        ],
    }


def resolved(known: Facts, period: Any, column: str) -> list[float]:
    """A duration of each request resolved in the period."""
    return [
        value
        for row in dated(known.of("ticket"), "resolved_date", period)
        if row.is_resolved and (value := getattr(row, column)) is not None
    ]


def filed(known: Facts, period: Any) -> list[Any]:
    """Requests of the period that a customer opened."""
    return [row for row in dated(known.of("ticket"), "created_date", period) if not row.is_outbound]


def answered(known: Facts, period: Any, column: str) -> list[float]:
    return [
        value
        for row in filed(known, period)
        if row.is_answered and (value := getattr(row, column)) is not None
    ]


def unanswered(known: Facts, period: Any, as_of: datetime) -> float | None:
    tellable = [row for row in filed(known, period) if row.is_answered is not None]
    return quotient(sum(not row.is_answered for row in tellable), len(tellable))


def handled(known: Facts, period: Any) -> list[Any]:
    return [
        row
        for row in dated(known.of("agent_work"), "closed_date", period)
        if row.is_handled and row.handle_seconds is not None
    ]


def work_per_request(known: Facts, period: Any, as_of: datetime) -> float | None:
    of_request: dict[str, float] = {}
    for row in handled(known, period):
        if row.ticket_id is not None:
            of_request[row.ticket_id] = of_request.get(row.ticket_id, 0) + row.handle_seconds
    return mean(list(of_request.values()))


def scored(known: Facts, kind: str) -> list[Any]:
    return [row for row in known.of("survey_response") if row.survey_type == kind and row.is_scored]


def satisfied(known: Facts, period: Any, as_of: datetime) -> float | None:
    found = dated(scored(known, "csat"), "responded_date", period)
    return quotient(sum(row.is_satisfied for row in found), len(found))


def net_promoters(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of each person the latest answer of the ninety days before the period's moment."""
    last = last_day(period, as_of, ZONE)
    latest: dict[str, Any] = {}
    for row in sorted(scored(known, "nps"), key=lambda row: row.responded_at):
        is_before = row.responded_at < moment(period, as_of)
        if is_before and row.responded_date > last - timedelta(days=NPS_DAYS):
            latest[row.respondent_id] = row
    score = sum(row.is_promoter - row.is_detractor for row in latest.values())
    return 100 * score / len(latest) if latest else None


def responded(known: Facts, period: Any, as_of: datetime) -> float | None:
    sent = dated(known.of("survey_invitation"), "sent_date", period)
    return quotient(sum(row.is_answered for row in sent), len(sent))


def abandoned(known: Facts, period: Any, as_of: datetime) -> float | None:
    opened = dated(known.of("cart"), "created_date", period)
    return quotient(
        sum(row.is_abandoned for row in opened),
        sum(row.is_abandoned or row.is_completed for row in opened),
    )


RECKONINGS: dict[str, Reckoning] = {
    "time_to_resolution": lambda known, period, as_of: median(
        resolved(known, period, "resolution_seconds")
    ),
    "time_to_first_resolution": lambda known, period, as_of: median(
        resolved(known, period, "first_resolution_seconds")
    ),
    "time_to_resolution_business": configured(
        lambda known: known.of("business_hours"),
        lambda known, period, as_of: median(resolved(known, period, "resolution_business_seconds")),
    ),
    "frt": lambda known, period, as_of: median(answered(known, period, "first_response_seconds")),
    "frt_business": configured(
        lambda known: known.of("business_hours"),
        lambda known, period, as_of: median(
            answered(known, period, "first_response_business_seconds")
        ),
    ),
    "unanswered_pct": unanswered,
    "aht": lambda known, period, as_of: mean([r.handle_seconds for r in handled(known, period)]),
    "aht_per_case": work_per_request,
    "csat": satisfied,
    "nps": net_promoters,
    "survey_response_rate": responded,
    "abandonment_rate": configured(
        lambda known: [row for row in known.of("cart") if row.is_status_known], abandoned
    ),
}


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        telling |= hold(warehouse, company(seed), as_ofs, RECKONINGS, CALENDAR)
    assert telling == set(RECKONINGS)


def test_hours_are_configured_although_nobody_asked_anything(warehouse: sa.Engine) -> None:
    """Without requests there is nothing to fill in: there is nothing to divide by."""
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    hours = {"business_hours": company(0)["business_hours"]}
    business = {name: RECKONINGS[name] for name in ("frt_business", "time_to_resolution_business")}
    hold(warehouse, hours, AS_OFS[:1], business, CALENDAR)
