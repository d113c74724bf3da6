"""The naming standard of the warehouse."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import SCHEMAS, SOURCE_OBJECTS, metadata

COLUMNS = [
    pytest.param(column, id=f"{table.fullname}.{column.name}")
    for table in metadata.tables.values()
    if not table.name.endswith("_version")
    for column in table.columns
]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_named_after_what_it_holds(column: sa.Column) -> None:
    kind, name = column.type, column.name
    if isinstance(kind, sa.DateTime):
        assert name.endswith("_at")
    elif isinstance(kind, sa.Date):
        assert name.endswith("_date")
    elif isinstance(kind, sa.Boolean):
        assert name.startswith(("is_", "has_"))
    elif isinstance(kind, sa.Numeric) and kind.scale == 6:
        assert f"_{name}".endswith(("_amount", "_amount_original")), "money"
    assert not isinstance(kind, sa.Float), "a float loses money"
    if name.endswith("_at"):
        assert isinstance(kind, sa.DateTime)
        assert kind.timezone
    if name.endswith("_rate"):
        assert isinstance(kind, sa.Numeric)


def test_every_table_is_in_a_schema_and_says_what_a_row_is() -> None:
    assert len(metadata.tables) > 100
    for table in metadata.tables.values():
        assert table.schema in SCHEMAS
        assert table.comment
        assert table.primary_key, table.fullname
        for column in table.columns:
            assert column.comment, column


def test_an_object_is_staged_under_its_crm_and_stem() -> None:
    for source in SOURCE_OBJECTS:
        table = metadata.tables[f"stage.{source.crm}__{source.table}"]
        assert source.key_column in table.c
        columns = [field.column for field in source.fields]
        assert len(set(columns)) == len(columns), source.id


def test_every_reference_names_an_object_of_the_same_crm() -> None:
    stems = {(source.crm, source.table) for source in SOURCE_OBJECTS}
    for source in SOURCE_OBJECTS:
        for field in source.fields:
            if field.references:
                assert (source.crm, field.references) in stems, (source.id, field.column)
