"""How deals move: from stage to stage, and into and out of a month's pipeline.

September 2025  of 100 deals 40 came to Proposal, 24 to Negotiation, and 12 were won
February 2026   four deals were won after 5, 10, 20 and 40 days in Negotiation; another has been
                there for 30 days at the end of March
November 2025   5000 open + 1500 created + 700 pulled in - 2000 won - 1200 lost - 600 pushed + 100
                more = 3500
"""

from __future__ import annotations

from tests.golden.answers import MARCH, Answer
from tests.golden.opportunities import Deal, put
from tests.golden.org import LOST, WON, Org, later

FUNNEL, STAY, MOVING = "funnel", "stay", "moving"
DAY = 86400
SEPTEMBER, NOVEMBER = "2025-09", "2025-11"

# Stages are each CRM's own: with both, each has a member of the same name.
ALONE, TOGETHER = ("salesforce", "hubspot"), ("both",)
FUNNEL_ANSWERS = (
    ("stage_conversion", "Qualification", 40, 100),
    ("stage_conversion", "Proposal", 24, 40),
    ("stage_conversion", "Negotiation", 12, 24),
    ("stage_win_rate", "Proposal", 12, 40),
)
ANSWERS = (
    *(
        Answer(metric, SEPTEMBER, cut="stage", member=stage, numerator=went, denominator=came,
               crms=crms, rows=rows)
        for metric, stage, went, came in FUNNEL_ANSWERS
        for crms, rows in ((ALONE, 1), (TOGETHER, 2))
    ),
    # Of 5, 10, 20, 40 the middle is 15, and three quarters are at 25 or below.
    Answer("time_in_stage", "2026-02", 15 * DAY, cut="stage", member="Negotiation", sample=4),
    Answer("stalled_deals", MARCH, 1, cut="stage", member="Negotiation", sample=1),
    Answer("pipeline_movement", NOVEMBER, 3500),
    Answer("pipeline_movement", NOVEMBER, 5000, cut="movement", member="opening"),
    Answer("pipeline_movement", NOVEMBER, 1500, cut="movement", member="created"),
    Answer("pipeline_movement", NOVEMBER, 700, cut="movement", member="pulled_in"),
    Answer("pipeline_movement", NOVEMBER, -2000, cut="movement", member="won"),
    Answer("pipeline_movement", NOVEMBER, -1200, cut="movement", member="lost"),
    Answer("pipeline_movement", NOVEMBER, -600, cut="movement", member="pushed"),
    Answer("pipeline_movement", NOVEMBER, 100, cut="movement", member="amount_changed"),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the deals into pipelines of their own, alternately into both CRMs and one of them."""
    org.customer("F")
    for number in range(100):
        put(org, _funnel_deal(number))
    for number, days in enumerate((5, 10, 20, 40)):
        won = f"2026-02-2{number}"
        put(org, _stay(f"S{number}", later(f"{won}T13:00", days=-days), won))
    put(org, _stay("S9", "2026-03-02T00:00", None))
    for deal in MOVING_DEALS:
        put(org, deal)


def _funnel_deal(number: int) -> Deal:
    """The first 12 are won, up to 24 come to Negotiation, up to 40 to Proposal."""
    reached = 2 if number < 24 else 1 if number < 40 else 0
    stages = ("Qualification", "Proposal", "Negotiation")[: reached + 1]
    past = tuple(
        (f"2025-09-{2 + 5 * order:02d}", stage, 10, "2025-10-10")
        for order, stage in enumerate(stages)
    )
    return Deal(
        f"funnel {number}",
        "2025-09-02",
        "2025-10-10",
        WON if number < 12 else LOST,
        10,
        "F",
        where=("S", "H", "SH")[number % 3],
        past=past,
        pipeline=FUNNEL,
    )


def _stay(name: str, entered: str, won: str | None) -> Deal:
    if won is None:
        return Deal(name, entered, "2026-06-30", "Negotiation", 10, "F", pipeline=STAY, where="S")
    past = ((entered, "Negotiation", 10, won),)
    return Deal(name, entered, won, WON, 10, "F", past=past, pipeline=STAY, where="S")


def _moving(
    name: str,
    created: str,
    close: str,
    stage: str,
    amount: float,
    *past: tuple[float, str, str],
    where: str = "SH",
) -> Deal:
    """A deal whose past is amounts and expected days, each from a day on."""
    return Deal(
        name,
        created,
        close,
        stage,
        amount,
        "F",
        past=tuple((at, "Qualification", value, due) for value, due, at in past),
        pipeline=MOVING,
        where=where,
    )


MOVING_DEALS = (
    _moving("M1", "2025-10-05", "2025-11-20", WON, 2000, (2000, "2025-11-20", "2025-10-05")),
    _moving("M2", "2025-10-05", "2025-11-15", LOST, 1200, (1200, "2025-11-15", "2025-10-05"),
            where="H"),
    _moving("M3", "2025-10-05", "2025-12-20", LOST, 600, (600, "2025-11-25", "2025-10-05"),
            (600, "2025-12-20", "2025-11-10"), where="S"),
    _moving("M4", "2025-10-05", "2025-12-05", LOST, 1300, (1200, "2025-11-28", "2025-10-05"),
            (1300, "2025-11-28", "2025-11-12"), where="H"),
    _moving("M5", "2025-11-05", "2025-12-05", LOST, 1500, (1500, "2025-11-29", "2025-11-05")),
    _moving("M6", "2025-10-10", "2025-12-05", LOST, 700, (700, "2025-12-30", "2025-10-10"),
            (700, "2025-11-30", "2025-11-08"), where="S"),
)  # fmt: skip
