"""Reading landed batches."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from include.core.batch import Manifest, Part, file_sha256, read_frames, read_manifest
from include.core.errors import IncompleteError
from include.core.window import Window

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def landed(folder: Path, *parts: tuple[str, str, int]) -> Manifest:
    """A batch of hand-written parts: name, content, and how many records it claims to hold."""
    kept = []
    for name, content, count in parts:
        path = folder / name
        path.write_text(content, encoding="utf-8", newline="")
        kept.append(
            Part(
                name,
                "csv" if name.endswith("csv") else "jsonl",
                count,
                path.stat().st_size,
                file_sha256(path),
            )
        )
    manifest = Manifest(
        "b", "salesforce", "account", "delta", Window(START, END), "run", END, "api", "query", ("Id",), (), 1, 2,
        tuple(kept),
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.to_json())
    return manifest


def values(
    folder: Path, manifest: Manifest, *paths: str, rows: int = 50_000
) -> list[list[str | None]]:
    frames = list(read_frames(folder, manifest, paths, rows))
    whole = pd.concat(frames)
    assert whole.index.tolist() == list(range(len(whole)))
    return [
        [None if pd.isna(v) else v for v in row] for row in whole.astype(object).values.tolist()
    ]


def test_a_manifest_reads_back_as_written(tmp_path: Path) -> None:
    manifest = landed(tmp_path, ("part-00000.jsonl", '{"Id":"1"}\n', 1))
    assert read_manifest(tmp_path) == manifest
    assert manifest.landed_count == 1


def test_a_folder_without_manifest_is_never_read(tmp_path: Path) -> None:
    with pytest.raises(IncompleteError, match=r"no manifest.*Clear the task"):
        read_manifest(tmp_path)


def test_csv_and_json_of_one_record_read_alike(tmp_path: Path) -> None:
    csv = (
        '"Id","Name","Amount","Website"\n"1","A ""quoted""\nname, NA","23.0",""\n"2","NA","","x"\n'
    )
    json = '{"Id":"1","Name":"A \\"quoted\\"\\nname, NA","Amount":23.0,"Website":null}\n{"Id":"2","Name":"NA","Website":"x"}\n'
    manifest = landed(tmp_path, ("part-00000.csv", csv, 2), ("part-00001.jsonl", json, 2))
    rows = values(tmp_path, manifest, "Id", "Name", "Amount", "Website", "Missing")
    assert rows[0] == rows[2] == ["1", 'A "quoted"\nname, NA', "23.0", None, None]
    assert rows[1] == rows[3] == ["2", "NA", None, "x", None]


@pytest.mark.parametrize("length", [131_073, 2_000_000], ids=["csv module's limit", "a block"])
def test_a_value_of_any_length_is_read_whole(tmp_path: Path, length: int) -> None:
    long = ('line one, ""quoted""\n' * (length // 20 + 1))[:length].rstrip('"')
    csv = f'"Id","Description"\n"1","{long}x"\n"2","short"\n'
    manifest = landed(tmp_path, ("part-00000.csv", csv, 2))
    rows = values(tmp_path, manifest, "Id", "Description")
    assert rows == [["1", long.replace('""', '"') + "x"], ["2", "short"]]


def test_text_cut_within_an_emoji_is_read(tmp_path: Path) -> None:
    records = '{"Id":"1","Name":"Hi \\ud83d\\ude00"}\n{"Id":"2","Name":"Hi \\ud83d"}\n'
    manifest = landed(tmp_path, ("part-00000.jsonl", records, 2))
    (frame,) = read_frames(tmp_path, manifest, ("Name",))
    assert frame["Name"].tolist() == ["Hi \U0001f600", "Hi ?"]


def test_paths_step_into_nested_objects(tmp_path: Path) -> None:
    json = '{"id":"7","properties":{"amount":"","is":true,"list":[1,2]},"archived":false}\n'
    manifest = landed(tmp_path, ("part-00000.jsonl", json, 1))
    assert values(tmp_path, manifest, "id", "properties.amount", "properties.is", "properties.list", "id.x", "archived") == [
        ["7", None, "true", "[1,2]", None, "false"]
    ]  # fmt: skip


def test_an_empty_csv_has_a_header_and_no_records(tmp_path: Path) -> None:
    manifest = landed(tmp_path, ("part-00000.csv", '"Id"\n', 0))
    assert list(read_frames(tmp_path, manifest, ["Id"])) == []


def test_rows_are_numbered_over_frames_and_parts(tmp_path: Path) -> None:
    three = "".join(f'{{"Id":"{n}"}}\n' for n in range(3))
    manifest = landed(tmp_path, ("a.jsonl", three, 3), ("b.jsonl", three, 3))
    assert values(tmp_path, manifest, "Id", rows=2) == [["0"], ["1"], ["2"]] * 2


def test_fewer_records_than_claimed_stop_the_load(tmp_path: Path) -> None:
    manifest = landed(tmp_path, ("part-00000.csv", '"Id"\n"1"\n', 2))
    with pytest.raises(IncompleteError, match="holds 1 records, its manifest says 2"):
        list(read_frames(tmp_path, manifest, ["Id"]))
