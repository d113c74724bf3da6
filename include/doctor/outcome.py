"""What becomes of a value when fields of a CRM are not shown, and of values made of such values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from include.doctor.lineage import Origin

Causes = frozenset[Origin]
# The constant of values that differ from row to row, or that are the same but not known here.
VARIES: Any = object()
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


class Kind(Enum):
    """How a value is, over the rows of one CRM."""

    THERE = "as if all fields were shown"
    PART = "wrong or NULL in some rows"
    GONE = "the same in every row, because a field is not shown"
    NONE = "NULL in every row by design, or for lack of an object"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a value, and the fields it is because of.

    `constant` is what the value is in every row, None for NULL: of a literal, or of one that is gone.
    """

    kind: Kind
    causes: Causes = frozenset()
    constant: Any = VARIES

    @property
    def is_literal(self) -> bool:
        """The same in every row by design."""
        return self.kind is Kind.THERE and self.constant is not VARIES

    @property
    def is_fixed(self) -> bool:
        """The same in every row, by design or not."""
        return self.is_literal or self.kind is Kind.GONE

    @property
    def is_never(self) -> bool:
        """A condition that holds for no row."""
        return self.kind is Kind.NONE or (self.is_fixed and self.constant in (None, False))

    @property
    def is_always(self) -> bool:
        """A condition that holds for every row."""
        return self.is_fixed and self.constant is True

    def spoilt(self, causes: Causes) -> Outcome:
        """The same value, in part wrong for further reasons."""
        if not causes or self.kind in (Kind.GONE, Kind.NONE):
            return self
        return Outcome(Kind.PART, self.causes | causes)


THERE, NONE = Outcome(Kind.THERE), Outcome(Kind.NONE)


def literal(value: Any) -> Outcome:
    """A value written into the statement."""
    return NONE if value is None else Outcome(Kind.THERE, constant=value)


def gone(causes: Iterable[Origin], constant: Any = None) -> Outcome:
    """A value that is the same in every row for lack of fields."""
    return Outcome(Kind.GONE, frozenset(causes), constant)


def causes_of(outcomes: Iterable[Outcome]) -> Causes:
    """All the fields that some values are spoilt by."""
    return frozenset().union(*(outcome.causes for outcome in outcomes))


def strict(outcomes: Sequence[Outcome]) -> Outcome:
    """Of values that are all needed: one that is NULL makes NULL of all."""
    causes = causes_of(outcomes)
    if any(outcome.kind is Kind.NONE for outcome in outcomes):
        return NONE
    lost = [each for each in outcomes if each.kind is Kind.GONE and each.constant is None]
    if lost:
        return gone(causes_of(lost))
    if causes and all(outcome.is_fixed for outcome in outcomes):
        return gone(causes, VARIES)
    return THERE.spoilt(causes)


def either(outcomes: Sequence[Outcome]) -> Outcome:
    """Of values of which each serves some rows."""
    found = [outcome for outcome in outcomes if outcome.kind is not Kind.NONE]
    if not found:
        return NONE
    causes = causes_of(found)
    if all(outcome.is_fixed for outcome in found) and causes:
        first = found[0].constant
        return gone(causes, first if all(each.constant == first for each in found) else VARIES)
    if len(found) == 1:
        return found[0]
    return THERE.spoilt(causes)


def both(conditions: Sequence[Outcome]) -> Outcome:
    """AND. One that holds for every row, for lack of a field, leaves rows in that should be out."""
    causes = causes_of(conditions)
    never = [condition for condition in conditions if condition.is_never]
    if any(not condition.causes for condition in never):
        return literal(False)
    if never:
        return gone(causes_of(never), False)
    rest = [condition for condition in conditions if not condition.is_always]
    if not rest:
        return gone(causes, True) if causes else literal(True)
    return THERE.spoilt(causes)


def any_of(conditions: Sequence[Outcome]) -> Outcome:
    """OR."""
    causes = causes_of(conditions)
    always = [condition for condition in conditions if condition.is_always]
    if any(not condition.causes for condition in always):
        return literal(True)
    if always:
        return gone(causes_of(always), True)
    rest = [condition for condition in conditions if not condition.is_never]
    if not rest:
        return gone(causes, False) if causes else literal(False)
    return THERE.spoilt(causes)


def opposite(condition: Outcome) -> Outcome:
    """NOT; of NULL it is NULL."""
    if condition.is_fixed and isinstance(condition.constant, bool):
        return replace(condition, constant=not condition.constant)
    return condition


def first_of(alternatives: Sequence[Outcome]) -> Outcome:
    """COALESCE: one that is there stands in for those before it that are gone.

    So does a text: what is meant where nothing is said, as a currency or a pipeline, is meant in an
    account that has no such field. A number or a flag is only for gaps, not for a field.
    """
    causes: Causes = frozenset()
    for alternative in alternatives:
        if alternative.kind is Kind.NONE:
            continue
        if alternative.is_literal:
            if isinstance(alternative.constant, str) and alternative.constant:
                return alternative
            return gone(causes, alternative.constant) if causes else alternative
        if alternative.kind is Kind.THERE:
            return alternative
        causes |= alternative.causes
        if alternative.kind is Kind.PART:
            is_filled = any(other.kind is Kind.THERE for other in _after(alternatives, alternative))
            return alternative if not is_filled else THERE.spoilt(causes)
        if alternative.constant is not None:
            return gone(causes, alternative.constant)
    return gone(causes) if causes else NONE


def _after(alternatives: Sequence[Outcome], one: Outcome) -> Sequence[Outcome]:
    """The alternatives after one of them."""
    return [other for other in alternatives[alternatives.index(one) + 1 :] if not other.is_literal]


def chosen(whens: Sequence[tuple[Outcome, Outcome]], otherwise: Outcome) -> Outcome:
    """CASE: a condition that never holds, for lack of a field, leaves its rows to the next."""
    results: list[Outcome] = []
    causes: Causes = frozenset()
    is_undecided = False
    for condition, result in whens:
        if condition.is_never:
            causes |= condition.causes
            continue
        causes |= condition.causes
        results.append(result)
        if condition.is_always:
            break
        is_undecided = True
    else:
        results.append(otherwise)
    found = [result for result in results if result.kind is not Kind.NONE]
    causes |= causes_of(found)
    if not found:
        # NULL in all rows: by design, unless a condition would have chosen something.
        return gone(causes) if causes else NONE
    if any(not result.is_fixed for result in found):
        return THERE.spoilt(causes) if len(found) > 1 or causes else found[0]
    if not causes:
        return THERE if is_undecided else found[0]
    constants = [None if result.kind is Kind.NONE else result.constant for result in results]
    if all(constant == constants[0] for constant in constants):
        return gone(causes, constants[0])
    if not is_undecided or any(result.kind is Kind.GONE for result in found):
        return gone(causes, VARIES)
    return THERE.spoilt(causes)


def compared(operator: Any, left: Outcome, right: Outcome) -> Outcome:
    """A comparison; of two constants its result."""
    known = strict([left, right])
    if known.kind is not Kind.GONE or known.constant is None:
        return known
    return gone(known.causes, _result(operator, left.constant, right.constant))


def _result(operator: Any, left: Any, right: Any) -> Any:
    """What a comparison of two constants gives, where that can be told here."""
    if VARIES in (left, right):
        return VARIES
    name = getattr(operator, "__name__", "")
    try:
        if name in ("in_op", "not_in_op"):
            return (left in right) is (name == "in_op")
        return bool(operator(left, right)) if name in _COMPARISONS else VARIES
    except TypeError:
        return VARIES
