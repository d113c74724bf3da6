"""One look at everything the metrics need."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from include.core.connection import Connection
from include.core.errors import ConfigurationError
from include.core.settings import Settings
from include.core.settings_sources import Source
from include.doctor.configuration import (
    examine_disk,
    examine_settings,
    examine_smtp,
    examine_warehouse,
    not_there,
)
from include.doctor.finding import Finding, refused
from include.doctor.hubspot import examine_hubspot
from include.doctor.salesforce import examine_salesforce
from include.extract import hubspot, salesforce
from include.extract.credentials import hubspot_credentials, salesforce_credentials
from include.extract.limiter import Limiter, Policy
from include.tables import SOURCE_OBJECTS

# Gives the connection of an id, None where there is none; raises ConfigurationError for one that
# cannot be read.
Find = Callable[[str], Connection | None]


class OwnPace(Limiter):
    """Keeps to a rate by itself, for when there is no warehouse to share the counting in."""

    def __init__(self) -> None:
        """Nothing has been counted yet."""

    def take(self, account: str, policy: Policy) -> None:
        """Wait as long as one token takes to come in."""
        time.sleep(float(1 / policy.rate_per_second))

    def pause(self, account: str, policy: Policy, seconds: float) -> None:
        """Wait: nobody else has to be held back."""
        time.sleep(seconds)


def examine(
    settings: Settings, find: Find, warehouse: sa.Engine | None, landing_folder: Path
) -> list[Finding]:
    """What was found of every connection, object, field and file, and of the disk.

    Without a warehouse the findings are the same, and HubSpot is asked at a pace of its own.
    """
    findings: list[Finding] = []
    for crm in ("salesforce", "hubspot"):
        chosen = settings.sources.of(crm)
        if not chosen.enabled:
            continue
        try:
            named = find(chosen.connection)
        except ConfigurationError as error:
            findings.append(refused(crm, "", error))
            continue
        if named is None:
            findings.append(not_there(crm, "", chosen.connection))
        else:
            findings += _examine_crm(crm, named, chosen, warehouse)
    if warehouse is not None:
        findings.append(examine_warehouse(warehouse))
    return [
        *findings,
        examine_smtp(find),
        *examine_disk(landing_folder),
        *examine_settings(settings),
    ]


def _examine_crm(
    crm: str, named: Connection, chosen: Source, warehouse: sa.Engine | None
) -> list[Finding]:
    """What was found of one CRM."""
    objects = [source for source in SOURCE_OBJECTS if source.crm == crm]
    if crm == "salesforce":
        return examine_salesforce(
            lambda: salesforce.connect(salesforce_credentials(named), chosen), objects, chosen
        )
    limiter = OwnPace() if warehouse is None else Limiter(warehouse)
    return examine_hubspot(
        lambda: hubspot.connect(hubspot_credentials(named), chosen, limiter), objects, chosen
    )
