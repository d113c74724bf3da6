"""More facts of the small company: what is told in March and April 2026 of the time before."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import END_OF_TIME, at, credit, deal, insert
from tests.metrics.rows import fact, month

JANUARY, FEBRUARY, MARCH = "2026-01-01", "2026-02-01", "2026-03-01"


def write_told_later(engine: sa.Engine) -> None:
    """Deals won before it was told, quotas changed, payments taken back, a record deleted; and work,
    answers, stays and terms.
    """
    _write_deals(engine)
    _write_quotas(engine)
    _write_payments(engine)
    _write_service(engine)
    _write_stages(engine)
    record = fact(
        facts.record_created,
        "R-deleted",
        known_until=at("2026-04-02"),
        object_name="deal",
        created_date="2026-03-10",
        created_at="2026-03-10",
        creator_user_id="U1",
        channel="event",
    )
    insert(engine, facts.record_created, [record])
    terms = [
        fact(
            facts.term,
            f"T{n}",
            customer_id=f"C{n % 2}",
            owner_user_id=f"U{n % 3}",
            role_id=f"R{n % 2}",
            channel="event",
            start_date="2025-01-01",
            end_date=date(2026, 1, 10) + timedelta(days=6 * n),
            # The outcome is certain as of some of the as-ofs only.
            decided_date=date(2026, 2, 20) + timedelta(days=5 * n),
            due_amount=100 + n,
            renewed_amount=(90 + n) * (n % 2),
            is_renewed=n % 2 == 1,
        )
        for n in range(12)
    ]
    insert(engine, facts.term, terms)


def _write_deals(engine: sa.Engine) -> None:
    """Deals that stood open at the end of the month in which, as was told later, they had been won."""
    for n in range(8):
        told_at = at("2026-03-03") + timedelta(days=5 * n)
        closes = "2026-02-26" if n % 2 else "2026-03-30"
        who = {"owner_user_id": f"U{n % 3}", "role_id": f"R{n % 2}", "customer_id": f"C{n % 2}"}
        opened = deal(
            f"LATE{n}", "2026-02-03", closes, "open", 300 + n, 0.5, known_until=told_at, **who
        )
        won = deal(f"LATE{n}", "2026-02-03", closes, "won", 300 + n, known_from=told_at, **who)
        insert(engine, facts.deal, [opened, won])
        insert(engine, facts.deal_credit, [credit(opened), credit(won)])


def _write_quotas(engine: sa.Engine) -> None:
    """Quotas of months, and for one seller one of the quarter that is known for a while only."""
    rows = [
        fact(
            facts.quota,
            f"Q{n}-{start}",
            owner_user_id=f"U{n}",
            role_id=f"R{n % 2}",
            team_name=f"Team {n % 2}",
            start_date=start,
            end_date=end,
            quota_amount=500 + 100 * n,
        )
        for n in range(4)
        for start, end in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH), (MARCH, "2026-04-01"))
    ]
    rows.append(
        fact(
            facts.quota,
            "Q0-quarter",
            known_from=at("2026-03-04"),
            known_until=at("2026-04-02"),
            owner_user_id="U0",
            role_id="R0",
            team_name="Team 0",
            start_date=JANUARY,
            end_date="2026-04-01",
            quota_amount=4000,
        )
    )
    insert(engine, facts.quota, rows)


def _write_payments(engine: sa.Engine) -> None:
    """One who never had paid before, as is told on 2 April; and one who pays back what it cost in the
    month that ends on 1 April: 6 x 20 = 120, of 110.
    """
    told_at = at("2026-04-02")
    january = {"cohort": JANUARY, "channel": "event"}
    rows = [
        month("C3", JANUARY, 30, known_until=told_at, **january),
        month("C3", JANUARY, 0, known_from=told_at, known_until=END_OF_TIME, **january),
        month("C3", MARCH, 50, **january),
        *(
            month("C4", start, 20, cohort="2025-10-01", age=age, channel="event")
            for age, start in enumerate(
                ("2025-10-01", "2025-11-01", "2025-12-01", JANUARY, FEBRUARY, MARCH)
            )
        ),
    ]
    insert(engine, facts.mrr_customer_month, rows)
    cost = fact(
        facts.cost,
        "ledger:october",
        cost_date="2025-10-05",
        cost_amount=110,
        category="acquisition",
        channel="event",
    )
    insert(engine, facts.cost, [cost])
    line = fact(
        facts.deal_line,
        "I-october",
        customer_id="C4",
        closed_date="2025-10-06",
        is_won=True,
        quantity=1,
        line_amount=100,
        unit_cost_amount=0,
    )
    insert(engine, facts.deal_line, [line])


def _write_service(engine: sa.Engine) -> None:
    """Pieces of work on the same requests, and answers of people who answered before."""
    for n in range(12):
        day = date(2026, 2, 3) + timedelta(days=5 * n)
        work = fact(
            facts.agent_work,
            f"W{n}",
            ticket_id=f"T{n % 5}",
            customer_id=f"C{n % 2}",
            agent_user_id=f"U{n % 3}",
            channel=("phone", "mail")[n % 2],
            closed_date=day,
            handle_seconds=60 * (n + 1),
            is_handled=True,
        )
        insert(engine, facts.agent_work, [work])
        later = day + timedelta(days=10)
        answer = fact(
            facts.survey_response,
            f"A{n}",
            survey_id="S",
            survey_type="nps",
            respondent_id=f"P{n % 4}",
            customer_id=f"C{n % 2}",
            responded_at=str(day),
            responded_date=day,
            superseded_date=later if n < 8 else None,
            score=n % 11,
            is_scored=True,
            is_promoter=n % 3 == 0,
            is_detractor=n % 3 == 1,
        )
        insert(engine, facts.survey_response, [answer])


def _write_stages(engine: sa.Engine) -> None:
    """A stage in which a deal stays, and of which it is known from 21 March on what is usual."""
    stays = [
        fact(
            facts.stage_transition,
            f"USUAL-{name}",
            known_from=at(known_from),
            deal_id=f"USUAL-{name}",
            owner_user_id="U0",
            stage_id="S9",
            entered_at="2026-01-10",
            entered_date="2026-01-10",
            is_open_stage=True,
            is_first_entry=True,
            **left,
        )
        for name, known_from, left in (
            ("open", "2026-01-10", {}),
            (
                "won",
                "2026-03-21",
                {
                    "exited_at": "2026-01-13",
                    "exited_date": "2026-01-13",
                    "stage_seconds": 3 * 86400,
                    "is_won": True,
                },
            ),
        )
    ]
    insert(engine, facts.stage_transition, stays)
