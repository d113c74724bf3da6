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
from include.report.formats import MINUS

MOST_SENTENCES = 4
# A phone shows half of it, and every other list of mails nearly all.
LONGEST_SUBJECT = 78
SHORTEST_STREAK = 3
PLACES = {"above": "above", "inside": "within", "below": "below"}
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
            f"{contribution.label} made up the largest part of that change: {contribution.now}, against "
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
    return "The other figures cannot be compared with their usual range."


def findings(cards: Sequence[Card], streaks: dict[str, int]) -> list[Finding]:
    """What the cards have to tell, the weightiest first."""
    found = []
    for card in cards:
        if not isinstance(card.cell, Value):
            continue
        change, value, name = card.week_before, card.cell.text, _short_name(card)
        streak = streaks.get(card.metric_id, 0)
        target = card.target
        if target is not None and target.status_before not in ("", target.status):
            now, before = target.status.lower(), target.status_before.lower()
            found.append(
                Finding(
                    3 + _size(change),
                    f"{card.label}: {value}, {now} ({target.text}); {before} the week before.",
                    f"{name} {now}",
                )
            )
        elif card.place in ("above", "below"):
            moved = f" {_verb(change)} to {value}" if change.is_real else f": {value}"
            found.append(
                Finding(
                    2 + _size(change),
                    f"{card.label}{moved}, {card.place} the usual range{_from(change)}.",
                    f"{name} {card.place} usual",
                )
            )
        elif abs(streak) >= SHORTEST_STREAK:
            way = "up" if streak > 0 else "down"
            found.append(
                Finding(
                    1 + _size(change),
                    f"{card.label}: {way} {_in_words(abs(streak))} weeks in a row, to {value}.",
                    f"{name} {way} {_in_words(abs(streak))} weeks in a row",
                )
            )
    return sorted(found, key=lambda finding: -finding.weight)


def subject(prefix: str, week_number: int, cards: Sequence[Card], streaks: dict[str, int]) -> str:
    """The finding in one line with the week in it. It calls a change up or down only if it is one."""
    head = cards[0]
    line = f"{prefix}CRM week {week_number}: {_short_name(head)}"
    if not isinstance(head.cell, Value):
        return f"{line} not available"
    line += f" {head.cell.qualified}"
    if head.week_before.is_real is not False and (moved := _moved(head.week_before)):
        line += f", {moved}"
    elif head.place:
        line += f", {'usual range' if head.place == 'inside' else f'{head.place} usual'}"
    status = f", {head.target.status.lower()}" if head.target and head.target.status else ""
    for finding in findings(cards[1:], streaks):
        # The weightiest is worth more than the status, which the first card tells just as well.
        for start in (line + status, line):
            if len(start) + len(finding.short) + 2 <= LONGEST_SUBJECT:
                return f"{start}; {finding.short}"
    return line + status


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
    """The first card in words: the figure, both comparisons as far as there are any, how it stands."""
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
    stands = [f"{PLACES[card.place]} the usual range"] if card.place else []
    if card.target and card.target.status:
        stands.append(f"{card.target.status.lower()} ({card.target.text})")
    return f"{sentence}. It is {' and '.join(stands)}." if stands else f"{sentence}."


def _against(comparison: Comparison, when: str) -> str:
    """A change in a sentence; where the two figures say more than their difference, the other one."""
    moved = _moved(comparison) or "unchanged"
    return f"{moved} {when}" if _is_from(comparison) else f"{moved} from {when}"


def _moved(change: Comparison) -> str:
    """`up 6.1%`, or `up from €50k` where the two figures say more; empty for no move that is printed."""
    if change.glyph not in (UP, DOWN):
        return ""
    way = "up" if change.glyph == UP else "down"
    return f"{way} from {change.baseline}" if _is_from(change) else f"{way} {change.change[1:]}"


def _is_from(change: Comparison) -> bool:
    """Whether a change is told by the figure it is from."""
    return change.glyph in (UP, DOWN) and not change.change.startswith(("+", MINUS))


def _short_name(card: Card) -> str:
    """A metric in a subject line."""
    return card.label.lower().removesuffix(" (median)")


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
