"""Whole-column sorting and filtering against the same done one record at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.columns import build_column, epoch_milliseconds, sorted_positions

ROWS = st.lists(
    st.tuples(st.none() | st.integers(-3, 3), st.none() | st.sampled_from(["a", "B", "b", "c"])),
    max_size=30,
)


def by_hand(
    rows: list[Any], number_key: tuple[bool, bool], text_key: tuple[bool, bool]
) -> list[int]:
    """Stable Python sorts, the last key first; NULLs are put to their end after each."""
    order = list(range(len(rows)))
    for index, (descending, absent_last) in ((1, text_key), (0, number_key)):

        def value(position: int, index: int = index) -> Any:
            found = rows[position][index]
            return found.casefold() if isinstance(found, str) else found

        held = sorted(
            (p for p in order if rows[p][index] is not None), key=value, reverse=descending
        )
        absent = [p for p in order if rows[p][index] is None]
        order = held + absent if absent_last else absent + held
    return order


@given(ROWS, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_sorting_by_two_keys(
    rows: list[Any], number_down: bool, number_last: bool, text_down: bool, text_last: bool
) -> None:
    numbers = build_column([number for number, _ in rows], "number")
    texts = build_column([text for _, text in rows], "text")
    keys = [(numbers, number_down, number_last), (texts, text_down, text_last)]
    order = sorted_positions(np.arange(len(rows)), keys)
    assert order.tolist() == by_hand(rows, (number_down, number_last), (text_down, text_last))


@given(ROWS, st.integers(-3, 3))
def test_nulls_compare_with_nothing(rows: list[Any], operand: int) -> None:
    numbers = [number for number, _ in rows]
    column = build_column(numbers, "number")
    expected = [n is not None and n <= operand for n in numbers]
    assert column.where("<=", float(operand)).tolist() == expected
    wanted = [n in (operand, operand + 1) for n in numbers]
    assert column.where_in([float(operand), float(operand + 1)]).tolist() == wanted


@pytest.mark.parametrize(
    "written",
    [
        "1772352000000",
        1772352000000,
        "2026-03-01T08:00:00Z",
        "2026-03-01T08:00:00.000+0000",
        "2026-03-01T09:30:00+01:30",
    ],
)
def test_an_instant_is_the_same_however_it_is_written(written: Any) -> None:
    # 20,513 days from 1970-01-01 to 2026-03-01, and 8 hours.
    assert epoch_milliseconds(written) == (20_513 * 24 + 8) * 3_600_000


def test_a_date_is_its_midnight_and_nonsense_is_absent() -> None:
    column = build_column(["2026-03-01", "", None, "soon"], "instant")
    assert column.present.tolist() == [True, False, False, False]
    assert column.values[0] == 20_513 * 24 * 3_600_000
