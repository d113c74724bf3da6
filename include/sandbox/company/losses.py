"""Why the company lost deals, and who else was after them."""

from __future__ import annotations

import numpy as np

from include.sandbox.company.deals import Deals
from include.sandbox.company.offer import LOST_STAGE

# The fields that hold it, beside HubSpot's own for the reason.
SALESFORCE_REASON, SALESFORCE_COMPETITOR = "Loss_Reason__c", "Competitor__c"
HUBSPOT_COMPETITOR = "competitor"
# What sellers choose when they lose one deal after the other; of some nobody says.
_REASONS = (
    *("Price", "No decision", "Chose a competitor", "No budget", None, "Price", "Missing features"),
    *("Chose a competitor", "Duplicate", "No decision", "Price", "Invalid"),
)
_COMPETITORS = ("Globex", None, "Initech", "Globex", None)
# Those of the reasons that say there was no deal.
REASONS_NOT_COUNTED = ("duplicate", "invalid")


def lost_reasons(deals: Deals, held: np.ndarray) -> list[str | None]:
    """Why each deal was lost; None for those that were not."""
    number, is_lost = deals.number[held].tolist(), (deals.stage[held] == LOST_STAGE).tolist()
    return [
        _REASONS[n % len(_REASONS)] if lost else None
        for n, lost in zip(number, is_lost, strict=True)
    ]


def competitors(deals: Deals, held: np.ndarray) -> list[str | None]:
    """Who else was after each deal, won or not."""
    return [_COMPETITORS[n % len(_COMPETITORS)] for n in deals.number[held].tolist()]
