"""JSON as the CRMs send it, which cut text within a character now and then."""

from __future__ import annotations

import json
from typing import Any

import orjson


def loads(content: bytes) -> Any:
    """The document; half of a character that is written in two halves, as an emoji is, becomes `?`.

    Raises:
        orjson.JSONDecodeError: it is no JSON.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        # Python's own reader takes half a character, which no UTF-8 can hold.
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            raise error from None
        return orjson.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
