"""What is expected, as data: the rules of an object follow from its fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from include.core.field import Field, Severity
from include.tables.source_object import SourceObject

# Columns of the checked frame that say whether a value is of its field's type.
TYPED_SUFFIX = "__is_typed"


@dataclass(frozen=True)
class Rule:
    """One expectation: Great Expectations' type and arguments, and what it means in words.

    `column` is the staged column it guards, empty for a rule on a whole batch. A broken critical
    rule sets the record aside, or rejects the batch when it is on the whole batch.
    """

    words: str
    column: str
    severity: Severity
    expectation: str
    arguments: dict[str, Any] = field(default_factory=dict)


def record_rules(source: SourceObject) -> list[Rule]:
    """Rules each record of an object has to keep."""
    rules = [
        Rule(
            "has an id",
            source.key_column,
            "critical",
            "expect_column_values_to_not_be_null",
            {"column": source.key_column},
        ),
        Rule(
            "comes once in a batch",
            source.key_column,
            "warning",
            "expect_column_values_to_be_unique",
            {"column": source.key_column},
        ),
    ]
    for field_ in source.fields:
        rules += _field_rules(field_)
    return rules


def _field_rules(field_: Field) -> list[Rule]:
    """Rules that a field's definition implies."""
    column, severity = field_.column, field_.severity
    rules = []
    if field_.required:
        rules.append(
            Rule(
                f"{column} is given",
                column,
                severity,
                "expect_column_values_to_not_be_null",
                {"column": column},
            )
        )
    if field_.type != "text":
        rules.append(
            Rule(
                f"{column} is of type {field_.type}",
                column,
                severity,
                "expect_column_values_to_be_in_set",
                {"column": column + TYPED_SUFFIX, "value_set": [True]},
            )
        )
    if field_.values:
        rules.append(
            Rule(
                f"{column} is one of {', '.join(field_.values)}",
                column,
                severity,
                "expect_column_values_to_be_in_set",
                {"column": column, "value_set": list(field_.values)},
            )
        )
    if field_.minimum is not None or field_.maximum is not None:
        low = "" if field_.minimum is None else f" at least {field_.minimum:g}"
        high = "" if field_.maximum is None else f" at most {field_.maximum:g}"
        rules.append(
            Rule(
                f"{column} is{low}{' and' if low and high else ''}{high}",
                column,
                severity,
                "expect_column_values_to_be_between",
                {"column": column, "min_value": field_.minimum, "max_value": field_.maximum},
            )
        )
    return rules


def count_rule(
    words: str,
    name: str,
    severity: Severity,
    minimum: float | None,
    maximum: float | None,
    column: str = "",
) -> Rule:
    """A rule on one number of a summary frame."""
    return Rule(
        words,
        column,
        severity,
        "expect_column_values_to_be_between",
        {"column": name, "min_value": minimum, "max_value": maximum},
    )


# A rule, and the number it is about.
Judged = tuple[Rule, float]


def judge(
    words: str,
    named: tuple[str, float],
    severity: Severity,
    least: float | None = None,
    most: float | None = None,
) -> Judged:
    """A rule that a number lies between two bounds."""
    name, number = named
    return count_rule(words, name, severity, least, most), float(number)
