"""JSON as the CRMs send it."""

from __future__ import annotations

import orjson
import pytest

from include.core import lenient_json


def test_half_a_character_costs_only_itself() -> None:
    content = rb'{"id": 12345678901234567, "name": "caf\u00e9 \ud83d"}'
    assert lenient_json.loads(content) == {"id": 12345678901234567, "name": "café ?"}


@pytest.mark.parametrize(
    "content",
    [b"<html>", b'{"name": "\\ud83d', b'{"share": NaN}', b"\xff", b"[" * 100_000 + b"]" * 100_000],
    ids=["page", "cut", "no number", "no text", "deep"],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        lenient_json.loads(content)
