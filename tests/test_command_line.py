"""The command line: what is stored is printed, what is not is explained."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.__main__ import main
from include.core.settings import Settings
from include.metrics import show
from tests.stored_values import store_values

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(warehouse: sa.Engine, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `metrics` on the warehouse of the test: exit code, standard output, standard error."""
    url = warehouse.url.render_as_string(hide_password=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["metrics", "--warehouse", url, *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def stored(warehouse: sa.Engine, settings: Settings) -> sa.Engine:
    """March 2026 as of two instants, and one owner."""
    zone = ZoneInfo(settings.calendar.time_zone)

    def row(metric_id: str, value: str | None, as_of: datetime, **columns: object) -> dict:
        return {
            "metric_id": metric_id,
            "grain": "month",
            "period_start_date": date(2026, 3, 1),
            "period_end_date": date(2026, 4, 1),
            "period_id": "2026-03",
            "slice_id": "total",
            "slice_value": "",
            "slice_label": "",
            "as_of_at": as_of,
            "value": value,
            "numerator": value,
            "sample_count": 4,
            "excluded_count": 0,
            "unit": "money",
            "status": "OK",
            "status_reason": "",
            "is_complete": True,
            "run_id": "run",
            "computed_at": as_of,
            **columns,
        }

    # Midnight in New York is the end of 31 March there, and already 04:00 UTC of 1 April.
    end_of_march = datetime(2026, 4, 1, tzinfo=zone)
    earlier = datetime(2026, 3, 31, tzinfo=zone)
    later = datetime(2026, 4, 2, tzinfo=zone)
    owner = {"slice_id": "owner", "slice_value": "A", "slice_label": 'Ann "A", Able'}
    rows = [
        row("revenue", "5000", earlier, is_complete=False),
        row("revenue", "6000.5", end_of_march),
        row("revenue", "6100", later),
        row("revenue", "3500.25", end_of_march, **owner),
        row(
            "close_rate",
            None,
            end_of_march,
            unit="rate",
            status="ZERO_DENOMINATOR",
            status_reason="There are no closed deals to divide by.",
        ),
        row("time_to_resolution", "108030", end_of_march, unit="seconds"),
    ]
    with warehouse.begin() as connection:
        store_values(connection, rows)
    return warehouse


def test_csv_is_what_was_stored_at_the_end_of_the_day(stored: sa.Engine, command: Command) -> None:
    code, out, err = command("--as-of", "2026-03-31", "--metric", "revenue", "--format", "csv")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == 1
    assert tuple(rows[0]) == show.COLUMNS
    assert rows[0]["value"] == "6000.5"
    assert rows[0]["denominator"] == ""
    assert rows[0]["is_complete"] == "true"
    assert rows[0]["as_of_at"] == "2026-04-01T04:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "value"), [("2026-03-30", 5000), ("2026-03-31", 6000.5), ("2026-03-01", None)]
)
def test_the_latest_as_of_up_to_the_day_is_shown(
    stored: sa.Engine, command: Command, day: str, value: float | None
) -> None:
    code, out, err = command("--as-of", day, "--metric", "revenue", "--format", "json")
    if value is None:
        assert (code, out) == (1, "")
        assert "airflow backfill create" in err
        assert day in err
    else:
        assert [row["value"] for row in json.loads(out)] == [value]


def test_members_of_a_slice_keep_their_names_in_csv(stored: sa.Engine, command: Command) -> None:
    _, out, _ = command("--as-of", "2026-03-31", "--by", "owner", "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert [(row["slice_value"], row["slice_label"], row["value"]) for row in rows] == [
        ("A", 'Ann "A", Able', "3500.25")
    ]


def test_the_table_fits_and_explains(stored: sa.Engine, command: Command) -> None:
    code, out, _ = command("--as-of", "2026-03-31")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == (
        "month 2026-03 (2026-03-01 to 2026-03-31), as of 2026-04-01 00:00 America/New_York"
    )
    assert max(map(len, lines)) <= show.TABLE_WIDTH
    cells = {line[: show.NAME_WIDTH].strip(): line[show.NAME_WIDTH :].split() for line in lines[3:]}
    assert cells["Won revenue"] == ["6,000.50", "USD", "4", "ok"]
    assert cells["Close rate"] == ["n/a", "4", "see", "below"]
    # 108030 s is 30 h and half a minute
    assert cells["Time to resolution"] == ["30", "h", "00", "min", "4", "ok"]
    assert "Close rate: ZERO_DENOMINATOR. There are no closed deals to divide by." in lines


def test_json_has_null_where_there_is_no_value(stored: sa.Engine, command: Command) -> None:
    _, out, _ = command("--as-of", "2026-03-31", "--metric", "close_rate", "--format", "json")
    (row,) = json.loads(out)
    assert (row["value"], row["status"]) == (None, "ZERO_DENOMINATOR")
    assert row["period_start_date"] == "2026-03-01"


def test_an_unknown_metric_lists_those_there_are(command: Command) -> None:
    code, out, err = command("--as-of", "2026-03-31", "--metric", "profit")
    assert (code, out) == (1, "")
    assert "There is no metric profit" in err
    assert "close_rate" in err


def test_a_slice_the_metric_does_not_have_lists_its_own(command: Command) -> None:
    code, _, err = command("--as-of", "2026-03-31", "--metric", "close_rate", "--by", "country")
    assert code == 1
    assert "close_rate is not cut by country. Use one of: owner, role, team, channel" in err


def test_an_empty_warehouse_says_what_to_run(command: Command) -> None:
    code, _, err = command("--as-of", "2026-03-31", "--metric", "revenue")
    assert code == 1
    assert "No month value of revenue as of 2026-03-31 is stored." in err
    assert "--from-date 2026-03-31 --to-date 2026-03-31" in err


def test_a_database_without_our_tables_says_what_to_run(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", "--as-of", "2026-03-31", "--warehouse", postgres_url]) == 1
    assert "crm_daily" in capsys.readouterr().err


def test_without_a_url_it_is_the_warehouse_the_tasks_write_to(
    stored: sa.Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not the embedded one, which may be there as well and hold values of before."""
    url = stored.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", url)
    assert main(["metrics", "--as-of", "2026-03-31", "--metric", "revenue", "--format", "csv"]) == 0
    assert "6000.5" in capsys.readouterr().out


def test_a_warehouse_never_set_up_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CRM_WAREHOUSE", raising=False)
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path))
    assert main(["metrics", "--as-of", "2026-03-31"]) == 1
    assert "There is no warehouse in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_warehouse_does_not_print_the_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql://reader:hidden-word@127.0.0.1:1/crm"
    assert main(["metrics", "--as-of", "2026-03-31", "--warehouse", url]) == 1
    err = capsys.readouterr().err
    assert "127.0.0.1:1/crm cannot be reached" in err
    assert "hidden-word" not in err


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["metrics", "--as-of", "31.03.2026"])
    assert stop.value.code == 2
    assert "31.03.2026" in capsys.readouterr().err
