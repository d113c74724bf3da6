"""Whether the disk has room for what lands next."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.land import room as watched
from include.land.room import Room, room

NEWEST = datetime(2026, 3, 20, tzinfo=UTC)


def land(folder: Path, age_days: int, byte_count: int) -> None:
    """A batch that landed so many days before the newest one."""
    folder.mkdir(parents=True)
    (folder / "part-00000.csv").write_bytes(b"x" * byte_count)
    manifest = folder / "manifest.json"
    manifest.write_text("{}")
    at = (NEWEST - timedelta(days=age_days)).timestamp()
    os.utime(manifest, (at, at))


def test_what_the_last_four_weeks_took_is_wanted_again(tmp_path: Path) -> None:
    for age_days, byte_count in ((0, 1000), (28, 200), (29, 30)):
        land(tmp_path / "salesforce" / "opportunity" / f"{age_days} days", age_days, byte_count)
    land(tmp_path / "hubspot" / "deal" / "batch", 5, 4)
    # Files of a batch without a manifest count once it has landed.
    (tmp_path / "hubspot" / "deal" / "unfinished").mkdir()
    (tmp_path / "hubspot" / "deal" / "unfinished" / "part-00000.csv").write_text("more")
    # 1000 + 200 + 4, and three manifests of two bytes.
    assert room(tmp_path).recent_bytes == 1210


def test_a_disk_is_short_before_it_is_full() -> None:
    gigabyte = 1000**3
    assert not Room(Path(), 5 * gigabyte, 0).is_short
    assert Room(Path(), 5 * gigabyte - 1, 0).is_short
    assert not Room(Path(), 80 * gigabyte, 80 * gigabyte).is_short
    assert Room(Path(), 80 * gigabyte - 1, 80 * gigabyte).is_short


def test_before_anything_has_landed_there_is_a_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "LEAST_BYTES", 10**18)
    left = room(tmp_path / "data" / "landing")
    assert (left.folder, left.recent_bytes, left.is_short) == (tmp_path, 0, True)
