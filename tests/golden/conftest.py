"""The pipeline over the sandbox, once for each org of examples and variant of CRMs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pytest
import sqlalchemy as sa

from include.core.settings import Channel, Channels, Settings
from include.core.settings_customers import Recurring
from include.facts.refresh import refresh_facts
from include.metrics.compute import compute_metrics
from include.sandbox.server import Sandbox
from include.stage.unify import unify
from include.tables import SOURCE_OBJECTS, source_object
from include.tables.metrics import metric_value
from tests.golden import subscriptions
from tests.golden.answers import Answer, Values
from tests.golden.org import Org
from tests.metrics.builders import loaded
from tests.pipeline import Pipeline

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
# A first reading of what a later one shows differently, and the reading that tells.
READ_BEFORE = datetime(2026, 3, 1, 1, tzinfo=UTC)
READ_AT = datetime(2026, 4, 1, 1, tzinfo=UTC)
LATER = timedelta(hours=1)
SUBSCRIPTIONS = source_object("hubspot.subscription")

# The channels of the examples, with each CRM's word for them.
CHANNELS = Channels(
    channels=[
        Channel(id=key, name=key, marketing=marketing, sources=sources)
        for key, marketing, sources in (
            ("paid_search", True, ["Google Ads", "PAID_SEARCH"]),
            ("paid_social", True, ["Paid Social", "PAID_SOCIAL"]),
            ("event", True, ["Conference", "OTHER_CAMPAIGNS"]),
            ("referral", False, ["Referral", "REFERRALS"]),
            ("outbound", False, ["Cold Call", "OFFLINE"]),
            ("unknown", False, []),
        )
    ]
)


class Scenario(Protocol):
    """A module with families of examples that share one org."""

    __name__: str
    ANSWERS: tuple[Answer, ...]

    def fill(self, org: Org) -> None:
        """Put their records into the org."""

    def changes(self, org: Org) -> list[dict[str, Any]]:
        """What changes in HubSpot's subscriptions after a first reading of them."""

    def choose(self, settings: Settings) -> Settings:
        """The settings with the choices they need."""


@dataclasses.dataclass
class Books:
    """What a run left behind."""

    warehouse: sa.Engine
    org: Org
    values: Values


class Bookkeeper:
    """Runs the pipeline over an org of examples when its numbers are first asked for."""

    def __init__(
        self, stack: ExitStack, fresh_warehouse: Callable, folder: Path, settings: Settings
    ) -> None:
        self.stack, self.fresh_warehouse, self.folder = stack, fresh_warehouse, folder
        self.settings = settings
        self.kept: dict[str, Books] = {}
        self.of_lines: dict[str, Values] = {}
        self.broken: dict[str, BaseException] = {}

    def of(self, scenario: Scenario, variant: str) -> Books:
        """What a scenario comes to in a variant."""
        name = f"{scenario.__name__.split('.')[-1]}-{variant}"
        if name in self.broken:
            pytest.fail(f"The run of {name} failed before: {self.broken[name]!r}")
        if name not in self.kept:
            org = Org(variant)
            scenario.fill(org)
            try:
                self.kept[name] = self._run(org, scenario, self.folder / name)
            except BaseException as error:
                self.broken[name] = error
                raise
        return self.kept[name]

    def of_deal_lines(self, scenario: Scenario, variant: str) -> Values:
        """What recurring revenue comes to where it is read from the lines of a scenario's deals."""
        if variant not in self.of_lines:
            warehouse = self.of(scenario, variant).warehouse
            settings = scenario.choose(golden_settings(self.settings))
            lines = Recurring(salesforce="deal_lines", hubspot="deal_lines")
            customers = settings.customers.model_copy(update={"recurring": lines})
            metrics = sorted({answer.metric for answer in subscriptions.RECURRING})
            refresh_facts(
                warehouse, dataclasses.replace(settings, customers=customers), READ_AT + LATER
            )
            compute_metrics(warehouse, settings.calendar, AS_OF, "lines", READ_AT, metrics)
            self.of_lines[variant] = _values(warehouse)
        return self.of_lines[variant]

    def _run(self, org: Org, scenario: Scenario, folder: Path) -> Books:
        """Read, land, validate, stage, and make facts and those metrics that have an answer."""
        org.write(folder / "org")
        settings = scenario.choose(golden_settings(self.settings))
        metrics = {
            instant: sorted({a.metric for a in scenario.ANSWERS if a.as_of == instant})
            for instant in sorted({answer.as_of for answer in scenario.ANSWERS})
        }
        warehouse = self.stack.enter_context(self.fresh_warehouse())
        with Sandbox(folder / "org") as sandbox:
            pipeline = Pipeline(warehouse, sandbox, settings, folder)
            if changed := scenario.changes(org):
                sandbox.control.set_time(at=READ_BEFORE.isoformat())
                pipeline.take_in(SUBSCRIPTIONS, READ_BEFORE)
                for record in changed:
                    sandbox.control.upsert(crm="hubspot", name="subscriptions", record=record)
            sandbox.control.set_time(at=READ_AT.isoformat())
            sources = [source for source in SOURCE_OBJECTS if org.is_in(source.crm)]
            verdicts = [
                verdict
                for source in sources
                if org.holds(source)
                for verdict in pipeline.take_in(source, READ_AT)
            ]
        # To read nothing of an object takes as long as to read something.
        loaded(warehouse, [source.id for source in sources if not org.holds(source)], READ_AT)
        assert {verdict.status for verdict in verdicts} == {"validated"}
        assert sum(verdict.set_aside_count for verdict in verdicts) == 0
        unify(warehouse, settings)
        refresh_facts(warehouse, settings, READ_AT)
        for as_of, ids in metrics.items():
            at = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
            compute_metrics(warehouse, settings.calendar, at, "run", READ_AT, ids)
        return Books(warehouse, org, _values(warehouse))


def _values(warehouse: sa.Engine) -> Values:
    """Every metric value there is."""
    with warehouse.connect() as connection:
        return Values(pd.read_sql(sa.select(metric_value), connection))


def golden_settings(settings: Settings) -> Settings:
    """The project's settings with the choices of the examples."""
    calendar = settings.calendar.model_copy(update={"time_zone": "UTC"})
    programs = {"integration_users": ["u6@seller.example"]}
    sources = settings.sources.model_copy(
        update={
            crm: settings.sources.of(crm).model_copy(update=programs)
            for crm in ("salesforce", "hubspot")
        }
    )
    return dataclasses.replace(settings, calendar=calendar, sources=sources, channels=CHANNELS)


@pytest.fixture(scope="session")
def bookkeeper(
    fresh_warehouse: Callable, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bookkeeper]:
    """Runs each org once in a session."""
    with ExitStack() as stack:
        yield Bookkeeper(stack, fresh_warehouse, tmp_path_factory.mktemp("golden"), settings)
