"""The examples that would disturb those of March, in an org of their own."""

from __future__ import annotations

from typing import Any

from include.core.settings import Settings
from tests.golden import adoption, agreements, leads, margins, stages, subscriptions
from tests.golden.org import MASTER, Org

FAMILIES = (agreements, leads, margins, stages)
ANSWERS = tuple(answer for family in FAMILIES for answer in family.ANSWERS)


def fill(org: Org) -> None:
    """Put the records of all families into the org."""
    org.pipelines(MASTER, stages.FUNNEL, stages.STAY, stages.MOVING)
    adoption.people(org)
    for family in FAMILIES:
        family.fill(org)
    # Not read while there are contracts and subscriptions.
    subscriptions.fill_deals(org)


def changes(org: Org) -> list[dict[str, Any]]:
    """What changes in HubSpot's subscriptions after a first reading of them."""
    return agreements.changes(org)


def choose(settings: Settings) -> Settings:
    """The choices of all families."""
    for family in (agreements, margins):
        settings = family.choose(settings)
    return settings
