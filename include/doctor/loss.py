"""Which columns of facts lose their values when fields of a CRM are not shown.

Often another field stands in: a stage says whether a deal is won when the deal does not. So the
expressions that build the facts are evaluated as far as NULL goes. What is not known to stand in
is taken for lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import BooleanClauseList, False_, Null, True_
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, ScalarSelect

from include.doctor.lineage import STAGED, Lineage, Origin, columns_of, selected
from include.metrics.metric import Metric

# Functions that pass over NULL.
STANDING_IN = ("coalesce", "greatest", "least")


class Value(Enum):
    """What becomes of a value: it is there, it was never meant to be, it is gone with a field."""

    THERE = 1
    NULL = 2
    LOST = 3


class Loss:
    """What is lost of one CRM's facts without some of its fields; each column is judged once."""

    def __init__(self, lineage: Lineage, crm: str, hidden: frozenset[Origin]) -> None:
        self._lineage = lineage
        self._crm = crm
        self._hidden = hidden
        self._known: dict[tuple[int, str], Value] = {}

    def of_metric(self, metric: Metric) -> frozenset[Origin]:
        """The hidden fields whose values the metric loses, nothing standing in for them."""
        return frozenset(
            origin
            for column in columns_of(metric)
            if self._of_column(column) is Value.LOST
            for origin in self._lineage.of_column(column) & self._hidden
        )

    def _of_column(self, column: sa.ColumnClause[Any]) -> Value:
        table: Any = column.table
        key = (id(table), column.key)
        if key not in self._known:
            self._known[key] = Value.THERE
            self._known[key] = self._looked_up(table, column.key)
        return self._known[key]

    def _looked_up(self, table: Any, name: str) -> Value:
        """A column of a staged table, of a fact, or of a subquery."""
        if table in STAGED:
            return Value.LOST if STAGED[table].get(name) in self._hidden else Value.THERE
        if isinstance(table, AliasedReturnsRows) and isinstance(table.element, sa.Table):
            return self._of_column(table.element.c[name])
        found = [
            self._of(expression)
            for branch, expression in selected(self._lineage.branches(table), name)
            if self._is_ours(branch)
        ]
        return _either(found)

    def _is_ours(self, branch: sa.Select[Any]) -> bool:
        """Whether a branch has rows of this CRM, as far as can be seen."""
        columns = branch.selected_columns
        if "crm" in columns:
            crm = getattr(columns["crm"], "element", None)
            if isinstance(crm, sa.BindParameter):
                return bool(crm.value == self._crm)
        origins = self._lineage.of_expressions(list(columns))
        return not origins or any(id_.startswith(f"{self._crm}.") for id_, _ in origins)

    def _of(self, part: Any) -> Value:
        """An expression."""
        if isinstance(part, sa.ColumnClause):
            return Value.THERE if part.table is None else self._of_column(part)
        if isinstance(part, Null):
            return Value.NULL
        if isinstance(part, sa.BindParameter):
            return Value.NULL if part.value is None and not part.required else Value.THERE
        if isinstance(part, ScalarSelect):
            return self._of(next(iter(part.element.selected_columns)))
        if isinstance(part, sa.Case):
            return self._of_case(part)
        if isinstance(part, sa.BinaryExpression) and isinstance(part.right, Null):
            # IS NULL: true for every row once the field is gone.
            return self._of(part.left)
        if isinstance(part, BooleanClauseList):
            return _either(map(self._of, part.get_children()))
        if isinstance(part, FunctionElement):
            arguments = list(part.clauses)
            if getattr(part, "name", "") in STANDING_IN:
                return self._of_alternatives(arguments)
            return _strict(map(self._of, arguments))
        return _strict(map(self._of, part.get_children()))

    def _of_alternatives(self, arguments: list[Any]) -> Value:
        """The first that is there. A constant stands in for a NULL here and there, not for a field."""
        found = {self._of(argument) for argument in arguments if not _is_constant(argument)}
        if Value.THERE in found or not found:
            return Value.THERE
        if Value.LOST in found:
            return Value.LOST
        return Value.THERE if any(map(_is_constant, arguments)) else Value.NULL

    def _of_case(self, case: sa.Case[Any]) -> Value:
        """A case loses when a condition or a result does: some rows are not told apart any more."""
        otherwise = Value.NULL if case.else_ is None else self._of(case.else_)
        if Value.LOST in (self._of(condition) for condition, _ in case.whens):
            return Value.LOST
        return _either([otherwise, *(self._of(result) for _, result in case.whens)])


def _is_constant(part: Any) -> bool:
    """The same for every row."""
    return isinstance(part, sa.BindParameter | True_ | False_)


def _either(values: Iterable[Value]) -> Value:
    """Of values of which each serves some rows: one that is lost leaves those without."""
    found = set(values)
    if Value.LOST in found:
        return Value.LOST
    return Value.NULL if found == {Value.NULL} else Value.THERE


def _strict(values: Iterable[Value]) -> Value:
    """Of values that are all needed: one that is not there makes NULL of all."""
    found = set(values)
    return next((v for v in (Value.NULL, Value.LOST) if v in found), Value.THERE)
