"""One spelling per value, whichever API sent it."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from include.core.canonical import STRING, canonical_frame, canonical_series
from include.core.field import Field


def canonical(text: str | None, type_: str) -> str | None:
    value = canonical_series(pd.Series([text], dtype=STRING), type_).iloc[0]  # type: ignore[arg-type]
    return None if pd.isna(value) else value


@pytest.mark.parametrize(
    ("type_", "spellings", "one"),
    [
        # Bulk CSV, REST JSON, HubSpot ISO, HubSpot milliseconds; 1714060237 s is 15:50:37 UTC.
        (
            "timestamp",
            ["2024-04-25T15:50:37.000Z", "2024-04-25T15:50:37.000+0000", "2024-04-25T17:50:37+02:00", "1714060237000"],
            "2024-04-25T15:50:37.000000+00",
        ),
        ("date", ["2024-04-25", "2024-04-25T00:00:00Z", "1714003200000"], "2024-04-25"),
        ("money", ["23.0", "23", "23.00", "2.3E1", " 23 "], "23"),
        ("decimal", ["1.6147805824397E13", "16147805824397"], "16147805824397"),
        ("decimal", ["-0.0", "0", "0.000"], "0"),
        # PostgreSQL reads no number of more than 16383 decimals, and keeps 10 of them.
        ("decimal", ["1e-20000", "-1e-9999999", "9.9e-12", "0"], "0"),
        ("decimal", ["1.5e-11", "0.000000000015"], "0.000000000015"),
        ("integer", ["5", "5.0"], "5"),
        ("boolean", ["true", "True", "1"], "true"),
        ("boolean", ["false", "FALSE", "0"], "false"),
        ("text", ["NA"], "NA"),
        ("text", ["nan"], "nan"),
    ],
)  # fmt: skip
def test_spellings_of_one_value_read_the_same(type_: str, spellings: list[str], one: str) -> None:
    assert [canonical(spelling, type_) for spelling in spellings] == [one] * len(spellings)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("integer", "5.5"), ("money", "4887502031;7515"), ("money", "NaN"), ("money", "Infinity"),
        ("boolean", "yes"), ("date", "2026-02-30"), ("timestamp", "soon"), ("date", "0001-01-01"),
        ("money", "1e300"), ("integer", "1e-20000"),
        # 10^18 once it is rounded to the six decimals of the column.
        ("money", "999999999999999999.9999999"),
        # 2025-11-24 in seconds; as milliseconds 1970-01-21. The other one, in 2034, is no 31 December.
        ("timestamp", "1764000000"),
        ("date", "2024123100"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_null_and_named(type_: str, text: str) -> None:
    field = Field("Source", "column", type_, "")  # type: ignore[arg-type]
    frame, failures = canonical_frame(
        pd.DataFrame({"Source": ["", text]}, dtype=STRING).replace("", None), [field]
    )
    assert frame["column"].isna().tolist() == [True, True]
    assert failures["column"].tolist() == [False, True]


def test_nul_bytes_are_dropped() -> None:
    assert canonical("a\x00b", "text") == "ab"


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6, allow_nan=False))
def test_numbers_keep_their_value(number: Decimal) -> None:
    spelled = canonical(str(number), "money")
    assert spelled is not None
    assert Decimal(spelled) == number
    assert "E" not in spelled


def test_postgresql_reads_it_back_without_loss(warehouse: sa.Engine) -> None:
    text = {
        "timestamp": "2024-04-25T15:50:37.123+0000",
        "date": "1714003200000",
        "money": "1E3",
        "boolean": "TRUE",
    }
    spelled = {type_: canonical(value, type_) for type_, value in text.items()}
    with warehouse.connect() as connection:
        row = connection.execute(
            sa.text(
                "select cast(:timestamp as timestamptz), cast(:date as date), cast(:money as numeric),"
                " cast(:boolean as boolean)"
            ),
            spelled,
        ).one()
    assert row[0].isoformat() == "2024-04-25T15:50:37.123000+00:00"
    assert row[1].isoformat() == "2024-04-25"
    assert row[2] == 1000
    assert row[3] is True
