"""What facts are made of is found, and what they ask of all records at once is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql.selectable import Exists, Select

from include.core.settings import Settings
from include.facts import part
from include.facts.build import MAKERS, rows_of
from include.facts.records import (
    FACT_RECORDS,
    NAMED_OBJECTS,
    SHARED_OBJECTS,
    Kept,
    Statements,
    content_columns,
    kept_tables,
    links_of,
    shared_tables,
    tables_read,
)
from include.facts.refresh import definition_hash, statements_of
from include.tables import SOURCE_OBJECTS, facts, source_object
from include.tables.stage import CURRENT, VERSION
from tests.facts.builders import with_choices

# Ids that name no record facts could read of: users and what else is shared, and words.
NAMED_OTHERWISE = {
    "owner_user_id",
    "created_by_user_id",
    "owner_id",
    "hubspot_user_id",
    "agent_user_id",
    "record_type_id",
    "campaign_id",
    "product_id",
    "model_id",
    "split_type_id",
    "stage_id",
    "pipeline_id",
    "survey_id",
    "survey_question_id",
    "web_store_id",
    "external_cart_id",
    "external_order_id",
}
# Ids of any object; no fact reads them.
UNREAD = {"salesforce.task": {"related_id"}, "salesforce.event": {"related_id"}}


@pytest.fixture(scope="module")
def statements(settings: Settings) -> Statements:
    """The statements of facts made of single records."""
    return statements_of(rows_of(settings))


@pytest.fixture(scope="module")
def kept(statements: Statements) -> list[Kept]:
    """The tables of which a build of changes reads a part."""
    return kept_tables(statements)


def test_every_id_of_a_record_is_a_link_or_known_to_be_none(kept: list[Kept]) -> None:
    tables = {each.table for each in kept}
    for source in SOURCE_OBJECTS:
        if not tables.intersection({CURRENT[source.id], VERSION[source.id]}):
            continue
        linked = {column for column, _ in links_of(source)}
        for field in source.fields:
            is_id = field.type == "text" and field.column.endswith("_id")
            if is_id and field.column not in linked | UNREAD.get(source.id, set()):
                assert field.column in NAMED_OTHERWISE, (source.id, field.column)


def test_every_named_object_is_read_from_a_column_there_is() -> None:
    for (object_id, column), targets in NAMED_OBJECTS.items():
        assert column in {field.column for field in source_object(object_id).fields}
        assert all(source_object(target) for target in targets)


def test_every_fact_of_records_says_of_which(statements: Statements) -> None:
    assert set(statements) == set(FACT_RECORDS)
    for table, (column, kinds) in FACT_RECORDS.items():
        assert column in table.c
        for kind in kinds.values():
            assert kind in {"customer", "person"} or source_object(kind)


def test_only_these_tables_are_read_by_facts_of_any_record(
    statements: Statements, kept: list[Kept]
) -> None:
    # One more is compared as a whole and costs a whole build when it changes: is it small, and does
    # it seldom change? Then add it here. Else its object is not one of SHARED_OBJECTS.
    assert [table.fullname for table in shared_tables(statements, kept)] == [
        "facts.business_hours",
        "facts.campaign",
        "facts.channel",
        "facts.channel_source",
        "facts.exchange_rate",
        "facts.period",
        "facts.stage",
        "stage.hubspot__ticket_stage",
        "stage.salesforce__campaign_influence_model",
        "stage.salesforce__campaign_version",
        "stage.salesforce__opportunity_split_type",
        "stage.salesforce__product",
        "stage.salesforce__survey",
        "stage.salesforce__survey_question",
        "stage.salesforce__user",
        "stage.salesforce__user_version",
        "stage.user",
    ]


def test_what_is_asked_of_all_records_at_once_is_answered_by_the_part(
    statements: Statements,
) -> None:
    # An EXISTS on a staged table, or values that several records share: a part of the records may
    # answer it otherwise than the whole. One more belongs into include.facts.part.questions.
    answered = {table for table, _, _ in part.questions().values()}
    shared = {tables[name] for tables in (CURRENT, VERSION) for name in SHARED_OBJECTS}
    for fact, statement in statements.items():
        for element in _parts(statement):
            if isinstance(element, Exists) and not _has_cte(element):
                assert tables_read(element) <= answered | shared, fact.name


def test_rows_are_grouped_and_ranked_within_a_record_or_customer(
    statements: Statements,
) -> None:
    known = {
        # The stages deals were open in: told apart by include.facts.part.open_stages.
        (facts.stage_transition, ("pipeline_id", "sort_order")),
        # The memberships of one person in a campaign; of a member that is no person, its own.
        (facts.deal_touch, ("campaign_id", "coalesce")),
        (facts.campaign_member, ("campaign_id", "coalesce")),
        # The statuses cases were closed with: one of include.facts.part.questions.
        (facts.ticket, ("case_status",)),
    }
    found = set()
    for fact, statement in statements.items():
        for element in _parts(statement):
            for columns in _groupings(element):
                names = tuple(getattr(column, "name", None) or str(column) for column in columns)
                if not any(_names_a_record(name) for name in names):
                    found.add((fact, names))
    assert found == known


def _names_a_record(name: str) -> bool:
    """Whether a column tells records apart, or those of one customer or person."""
    shared = {"pipeline_id", "campaign_id", "product_id", "owner_user_id"}
    is_id = name.endswith("_id") and name not in shared
    return is_id or name in {"person_key", "thread"} or name.startswith("substr(trim(stage.")


def _groupings(element: Any) -> Iterator[list[Any]]:
    """The columns by which a part of a statement puts rows together."""
    if isinstance(element, sa.Over):
        by = element.partition_by
        yield [] if by is None else list(getattr(by, "clauses", [by]))
    if isinstance(element, Select):
        if element._group_by_clauses:
            yield list(element._group_by_clauses)
        if element._distinct:
            yield list(element.selected_columns)


def _has_cte(element: Any) -> bool:
    return any(isinstance(each, sa.CTE) for each in _parts(element))


def _parts(statement: Any) -> Iterator[Any]:
    """Every part of a statement, once."""
    known, left = {}, [statement]
    while left:
        element = left.pop()
        if id(element) not in known:
            # Kept, so that no other part gets its id.
            known[id(element)] = element
            left.extend(element.get_children())
            yield element


def test_no_fact_reads_when_a_record_was_read(statements: Statements) -> None:
    staged = {*CURRENT.values(), *VERSION.values()}
    for statement in statements.values():
        for element in _parts(statement):
            if isinstance(element, sa.Column) and element.table in staged:
                assert element in set(content_columns(element.table)), element


def test_reading_a_link_again_is_no_change() -> None:
    # Links have no cursor: that they are still there is told by a later instant, and changes nothing.
    columns = content_columns(CURRENT["hubspot.deal_company"])
    assert "modified_at" not in {column.name for column in columns}
    columns = content_columns(CURRENT["salesforce.opportunity"])
    assert "modified_at" in {column.name for column in columns}


def test_of_users_only_what_is_compared_is_read(statements: Statements) -> None:
    account = CURRENT["salesforce.user"]
    read = {
        element.name
        for statement in statements.values()
        for element in _parts(statement)
        if isinstance(element, sa.Column) and element.table is account
    }
    assert read <= {"salesforce_user_id", "username", "email"}


def test_of_the_histories_of_users_and_campaigns_only_what_is_compared_is_read(
    statements: Statements,
) -> None:
    # See include.facts.shared_records.compared_records.
    for name, reading in (
        ("salesforce.user", [facts.deal, facts.deal_credit, facts.record_created]),
        ("salesforce.campaign", [facts.record_created]),
    ):
        assert reading == [
            fact for fact, made in statements.items() if VERSION[name] in tables_read(made)
        ]
    read = {
        element.name
        for fact in (facts.deal, facts.deal_credit, facts.record_created)
        for element in _parts(statements[fact])
        if isinstance(element, sa.ColumnClause)
        and getattr(element.table, "name", None) == "salesforce__user_state"
    }
    timed = {"valid_from_at", "valid_to_at", "modified_at"}
    assert read <= {"salesforce_user_id", "role_id", *timed}


def test_what_is_made_of_facts_is_made_by_the_record(
    statements: Statements, settings: Settings
) -> None:
    for table, maker in MAKERS:
        if table not in statements:
            assert tables_read(maker(settings)).isdisjoint(statements), table.name


def test_other_settings_make_another_definition(settings: Settings) -> None:
    def hash_of(chosen: Settings) -> str:
        made = statements_of(rows_of(chosen))
        return definition_hash(made, kept_tables(made))

    assert hash_of(settings) == hash_of(settings)
    others = [
        with_choices(settings, time_zone="Asia/Tokyo"),
        with_choices(settings, deals="hubspot"),
        with_choices(settings, salesforce={"sales_pipelines": ["012000000000001"]}),
    ]
    assert len({hash_of(each) for each in (settings, *others)}) == 4
