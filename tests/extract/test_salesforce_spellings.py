"""Values of Salesforce arrive as they are, and alike whichever API sent them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.core.batch import read_frames, read_manifest
from include.extract import salesforce
from include.land.landing import land
from include.stage.load import load_batch
from include.tables.stage import CURRENT, VERSION
from tests.extract.salesforce_org import NOW, OPPORTUNITY_COUNT, stamp
from tests.extract.salesforce_readings import ALL_CHANGES, EVERYTHING, OPPORTUNITY

# What careless readers change, lose or stumble over.
TEXTS = [
    "NA",
    "N/A",
    "None",
    "null",
    "NULL",
    "nan",
    "#N/A",
    "true",
    "007",
    "1e5",
    " spaces ",
    'a "quoted" word',
    '"',
    '""',
    "a,b;c\td",
    "line\nbreak",
    'line\n"quote',
    "carriage\r\nreturn",
    "trailing\n",
    "\n006000000000000001",
    "Grüße 北京 \U0001f600",
    "NUL\x00inside",
    "\ufeffmark",
    "long " * 26_000,
]
NUMBERS = [0, 23, -0.01, 1000.5, 12_345_678.9, 16_147_805_824_397, 0.0001, None]


@pytest.fixture
def landed(warehouse, client, tmp_path):
    """Lands everything by one API; the batch's id, folder and manifest."""

    def call(mode):
        window = EVERYTHING if mode == "snapshot" else ALL_CHANGES

        def begin(spool, resume):
            return salesforce.read(client, OPPORTUNITY, window, mode, spool, resume=resume)

        batch_id = land(warehouse, tmp_path, OPPORTUNITY, window, mode, f"run-{mode}", NOW, begin)
        folder = tmp_path / "salesforce" / "opportunity" / batch_id
        manifest = read_manifest(folder)
        assert manifest.api == {"snapshot": "bulk", "delta": "rest"}[mode]
        assert manifest.landed_count == OPPORTUNITY_COUNT
        return batch_id, folder, manifest

    return call


def put(sandbox, number, **values):
    """Change a record where nobody sees when."""
    record = {"Id": f"006{number:015d}", **values}
    sandbox.control.upsert("salesforce", "Opportunity", record)
    return record["Id"]


@pytest.mark.parametrize("mode", ["snapshot", "delta"])
def test_texts_come_out_of_the_landed_files_as_they_went_in(sandbox, landed, mode):
    expected = {put(sandbox, number, Name=text): text for number, text in enumerate(TEXTS)}
    _, folder, manifest = landed(mode)
    names = {
        id_: name
        for frame in read_frames(folder, manifest, ["Id", "Name"])
        for id_, name in zip(frame["Id"], frame["Name"], strict=True)
    }
    assert {id_: names[id_] for id_ in expected} == expected


def test_a_record_read_by_both_apis_has_one_version(sandbox, landed, warehouse, tmp_path):
    """Bulk writes 1.6147805824397E13 and ...000Z where REST writes 16147805824397.0 and ...000+0000."""
    for number, amount in enumerate(NUMBERS):
        put(sandbox, number, Amount=amount, Probability=number * 12.5)
    for number, text in enumerate(TEXTS, 100):
        put(sandbox, number, Name=text)
    put(sandbox, 200, Name=None, LeadSource="", CreatedDate=stamp(NOW))
    for mode in ("snapshot", "delta"):
        batch_id, _, _ = landed(mode)
        load_batch(warehouse, tmp_path, batch_id, NOW, 0.05)
    version, current = VERSION[OPPORTUNITY.id], CURRENT[OPPORTUNITY.id]
    with warehouse.connect() as connection:
        assert (
            connection.scalar(sa.select(sa.func.count()).select_from(version)) == OPPORTUNITY_COUNT
        )
        amounts = connection.execute(
            sa.select(current.c.amount_original)
            .where(current.c.salesforce_opportunity_id < "006000000000000008")
            .order_by(current.c.salesforce_opportunity_id)
        )
        assert [amount and float(amount) for (amount,) in amounts] == NUMBERS
