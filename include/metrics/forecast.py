"""Metrics of what we expect to win, and how fast."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.bookings import (
    CREDITED,
    HAS_AMOUNT,
    IS_DECIDED,
    UNKNOWN_CREDITS,
    counted_once,
)
from include.metrics.metric import MONTHLY, Metric, Part, count_where, if_known, sum_of, total
from include.metrics.pipeline import AT_THE_END
from include.metrics.prepared.due import due_deal
from include.metrics.quota import PARTLY, PARTLY_KNOWN, QUOTA, UNKNOWN_QUOTA, WON_CREDIT
from include.metrics.slices import CHANNEL, OWNER, PIPELINE, ROLE, SEGMENT, TEAM
from include.metrics.wanted import stands_at, wanted_period
from include.tables import facts

deal = facts.deal.c
wanted = wanted_period.c
due = due_deal.c
AT_THE_BEGINNING = stands_at(facts.deal, wanted.start_at)


def _won(measure: sa.ColumnElement[int]) -> Part:
    """Deals won in the period."""
    return Part(fact=facts.deal, date=deal.closed_date, where=deal.is_won, measure=measure)


WON_AMOUNT = _won(sum_of(deal.deal_amount, where=deal.is_won))
UNPRICED = _won(count_where(deal.is_won & ~HAS_AMOUNT))


def _due(measure: sa.ColumnElement[int]) -> Part:
    """Deals open and expected to close within the period, as they stand at its moment."""
    return Part(fact=due_deal, date=deal.expected_close_date, timing="prepared", measure=measure)


def _was_due(measure: sa.ColumnElement[int]) -> Part:
    """Deals open and expected to close within the period, as they stood when it began."""
    return Part(
        fact=facts.deal,
        date=deal.expected_close_date,
        where=deal.is_open,
        on=AT_THE_BEGINNING,
        measure=measure,
    )


WON_SINCE = "A deal since reported as won within the period counts as won, not as expected."
NO_WEIGHT = "Deals without an amount or a probability are left out and counted."
NONE_KNOWN = "If no deal has both, there is no value."


def _known(amount_name: str) -> dict[str, Part]:
    """Of the deals due, how many have an amount, as `deals`, and how many others there are."""
    is_known = due[amount_name].is_not(None)
    return {"deals": _due(count_where(is_known)), "unknown": _due(count_where(~is_known))}


def _if_known(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A value of deals due, of which there are none or some are known: else nobody forecast nothing."""
    return if_known(value, total("deals"), total("unknown"))


PIPELINE_COVERAGE = Metric(
    id="pipeline_coverage",
    name="Pipeline coverage",
    question="How many times over does the open pipeline cover what is still to be won in the period?",
    formula="amounts of open deals expected to close in the period / (quota - won revenue so far)",
    parts={
        "open": _due(sum_of(due.deal_amount, where=due.deal_id.is_not(None))),
        **_known("deal_amount"),
        # As in quota attainment: who shared a deal has won a share of it.
        "won": WON_CREDIT,
        **UNKNOWN_CREDITS,
        "quota": QUOTA,
        "unknown_quota": UNKNOWN_QUOTA,
        "partly": PARTLY,
    },
    numerator=_if_known(total("open")),
    denominator=total("quota") - total("won"),
    sample=total("deals"),
    excluded=total("unknown") + counted_once("unknown") + total("unknown_quota"),
    partly=total("partly") + total("unknown_quota"),
    partly_reason=PARTLY_KNOWN,
    zero_denominator="The quota is already reached, or there is none for the period.",
    unit="ratio",
    better="higher",
    slices=(OWNER, ROLE, TEAM),
    grains=MONTHLY,
    owner="sales-ops",
    basis=f"{AT_THE_END} {WON_SINCE} Only quotas that lie within the period count; a quarterly "
    f"quota says nothing about a month. {CREDITED} Open deals belong to their owner at that time. "
    "Deals without a usable amount, open or won, are left out and counted.",
    events="open deals expected to close in the period",
)

FORECAST = Metric(
    id="forecast",
    name="Forecast",
    question="How much do we expect to have won by the end of the period?",
    formula="won revenue of the period so far + sum of amount x probability of open deals expected "
    "to close in the period",
    parts={
        "won": WON_AMOUNT,
        "weighted": _due(sum_of(due.weighted_amount, where=due.deal_id.is_not(None))),
        **_known("weighted_amount"),
        "won_deals": _won(count_where(deal.is_won & HAS_AMOUNT)),
        "unpriced": UNPRICED,
    },
    numerator=total("won") + total("weighted"),
    sample=total("won_deals") + total("deals"),
    excluded=total("unknown") + total("unpriced"),
    unit="money",
    better="higher",
    slices=(OWNER, ROLE, TEAM, PIPELINE),
    grains=MONTHLY,
    owner="sales-ops",
    basis=f"{AT_THE_END} {WON_SINCE} Probabilities are the CRM's own, 0 to 1. {NO_WEIGHT}",
    events="deals won or expected to close in the period",
)

_HAD_WEIGHT = deal.weighted_amount.is_not(None)
AT_THE_START = {
    "forecast": _was_due(sum_of(deal.weighted_amount, where=deal.is_open)),
    "deals": _was_due(count_where(deal.is_open & _HAD_WEIGHT)),
    "unknown": _was_due(count_where(deal.is_open & ~_HAD_WEIGHT)),
}

FORECAST_AT_START = Metric(
    id="forecast_at_start",
    name="Forecast at the start",
    question="How much did we expect to win when the period began?",
    formula="sum of amount x probability of deals open at the start of the period and expected to "
    "close in it",
    parts=AT_THE_START,
    numerator=_if_known(total("forecast")),
    sample=total("deals"),
    excluded=total("unknown"),
    unit="money",
    better="neutral",
    slices=(OWNER, ROLE, TEAM, PIPELINE),
    grains=MONTHLY,
    owner="sales-ops",
    basis=f"As the deals stood at the first instant of the period. {NO_WEIGHT} {NONE_KNOWN}",
    events="deals expected to close in the period",
)

FORECAST_ACCURACY = Metric(
    id="forecast_accuracy",
    name="Forecast accuracy",
    question="How close did the forecast at the start of the period come to what we won?",
    formula="1 - |won revenue - forecast at the start| / won revenue",
    parts={
        "won": WON_AMOUNT,
        "unpriced": UNPRICED,
        **AT_THE_START,
    },
    numerator=_if_known(total("won") - sa.func.abs(total("won") - total("forecast"))),
    denominator=total("won"),
    sample=total("deals"),
    excluded=total("unknown") + total("unpriced"),
    zero_denominator="Nothing was won in the period.",
    unit="rate",
    better="higher",
    slices=(OWNER, ROLE, TEAM, PIPELINE),
    grains=MONTHLY,
    whole_periods=True,
    owner="sales-ops",
    basis="Below zero when the forecast was more than twice what was won. Whole periods only. "
    f"{NO_WEIGHT} {NONE_KNOWN}",
    events="deals in the forecast",
)

_OPEN = Part(
    fact=facts.deal,
    date=deal.created_date,
    timing="snapshot",
    where=deal.is_open,
    measure=count_where(deal.is_open),
)


def _closed(condition: sa.ColumnElement[bool], value: sa.ColumnElement[int] | None = None) -> Part:
    """Deals won or lost in the period for which a condition holds: their number, or a sum."""
    return Part(
        fact=facts.deal,
        date=deal.closed_date,
        where=IS_DECIDED,
        measure=count_where(condition) if value is None else sum_of(value, where=condition),
    )


SALES_VELOCITY = Metric(
    id="sales_velocity",
    name="Sales velocity",
    question="How much do we win per day at the current pace?",
    formula="open deals x close rate x average purchase value / mean sales cycle in days",
    parts={
        "open": _OPEN,
        "closed": _closed(IS_DECIDED),
        "won": _closed(deal.is_won),
        "priced": _closed(deal.is_won & deal.deal_amount.is_not(None)),
        "amount": _closed(deal.is_won, deal.deal_amount),
        "timed": _closed(deal.is_won & deal.cycle_days.is_not(None)),
        "days": _closed(deal.is_won, deal.cycle_days),
        "left_out": _closed(deal.is_won & (~HAS_AMOUNT | deal.cycle_days.is_(None))),
    },
    numerator=total("open")
    * safe_divide(total("won"), total("closed"))
    * safe_divide(total("amount"), total("priced")),
    denominator=safe_divide(total("days"), total("timed")),
    sample=total("won"),
    excluded=total("left_out"),
    zero_denominator="Nothing was won in the period, or on the day it was created.",
    unit="money",
    better="higher",
    slices=(OWNER, ROLE, TEAM, PIPELINE, CHANNEL, SEGMENT),
    grains=MONTHLY,
    minimum_sample=5,
    owner="sales-ops",
    basis="An amount per day. Open deals are those at the end of the period; rate, value and "
    "cycle are of deals closed in it. Won deals without a usable amount are left out of the "
    "value, and those closed before they were created out of the cycle; both are counted.",
    events="won deals",
)
