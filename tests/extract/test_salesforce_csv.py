"""CSV of the Bulk API is counted as it goes by, and every file of it can be read by itself."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.extract import salesforce_csv
from include.extract.salesforce_csv import count_records, last_key, write_page

HEADER = b'"Id","Name"\n'
# Values that look like the beginning of a record, or like its end.
NAMES = st.text(st.sampled_from('a",\n\rü0'), max_size=8)
RECORDS = st.lists(st.tuples(st.integers(0, 999).map("006{:015d}".format), NAMES), max_size=12)


def written(records: list[tuple[str, ...]]) -> bytes:
    """Salesforce's spelling: every value in quotes, nothing for null."""
    lines = [
        ",".join('"' + value.replace('"', '""') + '"' if value else "" for value in record)
        for record in records
    ]
    return HEADER + "".join(f"{line}\n" for line in lines).encode()


def chunks(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@hypothesis_settings(max_examples=100, deadline=None)
@given(records=RECORDS, size=st.integers(1, 9), ends_with_line_break=st.booleans())
def test_records_are_counted_as_they_go_by(records, size, ends_with_line_break):
    """Against the csv module, in chunks that end anywhere."""
    content = written(records)
    content = content if ends_with_line_break else content.removesuffix(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.csv"
        header, count = write_page(chunks(content, size), path, b"")
        assert path.read_bytes() == content
        read = list(csv.reader(io.StringIO(content.decode(), newline="")))
        assert count == len(read) - 1 == len(records)
        if ends_with_line_break:
            assert header == HEADER
        if records:
            assert last_key(path, "Id") == records[-1][0]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_page_without_a_header_gets_the_first_page_s(tmp_path, size):
    records = [("006000000000000001", "a\nb"), ("006000000000000002", "")]
    content = written(records)
    path = tmp_path / "page.csv"
    assert write_page(chunks(content, size), path, HEADER) == (HEADER, 2)
    assert path.read_bytes() == content
    bare = content.removeprefix(HEADER)
    assert write_page(chunks(bare, size), path, HEADER) == (HEADER, 2)
    assert path.read_bytes() == content


def test_a_page_without_anything_has_no_records(tmp_path):
    path = tmp_path / "page.csv"
    assert write_page([], path, HEADER) == (HEADER, 0)
    assert path.read_bytes() == b""


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    records=st.lists(
        st.tuples(
            st.text(st.sampled_from('a",\n\rü'), max_size=6), st.sampled_from(["", '""', "b"])
        ),
        max_size=12,
    ),
    chunk_bytes=st.integers(1, 9),
    ends_with_line_break=st.booleans(),
)
def test_records_of_any_csv_are_counted(records, chunk_bytes, ends_with_line_break):
    """Against the csv module, with chunks that end anywhere."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Id", "Name"), *records])
    content = text.getvalue() if ends_with_line_break else text.getvalue().removesuffix("\n")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(salesforce_csv, "_CHUNK_BYTES", chunk_bytes)
        path = Path(folder) / "page.csv"
        path.write_bytes(content.encode())
        assert count_records(path) == len(records)
