"""The steps of the pipeline as tasks run them: fetch what a step needs from Airflow, call `include`.

Everything heavy is imported inside the functions, because Airflow reads this module when it parses
a DAG file.
"""

from __future__ import annotations

import functools
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowSkipException

from crm_airflow import connections
from crm_airflow.runs import Run
from include.core.errors import AccessError, PipelineError, RetryableError, StopError
from include.core.paths import paths_from_environment
from include.core.settings import Settings, load_settings
from include.tables import SOURCE_OBJECTS, source_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from include.core.reading import Checkpoint, Reading
    from include.core.window import Window
    from include.extract.hubspot import HubSpotClient
    from include.extract.salesforce import SalesforceClient
    from include.land.ledger import Mode, PlannedWindow
    from include.tables.source_object import SourceObject

log = logging.getLogger(__name__)

# For so long the loss of an optional object turns runs red.
TAKEN_AWAY = timedelta(days=7)
# Pages of Data Docs, of each run.
RESULTS_KEPT = timedelta(days=35)


def settings() -> Settings:
    """The configuration of this installation, read anew by every task, and when it has changed."""
    folder = paths_from_environment().config
    # Of hidden files some are links to nowhere, by which an editor says that it has a file open.
    files = folder.glob("[!.]*")
    return _settings(folder, frozenset((f.name, f.stat().st_mtime_ns) for f in files))


@functools.lru_cache(maxsize=1)
def _settings(folder: Path, as_written: frozenset[tuple[str, int]]) -> Settings:
    """The configuration in a folder: a task asks seven times, and reading takes longer than most else."""
    return load_settings(folder)


def now() -> datetime:
    """The one clock of the pipeline."""
    return datetime.now(UTC)


def is_settled(run: Run, lag: timedelta) -> bool:
    """Whether the CRMs show all of the run's interval by now; a run by hand waits for nothing."""
    return run.interval is None or now() >= run.interval.end + lag


def results_folder(run_id: str) -> Path:
    """Where Great Expectations keeps what one run found: a page of Data Docs for each run."""
    return paths_from_environment().expectations / re.sub(r"[^\w.-]", "_", run_id)


def prepare() -> None:
    """Bring the warehouse's tables to the newest revision and check the configuration.

    A configuration that is right is kept: after a mistake in it, DAGs are read and people told by that.
    """
    from include.core.settings_wiring import keep_in_force
    from include.core.warehouse import check_reachable
    from include.land.ledger import check_warehouse
    from include.metrics.targets import check_targets
    from include.tables.custom_fields import check_custom_fields
    from include.tables.migrate import migrate

    paths, chosen = paths_from_environment(), settings()
    check_targets(chosen.targets, paths.config)
    check_custom_fields(chosen.sources, paths.config)
    keep_in_force(chosen, paths.in_force)
    engine = connections.warehouse_engine()
    check_reachable(engine)
    migrate(engine)
    check_warehouse(engine, paths.landing)


def lacking(crm: str, run: Run) -> list[str]:
    """Ids of a CRM's objects of which the ledger lacks something for the run.

    Raises:
        StopError: the connection leads to another org or account than the one read before.
    """
    engine = connections.warehouse_engine()
    ids = [source.id for source in SOURCE_OBJECTS if source.crm == crm]
    found = [object_id for object_id in ids if _planned(engine, object_id, run)]
    if found:
        _check_account(engine, crm)
    return found


def _check_account(engine: Engine, crm: str) -> None:
    """Refuse another org or account. One that does not answer has its objects' tasks say so."""
    from include.extract import hubspot, salesforce
    from include.stage.account import check_account, staged_accounts

    staged = staged_accounts(engine, crm)
    if not staged:
        return
    try:
        connected = (
            salesforce.account_id(_salesforce_client())
            if crm == "salesforce"
            else hubspot.account_id(_hubspot_client())
        )
    except PipelineError as error:
        log.warning("Nobody could ask whose records these are: %s", error)
        return
    if connected is not None:
        check_account(staged, crm, connected, settings().sources.of(crm).connection)


def _planned(engine: Engine, object_id: str, run: Run) -> list[PlannedWindow]:
    """What the run has to read of one object."""
    from include.land.ledger import plan_windows

    return plan_windows(
        engine,
        source_object(object_id),
        settings().sources,
        now(),
        run_id=run.run_id,
        interval=run.interval,
        is_backfill=run.is_backfill,
        re_extract=run.re_extract,
    )


def extract_and_land(object_id: str, run: Run) -> list[str]:
    """Read what the ledger lacks of one object; ids of the landed batches.

    An optional object that was read until lately has been taken away from us: somebody has to hear of
    that. After a week it counts as gone.

    Raises:
        AirflowSkipException: the CRM does not offer an optional object to us, or nothing is lacking.
    """
    from include.land.landing import land
    from include.land.ledger import is_loaded_since

    source = source_object(object_id)
    engine = connections.warehouse_engine()
    planned = _planned(engine, object_id, run)
    if not planned:
        raise AirflowSkipException(f"The ledger lacks nothing of {object_id} for this run.")
    batches = []
    for window in planned:
        read = functools.partial(_read, source, window.query_window, window.mode)
        try:
            batches.append(
                land(
                    engine,
                    paths_from_environment().landing,
                    source,
                    window.window,
                    window.mode,
                    run.run_id,
                    now(),
                    read,
                )
            )
        except AccessError as error:
            if source.optional and not is_loaded_since(engine, source, now() - TAKEN_AWAY):
                raise AirflowSkipException(str(error)) from error
            raise
    return batches


def _read(
    source: SourceObject, window: Window, mode: Mode, spool: Path, resume: Checkpoint | None
) -> Reading:
    """Begin reading one object, or go on with it, through the connection sources.yaml names."""
    custom_fields = settings().sources.of(source.crm).custom_fields.get(source.table, [])
    if source.crm == "salesforce":
        from include.extract import salesforce

        client = _salesforce_client()
        return salesforce.read(client, source, window, mode, spool, custom_fields, resume)
    from include.extract import hubspot

    return hubspot.read(_hubspot_client(), source, window, mode, spool, custom_fields, resume)


def _salesforce_client() -> SalesforceClient:
    """A login through the connection sources.yaml names."""
    from include.extract import salesforce

    chosen = settings().sources.salesforce
    return salesforce.connect(connections.salesforce_credentials(chosen.connection), chosen)


def _hubspot_client() -> HubSpotClient:
    """A client through the connection sources.yaml names."""
    from include.extract import hubspot
    from include.extract.limiter import Limiter

    chosen = settings().sources.hubspot
    limiter = Limiter(connections.warehouse_engine())
    return hubspot.connect(connections.hubspot_credentials(chosen.connection), chosen, limiter)


def validate(batches: list[str], run: Run) -> list[str]:
    """Check landed batches; ids of those that may be loaded.

    Raises:
        StopError: a batch broke a critical expectation as a whole. None of the batches is loaded
            then; the ledger still lacks their windows, so the next run reads them again.
    """
    from include.validate.batch import validate_batch

    paths = paths_from_environment()
    engine = connections.warehouse_engine()
    sources = settings().sources
    verdicts = [
        validate_batch(
            engine,
            paths.landing,
            batch,
            run.run_id,
            now(),
            sources.set_aside_limit_rate,
            sources.sweep_guard_rate,
            results_folder(run.run_id),
        )
        for batch in batches
    ]
    rejected = [verdict for verdict in verdicts if verdict.status == "rejected"]
    if rejected:
        raise StopError(
            "Not loaded, because critical expectations failed: "
            + "; ".join(verdict.summary for verdict in rejected)
            + ".",
            "The Data Docs and ops.expectation_result name the rules, raw.set_aside_record the "
            "records: correct them in the CRM, then clear the task. Where a snapshot holds too few "
            "records: give the integration user access to them again; if they really are gone, raise "
            "sweep_guard_rate in sources.yaml, clear the task, and set it back.",
        )
    return batches


def stage(batches: list[str]) -> int:
    """Load validated batches into staging; records loaded."""
    from include.stage.load import load_batch

    engine = connections.warehouse_engine()
    landing = paths_from_environment().landing
    guard_rate = settings().sources.sweep_guard_rate
    return sum(load_batch(engine, landing, batch, now(), guard_rate) for batch in batches)


def unify() -> None:
    """Rebuild customers, people and users over both CRMs."""
    from include.stage.unify import unify as unify_all

    unify_all(connections.warehouse_engine(), settings())


def check_tables(run: Run) -> str:
    """Check what only the staged tables together can show, and render the Data Docs; their path."""
    from include.validate.expectations import build_data_docs, forget_results
    from include.validate.tables import validate_tables

    folder = results_folder(run.run_id)
    validate_tables(connections.warehouse_engine(), run.run_id, now(), folder)
    forget_results(folder.parent, before=now() - RESULTS_KEPT)
    return str(build_data_docs(folder))


def build_facts(run: Run) -> dict[str, int]:
    """Bring every fact table up to date, and check them; rows by table.

    A run that repairs what was read of past days builds them whole, the others what changed, where
    that is sure to be enough: a past day that lacked nothing changes nothing.
    """
    from include.facts.refresh import refresh_facts
    from include.land.ledger import has_loaded
    from include.validate.facts import validate_facts

    engine, choices = connections.warehouse_engine(), settings()
    is_repair = run.re_extract or (run.is_backfill and has_loaded(engine, run.run_id))
    reason = "the run repairs past days" if is_repair else ""
    rows = refresh_facts(engine, choices, now(), reason).row_counts
    validate_facts(engine, choices.calendar.zone, run.run_id, now(), results_folder(run.run_id))
    return rows


def compute_metrics(run: Run) -> int:
    """Compute every metric as of the run, and withhold what fails its checks; values written.

    Raises:
        StopError: the as-of is still to come: its values would wait for a report of then.
        RetryableError: as check_facts.
    """
    from include.doctor.field_gaps import store_metric_findings
    from include.metrics.compute import compute_metrics as compute_all

    if run.as_of_at > now():
        raise StopError(
            f"{run.as_of_at:%Y-%m-%d %H:%M} UTC, asked for as as_of, is still to come.",
            "Trigger the run again with an instant that is over, or without one.",
        )
    engine, choices = connections.warehouse_engine(), settings()
    check_facts(engine)
    store_metric_findings(engine, choices, now())
    written = compute_all(engine, choices.calendar, run.as_of_at, run.run_id, now())
    check_metrics([run.as_of_at], run.run_id)
    return written


def check_facts(engine: Engine) -> None:
    """Refuse facts that were built and not checked: values that a check withholds would be printed.

    Raises:
        RetryableError: a task was ended between the two, and has not been tried again yet.
    """
    from include.validate.facts import are_checked

    if not are_checked(engine):
        raise RetryableError(
            "Facts were built and have not been checked since: the task `facts` of a run of crm_daily "
            "ended in between.",
            "It is tried again by itself. If it has failed, clear it with what comes after it, then clear "
            "this task.",
        )


def check_metrics(as_of_ats: Sequence[datetime], run_id: str) -> None:
    """Check every value as of instants a run has computed, and withhold the metrics that break a rule."""
    from include.metrics.catalogue import CATALOGUE
    from include.metrics.withhold import withhold
    from include.validate.metrics import examine_metrics, keep_results

    engine = connections.warehouse_engine()
    shares = [metric.id for metric in CATALOGUE if metric.is_share]
    additive = [metric.id for metric in CATALOGUE if metric.is_additive]
    examined = []
    for as_of_at in as_of_ats:
        found = examine_metrics(engine, as_of_at, shares, additive)
        withhold(engine, as_of_at, found.reasons)
        examined.append(found)
    # A report waits for these results: what is not to be printed has to be withheld before.
    keep_results(engine, examined, run_id, now(), results_folder(run_id))
