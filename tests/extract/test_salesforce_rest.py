"""Pages of a REST query become JSON Lines without being decoded, and decoded where they must be."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.extract.salesforce_rest import JsonLinesFiles, last_key, query_page

# Text that looks like the end of a record and the beginning of the next.
TEXTS = st.one_of(
    st.none(),
    st.text('ab"\\{}[],:\né ', max_size=8),
    st.sampled_from(
        ['},{"attributes":', '"},{"attributes":{', "]}", '"records":[', "a\nb", '\\"}', "Grüße"]
    ),
)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


def record(name: str | None, amount: float | None) -> dict:
    """As Salesforce writes it, what it is before what is in it."""
    attributes = {"type": "Account", "url": "/services/data/v66.0/sobjects/Account/001"}
    return {"attributes": attributes, "Id": "001000000000001AAA", "Name": name, "Amount": amount}


RECORDS = st.lists(st.builds(record, TEXTS, NUMBERS), max_size=5)


def document(records: list, **head: object) -> dict:
    return {"totalSize": 7, "done": False, "nextRecordsUrl": "/q/01g-1", **head, "records": records}


@hypothesis_settings(max_examples=50, deadline=None)
@given(records=RECORDS)
def test_a_page_holds_the_records_that_decoding_gives(records):
    page = query_page(orjson.dumps(document(records)))
    assert page.head["totalSize"] == 7
    assert page.head["nextRecordsUrl"] == "/q/01g-1"
    assert page.record_count == len(records)
    assert [orjson.loads(line) for line in (page.lines.split(b"\n") if page.lines else [])] == [
        orjson.loads(orjson.dumps(record)) for record in records
    ]


@hypothesis_settings(max_examples=50, deadline=None)
@given(records=RECORDS)
def test_a_page_spelled_otherwise_holds_them_too(records):
    """Indented, with the records first, or without what tells the records apart."""
    bare = [{"Id": record["Id"], "Name": record["Name"]} for record in records]
    spellings = [
        (orjson.dumps(document(records), option=orjson.OPT_INDENT_2), records),
        (orjson.dumps({"records": records, "done": True, "totalSize": 7}), records),
        (orjson.dumps({"records": records, "done": True, "totalSize": 7, "more": []}), records),
        (orjson.dumps(document(bare)), bare),
    ]
    for content, expected in spellings:
        page = query_page(content)
        assert page.head["totalSize"] == 7
        assert page.record_count == len(expected)
        lines = page.lines.split(b"\n") if page.lines else []
        assert [orjson.loads(line) for line in lines] == orjson.loads(orjson.dumps(expected))


def test_what_is_no_json_is_no_page():
    with pytest.raises(orjson.JSONDecodeError):
        query_page(b"<html></html>")


def test_a_file_left_by_a_killed_try_is_not_gone_on_with(tmp_path):
    for _ in range(2):
        files = JsonLinesFiles(tmp_path, "rest")
        files.write(b'{"Id":"1"}\n{"Id":"2"}', 2)
        files.write(b'{"Id":"3"}', 1)
        [page] = files.close()
    assert page.path.read_bytes() == b'{"Id":"1"}\n{"Id":"2"}\n{"Id":"3"}\n'
    assert page.record_count == 3
    assert last_key(page.path, "Id") == "3"
