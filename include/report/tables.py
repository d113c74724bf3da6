"""The report's tables: who sold what, and where it came from."""

from __future__ import annotations

from decimal import Decimal

from include.metrics.metric import Metric
from include.report.comparison import printed
from include.report.content import Contribution, Row, Table
from include.report.edition import Edition
from include.report.figures import Figure

# The share of a change one member must make up to be named for it.
LARGE_SHARE = Decimal("0.4")
NO_FIGURE = "n/a"
TABLE_ROWS = 10


def sales_by_owner(amount: Metric, rate: Metric, edition: Edition) -> Table | None:
    """One row per owner: won amount, deals won, close rate; None without any owner."""
    figures, week, formats = edition.figures, edition.week, edition.formats
    register = edition.register
    members = figures.members(amount.id, "owner", week)
    rows = []
    for figure in members[:TABLE_ROWS]:
        cell_id = f"owners.{figure.slice_value}"
        closed = figures.member(rate.id, "owner", figure.slice_value, week)
        deals = Decimal(figure.sample_count)
        rows.append(
            Row(
                _name(figure),
                (
                    register.enter(
                        f"{cell_id}.won",
                        amount.id,
                        figure.value,
                        printed(figure, amount, formats),
                    ),
                    register.enter(f"{cell_id}.deals", amount.id, deals, formats.count(deals)),
                    _cell(f"{cell_id}.close_rate", closed, rate, edition),
                ),
            )
        )
    if not rows:
        return None
    return Table(
        title="Sales by owner",
        note=f"Close rates of fewer than {rate.minimum_sample} closed deals are shown as counts.",
        heads=("Owner", "Won", "Deals won", "Close rate"),
        rows=tuple(rows),
        left_out=_left_out(len(members) - len(rows), "owner"),
    )


def revenue_by_channel(revenue: Metric, edition: Edition) -> Table | None:
    """One row per channel: this week with a bar, and the week before; None without any channel."""
    figures, week = edition.figures, edition.week
    members = [row for row in figures.members(revenue.id, "channel", week) if row.value]
    largest = max((row.value for row in members if row.value), default=Decimal(0))
    rows = []
    for figure in members[:TABLE_ROWS]:
        cell_id = f"channels.{figure.slice_value}"
        assert figure.value is not None
        before = figures.member(revenue.id, "channel", figure.slice_value, week.back(1))
        rows.append(
            Row(
                _name(figure),
                (
                    _cell(f"{cell_id}.value", figure, revenue, edition),
                    _cell(f"{cell_id}.week_before", before, revenue, edition),
                ),
                bar_percent=max(1, int(100 * figure.value / largest)) if largest > 0 else 1,
            )
        )
    if not rows:
        return None
    return Table(
        title="Won revenue by channel",
        note="",
        heads=("Channel", "This week", "Week before"),
        rows=tuple(rows),
        left_out=_left_out(len(members) - len(rows), "channel"),
    )


def contribution(revenue: Metric, edition: Edition, shown: Table | None) -> Contribution | None:
    """The channel that makes up most of revenue's change, if one stands out and the table shows it."""
    figures, week, formats = edition.figures, edition.week, edition.formats
    now, before = figures.total(revenue.id, week), figures.total(revenue.id, week.back(1))
    if now is None or before is None or not (now.is_comparable and before.is_comparable):
        return None
    assert now.value is not None
    assert before.value is not None
    change = now.value - before.value
    parts: list[tuple[Decimal, Figure, Figure]] = []
    for figure in figures.members(revenue.id, "channel", week):
        earlier = figures.member(revenue.id, "channel", figure.slice_value, week.back(1))
        if earlier is None or not earlier.is_comparable or not figure.is_comparable:
            continue
        parts.append(
            ((figure.value or Decimal(0)) - (earlier.value or Decimal(0)), figure, earlier)
        )
    labels = {row.label for row in shown.rows} if shown else set()
    parts = [part for part in parts if part[0] * change > 0 and _name(part[1]) in labels]
    if not parts:
        return None
    part, figure, earlier = max(parts, key=lambda candidate: abs(candidate[0]))
    if abs(part) < LARGE_SHARE * abs(change):
        return None
    return Contribution(
        _name(figure), printed(figure, revenue, formats), printed(earlier, revenue, formats)
    )


def _cell(cell_id: str, figure: Figure | None, metric: Metric, edition: Edition) -> str:
    """A table's figure, or that there is none."""
    if figure is None or not figure.is_usable:
        return NO_FIGURE
    text = printed(figure, metric, edition.formats)
    return edition.register.enter(cell_id, metric.id, figure.value, text)


def _name(figure: Figure) -> str:
    """A member's name on one line; its id where nobody named it."""
    return " ".join((figure.slice_label or figure.slice_value).split())


def _left_out(count: int, noun: str) -> str:
    """What the table does not show."""
    return f"{count} more {noun}{'' if count == 1 else 's'} not shown." if count > 0 else ""
