"""What a snapshot says, as records: made once, shown by the HTML and the text template alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from include.report.comparison import Comparison, Tone
from include.report.gate import Gate
from include.report.targets import Judgement


@dataclass(frozen=True)
class Value:
    """A figure that may be printed. `sample` says what it rests on.

    `caution` says what it lacks, empty for nothing; a provisional one still moves as it ages.
    `left_out` is how many events a sum lacks the amounts of, where they are many.
    """

    number: Decimal
    text: str
    sample: str
    caution: str
    is_provisional: bool
    left_out: str = ""

    @property
    def qualified(self) -> str:
        """The figure where nothing beside it says that it lacks something."""
        lacks = "incomplete" if self.caution else self.left_out and f"{self.left_out} left out"
        return f"{self.text} ({lacks})" if lacks else self.text


@dataclass(frozen=True)
class NotAvailable:
    """Why there is no figure, and the last one there was (empty when there was none).

    `brief` is the kind of reason, short enough for a card.
    """

    code: str
    brief: str
    reason: str
    last_good: str
    last_good_week: str


Cell = Value | NotAvailable


@dataclass(frozen=True)
class Bar:
    """One week of a sparkline; no height where the week has no figure."""

    height: int | None
    is_current: bool


@dataclass(frozen=True)
class Card:
    """One metric: its figure, what it is set against, its last weeks and where that puts it.

    `place` is empty where it has none, for one of two reasons: `has_usual` says that enough earlier
    weeks tell what is usual. `target` is what it was to reach, None where nobody set any.
    """

    metric_id: str
    label: str
    cell: Cell
    week_before: Comparison
    year_ago: Comparison
    bars: tuple[Bar, ...]
    place: Literal["", "above", "inside", "below"]
    place_tone: Tone
    has_usual: bool
    target: Judgement | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table: the member's name, and its figures as printed."""

    label: str
    texts: tuple[str, ...]
    bar_percent: int = 0


@dataclass(frozen=True)
class Table:
    """A table with its column heads; the first head is that of the members."""

    title: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: str


@dataclass(frozen=True)
class Contribution:
    """The member that makes up the largest part of a change, as its table prints it."""

    label: str
    now: str
    before: str


@dataclass(frozen=True)
class Missing:
    """A metric that is not in the report."""

    label: str
    cell: NotAvailable


@dataclass(frozen=True)
class Definition:
    """What a metric of the report means, and whom to ask."""

    label: str
    question: str
    formula: str
    basis: str
    owner: str


@dataclass(frozen=True)
class Series:
    """The line chart: one value per week, None for a gap, and what it shows in a sentence.

    `target` is what the weeks were to reach at least; None where nobody said.
    """

    title: str
    sentence: str
    week_numbers: tuple[int, ...]
    this_year: tuple[Decimal | None, ...]
    year_ago: tuple[Decimal | None, ...]
    target: tuple[Decimal | None, ...] = ()


@dataclass(frozen=True)
class Banner:
    """What must be read before the numbers."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """One figure as printed, for the record; `metric_id` is empty for figures about the data."""

    cell_id: str
    metric_id: str
    value: Decimal | None
    text: str


@dataclass
class Register:
    """Every figure that is printed, entered where it is made."""

    cells: dict[str, Printed] = field(default_factory=dict)

    def enter(self, cell_id: str, metric_id: str, value: Decimal | None, text: str) -> str:
        """Note the figure and give its text back."""
        self.cells[cell_id] = Printed(cell_id, metric_id, value, text)
        return text

    def judged(self, cell_id: str, metric_id: str, judgement: Judgement) -> Judgement:
        """Note a target and the status it gives, and give the judgement back."""
        self.enter(cell_id, metric_id, None, judgement.text)
        if judgement.status:
            self.enter(f"{cell_id}.status", metric_id, None, judgement.status)
        return judgement

    def compared(self, cell_id: str, metric_id: str, comparison: Comparison) -> Comparison:
        """Note a comparison's change and baseline, and give it back."""
        if comparison.change:
            self.enter(cell_id, metric_id, comparison.number, comparison.change)
        if comparison.baseline:
            text = comparison.baseline
            self.enter(f"{cell_id}.baseline", metric_id, comparison.baseline_number, text)
        return comparison


@dataclass(frozen=True)
class Content:
    """A whole snapshot before it is laid out."""

    report_id: str
    period_id: str
    week_number: int
    span: str
    year_ago_span: str
    time_zone: str
    as_of: str
    freshness: tuple[str, ...]
    gate: Gate
    subject: str
    preheader: str
    banners: tuple[Banner, ...]
    story: tuple[str, ...]
    cards: tuple[Card, ...]
    series: Series | None
    tables: tuple[Table, ...]
    missing: tuple[Missing, ...]
    definitions: tuple[Definition, ...]
    checks: str
    set_aside: str
    reply_to: str
    printed: tuple[Printed, ...]

    @property
    def has_targets(self) -> bool:
        """Whether any card has a target."""
        return any(card.target for card in self.cards)

    @property
    def incomplete(self) -> tuple[Card, ...]:
        """The cards whose figure lacks something."""
        return tuple(
            card for card in self.cards if isinstance(card.cell, Value) and card.cell.caution
        )

    @property
    def content_hash(self) -> str:
        """Hash of the metrics as printed and of what is missing or doubtful.

        Not of the as-of, freshness and counts of checks: those differ on every rendering, and a
        reader who has the same figures already has the report.
        """
        said = (
            [(cell.cell_id, cell.text) for cell in self.printed if cell.metric_id],
            [(missing.label, missing.cell.code) for missing in self.missing],
            [card.metric_id for card in self.incomplete],
            self.gate.state == "hold",
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()
