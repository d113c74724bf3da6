"""What changed, in at most four sentences, by fixed rules: no cause is ever claimed.

A sentence says one thing: what, how much, against what. Its figures are the cards' own texts, so
that a sentence cannot disagree with the card below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from include.report.comparison import DOWN, UP, Comparison
from include.report.content import Card, Contribution, Value

MOST_SENTENCES = 4
LONGEST_SUBJECT = 70
SHORTEST_STREAK = 3
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Finding:
    """A sentence worth saying; a larger weight is said first. `short` fits a subject line."""

    weight: Decimal
    sentence: str
    short: str


def story(
    cards: Sequence[Card], streaks: dict[str, int], contribution: Contribution | None
) -> tuple[str, ...]:
    """The first card's sentence, then what is outside its usual range or keeps going one way."""
    sentences = [_headline(cards[0])] if isinstance(cards[0].cell, Value) else []
    if contribution is not None and sentences:
        sentences.append(
            f"The largest part of that change is {contribution.label}: {contribution.now}, from "
            f"{contribution.before} the week before."
        )
    told = findings(cards[1:], streaks)
    sentences += [finding.sentence for finding in told]
    if not any(card.has_usual for card in cards):
        sentences.append("There are too few earlier weeks to say what is usual.")
    elif not told:
        sentences.append(_nothing_else(cards[1:]))
    return tuple(sentences[:MOST_SENTENCES])


def _nothing_else(cards: Sequence[Card]) -> str:
    """That the others tell nothing; of those that are missing or incomplete nobody knows."""
    if all(card.place for card in cards):
        return "Nothing else is outside its usual range."
    if any(card.place for card in cards):
        return "Nothing else that can be judged is outside its usual range."
    return "None of the other figures can be set against its usual range."


def findings(cards: Sequence[Card], streaks: dict[str, int]) -> list[Finding]:
    """What the cards have to tell, the weightiest first."""
    found = []
    for card in cards:
        if not isinstance(card.cell, Value):
            continue
        change, value = card.week_before, card.cell.text
        streak = streaks.get(card.metric_id, 0)
        target = card.target
        if target is not None and target.status_before not in ("", target.status):
            now, before = target.status.lower(), target.status_before.lower()
            found.append(
                Finding(
                    3 + _size(change),
                    f"{card.label}: {value}, {now} ({target.text}), {before} the week before.",
                    f"{card.label.lower()} {now}",
                )
            )
        elif card.place in ("above", "below"):
            moved = f" {_verb(change)} to {value}" if change.is_real else f": {value}"
            found.append(
                Finding(
                    2 + _size(change),
                    f"{card.label}{moved}, {card.place} the usual range{_from(change)}.",
                    f"{card.label.lower()} {card.place} usual",
                )
            )
        elif abs(streak) >= SHORTEST_STREAK:
            way = "up" if streak > 0 else "down"
            found.append(
                Finding(
                    1 + _size(change),
                    f"{card.label}: {way} {_in_words(abs(streak))} weeks in a row, to {value}.",
                    f"{card.label.lower()} {way} {_in_words(abs(streak))} weeks",
                )
            )
    return sorted(found, key=lambda finding: -finding.weight)


def subject(prefix: str, week_number: int, cards: Sequence[Card], streaks: dict[str, int]) -> str:
    """The finding in one line with the week in it, as long as a phone shows."""
    head = cards[0]
    if not isinstance(head.cell, Value):
        return f"{prefix}CRM week {week_number}: {head.label.lower()} not available"
    line = f"{prefix}CRM week {week_number}: {head.label.lower()} {head.cell.qualified}"
    change = head.week_before
    if change.glyph in (UP, DOWN) and change.change.startswith(("+", "−")):
        line += f", {'up' if change.glyph == UP else 'down'} {change.change[1:]}"
    for finding in findings(cards[1:], streaks):
        if len(line) + len(finding.short) + 2 <= LONGEST_SUBJECT:
            return f"{line}; {finding.short}"
    return line


def streak(values: Sequence[Decimal]) -> int:
    """Steps in one direction at the end of a series: positive up, negative down."""
    length = 0
    for later, earlier in zip(reversed(values), reversed(values[:-1]), strict=False):
        step = 1 if later > earlier else -1 if later < earlier else 0
        if step == 0 or step * length < 0:
            break
        length += step
    return length


def _headline(card: Card) -> str:
    """The first card in words: the figure, and both comparisons as far as there are any."""
    assert isinstance(card.cell, Value)
    sentence = f"{card.label} was {card.cell.qualified}"
    against = [
        _against(comparison, when)
        for comparison, when in (
            (card.week_before, "the week before"),
            (card.year_ago, "the same week a year ago"),
        )
        if comparison.change
    ]
    if against:
        sentence += f", {' and '.join(against)}"
    where = {"above": "above", "below": "below", "inside": "within"}.get(card.place)
    if where:
        sentence += f": {where} the usual range"
    return sentence + "."


def _against(comparison: Comparison, when: str) -> str:
    """A change in a sentence; where the two figures say more than their difference, the other one."""
    if comparison.change.startswith(("from", "new")):
        return f"from {comparison.baseline} {when}"
    return f"{comparison.change} on {when}"


def _verb(change: Comparison) -> str:
    """Rose or fell; only ever said of a change that is real."""
    return "rose" if change.glyph == UP else "fell"


def _from(change: Comparison) -> str:
    """What it was the week before, if that may be compared."""
    return f" ({change.baseline} the week before)" if change.change else ""


def _size(change: Comparison) -> Decimal:
    """How large a change is, to order findings: relative, at most 1."""
    if change.number is None or not change.baseline_number:
        return Decimal(0)
    return min(Decimal(1), abs(change.number / change.baseline_number))


def _in_words(number: int) -> str:
    """A small number spelled out, so that it is not taken for a figure."""
    return NUMBER_WORDS[number] if number < len(NUMBER_WORDS) else "many"
