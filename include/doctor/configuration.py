"""What the files of include/config leave open, the connections that are no CRM's, and the disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from include.core.connection import Connection
from include.core.errors import PipelineError
from include.core.settings import Audiences, Settings
from include.core.settings_service import Service
from include.core.settings_sources import Sources
from include.core.warehouse import check_reachable
from include.deliver.account import smtp_account
from include.doctor.finding import CONFIGURATION, Finding, refused
from include.land.room import room

WAREHOUSE, SMTP, DISK = "crm_warehouse", "smtp_default", "disk"
# Nobody's domain: what a file says about it is still what it was shipped with.
EXAMPLE_DOMAIN = "example.com"
# What comes of a file of rows that has none, and what its rows are for.
FIGURES_WITHOUT = ("figures that need them do without, and say so", "the figures are")
WITHOUT_ROWS = {
    "exchange_rates": ("currencies have the rates of the CRMs", "others are"),
    "targets": ("reports judge no figure", "that is"),
}
AUDIENCES, SERVICE, SOURCES = "audiences.yaml", "service.yaml", "sources.yaml"


def examine_settings(settings: Settings) -> list[Finding]:
    """One finding per choice that is still to be made; files with mistakes never come so far."""
    return [
        *_audience_findings(settings.audiences),
        *_program_findings(settings.sources),
        *_table_findings(settings),
        *_service_findings(settings.service),
    ]


def _audience_findings(audiences: Audiences) -> Iterator[Finding]:
    """Whom a report, or the news that there is none, would not reach."""
    for name, report in audiences.reports.items():
        if not report.recipients:
            yield _unset(
                f"reports.{name}.recipients",
                f"Nobody gets the report {name}.",
                f"Name its recipients in {AUDIENCES}.",
            )
    if audiences.ops is None:
        yield _unset(
            "ops",
            "Nobody is told when a run fails or a report is late.",
            f"Name who is to be told under ops in {AUDIENCES}.",
        )
    if EXAMPLE_DOMAIN in {domain.lower() for domain in audiences.allowed_domains}:
        yield _unset(
            "allowed_domains",
            f"Mail may go to {EXAMPLE_DOMAIN}, which is nobody's.",
            f"Put your company's domain into allowed_domains, and people into recipients, in {AUDIENCES}.",
        )
    if EXAMPLE_DOMAIN in audiences.sender:
        yield _unset(
            "sender",
            f"The sender {audiences.sender} is an example; most servers refuse it.",
            f"Put an address that your mail server may send as into sender in {AUDIENCES}.",
        )


def _unset(key: str, message: str, remedy: str) -> Finding:
    """A choice in audiences.yaml that nobody made."""
    return Finding(CONFIGURATION, AUDIENCES, key, "missing", message, remedy)


def _program_findings(sources: Sources) -> Iterator[Finding]:
    """Programs taken for people: at least the user that reads is one."""
    if sources.salesforce.enabled and not sources.salesforce.integration_users:
        yield Finding(
            CONFIGURATION,
            SOURCES,
            "salesforce.integration_users",
            "missing",
            "No user of Salesforce is known as a program: the one that reads is taken for somebody "
            "who logs in every day, and what HubSpot's sync writes for the work of people, counted in "
            "both CRMs.",
            "Put the users this pipeline and HubSpot's sync log in as, and other programs, into "
            f"salesforce.integration_users in {SOURCES}.",
        )


def _table_findings(settings: Settings) -> Iterator[Finding]:
    """Files of rows that have none."""
    for field in dataclasses.fields(settings):
        if getattr(settings, field.name) in ((), {}):
            name = f"{field.name}.csv"
            lacks, wanted = WITHOUT_ROWS.get(field.name, FIGURES_WITHOUT)
            yield Finding(
                CONFIGURATION,
                name,
                "",
                "empty",
                f"{name} has no rows; {lacks}.",
                f"Fill in include/config/{name} if {wanted} wanted.",
            )


def _service_findings(service: Service) -> Iterator[Finding]:
    """Business hours nobody gave."""
    if service.business_hours is None:
        yield Finding(
            CONFIGURATION,
            SERVICE,
            "",
            "empty",
            f"{SERVICE} has no business hours; times in business hours are not reckoned, and say so.",
            f"Fill in business_hours in include/config/{SERVICE} if the figures are wanted.",
        )


def examine_smtp(find: Callable[[str], Connection | None]) -> Finding:
    """Whether the mail server lets us in; no mail is sent."""
    try:
        named = find(SMTP)
        if named is None:
            return not_there(CONFIGURATION, SMTP, SMTP)
        account = smtp_account(named)
        with account.session():
            pass
    except PipelineError as error:
        return refused(CONFIGURATION, SMTP, error)
    way = {"none": "no encryption", "starttls": "STARTTLS", "tls": "TLS"}[account.security]
    who = f"logged in as {account.user}" if account.user else "no login"
    return Finding(
        CONFIGURATION, SMTP, "", "ok", f"mail server {account.host}:{account.port}, {way}, {who}"
    )


def examine_warehouse(engine: sa.Engine) -> Finding:
    """Whether the warehouse answers, and which PostgreSQL it is."""
    try:
        check_reachable(engine)
    except PipelineError as error:
        return refused(CONFIGURATION, WAREHOUSE, error)
    with engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
    url = engine.url
    return Finding(
        CONFIGURATION,
        WAREHOUSE,
        "",
        "ok",
        f"PostgreSQL {'.'.join(map(str, version))}, database {url.database} at {url.host}:{url.port}",
    )


def examine_disk(landing_folder: Path) -> list[Finding]:
    """That the disk of what lands has little room left; nothing where it has enough."""
    left = room(landing_folder)
    if not left.is_short:
        return []
    return [
        Finding(
            CONFIGURATION,
            DISK,
            "",
            "missing",
            f"The disk of {left.folder} has {_gigabytes(left.free_bytes)} left; what landed in the last "
            f"four weeks took {_gigabytes(left.recent_bytes)}. Runs fail when it is full.",
            "Give the disk more room, or remove landed files as README.md says under Disk space.",
        )
    ]


def _gigabytes(byte_count: int) -> str:
    return f"{byte_count / 1000**3:.1f} GB"


def not_there(crm: str, object_name: str, connection_id: str) -> Finding:
    """That nobody has made a connection."""
    return Finding(
        crm,
        object_name,
        "",
        "missing",
        f"There is no connection {connection_id}.",
        f"Put AIRFLOW_CONN_{connection_id.upper()} into .env, or create it in Airflow under Admin > "
        "Connections; README.md lists its fields.",
    )
