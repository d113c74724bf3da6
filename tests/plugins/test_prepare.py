"""What has to be right before a run reads anything: the configuration, and the warehouse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.core.errors import ConfigurationError, RetryableError, StopError
from include.tables import SCHEMAS
from tests.plugins.conftest import Connect

PROJECT = Path(__file__).resolve().parents[2]


def test_a_warehouse_that_is_down_is_named(connect: Connect) -> None:
    from crm_airflow import steps

    connect("crm_warehouse", conn_type="postgres", host="127.0.0.1", port=free_port(), login="etl",
            password="hidden", schema="crm")  # fmt: skip
    with pytest.raises(RetryableError, match=r"warehouse at 127\.0\.0\.1.*crm_warehouse") as caught:
        steps.prepare()
    assert "hidden" not in str(caught.value)


def test_another_warehouse_than_before_is_not_filled_anew(
    connect: Connect, warehouse: sa.Engine, tmp_path: Path
) -> None:
    """As when the connection is gone, and the embedded PostgreSQL answers in its place."""
    from crm_airflow import steps

    with warehouse.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
    steps.prepare()
    batch = tmp_path / "data" / "landing" / "salesforce" / "opportunity" / "batch"
    batch.mkdir(parents=True)
    (batch / "manifest.json").write_text("{}")
    with pytest.raises(StopError, match=r"is empty, and another one holds .*crm_warehouse"):
        steps.prepare()


def test_the_configuration_is_read_once_and_again_when_it_changes(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import steps

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    before = steps.settings()
    assert steps.settings() is before
    calendar = tmp_path / "config" / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("currency: USD", "currency: EUR"))
    assert (before.calendar.currency, steps.settings().calendar.currency) == ("USD", "EUR")


def test_a_configuration_that_is_right_is_kept_for_when_it_is_not(
    connect: Connect, tmp_path: Path
) -> None:
    """Whatever else keeps a run from going on."""
    from crm_airflow import steps
    from include.core.settings_wiring import load_wiring

    connect("crm_warehouse", conn_type="postgres", host="127.0.0.1", port=free_port())
    with pytest.raises(RetryableError):
        steps.prepare()
    kept = load_wiring(tmp_path / "no configuration", tmp_path / "data" / "in_force")
    assert (kept.calendar, kept.audiences) == (
        steps.settings().calendar,
        steps.settings().audiences,
    )


def test_a_mistake_in_the_configuration_stops_before_anything_runs(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from crm_airflow import steps

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    (tmp_path / "config" / "calendar.yaml").write_text("time_zone: Mars\n")
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    with pytest.raises(ConfigurationError, match=r"calendar\.yaml:1: time_zone"):
        steps.prepare()


def test_custom_fields_of_an_object_there_is_not_stop_before_anything_runs(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing would ever read them."""
    from crm_airflow import steps

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    path = tmp_path / "config" / "sources.yaml"
    fields = "custom_fields: {opportunities: [Region__c], account: [Tier__c]}"
    path.write_text(path.read_text().replace("custom_fields: {}", fields, 1))
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    with pytest.raises(
        ConfigurationError, match=r"salesforce\.custom_fields\.opportunities: "
    ) as e:
        steps.prepare()
    assert "account:" not in str(e.value)
