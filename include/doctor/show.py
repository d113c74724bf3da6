"""Look at everything the metrics need, print what was found, and keep it in the warehouse."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from include.core import embedded
from include.core.connection import connection_from_environment, read_dotenv
from include.core.errors import ConfigurationError, PipelineError
from include.core.paths import PROJECT, paths_from_environment
from include.core.settings import load_settings
from include.core.warehouse import check_reachable, engine_for, url_of
from include.doctor.configuration import WAREHOUSE
from include.doctor.examine import Find, examine
from include.doctor.finding import CONFIGURATION, Finding, refused
from include.doctor.lineage import Lineage
from include.doctor.page import write_page
from include.doctor.store import can_store, store_findings
from include.doctor.verdict import is_in_order, verdicts
from include.metrics.catalogue import CATALOGUE
from include.metrics.targets import check_targets
from include.tables.custom_fields import check_custom_fields

HELP = "check connections, permissions, objects and fields; say which metrics can be had"
DESCRIPTION = """\
Logs in to both CRMs and to the mail server, looks at every object and field that the metrics need,
and prints what can be had and what to grant or configure. Reads a handful of records and changes
nothing; the findings go to ops.source_finding of the warehouse, if there is one.

Connections are the variables AIRFLOW_CONN_SALESFORCE_DEFAULT, AIRFLOW_CONN_HUBSPOT_DEFAULT,
AIRFLOW_CONN_SMTP_DEFAULT and AIRFLOW_CONN_CRM_WAREHOUSE, as JSON or as URI: those of the process,
else those of the file .env. Connections made in the Airflow UI or in a secrets backend are known to
Airflow alone: run the DAG crm_doctor for them, which prints the same page.

The exit code is 0 when every connection works and every object that is not optional is readable,
else 1.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What may be said about where connections are."""
    parser.description = DESCRIPTION
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="PATH",
        help="file of variables; default: .env of the project",
    )


def run(arguments: Namespace) -> int:
    """Print the page to standard output; the exit code.

    Raises:
        ConfigurationError: a file of include/config has mistakes, or there is no file of variables
            where one was named: nothing else is looked at then.
    """
    paths = paths_from_environment()
    folder = paths.config
    settings = load_settings(folder)
    check_targets(settings.targets, folder)
    check_custom_fields(settings.sources, folder)
    if arguments.env_file and not arguments.env_file.exists():
        raise ConfigurationError(f"There is no file {arguments.env_file}.", "Correct --env-file.")
    environment = {**read_dotenv(arguments.env_file or PROJECT / ".env"), **os.environ}
    find = partial(connection_from_environment, environment=environment)
    warehouse, doubt = _warehouse(find)
    findings = [*examine(settings, find, warehouse, paths.landing), *doubt]
    if warehouse is not None:
        with warehouse.connect() as connection:
            checked_at = connection.execute(sa.select(sa.func.now())).scalar_one()
        store_findings(warehouse, findings, checked_at)
        warehouse.dispose()
    write_page(findings, verdicts(CATALOGUE, findings, Lineage(settings)), settings, sys.stdout)
    return 0 if is_in_order(findings) else 1


def _warehouse(find: Find) -> tuple[sa.Engine | None, list[Finding]]:
    """The warehouse, if it is there and set up, and why not if it is not."""
    try:
        named = find(WAREHOUSE)
        if named is not None:
            engine = engine_for(url_of(named))
        elif (home := paths_from_environment().postgres) and not (home / "data").exists():
            return None, [_not_set_up(f"the embedded PostgreSQL in {home}")]
        else:
            engine = engine_for(embedded.database_url(home, embedded.WAREHOUSE))
        check_reachable(engine)
    except PipelineError as error:
        return None, [refused(CONFIGURATION, WAREHOUSE, error)]
    if not can_store(engine):
        engine.dispose()
        return None, [_not_set_up(f"the database at {engine.url.host}")]
    return engine, []


def _not_set_up(which: str) -> Finding:
    """That the first run is still to come; nothing is wrong with that."""
    words = f"{which}; it has no tables yet: the first run of crm_daily makes them"
    return Finding(CONFIGURATION, WAREHOUSE, "", "ok", words)
