"""The subset of SOQL that readers of whole objects need, parsed.

Field list or COUNT(), one object, WHERE with AND, OR, NOT and parentheses, ORDER BY, LIMIT and
OFFSET. Subqueries, grouping and relative dates are refused as malformed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal as OneOf

LiteralKind = OneOf["string", "number", "boolean", "null", "date", "datetime"]


class SoqlError(Exception):
    """The query cannot be read."""


@dataclass(frozen=True)
class Literal:
    """A value in a query; text of strings is unescaped, all else as written."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True)
class Comparison:
    """One field compared with one literal, or with several for IN and NOT IN."""

    field: str
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Both:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Negated:
    """The condition does not hold."""

    condition: Condition


Condition = Comparison | Both | Either | Negated


@dataclass(frozen=True)
class Order:
    """One key of ORDER BY."""

    field: str
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    """A parsed query; `fields` is empty for COUNT()."""

    fields: tuple[str, ...]
    object: str
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_][\w.]*)
    | (?P<symbol><>|!=|<=|>=|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """Read a query.

    Raises:
        SoqlError: it is malformed, or uses what the sandbox does not know.
    """
    return _Parser(text).query()


class _Parser:
    """Recursive descent over the query's tokens."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                raise SoqlError(f"unexpected token: '{text[position:].strip()[:20]}'")
            self._tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        self._next = 0

    def query(self) -> Query:
        """SELECT ... FROM ... and what may follow."""
        self._expect("SELECT")
        fields = self._fields()
        self._expect("FROM")
        name = self._name()
        where = self._either() if self._accept("WHERE") else None
        order = self._order() if self._accept("ORDER") else ()
        limit = self._whole_number() if self._accept("LIMIT") else None
        offset = self._whole_number() if self._accept("OFFSET") else 0
        if self._next < len(self._tokens):
            raise SoqlError(f"unexpected token: '{self._tokens[self._next][1]}'")
        return Query(fields, name, where, order, limit, offset or 0)

    def _fields(self) -> tuple[str, ...]:
        names = [self._name()]
        if self._accept("("):
            if names[0].upper() != "COUNT":
                raise SoqlError(f"the function {names[0]}() is not supported here")
            self._expect(")")
            return ()
        while self._accept(","):
            names.append(self._name())
        doubles = {name for name in names if names.count(name) > 1} if len(names) > 1 else set()
        if doubles:
            raise SoqlError(f"duplicate field selected: {sorted(doubles)[0]}")
        return tuple(names)

    def _order(self) -> tuple[Order, ...]:
        self._expect("BY")
        keys = [self._order_key()]
        while self._accept(","):
            keys.append(self._order_key())
        return tuple(keys)

    def _order_key(self) -> Order:
        name = self._name()
        descending = self._accept("DESC")
        if not descending:
            self._accept("ASC")
        nulls_last = False
        if self._accept("NULLS"):
            nulls_last = self._accept("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return Order(name, descending, nulls_last)

    def _either(self) -> Condition:
        conditions = [self._both()]
        while self._accept("OR"):
            conditions.append(self._both())
        return conditions[0] if len(conditions) == 1 else Either(tuple(conditions))

    def _both(self) -> Condition:
        conditions = [self._condition()]
        while self._accept("AND"):
            conditions.append(self._condition())
        return conditions[0] if len(conditions) == 1 else Both(tuple(conditions))

    def _condition(self) -> Condition:
        if self._accept("NOT"):
            return Negated(self._condition())
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        field = self._name()
        if self._accept("NOT"):
            self._expect("IN")
            return Negated(Comparison(field, "IN", self._list()))
        if self._accept("IN"):
            return Comparison(field, "IN", self._list())
        if self._accept("LIKE"):
            return Comparison(field, "LIKE", (self._literal(),))
        kind, text = self._take()
        if kind != "symbol" or text in "(),":
            raise SoqlError(f"unexpected token: '{text}'")
        return Comparison(field, "!=" if text == "<>" else text, (self._literal(),))

    def _list(self) -> tuple[Literal, ...]:
        self._expect("(")
        literals = [self._literal()]
        while self._accept(","):
            literals.append(self._literal())
        self._expect(")")
        return tuple(literals)

    def _literal(self) -> Literal:
        kind, text = self._take()
        if kind == "string":
            inner = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1], flags=re.S)
            return Literal("string", inner)
        if kind == "number":
            return Literal("number", text)
        if kind == "date":
            return Literal("date", text)
        if kind == "datetime":
            return Literal("datetime", text)
        if text.lower() in ("true", "false"):
            return Literal("boolean", text.lower())
        if text.lower() == "null":
            return Literal("null", "")
        raise SoqlError(f"unexpected token: '{text}'")

    def _whole_number(self) -> int:
        kind, text = self._take()
        if kind != "number" or not text.isdigit():
            raise SoqlError(f"unexpected token: '{text}'")
        return int(text)

    def _name(self) -> str:
        kind, text = self._take()
        if kind != "name":
            raise SoqlError(f"unexpected token: '{text}'")
        return text

    def _accept(self, word: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][1].upper() == word:
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            found = self._tokens[self._next][1] if self._next < len(self._tokens) else "<EOF>"
            raise SoqlError(f"expecting '{word}', found '{found}'")

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise SoqlError("unexpected end of query: '<EOF>'")
        self._next += 1
        return self._tokens[self._next - 1]
