"""What the fact tables say of themselves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, metadata

FACTS = [
    pytest.param(table, id=table.name)
    for table in metadata.tables.values()
    if table.schema == "facts"
]


@pytest.mark.parametrize("table", FACTS)
def test_a_fact_names_objects_that_are_read(table: sa.Table) -> None:
    known = {source.id for source in SOURCE_OBJECTS}
    needed, useful = (set(table.info.get(key, ())) for key in ("sources", "optional_sources"))
    assert needed | useful <= known
    assert not needed & useful


@pytest.mark.parametrize("table", FACTS)
def test_what_a_fact_needs_not_is_what_a_crm_may_lack(table: sa.Table) -> None:
    may_lack = {source.id for source in SOURCE_OBJECTS if source.optional}
    if table.name == "cost":
        # The ledger is enough: campaigns that are not read leave it whole.
        may_lack.add("salesforce.campaign")
    assert set(table.info.get("optional_sources", ())) <= may_lack


@pytest.mark.parametrize("table", FACTS)
def test_the_states_of_a_fact_have_a_beginning_and_an_end(table: sa.Table) -> None:
    if "valid_from_at" in table.c:
        assert table.c.valid_from_at.primary_key
        assert not table.c.valid_to_at.nullable
    for column in table.c:
        if column.name == "is_counted":
            assert not column.nullable
