"""What counts of a configuration with mistakes, and what of the one before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.core.errors import ConfigurationError
from include.core.settings import load_settings
from include.core.settings_audiences import Audiences
from include.core.settings_wiring import keep_in_force, load_wiring

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration to break."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def in_force(tmp_path: Path) -> Path:
    """Where nothing has been kept yet."""
    return tmp_path / "data" / "in_force"


def told(audiences: Audiences | None) -> list[str] | None:
    """Who is told of failures."""
    return audiences.ops.recipients if audiences and audiences.ops else None


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("audiences.yaml", "sender:", "sender: ["),
        ("audiences.yaml", "late_after_hours: 2", "late_after_hours: soon"),
        ("audiences.yaml", "allowed_domains: [example.com]", "allowed_domains: [exmaple.com]"),
        ("calendar.yaml", "America/New_York", "New York"),
        ("calendar.yaml", "currency: USD", "currency: [USD"),
    ],
)
def test_after_a_mistake_what_was_right_before_counts(
    folder: Path, in_force: Path, file: str, old: str, new: str
) -> None:
    replace(folder / "calendar.yaml", "America/New_York", "Europe/Berlin")
    keep_in_force(load_settings(folder), in_force)
    replace(folder / file, old.replace("America/New_York", "Europe/Berlin"), new)
    wiring = load_wiring(folder, in_force)
    assert wiring.calendar.time_zone == "Europe/Berlin"
    assert told(wiring.audiences) == ["revops@example.com"]


def test_what_is_right_counts_beside_what_is_not(folder: Path, in_force: Path) -> None:
    keep_in_force(load_settings(folder), in_force)
    replace(folder / "sources.yaml", "salesforce:", "salesforce: [")
    replace(folder / "calendar.yaml", "America/New_York", "Europe/Berlin")
    replace(folder / "audiences.yaml", "recipients: [revops@", "recipients: [night@")
    wiring = load_wiring(folder, in_force)
    assert wiring.calendar.time_zone == "Europe/Berlin"
    assert told(wiring.audiences) == ["night@example.com"]


def test_no_time_zone_is_guessed(folder: Path, in_force: Path) -> None:
    (folder / "calendar.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"calendar\.yaml: cannot be read"):
        load_wiring(folder, in_force)
    in_force.mkdir(parents=True)
    (in_force / "calendar.json").write_text('{"time_zone": ')
    with pytest.raises(ConfigurationError, match=r"calendar\.yaml: cannot be read"):
        load_wiring(folder, in_force)


def test_nobody_outside_is_told_of_the_mistake_that_they_are_named(
    folder: Path, in_force: Path
) -> None:
    path = folder / "audiences.yaml"
    replace(path, "[executives@example.com]", "[ceo@elsewhere.com, a@example.com]")
    audiences = load_wiring(folder, in_force).audiences
    assert audiences is not None
    assert audiences.reports["executive_weekly"].recipients == ["a@example.com"]
    assert told(audiences) == ["revops@example.com"]
    replace(path, "[revops@example.com]", "[ops@elsewhere.com]")
    audiences = load_wiring(folder, in_force).audiences
    assert audiences is not None
    assert audiences.ops is None


def test_what_is_kept_is_the_newest_and_nothing_else(folder: Path, in_force: Path) -> None:
    keep_in_force(load_settings(folder), in_force)
    replace(folder / "calendar.yaml", "America/New_York", "Europe/Berlin")
    keep_in_force(load_settings(folder), in_force)
    assert sorted(path.name for path in in_force.iterdir()) == ["audiences.json", "calendar.json"]
    (folder / "calendar.yaml").unlink()
    assert load_wiring(folder, in_force).calendar.time_zone == "Europe/Berlin"
