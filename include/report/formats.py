"""How figures look. One rounding per kind of figure, so that one figure looks the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
_SCALES = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)
_HOUR, _DAY = 3600, 86400


class Formats:
    """Figures in one locale and one currency. Units never wrap away from their number."""

    def __init__(self, locale: str, currency: str) -> None:
        self.locale = Locale.parse(locale)
        self.currency = currency
        self._by_unit: dict[str, Callable[[Decimal], str]] = {
            "money": self.money,
            "count": self.count,
            "rate": self.rate,
            "days": self.days,
            "seconds": self.seconds,
            "months": self.months,
            "points": self.points,
            "ratio": self.ratio,
        }

    def value(self, unit: str, number: Decimal) -> str:
        """A figure in its unit: money, count, rate (0..1), days, seconds, months, points, ratio."""
        return self._by_unit[unit](number)

    def money(self, number: Decimal) -> str:
        """Three significant digits with k, M or bn; `$412k`, `412k €`."""
        scaled, suffix = _scaled(number)
        digits = _digits(scaled) if suffix or 0 < abs(scaled) < 10 else 0
        text = format_currency(
            _rounded(scaled, digits),
            self.currency,
            self._currency_pattern(digits),
            self.locale,
            currency_digits=False,
        )
        return _tidy(_after_last_digit(text, suffix))

    def count(self, number: Decimal) -> str:
        """Exact up to 9,999, then three significant digits with k, M or bn."""
        if abs(number) < 10_000:
            return _tidy(format_decimal(_rounded(number, 0), "#,##0", self.locale))
        scaled, suffix = _scaled(number)
        return _tidy(self._decimal(scaled, _digits(scaled)) + suffix)

    def rate(self, number: Decimal) -> str:
        """A share as a percentage with one decimal."""
        return self._percent(number, 1)

    def days(self, number: Decimal) -> str:
        """Days, with a decimal below ten."""
        rounded = _rounded(number, 1 if abs(number) < 10 else 0)
        word = "day" if abs(rounded) == 1 else "days"
        text = format_decimal(rounded, "#,##0.#", self.locale)
        return _tidy(f"{text}{NO_BREAK_SPACE}{word}")

    def seconds(self, number: Decimal) -> str:
        """The two largest units: `45 s`, `14 m`, `2 h 14 m`, `3 d 4 h`."""
        total = int(_rounded(abs(number), 0))
        sign = MINUS if number < 0 and total else ""
        if total < 60:
            parts = [(total, "s")]
        elif (minutes := (total + 30) // 60) < 60:
            parts = [(minutes, "m")]
        elif minutes < 48 * 60:
            parts = [(minutes // 60, "h"), (minutes % 60, "m")]
        else:
            hours = (total + _HOUR // 2) // _HOUR
            parts = [(hours // 24, "d"), (hours % 24, "h")]
        shown = [
            f"{self.count(Decimal(amount))}{NO_BREAK_SPACE}{unit}"
            for position, (amount, unit) in enumerate(parts)
            if amount or position == 0
        ]
        return sign + NO_BREAK_SPACE.join(shown)

    def months(self, number: Decimal) -> str:
        """Months, with a decimal below a hundred: `7.5 months`."""
        rounded = _rounded(number, 1 if abs(number) < 100 else 0)
        word = "month" if abs(rounded) == 1 else "months"
        text = format_decimal(rounded, "#,##0.#", self.locale)
        return _tidy(f"{text}{NO_BREAK_SPACE}{word}")

    def points(self, number: Decimal) -> str:
        """A score that may be below zero, always with its sign: `+32`, `−4`, `0`."""
        rounded = _rounded(number, 0)
        text = self._decimal(rounded, 0)
        return _signed(text, rounded) if rounded else text

    def ratio(self, number: Decimal) -> str:
        """How many times over, with the sign for times; two decimals below one."""
        return f"{self._decimal(number, _ratio_digits(number))}{TIMES}"

    def of(self, part: Decimal, whole: Decimal) -> str:
        """Counts in place of a rate: `3 of 11`."""
        return f"{self.count(part)}{NO_BREAK_SPACE}of{NO_BREAK_SPACE}{self.count(whole)}"

    def difference(self, unit: str, number: Decimal, of: Decimal) -> str:
        """A signed difference in its unit, as exact as the figure it is `of`; rates in points."""
        if unit == "rate":
            return f"{_signed(self._decimal(number * 100, 1), number)}{NO_BREAK_SPACE}pp"
        if unit == "points":
            word = "point" if abs(_rounded(number, 0)) == 1 else "points"
            return f"{self.points(number)}{NO_BREAK_SPACE}{word}"
        if unit == "ratio":
            return f"{_signed(self._decimal(number, _ratio_digits(of)), number)}{TIMES}"
        if unit == "days" and abs(of) >= 10:
            number = _rounded(number, 0)
        return _signed(self.value(unit, number), number)

    def change(self, share: Decimal) -> str:
        """A signed relative change: `+6.1%`."""
        return _signed(self._percent(share, 1 if abs(share) < 1 else 0), share)

    def _percent(self, number: Decimal, digits: int) -> str:
        """A share as a percentage in the locale's form."""
        pattern = self.locale.percent_formats[None].pattern
        decimals = "." + "0" * digits if digits else ""
        pattern = re.sub(r"0(?=[^0]*$)", f"0{decimals}", pattern)
        return _tidy(format_percent(_rounded(number, digits + 2), pattern, self.locale))

    def _decimal(self, number: Decimal, digits: int) -> str:
        """A number with a fixed count of decimals."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _tidy(format_decimal(_rounded(number, digits), pattern, self.locale))

    def _currency_pattern(self, digits: int) -> str:
        """The locale's money pattern with a fixed count of decimals."""
        pattern = self.locale.currency_formats["standard"].pattern
        decimals = "." + "0" * digits if digits else ""
        return re.sub(r"\.0+", decimals, pattern)


def _scaled(number: Decimal) -> tuple[Decimal, str]:
    """The number in thousands, millions or billions where it is that large once rounded."""
    rounded = _THREE_DIGITS.plus(number)
    for size, suffix in _SCALES:
        if abs(rounded) >= size:
            return rounded / size, suffix
    return number, ""


def _digits(scaled: Decimal) -> int:
    """Decimals that make three significant digits of a number below 1,000."""
    return 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0


def _ratio_digits(ratio: Decimal) -> int:
    """Decimals a ratio is printed with."""
    return 2 if abs(ratio) < 1 else 1 if abs(ratio) < 100 else 0


def _rounded(number: Decimal, digits: int) -> Decimal:
    """Rounded half away from zero, as people expect; nothing is not less than nothing."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def _after_last_digit(text: str, suffix: str) -> str:
    """`412 EUR` and `k` make `412k EUR`."""
    return re.sub(r"(\d)(?=\D*$)", rf"\g<1>{suffix}", text, count=1)


def _signed(text: str, number: Decimal) -> str:
    """A plus where there is no minus; neither where rounding leaves nothing."""
    is_nothing = not any(int(character) for character in text if character.isdecimal())
    return text if number < 0 or is_nothing else f"+{text}"


def _tidy(text: str) -> str:
    """A real minus, and no place to break a line."""
    return text.replace("-", MINUS).replace(" ", NO_BREAK_SPACE).replace("\u202f", NO_BREAK_SPACE)
