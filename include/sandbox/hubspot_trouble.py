"""What can go wrong in the sandbox's HubSpot beyond single requests."""

from __future__ import annotations

from dataclasses import dataclass

from include.sandbox.trouble import Trouble


@dataclass
class HubSpotTrouble(Trouble):
    """Settings of `control.trouble("hubspot", ...)`; how far search lags is `control.index_lag`."""
