"""What is lost of a CRM's facts, and of metrics, when some of its fields are not shown.

Often another field stands in: a stage says whether a deal is won when the deal does not. So the
statements that build the facts are evaluated with those fields NULL: what each column comes to, and
which rows are joined and chosen. What unifies the two CRMs (`stage.customer`, `stage.user`) is not
looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList, ClauseElement, Null, UnaryExpression
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, Exists, ScalarSelect

from include.doctor.lineage import STAGED, Lineage, Origin, selected
from include.doctor.outcome import (
    NONE,
    THERE,
    VARIES,
    Causes,
    Kind,
    Outcome,
    any_of,
    both,
    causes_of,
    chosen,
    compared,
    either,
    first_of,
    gone,
    literal,
    opposite,
    strict,
)
from include.metrics.metric import Metric, Part
from include.tables import SOURCE_OBJECTS

# Functions that pass over NULL.
STANDING_IN = ("coalesce", "greatest", "least")
# What an object was like before it was first read.
HISTORIES = frozenset(source.id for source in SOURCE_OBJECTS if source.reader == "history") | {
    "salesforce.opportunity_history"
}
# Object id of each staged table.
_OBJECTS = {table: next(iter(columns.values()))[0] for table, columns in STAGED.items()}


@dataclass(frozen=True)
class Effect:
    """What a metric loses of one CRM: all of it, or a part, and for lack of which fields.

    `is_every`: not only numerator or denominator is gone, but all there is of the CRM.
    """

    is_whole: bool = False
    is_every: bool = False
    causes: Causes = frozenset()


@dataclass
class _Joins:
    """Of one SELECT: what is joined for every row, and the conditions of what is joined where it fits."""

    tables: list[Any] = field(default_factory=list)
    conditions: list[ClauseElement] = field(default_factory=list)
    optional: dict[Any, ClauseElement] = field(default_factory=dict)


class Loss:
    """What is lost of one CRM's facts; each column and table is judged once.

    `hidden` fields cannot be read though their objects can; of `absent` objects there is nothing at
    all, by an account that does not have them.
    """

    def __init__(
        self,
        lineage: Lineage,
        crm: str,
        hidden: frozenset[Origin],
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self._lineage = lineage
        self._crm = crm
        self._hidden = hidden
        self._absent = absent
        self._since_reading: Loss | None = None
        self._columns: dict[tuple[int, str], Outcome] = {}
        self._rows: dict[int, Outcome] = {}
        self._ours: dict[int, bool] = {}
        self._joined: dict[int, _Joins] = {}
        # Kept, so that the ids of their parts stay theirs.
        self._kept: list[Any] = []

    def of_metric(self, metric: Metric) -> Effect:
        """What becomes of a metric's numerator and denominator over this CRM's events.

        What histories say of the time before the first reading does not stand in for what is lost
        of the time since.
        """
        effect = self._of_metric(metric)
        if not effect.causes or effect.is_whole or self._absent >= HISTORIES:
            return effect
        if self._since_reading is None:
            absent = self._absent | HISTORIES
            self._since_reading = Loss(self._lineage, self._crm, self._hidden, absent)
        since_reading = self._since_reading._of_metric(metric)
        return since_reading if since_reading.is_whole else effect

    def _of_metric(self, metric: Metric) -> Effect:
        """The same, with histories standing in."""
        outcomes = [self.of_part(part) for part in _needed(metric)]
        if metric.headline == "median" and metric.distribution is not None:
            outcomes.append(self._of(metric.distribution, None))
        whole = [outcome for outcome in outcomes if outcome.kind is Kind.GONE]
        if whole:
            return Effect(True, len(whole) == len(outcomes), causes_of(whole))
        return Effect(causes=causes_of(each for each in outcomes if each.kind is Kind.PART))

    def of_part(self, part: Part) -> Outcome:
        """What becomes of one sum; there, where this CRM has no events for it anyway."""
        rows = self.rows_of(part.fact)
        if rows.is_never and not rows.causes:
            return THERE
        chosen_by = [each for each in (part.where, part.on) if each is not None]
        if "is_counted" in part.fact.c:
            chosen_by.append(part.fact.c.is_counted)
        conditions = [rows, *(self._of(each, None) for each in chosen_by)]
        dates = [part.date] + ([] if part.counts_from is None else [part.counts_from])
        is_in = both([*conditions, *(_is_there(self._of(each, None)) for each in dates)])
        if is_in.is_never:
            return gone(is_in.causes) if is_in.causes else THERE
        measure = self._of(part.measure, None)
        if measure.kind is Kind.GONE:
            return measure
        # What has no end goes on: wrong, and not nothing.
        ends = THERE if part.ends is None else self._of(part.ends, None)
        return THERE.spoilt(causes_of([is_in, measure, ends]))

    def rows_of(self, table: Any) -> Outcome:
        """Whether a table or subquery has this CRM's rows, as a condition on them."""
        if id(table) not in self._rows:
            self._kept.append(table)
            self._rows[id(table)] = THERE
            self._rows[id(table)] = self._rows_of(table)
        return self._rows[id(table)]

    def _rows_of(self, table: Any) -> Outcome:
        if table in _OBJECTS:
            return NONE if _OBJECTS[table] in self._absent else THERE
        if isinstance(table, AliasedReturnsRows) and isinstance(table.element, sa.Table):
            return self.rows_of(table.element)
        branches = self._lineage.branches(table)
        if not branches:
            return THERE
        found = [self._rows_of_branch(branch) for branch in branches if self._is_ours(branch)]
        having = [outcome for outcome in found if not outcome.is_never]
        lost = causes_of(outcome for outcome in found if outcome.is_never)
        if not having:
            return gone(lost, False) if lost else NONE
        return THERE.spoilt(causes_of(having) | lost)

    def _rows_of_branch(self, branch: sa.Select[Any]) -> Outcome:
        """Whether a SELECT has rows: all that it needs is there, and its conditions can hold."""
        if id(branch) not in self._rows:
            self._kept.append(branch)
            joins = self._joins_of(branch)
            conditions = [
                *joins.conditions,
                *([] if branch.whereclause is None else [branch.whereclause]),
            ]
            self._rows[id(branch)] = both(
                [
                    *map(self.rows_of, joins.tables),
                    *(self._of(condition, joins) for condition in conditions),
                ]
            )
        return self._rows[id(branch)]

    def _joins_of(self, branch: sa.Select[Any]) -> _Joins:
        """What a SELECT is put together of; worked out once."""
        if id(branch) not in self._joined:
            self._kept.append(branch)
            self._joined[id(branch)] = _joins(branch)
        return self._joined[id(branch)]

    def _of_column(self, column: sa.ColumnClause[Any], joins: _Joins | None) -> Outcome:
        """A column, in a SELECT that may join its table only where a condition holds."""
        table: Any = column.table
        key = (id(table), column.key)
        if key not in self._columns:
            self._kept.append(table)
            self._columns[key] = THERE
            self._columns[key] = self._looked_up(table, column.key)
        found = self._columns[key]
        condition = None if joins is None else joins.optional.get(table)
        if condition is None or found.kind in (Kind.GONE, Kind.NONE):
            return found
        matched = self._of(condition, None)
        if matched.is_never:
            return gone(matched.causes) if matched.causes else NONE
        return found.spoilt(matched.causes)

    def _looked_up(self, table: Any, name: str) -> Outcome:
        """A column of a staged table, of a fact, or of a subquery."""
        if table in STAGED:
            origin = STAGED[table].get(name)
            if _OBJECTS[table] in self._absent:
                return NONE
            return gone([origin]) if origin in self._hidden else THERE
        if isinstance(table, AliasedReturnsRows) and isinstance(table.element, sa.Table):
            return self._of_column(table.element.c[name], None)
        branches = self._lineage.branches(table)
        if not branches:
            return THERE
        found = []
        for branch, expression in selected(branches, name):
            if not self._is_ours(branch):
                continue
            rows = self._rows_of_branch(branch)
            if rows.is_never:
                found.append(gone(rows.causes) if rows.causes else NONE)
            else:
                found.append(self._of(expression, self._joins_of(branch)).spoilt(rows.causes))
        return either(found)

    def _is_ours(self, branch: sa.Select[Any]) -> bool:
        """Whether a branch has rows of this CRM, as far as can be seen, or of none."""
        if id(branch) not in self._ours:
            self._kept.append(branch)
            self._ours[id(branch)] = self._may_have_rows(branch)
        return self._ours[id(branch)]

    def _may_have_rows(self, branch: sa.Select[Any]) -> bool:
        """By the CRM a branch names, else by what it is made of."""
        columns = branch.selected_columns
        if "crm" in columns:
            crm = getattr(columns["crm"], "element", None)
            if isinstance(crm, sa.BindParameter):
                return crm.value == self._crm or crm.value not in ("salesforce", "hubspot")
        origins = self._lineage.of_expressions(list(columns))
        return not origins or any(id_.startswith(f"{self._crm}.") for id_, _ in origins)

    def _of(self, part: Any, joins: _Joins | None) -> Outcome:
        """An expression."""

        def of(each: Any) -> Outcome:
            return self._of(each, joins)

        if isinstance(part, sa.ColumnClause):
            return THERE if part.table is None else self._of_column(part, joins)
        if isinstance(part, sa.BindParameter):
            return THERE if part.required else literal(part.value)
        if isinstance(part, Null):
            return NONE
        if isinstance(part, sa.True_ | sa.False_):
            return literal(isinstance(part, sa.True_))
        if isinstance(part, sa.Label | sa.sql.elements.Grouping):
            return of(part.element)
        if isinstance(part, sa.Cast | sa.TypeCoerce):
            return of(part.clause)
        if isinstance(part, Exists):
            return self._rows_of_branch(_inner(part.element))
        if isinstance(part, ScalarSelect):
            return self._of_scalar(_inner(part))
        if isinstance(part, sa.Case):
            return self._of_case(part, joins)
        if isinstance(part, sa.Over):
            return self._of_window(part, joins)
        if isinstance(part, BooleanClauseList):
            join = both if part.operator is operators.and_ else any_of
            return join([of(each) for each in part.get_children()])
        if isinstance(part, UnaryExpression) and part.operator is operators.inv:
            return opposite(of(part.element))
        if isinstance(part, sa.BinaryExpression):
            return self._of_binary(part, joins)
        if isinstance(part, FunctionElement):
            return self._of_function(part, [of(each) for each in part.clauses])
        return strict([of(each) for each in part.get_children()])

    def _of_binary(self, part: sa.BinaryExpression[Any], joins: _Joins | None) -> Outcome:
        """A comparison, a test for NULL, or arithmetic."""
        left = self._of(part.left, joins)
        if part.operator in (operators.is_, operators.is_not):
            is_same = part.operator is operators.is_
            wanted = None if isinstance(part.right, Null) else isinstance(part.right, sa.True_)
            if left.kind is Kind.NONE:
                return literal((wanted is None) is is_same)
            if left.is_fixed and left.constant is not VARIES:
                result = (left.constant is wanted) is is_same
                return gone(left.causes, result) if left.causes else literal(result)
            return THERE.spoilt(left.causes)
        right = self._of(part.right, joins)
        if part.operator in (operators.is_distinct_from, operators.is_not_distinct_from):
            return THERE.spoilt(left.causes | right.causes)
        return compared(part.operator, left, right)

    def _of_function(self, part: FunctionElement[Any], arguments: list[Outcome]) -> Outcome:
        """A function or an aggregate."""
        name = getattr(part, "name", "")
        if name == "coalesce":
            return first_of(arguments)
        if name in STANDING_IN:
            kept = [each for each in arguments if each.kind is not Kind.NONE]
            return THERE if THERE in kept else either(kept)
        if name == "count":
            is_gone = any(each.kind is Kind.GONE for each in arguments)
            return gone(causes_of(arguments), 0) if is_gone else THERE.spoilt(causes_of(arguments))
        if name in ("sum", "min", "max") and arguments and arguments[0].kind is Kind.GONE:
            return arguments[0]
        return strict(arguments)

    def _of_case(self, case: sa.Case[Any], joins: _Joins | None) -> Outcome:
        """A CASE, with or without a value that is compared."""
        whens = []
        value = None if case.value is None else self._of(case.value, joins)
        for condition, result in case.whens:
            found = self._of(condition, joins)
            if value is not None:
                found = compared(operators.eq, value, found)
            whens.append((found, self._of(result, joins)))
        return chosen(whens, NONE if case.else_ is None else self._of(case.else_, joins))

    def _of_window(self, part: sa.Over[Any], joins: _Joins | None) -> Outcome:
        """A window function: wrong in part where rows are not told apart or put in order."""
        value = self._of(part.element, joins)
        by = [each for each in (part.partition_by, part.order_by) if each is not None]
        return value.spoilt(causes_of(self._of(each, joins) for each in by))

    def _of_scalar(self, inner: sa.Select[Any]) -> Outcome:
        """The one value of a subquery."""
        rows = self._rows_of_branch(inner)
        if rows.is_never:
            return gone(rows.causes) if rows.causes else NONE
        value = self._of(next(iter(inner.selected_columns)), self._joins_of(inner))
        return value.spoilt(rows.causes)


def _is_there(value: Outcome) -> Outcome:
    """IS NOT NULL, of a date an event is counted by."""
    if value.kind is Kind.NONE:
        return literal(False)
    if value.kind is Kind.GONE:
        return gone(value.causes, value.constant is not None)
    return value


def _needed(metric: Metric) -> Iterator[Part]:
    """The sums a metric's numerator and denominator are made of."""
    parts = metric.summed
    if not metric.parts:
        yield from (parts[name] for name in ("numerator", "denominator") if name in parts)
        return
    expressions = [each for each in (metric.numerator, metric.denominator) if each is not None]
    names = {
        each.key
        for expression in expressions
        for each in sa.sql.visitors.iterate(expression)
        if isinstance(each, sa.ColumnClause)
    }
    yield from (part for name, part in parts.items() if name in names)


def _inner(element: Any) -> sa.Select[Any]:
    """The SELECT in a scalar subquery or EXISTS."""
    while not isinstance(element, sa.Select):
        element = element.element
    return element


def _joins(branch: sa.Select[Any]) -> _Joins:
    """What a SELECT is put together of."""
    found = _Joins()
    # `get_final_froms` tells all, and compiles the statement for it: a hundred times the work.
    is_plain = not branch._setup_joins
    for source in branch._from_obj if is_plain else branch.get_final_froms():
        _walk(source, found)
    known = {*found.tables, *found.optional}
    found.tables += [each for each in branch.columns_clause_froms if is_plain and each not in known]
    return found


def _walk(source: Any, found: _Joins) -> None:
    if not isinstance(source, sa.Join):
        found.tables.append(source)
        return
    _walk(source.left, found)
    if source.isouter:
        right = _Joins()
        _walk(source.right, right)
        found.optional |= dict.fromkeys([*right.tables, *right.optional], source.onclause)
        return
    _walk(source.right, found)
    if source.onclause is not None:
        found.conditions.append(source.onclause)
