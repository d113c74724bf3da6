"""The report's tables: who sold what, and where it came from."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from include.metrics.metric import Metric
from include.report import executive_weekly as report
from include.report.cards import reason_of
from include.report.comparison import printed
from include.report.content import Contribution, Row, Table
from include.report.edition import Edition
from include.report.figures import Figure
from include.report.week import Week

# The share of a change one member must make up to be named for it.
LARGE_SHARE = Decimal("0.4")
NO_FIGURE = "n/a"
TABLE_ROWS = 10
# Names of 120 Japanese letters in every row made the mail larger than clients show, so nobody got it.
LONGEST_NAME = 60
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
# Marks by which a name would turn around what stands behind it.
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
OWNER_TITLE, CHANNEL_TITLE = "Sales by owner", "Won revenue by channel"


def sales_by_owner(amount: Metric, rate: Metric, edition: Edition) -> Table | None:
    """One row per owner: won amount, deals won, close rate; None without any owner."""
    figures, week, formats = edition.figures, edition.week, edition.formats
    register = edition.register
    members = [
        *figures.members(amount.id, "owner", week),
        *figures.unknown_members(amount.id, "owner", week),
    ]
    rows = []
    for figure in members[:TABLE_ROWS]:
        cell_id = f"owners.{figure.slice_value}"
        closed = figures.member(rate.id, "owner", figure.slice_value, week)
        deals = Decimal(figure.sample_count)
        rows.append(
            Row(
                _name(figure),
                (
                    _cell(f"{cell_id}.won", figure, amount, edition),
                    register.enter(f"{cell_id}.deals", amount.id, deals, formats.count(deals)),
                    _cell(f"{cell_id}.close_rate", closed, rate, edition),
                ),
            )
        )
    if not rows:
        return None
    return Table(
        title=OWNER_TITLE,
        note=" ".join(
            (
                f"Close rates based on fewer than {rate.minimum_sample} closed deals are shown as counts.",
                *_unpriced(amount, edition),
                *_incomplete(amount, "owner", edition),
            )
        ),
        heads=("Owner", "Won", "Deals won", "Close rate"),
        rows=tuple(rows),
        left_out=_left_out(len(members) - len(rows), "owner"),
    )


def revenue_by_channel(revenue: Metric, edition: Edition) -> Table | None:
    """One row per channel of either week: this week with a bar, and the week before; None without any.

    Who sold nothing this week is not left out: it may be what became of the week's revenue.
    """
    figures, week = edition.figures, edition.week
    if figures.withheld_member(revenue.id, "channel", week) is not None:
        return None
    weeks = (week, week.back(1))
    members = dict.fromkeys(
        row.slice_value
        for each in weeks
        for row in figures.members(revenue.id, "channel", each)
        if row.value
    ) | dict.fromkeys(
        row.slice_value for row in figures.unknown_members(revenue.id, "channel", week)
    )
    amounts = [_of_channel(revenue, member, week, edition) for member in members]
    largest = max((amount for amount in amounts if amount), default=Decimal(0))
    rows = []
    for member, amount in list(zip(members, amounts, strict=True))[:TABLE_ROWS]:
        sides = [figures.member(revenue.id, "channel", member, each) for each in weeks]
        named = next(side for side in sides if side is not None)
        rows.append(
            Row(
                _name(named),
                tuple(
                    _channel_cell(f"channels.{member}.{name}", revenue, member, each, edition)
                    for name, each in zip(("value", "week_before"), weeks, strict=True)
                ),
                bar_percent=max(1, int(100 * amount / largest)) if amount and largest > 0 else 0,
            )
        )
    if not rows:
        return None
    return Table(
        title=CHANNEL_TITLE,
        note=" ".join(_incomplete(revenue, "channel", edition)),
        heads=("Channel", "This week", "Week before"),
        rows=tuple(rows),
        left_out=_left_out(len(members) - len(rows), "channel"),
    )


def _of_channel(revenue: Metric, member: str, week: Week, edition: Edition) -> Decimal | None:
    """What a channel sold in a week; None where that is not known.

    One without events has no row: where the week's total is whole and its channels are told, it has
    sold nothing.
    """
    figures = edition.figures
    figure = figures.member(revenue.id, "channel", member, week)
    if figure is not None:
        return figure.value if figure.is_usable else None
    whole = figures.total(revenue.id, week)
    if whole is None or not whole.is_comparable:
        return None
    is_told = bool(figures.members(revenue.id, "channel", week)) or not whole.value
    return Decimal(0) if is_told else None


def _channel_cell(cell_id: str, revenue: Metric, member: str, week: Week, edition: Edition) -> str:
    """What a channel sold in a week, as printed."""
    amount = _of_channel(revenue, member, week, edition)
    if amount is None:
        return NO_FIGURE
    text = edition.formats.value(revenue.unit, amount)
    return edition.register.enter(cell_id, revenue.id, amount, text)


def contribution(revenue: Metric, edition: Edition, shown: Table | None) -> Contribution | None:
    """The channel that makes up most of revenue's change, if one stands out and the table shows it."""
    figures, week, formats = edition.figures, edition.week, edition.formats
    now, before = figures.total(revenue.id, week), figures.total(revenue.id, week.back(1))
    if now is None or before is None or not (now.is_comparable and before.is_comparable):
        return None
    assert now.value is not None
    assert before.value is not None
    change = now.value - before.value
    parts: list[tuple[Decimal, Figure | None, Figure | None]] = []
    weeks = (week, week.back(1))
    for member in dict.fromkeys(
        row.slice_value for each in weeks for row in figures.members(revenue.id, "channel", each)
    ):
        figure, earlier = (figures.member(revenue.id, "channel", member, each) for each in weeks)
        if any(side is not None and not side.is_comparable for side in (figure, earlier)):
            # It may be the largest of all.
            return None
        parts.append((_amount(figure) - _amount(earlier), figure, earlier))
    parts = [part for part in parts if part[0] * change > 0]
    if not parts:
        return None
    part, figure, earlier = max(parts, key=lambda candidate: abs(candidate[0]))
    labels = {row.label for row in shown.rows} if shown else set()
    if figure is None or earlier is None or _name(figure) not in labels:
        return None
    if abs(part) < LARGE_SHARE * abs(change):
        return None
    return Contribution(
        _name(figure), printed(figure, revenue, formats), printed(earlier, revenue, formats)
    )


def tables_not_shown(edition: Edition) -> list[str]:
    """One line per table that is not there because none of its figures may be printed."""
    lines = []
    for title, metric_id, slice_id in (
        (OWNER_TITLE, report.OWNER_METRIC_ID, "owner"),
        (CHANNEL_TITLE, report.CHANNEL_METRIC_ID, "channel"),
    ):
        figure = edition.figures.withheld_member(metric_id, slice_id, edition.week)
        if figure is not None:
            lines.append(f"{title} is not shown. {reason_of(figure)}")
    return lines


def _incomplete(metric: Metric, slice_id: str, edition: Edition) -> list[str]:
    """A sentence for each of the two weeks of which a member's figure lacks something."""
    figures, week = edition.figures, edition.week
    return [
        f"Figures for {words} are incomplete."
        for words, each in (("this week", week), ("the week before", week.back(1)))
        if any(row.status == "PARTIAL" for row in figures.members(metric.id, slice_id, each))
    ]


def _unpriced(amount: Metric, edition: Edition) -> list[str]:
    """A sentence on deals that are among those won, and in no amount; none where there are none."""
    total = edition.figures.total(amount.id, edition.week)
    if total is None or not (total.is_usable or total.is_unknown) or not total.excluded_count:
        return []
    number = Decimal(total.excluded_count)
    text = edition.formats.count(number)
    edition.register.enter("owners.left_out", amount.id, number, text)
    return [f"Deals won include {text} without a known amount."]


def _amount(figure: Figure | None) -> Decimal:
    """What a member has; a member without events has no row."""
    return (figure.value if figure else None) or Decimal(0)


def _cell(cell_id: str, figure: Figure | None, metric: Metric, edition: Edition) -> str:
    """A table's figure, or that there is none."""
    if figure is None or not figure.is_usable:
        return NO_FIGURE
    text = printed(figure, metric, edition.formats)
    return edition.register.enter(cell_id, metric.id, figure.value, text)


def _name(figure: Figure) -> str:
    """A member's name on one line, as long as all others leave room for; its id where nobody named it.

    What is printed after a name of Hebrew or Arabic letters goes on from left to right, or the digits
    of `€148k` would stand before the name and the k behind it.
    """
    name = " ".join(figure.slice_label.translate(_DIRECTIONS).split()) or figure.slice_value
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1]}…"
    is_right_to_left = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return name + LEFT_TO_RIGHT if is_right_to_left else name


def _left_out(count: int, noun: str) -> str:
    """What the table does not show."""
    return f"{count} more {noun}{'' if count == 1 else 's'} not shown." if count > 0 else ""
