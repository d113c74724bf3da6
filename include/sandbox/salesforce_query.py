"""Answering SOQL: which records of which object a query means, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from include.sandbox import soql
from include.sandbox.columns import (
    Column,
    Kind,
    comparable_value,
    epoch_milliseconds,
    sorted_positions,
)
from include.sandbox.messages import ApiError, Response
from include.sandbox.salesforce_rows import chosen_fields, value_of
from include.sandbox.salesforce_schema import OrgField, OrgObject, Schema
from include.sandbox.store import Store
from include.sandbox.table import RecordTable

_LITERALS_BY_KIND: dict[Kind, tuple[str, ...]] = {
    "number": ("number",),
    "boolean": ("boolean",),
    "text": ("string",),
    "exact": ("string",),
}


def salesforce_error(status: int, code: str, message: str) -> ApiError:
    """An error as the REST API words it: a list with one entry."""
    return ApiError(Response(status, orjson.dumps([{"message": message, "errorCode": code}])))


@dataclass(frozen=True)
class Answer:
    """A query's object and fields, and where its records stand in the object's table."""

    query: soql.Query
    object: OrgObject
    table: RecordTable
    fields: tuple[OrgField, ...]
    positions: np.ndarray
    is_count: bool


def answer_query(store: Store, schema: Schema, text: str, include_deleted: bool) -> Answer:
    """Find a query's records.

    Raises:
        ApiError: the query is malformed, or names what is not there or not visible.
    """
    try:
        query = soql.parse(text)
    except soql.SoqlError as error:
        raise salesforce_error(400, "MALFORMED_QUERY", str(error)) from error
    object_ = schema.object(query.object)
    if object_ is None:
        raise salesforce_error(
            400,
            "INVALID_TYPE",
            f"sObject type '{query.object}' is not supported. If you are attempting to use a "
            "custom object, be sure to append the '__c' after the entity name.",
        )
    fields = chosen_fields(object_, query.fields)
    if isinstance(fields, str):
        raise unknown_field(object_, fields)
    table = store.salesforce[object_.name]
    positions = table.remember(
        (text, include_deleted, store.permissions.revision),
        lambda: _matching(table, object_, query, include_deleted),
    )
    own_field = schema.own_field(object_.name)
    if own_field:
        is_own = [table.record(int(p)).get(own_field) == schema.user_id for p in positions]
        positions = positions[np.array(is_own, dtype=bool)]
    return Answer(query, object_, table, tuple(fields), positions, is_count=not query.fields)


def unknown_field(object_: OrgObject, name: str) -> ApiError:
    """The error for a field that is missing or hidden."""
    return salesforce_error(
        400,
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{object_.name}'. If you are attempting to use a "
        "custom field, be sure to append the '__c' after the custom field name. Please reference "
        "your WSDL or the describe call for the appropriate names.",
    )


def _matching(
    table: RecordTable, object_: OrgObject, query: soql.Query, include_deleted: bool
) -> np.ndarray:
    """Positions of a query's records, in its order. LIMIT counts after the deleted are left out."""
    fields: dict[str, OrgField] = {}
    for name in {*_names(query.where), *(key.field for key in query.order)}:
        field = object_.fields.get(name.lower())
        if field is None:
            raise unknown_field(object_, name)
        fields[name] = field
    hides_deleted = not include_deleted and "isdeleted" in object_.fields
    kinds = {field.name: field.kind for field in fields.values()}
    if hides_deleted:
        kinds["IsDeleted"] = "boolean"
    columns = table.columns(kinds, value_of) if kinds else {}
    positions = table.positions()
    if hides_deleted:
        positions = positions[~columns["IsDeleted"].where("=", 1.0)[positions]]
    if query.where is not None:
        mask = _mask(query.where, fields, columns)
        positions = positions[mask[positions]]
    if query.order:
        keys = [
            (columns[fields[key.field].name], key.descending, key.nulls_last) for key in query.order
        ]
        positions = sorted_positions(positions, keys)
    end = None if query.limit is None else query.offset + query.limit
    return positions[query.offset : end]


def _names(condition: soql.Condition | None) -> Iterator[str]:
    """Fields a condition compares."""
    if isinstance(condition, soql.Comparison):
        yield condition.field
    elif isinstance(condition, soql.Negated):
        yield from _names(condition.condition)
    elif condition is not None:
        for inner in condition.conditions:
            yield from _names(inner)


def _mask(
    condition: soql.Condition, fields: dict[str, OrgField], columns: dict[str, Column]
) -> np.ndarray:
    """Mask over all positions of the records a condition holds for."""
    if isinstance(condition, soql.Negated):
        return ~_mask(condition.condition, fields, columns)
    if isinstance(condition, soql.Comparison):
        field = fields[condition.field]
        return _comparison_mask(condition, field, columns[field.name])
    masks = [_mask(inner, fields, columns) for inner in condition.conditions]
    combine = np.logical_and if isinstance(condition, soql.Both) else np.logical_or
    return combine.reduce(masks)


def _comparison_mask(comparison: soql.Comparison, field: OrgField, column: Column) -> np.ndarray:
    if comparison.operator == "IN":
        operands = [_operand(literal, field) for literal in comparison.literals]
        mask = column.where_in([operand for operand in operands if operand is not None])
        return mask | ~column.present if None in operands else mask
    operand = _operand(comparison.literals[0], field)
    if comparison.operator == "LIKE":
        return column.where_matching(_like_pattern(str(operand or "")))
    if operand is None:
        return ~column.present if comparison.operator == "=" else column.present
    if comparison.operator == "!=":
        return ~column.where("=", operand)
    return column.where(comparison.operator, operand)  # type: ignore[arg-type]


def _operand(literal: soql.Literal, field: OrgField) -> Any:
    """A literal in the form its column compares, None for null.

    Raises:
        ApiError: the literal is not of the field's type.
    """
    if literal.kind == "null":
        return None
    wanted = ("date", "datetime") if field.kind == "instant" else _LITERALS_BY_KIND[field.kind]
    if field.type in ("date", "datetime"):
        wanted = (field.type,)
    if literal.kind not in wanted:
        quoted = literal.kind == "string"
        raise salesforce_error(
            400,
            "INVALID_FIELD",
            f"value of filter criterion for field '{field.name}' must be of type "
            f"{'dateTime' if field.type == 'datetime' else field.type}"
            + (" and should not be enclosed in quotes" if quoted else ""),
        )
    if literal.kind in ("date", "datetime"):
        return epoch_milliseconds(literal.text)
    return comparable_value(literal.text, field.kind)


def _like_pattern(text: str) -> re.Pattern[str]:
    """LIKE's % and _ as a regular expression, without regard to case."""
    wildcards = {"%": ".*", "_": "."}
    return re.compile(
        "".join(wildcards.get(letter, re.escape(letter)) for letter in text),
        re.DOTALL | re.IGNORECASE,
    )
