"""A small org and a small portal in the sandbox, and the doctor's look at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.connection import Connection
from include.core.settings import Settings
from include.doctor import examine as examining
from include.doctor.finding import Finding
from include.extract import hubspot_client
from include.sandbox.server import Sandbox

STAMP = "2026-11-01T00:00:00.000+0000"
SECRETS = ("sandbox-secret", "sandbox-token", "wrong-secret", "wrong-token")


def salesforce_record(id_: str, **fields: Any) -> dict[str, Any]:
    stamps = {"IsDeleted": False, "CreatedDate": STAMP, "SystemModstamp": STAMP}
    return {"Id": id_, **stamps, **fields}


def hubspot_record(id_: str, **properties: str) -> dict[str, Any]:
    at = "2026-11-01T00:00:00.000Z"
    return {
        "id": id_,
        "properties": {"hs_object_id": id_, **properties},
        "createdAt": at,
        "updatedAt": at,
        "archived": False,
    }


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """One opportunity and one deal; everything else is there and has no records."""
    folder = tmp_path / "crm"
    files = {
        "salesforce/Opportunity": salesforce_record("006000000000001AAA", Name="One", Amount=5),
        "hubspot/deals": hubspot_record("1", dealname="One", amount="5"),
    }
    for name, record in files.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    with Sandbox(folder) as running:
        yield running


def connections(url: str, **changes: Connection | None) -> dict[str, Connection | None]:
    """The connections to a sandbox, some of them changed."""
    return {
        "salesforce_default": Connection(
            "salesforce_default",
            host=url,
            extra={
                "consumer_key": "sandbox",
                "consumer_secret": "sandbox-secret",
                "domain": "acme.my",
            },
        ),
        "hubspot_default": Connection("hubspot_default", host=url, password="sandbox-token"),
        "smtp_default": None,
        **changes,
    }


class Look:
    """Findings of one look, by (crm, object, field)."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.by_key = {(f.crm, f.object_name, f.field_name): f for f in findings}
        # Each is one row of a table with this key.
        assert len(self.by_key) == len(findings)
        said = " ".join(f"{f.message} {f.remedy}" for f in findings)
        assert not any(secret in said for secret in SECRETS)

    def __call__(self, crm: str, object_name: str = "", field_name: str = "") -> Finding:
        return self.by_key[crm, object_name, field_name]

    def fields(self, crm: str, object_name: str) -> list[str]:
        """Names of the fields of an object that something was found of."""
        return [
            f.field_name
            for f in self.findings
            if (f.crm, f.object_name) == (crm, object_name) and f.field_name
        ]


@pytest.fixture
def look(
    sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Look]:
    """Looks at the sandbox; `named` replaces connections, `choices` settings of a CRM."""
    monkeypatch.setattr(examining, "OwnPace", _NoPace)
    monkeypatch.setattr(hubspot_client, "ATTEMPT_COUNT", 1)

    def call(
        named: Mapping[str, Connection | None] | None = None,
        warehouse: sa.Engine | None = None,
        **choices: dict[str, Any],
    ) -> Look:
        sources = settings.sources
        changed = {crm: sources.of(crm).model_copy(update=more) for crm, more in choices.items()}
        chosen = Settings(**{**vars(settings), "sources": sources.model_copy(update=changed)})
        known = connections(sandbox.url, **(named or {}))
        return Look(examining.examine(chosen, known.get, warehouse, tmp_path / "landing"))

    return call


class _NoPace(examining.OwnPace):
    """A sandbox whose limits are not enforced need not be spared."""

    def take(self, account: str, policy: Any) -> None:
        pass
