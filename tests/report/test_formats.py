"""Figures as readers see them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.metrics.catalogue import CATALOGUE
from include.report.formats import TIMES, Formats

AMERICAN, GERMAN = Formats("en_US", "EUR"), Formats("de_DE", "EUR")


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("number", "american", "german"),
    [
        ("0", "€0", "0 €"),
        ("4.5", "€4.50", "4,50 €"),
        ("412", "€412", "412 €"),
        ("999.6", "€1.00k", "1,00k €"),  # rounds up into the next scale
        ("9994", "€9.99k", "9,99k €"),
        ("412345", "€412k", "412k €"),
        ("999600", "€1.00M", "1,00M €"),
        ("2144000", "€2.14M", "2,14M €"),
        ("31500000000", "€31.5bn", "31,5bn €"),
        ("-38400", "−€38.4k", "−38,4k €"),
    ],
)
def test_money_has_three_digits(number: str, american: str, german: str) -> None:
    assert plain(AMERICAN.money(Decimal(number))) == american
    assert plain(GERMAN.money(Decimal(number))) == german


@pytest.mark.parametrize(
    ("unit", "number", "text"),
    [
        ("count", "0", "0"),
        ("count", "9999", "9,999"),
        ("count", "12345", "12.3k"),
        ("rate", "0.2413", "24.1%"),
        ("rate", "1", "100.0%"),
        ("days", "1", "1 day"),
        ("days", "7.46", "7.5 days"),
        ("days", "31.67", "32 days"),
        ("seconds", "45", "45 s"),
        ("seconds", "840", "14 m"),
        ("seconds", "3599", "1 h"),  # rounds to the hour, not to 60 m
        ("seconds", "8040", "2 h 14 m"),
        ("seconds", "273600", "3 d 4 h"),
        ("seconds", "-8040", "−2 h 14 m"),
        ("months", "7.46", "7.5 months"),
        ("months", "1", "1 month"),
        ("months", "120.4", "120 months"),
        ("points", "32.4", "+32"),
        ("points", "-4.2", "−4"),
        ("points", "0.3", "0"),
        ("points", "-0.3", "0"),
        ("seconds", "-0.3", "0 s"),
        ("ratio", "2.5", "2.5" + TIMES),
        ("ratio", "0.034", "0.03" + TIMES),
        ("ratio", "140.6", "141" + TIMES),
    ],
)
def test_each_unit_has_one_form(unit: str, number: str, text: str) -> None:
    assert plain(AMERICAN.value(unit, Decimal(number))) == text


@pytest.mark.parametrize(
    ("unit", "number", "of", "text"),
    [
        ("rate", "0.0234", "0.25", "+2.3 pp"),
        ("rate", "-0.0234", "0.25", "−2.3 pp"),
        ("days", "-4.6", "40.9", "−5 days"),
        ("days", "-0.6", "7", "−0.6 days"),
        ("days", "-0.3", "41.2", "0 days"),
        ("rate", "0.0003", "0.25", "0.0 pp"),
        ("rate", "-0.0003", "0.25", "0.0 pp"),
        ("seconds", "2100", "9000", "+35 m"),
        ("count", "2", "5", "+2"),
        ("months", "-0.5", "7.5", "−0.5 months"),
        ("points", "7.2", "32", "+7 points"),
        ("points", "-1.2", "32", "−1 point"),
        ("points", "0.2", "32", "0 points"),
        ("ratio", "0.24", "2.5", "+0.2" + TIMES),
        ("ratio", "-0.024", "0.5", "−0.02" + TIMES),
    ],
)
def test_differences_are_signed_and_in_their_unit(
    unit: str, number: str, of: str, text: str
) -> None:
    assert plain(AMERICAN.difference(unit, Decimal(number), Decimal(of))) == text


def test_relative_changes() -> None:
    assert AMERICAN.change(Decimal("0.0614")) == "+6.1%"
    assert AMERICAN.change(Decimal("-0.0614")) == "−6.1%"
    assert AMERICAN.change(Decimal("2.5")) == "+250%"
    assert plain(GERMAN.change(Decimal("0.0614"))) == "+6,1 %"


def test_a_currency_without_cents_is_no_trouble() -> None:
    assert Formats("en_US", "JPY").money(Decimal("41234567")) == "¥41.2M"


@given(
    st.decimals(Decimal("-1e12"), Decimal("1e12"), places=4), st.sampled_from(["en_US", "en_GB"])
)
def test_money_reads_back_within_half_a_percent(number: Decimal, locale: str) -> None:
    text = Formats(locale, "EUR").money(number)
    parts = re.fullmatch(r"(−?)€([\d.,]+)(k|M|bn)?", text)
    assert parts, text
    scale = {None: 1, "k": 10**3, "M": 10**6, "bn": 10**9}[parts[3]]
    read = Decimal(parts[2].replace(",", "")) * scale * (-1 if parts[1] else 1)
    assert abs(read - number) <= max(abs(number) * Decimal("0.0501"), Decimal("0.005"))
    if abs(number) >= 100:
        assert abs(read - number) <= abs(number) * Decimal("0.00501")


@given(st.decimals(Decimal(0), Decimal(10**7), places=2))
def test_no_text_can_break_before_its_unit(number: Decimal) -> None:
    units = {metric.unit for metric in CATALOGUE}
    assert units == {"money", "count", "rate", "days", "seconds", "months", "points", "ratio"}
    for unit in units:
        assert " " not in GERMAN.value(unit, number)
