"""The golden examples of service, surveys and carts; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    at,
    compute,
    insert,
    loaded,
    ticket,
    total,
    values,
)
from tests.metrics.rows import fact

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
MONTH = ("month", "2026-03-01")
MINUTE, HOUR = 60, 3600


def asked(name: str, minutes: float | None, day: str = "2026-03-02", **columns: object) -> Row:
    """A request of a day, answered after so many minutes or not at all."""
    seconds = None if minutes is None else int(minutes * MINUTE)
    more = {"is_answered": minutes is not None, "first_response_seconds": seconds, **columns}
    return ticket(name, day, None, **more)


def test_first_response_time(company: sa.Engine) -> None:
    rows = [
        asked("T1", 30, agent_user_id="A"),
        asked("T2", 90, agent_user_id="A"),
        asked("T3", 240),
        asked("T4", None),
        # A robot answered after one minute, a person after 120; a note after 5, an answer after 60
        asked("T5", 120),
        asked("T6", 60),
        asked("we wrote", 1, is_outbound=True),
        asked("merged", 1, is_counted=False),
        asked("before it was filed", 1, first_response_seconds=None),
    ]
    insert(company, facts.ticket, rows)
    compute(company, AS_OF, ["frt", "unanswered_pct"])
    row = total(company, "frt", *MONTH)
    # 30, 60, 90, 120, 240: mean 540 / 5; p90 at 3.6 steps: 120 + 0.6 * 120
    assert (row.value, row.mean_value, row.p90_value) == (90 * MINUTE, 108 * MINUTE, 192 * MINUTE)
    assert (row.sample_count, row.excluded_count) == (5, 1)
    # T4 of the seven we did not open, the one answered too early among them
    unanswered = total(company, "unanswered_pct", *MONTH)
    assert (unanswered.numerator, unanswered.denominator) == (1, 7)
    agents = values(company, "frt", slice_id="agent", **MARCH)
    assert (agents["A"].value, agents["A"].status) == (60 * MINUTE, "SUPPRESSED_SMALL_N")


def test_first_response_and_resolution_in_business_hours(company: sa.Engine) -> None:
    # From Friday 17:30 to Monday 09:30, open from 9 to 18: half an hour on either day
    rows = [
        asked("T", 64 * 60, day="2026-03-06", first_response_business_seconds=HOUR),
        ticket("R", "2026-03-06", 64, resolution_business_seconds=HOUR),
    ]
    insert(company, facts.ticket, rows)
    metrics = ["frt", "frt_business", "time_to_resolution", "time_to_resolution_business"]
    compute(company, AS_OF, metrics)
    for metric in ("frt_business", "time_to_resolution_business"):
        row = total(company, metric, *MONTH)
        assert (row.value, row.status) == (None, "NOT_CONFIGURED"), metric
        assert row.status_reason == "Not configured: fill in include/config/service.yaml."
    friday = {"business_date": date(2026, 3, 6), "open_seconds_before": 0}
    for name, hour in (("starts_at", 0), ("opens_at", 9), ("closes_at", 18), ("ends_at", 23)):
        friday[name] = at(f"2026-03-06T{hour:02d}:00")
    insert(company, facts.business_hours, [friday])
    compute(company, AS_OF, metrics)
    found = {each: total(company, each, *MONTH).value for each in metrics}
    assert found == {
        "frt": 64 * HOUR,
        "frt_business": HOUR,
        "time_to_resolution": 64 * HOUR,
        "time_to_resolution_business": HOUR,
    }


def test_average_handle_time(company: sa.Engine) -> None:
    def work(name: str, ticket_id: str | None, seconds: float, **columns: object) -> Row:
        given = {"closed_date": "2026-03-05", "is_handled": True, **columns}
        return fact(facts.agent_work, name, ticket_id=ticket_id, handle_seconds=seconds, **given)

    rows = [
        work("W1", "c1", 300),
        work("W2", "c2", 600),
        work("W3", "c3", 900),
        # A transfer
        work("W4", "c4", 120, agent_user_id="A"),
        work("W5", "c4", 180, agent_user_id="B"),
        work("declined", "c5", 999, is_handled=False),
    ]
    insert(company, facts.agent_work, rows)
    compute(company, AS_OF, ["aht", "aht_per_case"])
    item = total(company, "aht", *MONTH)
    # 2100 / 5; the middle of 120, 180, 300, 600, 900
    assert (item.value, item.median_value, item.status) == (420, 300, "OK")
    # 2100 / 4; the middle of 300, 300, 600, 900
    case = total(company, "aht_per_case", *MONTH)
    assert (case.value, case.median_value) == (525, 450)
    # Calls stand for work where none is measured
    insert(company, facts.agent_work, [work("call", None, 60, is_proxy=True)])
    compute(company, AS_OF, ["aht", "aht_per_case"])
    item = total(company, "aht", *MONTH)
    # 2160 / 6
    assert (item.value, item.status) == (360, "PARTIAL")
    assert item.status_reason == "Some of it is the length of calls, not measured work."
    assert total(company, "aht_per_case", *MONTH).status == "OK"


def answer(name: str, kind: str, score: float | None, day: str, **columns: object) -> Row:
    """An answer, with the groups its score belongs to on the scale of its kind."""
    is_scored = score is not None
    return fact(
        facts.survey_response,
        name,
        **{
            "survey_type": kind,
            "score": score,
            "responded_at": day,
            "responded_date": day,
            "is_scored": is_scored,
            "is_promoter": kind == "nps" and is_scored and score >= 9,
            "is_detractor": kind == "nps" and is_scored and score <= 6,
            "is_satisfied": kind == "csat" and is_scored and score >= 4,
            **columns,
        },
    )


def test_customer_satisfaction(company: sa.Engine) -> None:
    rows = [
        answer(f"S{n}", "csat", score, "2026-03-05", survey_id="five")
        for n, score in enumerate((5, 4, 3, 2, 5, None))
    ]
    rows += [
        answer(f"H{n}", "csat", score, "2026-03-05", survey_id="two", is_satisfied=score == 2)
        for n, score in enumerate((2, 2, 1, 0))
    ]
    rows.append(answer("other kind", "ces", 5, "2026-03-05", is_satisfied=True))
    rows.append(answer("test", "csat", 1, "2026-03-05", is_counted=False))
    insert(company, facts.survey_response, rows)
    compute(company, AS_OF, ["csat"])
    surveys = values(company, "csat", slice_id="survey", **MARCH)
    # 3 of 5 (the mean of 3.8 is not it), and 2 of 4
    assert surveys["five"].value == Decimal("0.6")
    assert (surveys["five"].sample_count, surveys["five"].excluded_count) == (5, 1)
    assert surveys["two"].value == Decimal("0.5")
    row = total(company, "csat", *MONTH)
    assert (row.numerator, row.denominator) == (5, 9)


def test_net_promoter_score(company: sa.Engine) -> None:
    rows = [
        answer(f"N{n}", "nps", score, "2026-03-20", respondent_id=f"R{n}")
        for n, score in enumerate((10, 9, 9, 8, 7, 6, 0))
    ]
    # R1 said 3 in February, and answered again
    rows.append(
        answer("older", "nps", 3, "2026-02-10", respondent_id="R1", superseded_date="2026-03-20")
    )
    # More than ninety days before the end of March: 31 December
    rows.append(answer("long ago", "nps", 0, "2025-12-31"))
    insert(company, facts.survey_response, rows)
    compute(company, AS_OF, ["nps"])
    row = total(company, "nps", *MONTH)
    # 100 * (3 - 2) / 7
    assert (row.numerator, row.denominator) == (100, 7)
    assert row.value == pytest.approx(Decimal("14.3"), abs=Decimal("0.05"))
    assert row.unit == "points"
    # At the end of February R1's first answer still is the latest: it and the one of December
    february = total(company, "nps", "month", "2026-02-01")
    assert (february.value, february.denominator) == (-100, 2)


def test_cart_abandonment(company: sa.Engine) -> None:
    def cart(name: str, **columns: object) -> Row:
        return fact(
            facts.cart, name, created_date="2026-03-05", **{"is_status_known": True, **columns}
        )

    rows = [
        cart("K1", is_completed=True, store_name="web"),
        cart("K2", is_abandoned=True, store_name="web"),
        cart("K3", is_abandoned=True),
        cart("K4"),
        cart("K5", is_empty=True, is_counted=False, is_abandoned=True),
        cart("K6", is_completed=True),
    ]
    insert(company, facts.cart, rows)
    compute(company, AS_OF, ["abandonment_rate"])
    row = total(company, "abandonment_rate", *MONTH)
    # K2 and K3 of those and K1, K6: K4 may still be ordered, K5 is empty
    assert (row.numerator, row.denominator, row.value) == (2, 4, Decimal("0.5"))
    assert (row.status, row.excluded_count) == ("OK", 0)
    stores = values(company, "abandonment_rate", slice_id="store", **MARCH)
    assert stores["web"].value == Decimal("0.5")
    # One of a status nobody explained is told
    insert(company, facts.cart, [cart("odd", is_status_known=False)])
    compute(company, AS_OF, ["abandonment_rate"])
    row = total(company, "abandonment_rate", *MONTH)
    assert (row.value, row.excluded_count, row.status) == (Decimal("0.5"), 1, "PARTIAL")


def test_carts_nobody_explained_are_not_configured(company: sa.Engine) -> None:
    insert(company, facts.cart, [fact(facts.cart, "odd", created_date="2026-03-05")])
    compute(company, AS_OF, ["abandonment_rate"])
    row = total(company, "abandonment_rate", *MONTH)
    assert (row.value, row.status) == (None, "NOT_CONFIGURED")
    assert "include/config/customers.yaml, under carts" in row.status_reason


def test_a_cart_ordered_after_all_is_taken_back(company: sa.Engine) -> None:
    rows = [
        fact(facts.cart, "K", created_date="2026-03-05", is_abandoned=True, is_status_known=True,
             known_until=at("2026-04-05")),
        fact(facts.cart, "K", created_date="2026-03-05", is_completed=True, is_status_known=True,
             known_from=at("2026-04-05")),
    ]  # fmt: skip
    insert(company, facts.cart, rows)
    later = at("2026-04-06")
    loaded(company, [source.id for source in SOURCE_OBJECTS], later)
    for as_of, value in ((AS_OF, 1), (later, 0)):
        compute(company, as_of, ["abandonment_rate"])
        assert total(company, "abandonment_rate", *MONTH, as_of_at=as_of).value == value


def test_a_day_does_not_keep_what_three_days_knew_of_it(company: sa.Engine) -> None:
    """Filed on 5 March and answered on the 10th: the day of filing stood as if nobody ever had."""
    filed, answered = at("2026-03-06"), at("2026-03-10")
    rows = [
        asked("T", None, day="2026-03-05") | {"valid_to_at": answered},
        asked("T", 5 * 24 * 60, day="2026-03-05") | {"valid_from_at": answered},
    ]
    insert(company, facts.ticket, rows)
    day = ("day", "2026-03-05")
    later = at("2026-03-12")
    for as_of in (filed, later):
        compute(company, as_of, ["frt", "unanswered_pct"])
    assert total(company, "unanswered_pct", *day, as_of_at=filed).value == 1
    assert total(company, "unanswered_pct", *day, as_of_at=later).value == 0
    assert total(company, "frt", *day, as_of_at=later).value == 5 * 24 * HOUR


def test_a_cart_left_behind_later_is_one_of_the_day_it_was_opened(company: sa.Engine) -> None:
    """Opened on 5 March and touched for the last time on the 9th: its day never came to know of it."""
    left, opened = at("2026-03-10"), {"created_date": "2026-03-05", "is_status_known": True}
    rows = [
        fact(facts.cart, "K", known_until=left, **opened),
        fact(facts.cart, "K", known_from=left, is_abandoned=True, **opened),
        fact(facts.cart, "L", is_completed=True, **opened),
    ]
    insert(company, facts.cart, rows)
    for as_of, value in ((at("2026-03-06"), 0), (at("2026-03-12"), Decimal("0.5"))):
        compute(company, as_of, ["abandonment_rate"])
        row = total(company, "abandonment_rate", "day", "2026-03-05", as_of_at=as_of)
        assert row.value == value
