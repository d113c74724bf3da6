"""How HubSpot cuts what it gives into pages, and how it writes the cursor to the next one.

With `short_pages` a page may be short or empty though more follows. A listing by position then has
places where nothing stands, and a listing by id a cursor that counts its pages.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

from include.sandbox.hubspot_errors import invalid
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.messages import Request

# By position: of each 600 places 200 are empty, 100 are not, 100 are empty, 200 are not.
_PERIOD, _FIRST_HELD, _FIRST_HELD_END, _SECOND_HELD = 600, 200, 300, 400
_HELD_PER_PERIOD = 300
# By id: a page is empty, half full, full, and so on.
_TURNS = 3


class Paging:
    """Pages as the service's trouble has them."""

    def __init__(self, trouble: HubSpotTrouble) -> None:
        self._trouble = trouble

    def by_position(self, start: int, limit: int, count: int) -> tuple[slice, int | None]:
        """What a page from `start` on holds of `count` entries, and where the next one starts."""
        first, last = self._held_before(start), self._held_before(start + limit)
        return slice(first, last), start + limit if last < count else None

    def by_id(self, cursor: int, limit: int) -> tuple[int, int, int]:
        """The id a page begins behind, how many records it holds, and its turn."""
        if not self._trouble.short_pages:
            return cursor, limit, 0
        last_id, turn = divmod(cursor, _TURNS)
        return last_id, (0, max(1, limit // 2), limit)[turn], turn

    def cursor_behind(self, last_id: int, turn: int) -> int:
        """The cursor of the page that follows one in this turn and begins behind an id."""
        if not self._trouble.short_pages:
            return last_id
        return last_id * _TURNS + (turn + 1) % _TURNS

    def read(self, after: Any, is_search: bool = False) -> int:
        """The cursor a request names, 0 at the beginning; a search's is a position in any case.

        Raises:
            ApiError: it is no cursor.
        """
        text = str(after if after is not None else "")
        if self._trouble.after == "opaque" and text and not is_search:
            try:
                text = base64.b64decode(text, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                text = "none"
        if text and not (text.isascii() and text.isdigit()):
            raise invalid("Unable to parse value for query parameter: after")
        return int(text or 0)

    def after(self, cursor: int, is_search: bool = False) -> str | int:
        """A cursor as answers give it."""
        if self._trouble.after == "number":
            return cursor
        if self._trouble.after == "opaque" and not is_search:
            return base64.b64encode(str(cursor).encode()).decode()
        return str(cursor)

    def next(self, request: Request, cursor: int) -> dict[str, Any]:
        """`paging` of an answer to a GET: every other parameter stays in the link."""
        after = self.after(cursor)
        query = {name: values for name, values in request.query.items() if name != "after"}
        address = f"{request.base_url}{request.path}"
        link = f"{address}?{urlencode({**query, 'after': after}, doseq=True)}"
        return {"next": {"after": after, "link": link}}

    def _held_before(self, position: int) -> int:
        """How many entries stand before a position."""
        if not self._trouble.short_pages:
            return position
        periods, place = divmod(position, _PERIOD)
        first = min(max(place - _FIRST_HELD, 0), _FIRST_HELD_END - _FIRST_HELD)
        return periods * _HELD_PER_PERIOD + first + max(place - _SECOND_HELD, 0)
