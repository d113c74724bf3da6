"""Loading batches in any order gives the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.stage.load import load_batch
from include.tables.objects import source_object
from include.tables.ops import extract_window
from include.tables.raw import set_aside_record
from include.tables.stage import CURRENT, VERSION, record_merge, record_tombstone
from tests.stage.landed_batches import LOADED_AT, Landing, at

# A configured field, which somebody lists at some time.
REGION = "Region__c"
# A batch: when it was read, its records, the positions set aside, whether it is a full reading, and
# the fields it could not read.
Batch = tuple[datetime, list[dict[str, Any]], frozenset[int], bool, list[str]]


def spelled(day: int) -> str:
    return at(day).isoformat()


days = st.integers(1, 6)
# Few instants, so that batches often tie.
readings = st.integers(6, 8).map(at)
flags = st.booleans()

versions_read = st.builds(
    lambda id_, day, stage, amount, region, is_deleted: {
        "Id": id_,
        "StageName": stage,
        "Amount": amount,
        "Region__c": region,
        "IsDeleted": is_deleted,
        "SystemModstamp": spelled(day),
        "CreatedDate": spelled(1),
    },
    st.sampled_from("AB"),
    days,
    st.sampled_from(["open", "won"]),
    st.none() | st.sampled_from([1, 2]),
    st.none() | st.sampled_from(["north", "south"]),
    flags,
)
tombstones = st.builds(
    lambda id_, day: {
        "Id": id_,
        "IsDeleted": True,
        "SystemModstamp": spelled(day),
        "_tombstone": True,
    },
    st.sampled_from("AB"),
    days,
)
contacts = st.builds(
    lambda id_, day, archived_day, merged, stamped: {
        "id": id_,
        "updatedAt": spelled(day),
        "archived": archived_day is not None,
        "archivedAt": archived_day and spelled(archived_day),
        "properties": {
            "hs_merged_object_ids": ";".join(sorted(merged)),
            "hs_calculated_merged_vids": stamped
            and f"{stamped[0]}:{int(at(stamped[1]).timestamp() * 1000)}",
        },
    },
    st.sampled_from("123"),
    days,
    st.none() | days,
    st.sets(st.sampled_from("123"), max_size=2),
    st.none() | st.tuples(st.sampled_from("123"), days),
)
parents_read = st.builds(
    lambda parent, children: [
        {"id": f"{parent}:{child}", "from": parent, "to": child} for child in [*children, "*"]
    ],
    st.sampled_from("12"),
    st.sets(st.sampled_from("78")).map(sorted),
)
owners_read = st.builds(
    lambda present, day: [
        {"id": id_, "email": f"{id_}@{day}", "updatedAt": spelled(day)}
        for id_ in ["1", "2", "3", "4", *sorted(present)]
    ],
    st.sets(st.sampled_from("567")),
    days,
)


def batches(
    records: st.SearchStrategy[list[dict[str, Any]]], *hidden: str
) -> st.SearchStrategy[list[Batch]]:
    set_aside = st.frozensets(st.integers(0, 6), max_size=1)
    unread = st.lists(st.sampled_from(hidden), unique=True) if hidden else st.just([])
    batch = st.tuples(readings, records, set_aside, st.booleans(), unread)
    return st.lists(batch, min_size=2, max_size=5)


def flat(parents: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Readings of parents as one batch; of a parent only the first."""
    return list({record["id"]: record for read in reversed(parents) for record in read}.values())


CASES = {
    "salesforce.opportunity": batches(
        st.lists(versions_read | tombstones, max_size=4), "StageName", "Amount", REGION
    ),
    "hubspot.contact": batches(st.lists(contacts, max_size=4)),
    "hubspot.deal_company": batches(st.lists(parents_read, max_size=2).map(flat)),
    "hubspot.owner": batches(owners_read),
}


def tables_after(
    engine: sa.Engine, folder: Path, object_id: str, landed: Sequence[Batch], order: Sequence[int]
) -> dict[str, list[Any]]:
    """Everything staging holds when the batches, landed in their own order, are loaded in another."""
    kept = (CURRENT[object_id], VERSION[object_id], record_merge, record_tombstone)
    with engine.begin() as connection:
        for table in (*kept, extract_window, set_aside_record):
            connection.execute(table.delete())
    landing = Landing(engine, folder)
    source = source_object(object_id)
    is_listed = object_id == "salesforce.opportunity"
    batch_ids = [
        landing.land(
            object_id,
            [
                {path: value for path, value in record.items() if path not in unread}
                for record in records
            ],
            read_at,
            mode="snapshot" if is_full or source.mode == "full" else "delta",
            missing_fields=[path for path in unread if path != REGION],
            custom_fields=(REGION,) if is_listed and REGION not in unread else (),
            set_aside={row: records[row][source.key] for row in set_aside if row < len(records)},
        )
        for read_at, records, set_aside, is_full, unread in landed
    ]
    for position in order:
        # The guard looks at what is there already: it is about one load, and not about the outcome.
        load_batch(engine, folder, batch_ids[position], LOADED_AT, 1.0)
    return {table.name: landing.rows(table.fullname) for table in kept}


@pytest.mark.slow
@pytest.mark.parametrize("object_id", CASES)
# Shrinking a failure takes minutes here, and the cases are small.
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_order_of_loading_does_not_matter(
    warehouse: sa.Engine,
    tmp_path_factory: pytest.TempPathFactory,
    object_id: str,
    data: st.DataObject,
) -> None:
    landed = data.draw(CASES[object_id])
    order = data.draw(st.permutations(range(len(landed))))
    results = [
        tables_after(warehouse, tmp_path_factory.mktemp("landing"), object_id, landed, chosen)
        for chosen in (range(len(landed)), order)
    ]
    assert results[0] == results[1]

    # Every record has exactly one current row, its latest version.
    current, version = results[1][CURRENT[object_id].name], results[1][VERSION[object_id].name]
    position = [column.name for column in CURRENT[object_id].c].index("modified_at")
    assert {row[0]: row[position] for row in current} == {row[0]: row[position] for row in version}
