"""Metrics of shopping carts."""

from __future__ import annotations

from include.metrics.metric import Metric, count_where
from include.metrics.slices import CHANNEL, COUNTRY, SEGMENT, STORE
from include.tables import facts

cart = facts.cart.c

ABANDONMENT_RATE = Metric(
    id="abandonment_rate",
    name="Cart abandonment",
    question="Of the carts opened in the period, what share was left behind?",
    formula="carts idle for abandon_hours and never ordered / carts abandoned or ordered",
    fact=facts.cart,
    date=cart.created_date,
    numerator=count_where(cart.is_abandoned),
    denominator=count_where(cart.is_abandoned | cart.is_completed),
    excluded=count_where(~cart.is_status_known),
    partly=count_where(~cart.is_status_known),
    partly_reason="Some carts have a status that customers.yaml does not explain; they are left out.",
    configured_in="include/config/customers.yaml, under carts",
    configured_where=cart.is_status_known,
    timing="cohort",
    unit="rate",
    better="lower",
    slices=(STORE, CHANNEL, SEGMENT, COUNTRY),
    minimum_sample=30,
    # Left behind is only what has lain idle since, and what is ordered after that is taken back.
    maturity_days=30,
    owner="marketing-ops",
    basis="By the day the cart was opened. Empty carts do not count, nor do carts that may still "
    "be ordered. A cart that is ordered after all no longer counts as abandoned.",
    events="carts abandoned or ordered",
)
