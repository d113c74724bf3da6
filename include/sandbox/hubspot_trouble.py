"""What can go wrong in the sandbox's HubSpot beyond single requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from include.sandbox.trouble import Trouble


@dataclass
class HubSpotTrouble(Trouble):
    """Settings of `control.trouble("hubspot", ...)`; how far search lags is `control.index_lag`.

    `short_pages`: of three pages in a row one is empty, one half full and one full, and each has a
    next one while there is more. `after`: how the cursor of the next page is written. Both are set
    before a reading begins: a cursor is good only under the settings it was given out with.
    `associations_per_page`: links of one record in one answer, the rest is behind its `after`.
    `longest_address`: longer ones are refused with 414, by a gateway. `sends_retry_after`: 429
    says how many seconds to wait. `refuses_token`: the private app's token has been rotated.
    `refuses_unknown_filters`: a filter on a property that does not exist is 400, not nothing found.
    """

    short_pages: bool = False
    after: Literal["text", "number", "opaque"] = "text"
    associations_per_page: int = 500
    longest_address: int = 16_384
    sends_retry_after: bool = False
    refuses_token: bool = False
    refuses_unknown_filters: bool = False
