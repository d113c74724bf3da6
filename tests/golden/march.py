"""The examples of March, all in one org."""

from __future__ import annotations

from typing import Any

from include.core.settings import Settings
from tests.golden import (
    adoption,
    bills,
    campaigns,
    carts,
    opportunities,
    quotas,
    service,
    subscriptions,
    surveys,
)
from tests.golden.org import MASTER, Org

FAMILIES = (
    adoption, opportunities, bills, campaigns, quotas, subscriptions, service, surveys, carts,
)  # fmt: skip
ANSWERS = tuple(answer for family in FAMILIES for answer in family.ANSWERS)


def fill(org: Org) -> None:
    """Put the records of all families into the org."""
    org.pipelines(MASTER)
    for family in FAMILIES:
        family.fill(org)


def changes(org: Org) -> list[dict[str, Any]]:
    """Nothing."""
    return []


def choose(settings: Settings) -> Settings:
    """The choices of all families."""
    for family in (opportunities, subscriptions, service, carts):
        settings = family.choose(settings)
    return settings
