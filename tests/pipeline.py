"""The pipeline without a scheduler: the same steps the DAG wires, one after the other."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from include.core.errors import AccessError
from include.core.reading import Checkpoint, Reading
from include.core.settings import Settings
from include.doctor.field_gaps import store_metric_findings
from include.extract import hubspot, salesforce
from include.extract.limiter import Limiter
from include.facts.refresh import refresh_facts
from include.land.landing import land
from include.land.ledger import PlannedWindow, plan_windows
from include.metrics.compute import compute_metrics
from include.sandbox.server import Sandbox
from include.stage.load import load_batch
from include.stage.unify import unify
from include.tables import SOURCE_OBJECTS
from include.tables.source_object import SourceObject
from include.validate.batch import Verdict, validate_batch


@dataclass
class Pipeline:
    """Everything a run needs, and `run` to do it."""

    warehouse: sa.Engine
    sandbox: Sandbox
    settings: Settings
    folder: Path

    def run(
        self,
        now: datetime,
        as_of_at: datetime,
        crms: Iterable[str] = ("salesforce", "hubspot"),
        metric_ids: Sequence[str] | None = None,
    ) -> list[Verdict]:
        """One run of everything, or of some metrics, as of an instant; the verdicts on its batches."""
        verdicts = [
            verdict
            for source in SOURCE_OBJECTS
            if source.crm in crms
            for verdict in self.take_in(source, now)
        ]
        unify(self.warehouse, self.settings)
        refresh_facts(self.warehouse, self.settings, now)
        store_metric_findings(self.warehouse, self.settings, now)
        compute_metrics(self.warehouse, self.settings.calendar, as_of_at, "run", now, metric_ids)
        return verdicts

    def take_in(self, source: SourceObject, now: datetime) -> list[Verdict]:
        """Read, land, validate and stage what the ledger lacks of one object."""
        verdicts = []
        landing = self.folder / "landing"
        sources = self.settings.sources
        for planned in plan_windows(self.warehouse, source, sources, now, run_id="run"):
            read = functools.partial(self._read, source, planned)
            try:
                batch = land(
                    self.warehouse, landing, source, planned.window, planned.mode, "run", now, read
                )
            except AccessError:
                if not source.optional:
                    raise
                break
            verdict = validate_batch(
                self.warehouse, landing, batch, "run", now, sources.set_aside_limit_rate,
                sources.sweep_guard_rate, self.folder / "expectations",
            )  # fmt: skip
            if verdict.status == "validated":
                load_batch(self.warehouse, landing, batch, now, sources.sweep_guard_rate)
            verdicts.append(verdict)
        return verdicts

    def _read(
        self, source: SourceObject, planned: PlannedWindow, spool: Path, resume: Checkpoint | None
    ) -> Reading:
        module = salesforce if source.crm == "salesforce" else hubspot
        client = self._clients[source.crm]
        custom_fields = self.settings.sources.of(source.crm).custom_fields.get(source.table, [])
        return module.read(
            client, source, planned.query_window, planned.mode, spool, custom_fields, resume
        )

    @functools.cached_property
    def _clients(self) -> dict:
        return {
            "salesforce": salesforce.connect(
                salesforce.SalesforceCredentials(
                    consumer_key="sandbox",
                    consumer_secret="sandbox-secret",
                    base_url=self.sandbox.url,
                ),
                self.settings.sources.salesforce,
            ),
            "hubspot": hubspot.connect(
                hubspot.HubSpotCredentials("sandbox-token", self.sandbox.url),
                self.settings.sources.hubspot,
                Limiter(self.warehouse),
            ),
        }
