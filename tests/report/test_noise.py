"""Change or noise, reckoned by hand."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from include.report.noise import rates_differ, usual_range

EIGHT = [Decimal(value) for value in (10, 12, 10, 12, 10, 12, 10, 12)]


def test_limits_come_from_mean_moving_range() -> None:
    # Mean 11, every step 2: 11 +- 2.66 * 2 = 5.68 .. 16.32; two values differ by up to 3.267 * 2.
    usual = usual_range(EIGHT)
    assert usual is not None
    assert (usual.low, usual.high) == (Decimal("5.68"), Decimal("16.32"))
    assert usual.usual_difference == Decimal("6.534")
    assert [usual.place(Decimal(value)) for value in ("16.32", "16.33", "5.67")] == [
        "inside",
        "above",
        "below",
    ]


def test_seven_points_say_nothing() -> None:
    assert usual_range(EIGHT[:7]) is None


def test_only_the_last_half_year_counts() -> None:
    recent = [Decimal(5)] * 26
    usual = usual_range([Decimal(1000)] * 10 + recent)
    assert usual is not None
    assert (usual.low, usual.high) == (5, 5)


def test_two_shares_differ_when_chance_would_not_do_it() -> None:
    # 30/100 and 50/100: pooled 0.4, error sqrt(0.4*0.6*0.02) = 0.0693, z = 2.89.
    assert rates_differ(Decimal(30), Decimal(100), Decimal(50), Decimal(100))
    # 30/100 and 38/100: pooled 0.34, error 0.0670, z = 1.19.
    assert not rates_differ(Decimal(30), Decimal(100), Decimal(38), Decimal(100))
    # Nothing of both: no spread to compare with, and no difference.
    assert not rates_differ(Decimal(0), Decimal(50), Decimal(0), Decimal(70))


@given(st.lists(st.decimals(-10000, 10000, places=2), min_size=8, max_size=40), st.integers(1, 900))
def test_a_range_moves_and_grows_with_its_values(values: list[Decimal], factor: int) -> None:
    plain, scaled = usual_range(values), usual_range([value * factor + 7 for value in values])
    assert plain is not None
    assert scaled is not None
    tolerance = Decimal("1e-12")
    assert abs(scaled.high - (plain.high * factor + 7)) < tolerance
    assert abs(scaled.low - (plain.low * factor + 7)) < tolerance
    assert plain.low <= plain.high
