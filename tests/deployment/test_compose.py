"""docker-compose.yaml against what the repository really holds; no Docker engine is needed."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from include.deliver.account import SmtpAccount

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE_TEXT = (PROJECT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
AIRFLOW_SERVICES = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service.get("image") == "crm-metrics:local"
}

# The parts of the compose specification this file uses, closed: a misspelt key is refused.
SERVICE_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image"],
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "string"},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "user": {"type": "string"},
        "profiles": {"type": "array", "items": {"type": "string"}},
        "ports": {"type": "array", "items": {"type": "string", "pattern": r":\d+$"}},
        "volumes": {"type": "array", "items": {"type": "string", "pattern": ":/"}},
        "entrypoint": {"type": "array", "items": {"type": "string"}},
        "command": {"type": ["string", "array"], "items": {"type": "string"}},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "env_file": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path"],
                "properties": {"path": {"type": "string"}, "required": {"type": "boolean"}},
            },
        },
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["condition"],
                "properties": {
                    "condition": {
                        "enum": [
                            "service_started",
                            "service_healthy",
                            "service_completed_successfully",
                        ]
                    }
                },
            },
        },
        "stop_grace_period": {"type": "string", "pattern": r"^\d+s$"},
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test"],
            "properties": {
                "test": {"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}]},
                "interval": {"type": "string", "pattern": r"^\d+s$"},
                "timeout": {"type": "string", "pattern": r"^\d+s$"},
                "start_period": {"type": "string", "pattern": r"^\d+s$"},
                "retries": {"type": "integer"},
            },
        },
    },
}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_service_is_of_the_specification(name: str) -> None:
    jsonschema.validate(COMPOSE["services"][name], SERVICE_SCHEMA)


def test_top_level_is_of_the_specification() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"services", "volumes"}


def test_every_named_volume_is_declared() -> None:
    used = {
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    }
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_an_edited_configuration_counts_at_once() -> None:
    """Run-books say: correct the file, clear the task. The image holds the files of when it was built."""
    for name, service in AIRFLOW_SERVICES.items():
        folder = service["environment"]["CRM_CONFIG_DIRECTORY"]
        (source,) = [
            volume.split(":")[0] for volume in service["volumes"] if f":{folder}:" in volume
        ]
        assert (PROJECT / source / "sources.yaml").exists(), name


def test_a_warehouse_of_ones_own_is_not_passed_over() -> None:
    """What stands under `environment` wins over `.env`, where people are told to put connections."""
    example = (PROJECT / ".env.example").read_text()
    for name in re.findall(r"^#? ?(AIRFLOW_CONN_\w+)=", example, re.MULTILINE):
        for service, settings in AIRFLOW_SERVICES.items():
            given = settings["environment"].get(name)
            assert given is None or given.startswith(f"${{{name}:-"), (service, name)


def test_a_worker_may_hear_the_mail_server_out_before_it_is_ended() -> None:
    """A worker that is killed between a mail's text and the answer leaves one nobody knows of."""
    grace = COMPOSE["services"]["airflow-worker"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > 2 * SmtpAccount.timeout_seconds


def test_a_database_is_healthy_once_it_is_reached_as_airflow_reaches_it() -> None:
    """While the image sets it up, it answers on its socket, and then restarts."""
    for name in ("metadata", "warehouse"):
        assert "-h" in COMPOSE["services"][name]["healthcheck"]["test"], name


def test_every_dependency_is_a_service_that_can_meet_its_condition() -> None:
    for name, service in COMPOSE["services"].items():
        for other, wanted in service.get("depends_on", {}).items():
            assert other in COMPOSE["services"], (name, other)
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in COMPOSE["services"][other], (name, other)


def test_every_airflow_service_finds_the_project_and_its_secrets() -> None:
    assert len(AIRFLOW_SERVICES) == 7
    for name, service in AIRFLOW_SERVICES.items():
        path = service["environment"]["PYTHONPATH"].split(":")
        assert "/opt/airflow" in path, name
        assert "/opt/airflow/plugins/crm_airflow/local_settings" in path, name
        assert service["env_file"] == [{"path": ".env", "required": True}], name


def test_whatever_runs_tasks_waits_for_the_api_server() -> None:
    for name in (
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
        "airflow-worker",
    ):
        condition = COMPOSE["services"][name]["depends_on"]["airflow-apiserver"]["condition"]
        assert condition == "service_healthy", name


def test_every_variable_is_in_the_example() -> None:
    example = (PROJECT / ".env.example").read_text()
    offered = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    needed = {
        name
        for name, default in re.findall(r"(?<!\$)\$\{([A-Z_]+)(:-[^}]*)?", COMPOSE_TEXT)
        if not default
    }
    assert needed <= offered


def test_no_password_of_the_example_is_one_that_everybody_knows() -> None:
    """An empty one is refused by docker compose; one that is shipped would be left as it is."""
    example = (PROJECT / ".env.example").read_text()
    given = dict(re.findall(r"^([A-Z_]*(?:PASSWORD|KEY|SECRET))=(.*)$", example, re.MULTILINE))
    assert set(given.values()) == {""}
    assert len(given) == 6
    for name in given:
        assert f"${{{name}:?" in COMPOSE_TEXT, name


def test_nothing_answers_to_other_machines() -> None:
    """Airflow speaks without TLS here, and ports that Docker opens pass by the machine's firewall."""
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_path_in_the_image_is_in_the_repository() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    copied = dict(re.findall(r"^COPY (?:--\S+ )?(\S+) (/\S+)$", dockerfile, re.MULTILINE))
    for source in copied:
        assert (PROJECT / source).exists(), source
    for path in set(
        re.findall(r"/opt/airflow/((?:dags|plugins|include)[\w/.]*)", COMPOSE_TEXT + dockerfile)
    ):
        assert (PROJECT / path).exists(), path


def test_the_image_is_of_the_airflow_we_pin() -> None:
    pinned = re.search(
        r"^apache-airflow==(\S+)$", (PROJECT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert pinned is not None
    assert f"FROM apache/airflow:{pinned[1]}-python3.11" in (PROJECT / "Dockerfile").read_text()


def test_the_connections_of_the_example_are_json() -> None:
    example = (PROJECT / ".env.example").read_text()
    connections = re.findall(r"^#? ?AIRFLOW_CONN_\w+='(.*)'$", example, re.MULTILINE)
    assert len(connections) == 7
    for connection in connections:
        assert json.loads(connection)["conn_type"] in {"salesforce", "http", "smtp", "postgres"}


@pytest.mark.slow
def test_every_airflow_command_exists() -> None:
    """The sub-command of each service, and of airflow-init, is one the pinned Airflow knows."""
    commands = {
        shlex.split(service["command"])[0]
        for service in AIRFLOW_SERVICES.values()
        if isinstance(service["command"], str)
    }
    commands |= set(re.findall(r'"airflow (\w[\w-]*)', COMPOSE_TEXT))
    commands |= set(re.findall(r"'airflow (\w[\w-]*)", COMPOSE_TEXT))
    assert {
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "celery",
        "db",
        "jobs",
    } == commands
    listed = subprocess.run(
        [sys.executable, "-m", "airflow", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for command in commands:
        assert re.search(rf"^\s+{command}\b", listed, re.MULTILINE), command


def test_every_module_that_is_run_exists() -> None:
    modules = re.findall(r"python -m (\w[\w.]*)", COMPOSE_TEXT)
    assert len(modules) == 3
    for module in modules:
        home = PROJECT / "plugins" if module.startswith("crm_airflow") else PROJECT
        path = home / Path(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_options_of_the_modules_that_are_run_exist() -> None:
    for module in ("include.sandbox.company", "include.sandbox.server"):
        used = re.search(rf"-m {re.escape(module)} (.*)", COMPOSE_TEXT)
        assert used is not None
        offered = subprocess.run(
            [sys.executable, "-m", module, "--help"],
            capture_output=True,
            text=True,
            check=True,
            cwd=PROJECT,
        ).stdout
        options = re.findall(r"(--[a-z]+)", used[1])
        assert len(options) >= 3
        for option in options:
            assert option in offered, (module, option)
