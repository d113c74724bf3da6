"""Metrics of deals that are still open."""

from __future__ import annotations

import sqlalchemy as sa

from include.metrics.metric import MONTHLY, Metric, Part, count_where, if_known, sum_of, total
from include.metrics.prepared.deals import pipeline_entry
from include.metrics.prepared.stages import open_stage
from include.metrics.slices import (
    CHANNEL,
    CLOSE_QUARTER,
    FORECAST_CATEGORY,
    MAIN_PRODUCT,
    MOVEMENT,
    NEW_OR_EXISTING,
    OWNER,
    PIPELINE,
    ROLE,
    SEGMENT,
    SIZE_BAND,
    STAGE,
    TEAM,
)
from include.metrics.wanted import wanted_period
from include.tables import facts

deal = facts.deal.c
entry = facts.stage_transition.c
wanted = wanted_period.c
OPEN_SLICES = (
    STAGE,
    FORECAST_CATEGORY,
    CLOSE_QUARTER,
    OWNER,
    ROLE,
    TEAM,
    CHANNEL,
    PIPELINE,
    SEGMENT,
    NEW_OR_EXISTING,
    MAIN_PRODUCT,
    SIZE_BAND,
)
AT_THE_END = "As it stood at the end of the period, or at the as-of while the period runs."

PIPELINE_AMOUNT = Metric(
    id="pipeline_amount",
    name="Open pipeline",
    question="How much could we still win from the deals that are open?",
    formula="sum of the amounts of open deals",
    fact=facts.deal,
    date=deal.created_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_open),
    sample=count_where(deal.is_open & deal.deal_amount.is_not(None)),
    excluded=count_where(deal.is_open & deal.deal_amount.is_(None)),
    timing="snapshot",
    unit="money",
    better="neutral",
    slices=OPEN_SLICES,
    owner="sales-ops",
    basis=f"{AT_THE_END} Open deals without a usable amount are left out and counted.",
    events="open deals",
)

PIPELINE_WEIGHTED_AMOUNT = Metric(
    id="pipeline_weighted_amount",
    name="Weighted pipeline",
    question="How much of the open pipeline can we expect to win?",
    formula="sum of amount x probability of open deals",
    fact=facts.deal,
    date=deal.created_date,
    numerator=sum_of(deal.weighted_amount, where=deal.is_open),
    sample=count_where(deal.is_open & deal.weighted_amount.is_not(None)),
    excluded=count_where(deal.is_open & deal.weighted_amount.is_(None)),
    timing="snapshot",
    unit="money",
    better="neutral",
    slices=OPEN_SLICES,
    owner="sales-ops",
    basis=f"{AT_THE_END} Probabilities are the CRM's own; open deals without an amount or a "
    "probability are left out and counted.",
    events="open deals",
)

PIPELINE_OVERDUE_COUNT = Metric(
    id="pipeline_overdue_count",
    name="Overdue deals",
    question="How many open deals should have closed by now?",
    formula="open deals whose expected closing date has passed",
    fact=facts.deal,
    date=deal.created_date,
    numerator=count_where(deal.is_open),
    counts_from=deal.expected_close_date,
    timing="snapshot",
    unit="count",
    better="lower",
    slices=(STAGE, FORECAST_CATEGORY, OWNER, ROLE, TEAM, PIPELINE),
    owner="sales-ops",
    basis=f"{AT_THE_END} A deal is overdue from the day after its expected closing date.",
    events="overdue deals",
)

PIPELINE_MOVEMENT = Metric(
    id="pipeline_movement",
    name="Movement of the pipeline",
    question="How did the pipeline of the period get from its start to its end?",
    formula="opening + created + pulled in + amounts changed - won - lost - pushed - removed",
    fact=pipeline_entry,
    date=deal.created_date,
    timing="prepared",
    numerator=pipeline_entry.c.movement_amount,
    sample=count_where(~pipeline_entry.c.is_amount_unknown),
    excluded=count_where(pipeline_entry.c.is_amount_unknown),
    unit="money",
    better="neutral",
    slices=(MOVEMENT, OWNER, ROLE, TEAM, PIPELINE, CHANNEL, SEGMENT),
    grains=("week", *MONTHLY),
    owner="sales-ops",
    basis="The pipeline of a period is the open deals that are expected to close in it; the total "
    f"is the pipeline at its end. {AT_THE_END} A reopened deal counts as pulled in. Removed deals "
    "were deleted, closed for a reason that does not count, or no longer count. Movements of deals "
    "without a usable amount are left out and counted.",
    events="movements",
)

ENTERED = "By the day a deal first entered the stage. A cohort: it rises as deals move on later."

STAGE_CONVERSION = Metric(
    id="stage_conversion",
    name="Stage conversion",
    question="Of the deals that entered a stage, what share went on to a later one?",
    formula="stage entries after which the deal entered a later stage or was won / stage entries",
    fact=facts.stage_transition,
    date=entry.entered_date,
    numerator=count_where(entry.is_first_entry & entry.is_open_stage & entry.is_passed),
    denominator=count_where(entry.is_first_entry & entry.is_open_stage),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(STAGE, PIPELINE, OWNER, ROLE, TEAM, SEGMENT),
    minimum_sample=30,
    maturity_days=90,
    owner="sales-ops",
    basis=f"{ENTERED} Any later stage counts, also when the next one was skipped.",
    events="deals that entered a stage",
)

STAGE_WIN_RATE = Metric(
    id="stage_win_rate",
    name="Win rate from a stage",
    question="Of the deals that entered a stage, what share have we won?",
    formula="stage entries after which the deal was won / stage entries",
    fact=facts.stage_transition,
    date=entry.entered_date,
    numerator=count_where(entry.is_first_entry & entry.is_open_stage & entry.is_won),
    denominator=count_where(entry.is_first_entry & entry.is_open_stage),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(STAGE, PIPELINE, OWNER, ROLE, TEAM, SEGMENT),
    minimum_sample=30,
    maturity_days=90,
    owner="sales-ops",
    basis=ENTERED,
    events="deals that entered a stage",
)

TIME_IN_STAGE = Metric(
    id="time_in_stage",
    name="Time in stage",
    question="How long does a deal stay in a stage?",
    formula="median time from entering to leaving, over stays in a stage that ended in the period",
    fact=facts.stage_transition,
    date=entry.exited_date,
    numerator=sum_of(entry.stage_seconds, where=entry.is_open_stage),
    denominator=count_where(entry.is_open_stage & entry.stage_seconds.is_not(None)),
    distribution=sa.case((entry.is_open_stage, entry.stage_seconds)),
    headline="median",
    unit="seconds",
    better="lower",
    slices=(STAGE, PIPELINE, OWNER, ROLE, TEAM, SEGMENT),
    minimum_sample=5,
    owner="sales-ops",
    basis="By the day the deal left the stage; each stay counts separately.",
    events="stays in a stage",
)


def _stays(condition: sa.ColumnElement[bool]) -> Part:
    """Deals in an open stage at the period's moment for which a condition holds."""
    return Part(
        fact=open_stage,
        date=entry.entered_date,
        timing="prepared",
        measure=count_where(condition),
    )


STALLED_DEALS = Metric(
    id="stalled_deals",
    name="Stalled deals",
    question="How many open deals have been in their stage longer than deals usually take?",
    formula="open deals that have been in their stage longer than three quarters of the deals that were later won",
    parts={
        "stalled": _stays(open_stage.c.is_stalled),
        "known": _stays(open_stage.c.is_stalled.is_not(None)),
        "unknown": _stays(open_stage.c.is_stalled.is_(None)),
    },
    # Nothing, rather than none, where of no stage it is known how long deals stay.
    numerator=if_known(total("stalled"), total("known"), total("unknown")),
    sample=total("known"),
    excluded=total("unknown"),
    not_known="No won deal is known to have left these stages.",
    unit="count",
    better="lower",
    slices=(STAGE, PIPELINE, OWNER, ROLE, TEAM, SEGMENT),
    grains=("week", *MONTHLY),
    owner="sales-ops",
    basis=f"{AT_THE_END} The limit is the third quartile of all stays in the stage that ended before "
    "the as-of, of deals won by then. Deals in a stage that no such deal has left are left out "
    "and counted.",
    events="open deals",
)
