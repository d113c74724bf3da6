"""Forget people: what names them leaves staging and landed files, and every metric stays as it is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.paths import paths_from_environment
from include.core.warehouse import check_reachable
from include.land.forget import erase_landed
from include.metrics.show import warehouse_of_tasks
from include.stage.forget import erase_staged, erasures
from include.tables.personal import NAMES, PEOPLE

HELP = "erase what names a person from staging and landed files"
DESCRIPTION = f"""\
Erases names, subjects and custom fields of the records named, and puts something by chance at the same
domain for each mail address, in every version and in every landed file. What their records count for
stays. docs/security.md says what to do before, and what this does not reach.

Name all records of a person at once, so that they stay one person, as crm.object:id, such as
salesforce.contact:0035g00000ABCdeAAB. Records of {", ".join(PEOPLE)} have to be gone from their CRM.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Which records."""
    parser.description = DESCRIPTION
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument(
        "records", nargs="+", metavar="RECORD", help=f"a record of {', '.join(NAMES)}, with its id"
    )


def run(arguments: Namespace) -> int:
    """Forget, and print what was done; 0. What was begun and not ended is ended by doing it again.

    Raises:
        ConfigurationError: a record is not named as one, nothing of its object names people, or the
            warehouse lets nobody in.
        StopError: a record is not known, or is still in its CRM.
        RetryableError: the warehouse cannot be reached.
    """
    named: dict[str, set[str]] = {}
    for record in arguments.records:
        object_id, _, record_id = record.partition(":")
        if not record_id:
            raise ConfigurationError(
                f"{record} names no record.", "Write crm.object:id, such as hubspot.contact:151."
            )
        named.setdefault(object_id, set()).add(record_id)
    engine = warehouse_of_tasks()
    try:
        check_reachable(engine)
        shared = _forget(engine, named)
    finally:
        engine.dispose()
    for address, holder in sorted(shared.items()):
        sys.stdout.write(
            f"{address} stays, for {holder} has it too: name that as well if it is the same person.\n"
        )
    sys.stdout.write("Customers and people follow with the next run of crm_daily.\n")
    return 0


def _forget(engine: sa.Engine, named: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Erase the records; the addresses that stay, each with a record that has it too."""
    with engine.begin() as connection:
        found, shared = erasures(connection, named)
        for erasure in found:
            file_count = erase_landed(paths_from_environment().landing, erasure)
            version_count = erase_staged(connection, erasure)
            sys.stdout.write(
                f"{erasure.source.id}: {len(erasure.record_ids)} records, {version_count} versions, "
                f"{file_count} landed files.\n"
            )
    return shared
