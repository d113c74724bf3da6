"""Forgetting people in staging: what names them goes, and what metrics make of their records stays.

Hashes of versions stay as they were. By them a version is another state than the one before it, and a
later reading of the same, such as one of the recycle bin, is known and brings nothing back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from include.core.errors import ConfigurationError, StopError
from include.stage import keys, person
from include.tables.objects import source_object
from include.tables.personal import (
    ADDRESSES,
    FORGOTTEN,
    NAMES,
    PEOPLE,
    Erasure,
    Pseudonyms,
    bare,
)
from include.tables.raw import set_aside_record
from include.tables.stage import CURRENT, VERSION


def erasures(
    connection: sa.Connection, named: Mapping[str, Iterable[str]]
) -> tuple[list[Erasure], dict[str, str]]:
    """What is to be erased of the records named by object; and the addresses that are kept, each with
    a record that has it too.

    Raises:
        ConfigurationError: nothing of an object names people.
        StopError: a record is not known, or stands for a person and is still in its CRM.
    """
    for object_id in named:
        if object_id not in NAMES:
            raise ConfigurationError(
                f"Nothing that is read of {object_id} names people.",
                f"Name records of {', '.join(NAMES)}.",
            )
    ids = {object_id: frozenset(record_ids) for object_id, record_ids in named.items()}
    for object_id, record_ids in ids.items():
        _check_gone(connection, object_id, record_ids)
    addresses = _addresses(connection, ids)
    shared = _holders(connection, addresses, ids)
    placeholders = {
        address
        for address in addresses
        if connection.scalar(sa.select(keys.is_placeholder(sa.literal(address, sa.Text))))
    }
    pseudonyms = Pseudonyms(frozenset(shared) | placeholders)
    found = [
        Erasure(
            source_object(name),
            ids[name],
            pseudonyms,
            _called(connection, name, ids[name], pseudonyms),
        )
        for name in ids
    ]
    return found, shared


def erase_staged(connection: sa.Connection, erasure: Erasure) -> int:
    """Empty and replace what names people in all versions of the records; how many versions.

    Waits for a batch of the object that is being loaded.
    """
    source = erasure.source
    connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(source.id, 0)))
    )
    emptied: dict[str, Any] = dict.fromkeys(erasure.names, sa.null())
    if erasure.is_of_people:
        emptied["custom_fields"] = sa.null()
    count = 0
    for table in (CURRENT[source.id], VERSION[source.id]):
        is_meant = table.c[source.key_column].in_(erasure.record_ids)
        count = connection.execute(table.update().where(is_meant).values(emptied)).rowcount
        for column in (table.c[name] for name in erasure.addresses):
            texts = sa.select(column).distinct().where(is_meant, column.is_not(None))
            for text in connection.scalars(texts).all():
                connection.execute(
                    table.update()
                    .where(is_meant, column == text)
                    .values({column.name: erasure.pseudonyms.of(text)})
                )
        for column in (table.c[name] for name in erasure.person_name):
            for record_id, name in erasure.called.items():
                connection.execute(
                    table.update()
                    .where(table.c[source.key_column] == record_id)
                    .where(column.is_not(None), ~column.startswith(FORGOTTEN))
                    .values({column.name: name})
                )
    aside = set_aside_record
    connection.execute(
        aside.update()
        .where(
            aside.c.crm == source.crm,
            aside.c.object_name == source.table,
            aside.c.record_id.in_(erasure.record_ids),
        )
        .values(payload={})
    )
    return count


def _called(
    connection: sa.Connection, object_id: str, record_ids: frozenset[str], pseudonyms: Pseudonyms
) -> dict[str, str]:
    """What stands for the name of each person, by record id: the same for records of one name."""
    if object_id not in PEOPLE:
        return {}
    table = CURRENT[object_id]
    key = table.c[source_object(object_id).key_column]
    name = keys.plain_name(person.WHOLE_NAME[object_id])
    found = connection.execute(sa.select(key, name).where(key.in_(record_ids)))
    return {
        record_id: pseudonyms.of_name(plain or f"{object_id}:{record_id}")
        for record_id, plain in found
    }


def _check_gone(connection: sa.Connection, object_id: str, record_ids: frozenset[str]) -> None:
    """Refuse records nobody knows, and people who would come back with the next reading.

    Raises:
        StopError: there are some.
    """
    table, source = CURRENT[object_id], source_object(object_id)
    key = table.c[source.key_column]
    is_gone = sa.or_(table.c.is_deleted, table.c.merged_into_id.is_not(None))
    found = connection.execute(sa.select(key, is_gone).where(key.in_(record_ids))).all()
    unknown = sorted(record_ids - {record_id for record_id, _ in found})
    if unknown:
        raise StopError(
            f"There is no {object_id} {', '.join(unknown)} in the warehouse.",
            "Salesforce's ids have 18 characters; stage.person lists them.",
        )
    present = sorted(record_id for record_id, is_gone in found if not is_gone)
    if present and object_id in PEOPLE:
        raise StopError(
            f"{object_id} {', '.join(present)} is still in {source.crm}, and would come back.",
            f"Delete it for good in {source.crm}, let crm_daily read that, and forget it then.",
        )


def _addresses(connection: sa.Connection, ids: Mapping[str, frozenset[str]]) -> set[str]:
    """Every mail address the records ever had."""
    found: set[str] = set()
    for object_id in PEOPLE:
        table = VERSION[object_id]
        key = table.c[source_object(object_id).key_column]
        for column in (table.c[name] for name in ADDRESSES if name in table.c):
            texts = sa.select(column).distinct().where(key.in_(ids.get(object_id, ())))
            for text in connection.scalars(texts.where(column.is_not(None))):
                found |= {bare(address) for address in text.split(";")}
    return found - {""}


def _holders(
    connection: sa.Connection, addresses: set[str], ids: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    """Of the addresses those that other records have, each with one of them."""
    holders: dict[str, str] = {}
    for object_id in PEOPLE:
        table = CURRENT[object_id]
        key = table.c[source_object(object_id).key_column]
        for column in (table.c[name] for name in ADDRESSES if name in table.c):
            address = sa.func.lower(
                sa.func.btrim(sa.func.regexp_split_to_table(column, ";"))
            ).label("address")
            had = (
                sa.select(key.label("record_id"), address)
                .where(key.not_in(ids.get(object_id, ())))
                .subquery("had")
            )
            listed: Sequence[str] = sorted(addresses)
            rows = connection.execute(sa.select(had).where(had.c.address.in_(listed)))
            holders |= {row.address: f"{object_id}:{row.record_id}" for row in rows}
    return holders
