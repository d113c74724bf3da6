"""What is read from a CRM, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from include.core.field import Field

CrmName = Literal["salesforce", "hubspot"]
CRM_NAMES = {"salesforce": "Salesforce", "hubspot": "HubSpot"}

# How the CRM hands an object out. The extractor of that CRM has one function for each.
#   query         Salesforce SOQL: queryAll over REST for deltas, Bulk 2.0 for snapshots
#   crm_object    HubSpot list for snapshots, search + batch read for deltas
#   association   HubSpot v4 association batch read, one record per (from, to) pair
#   splits        HubSpot deal splits batch read, one record per (deal, owner) pair
#   history       values single HubSpot properties took, one record per (record, property, instant)
#   owners, pipelines, campaigns, logins, account, exchange_rates    HubSpot's endpoints of those names
Reader = Literal[
    "query",
    "crm_object",
    "association",
    "splits",
    "history",
    "owners",
    "pipelines",
    "campaigns",
    "logins",
    "account",
    "exchange_rates",
]


@dataclass(frozen=True)
class SourceObject:
    """One object of one CRM: where it is read, by which cursor, and which fields we need.

    `name` is the API's name, `table` our singular stem (`opportunity`), `key` and `cursor` are
    record paths like `Field.source`. `mode` says how later runs read it: `incremental` by windows
    on the cursor, `full` all of it every time (small, or without a usable cursor).
    `deleted` and `merged_into` are the record paths that say so, None where the API has none.
    An `optional` object may be missing from an edition or a permission set: its metrics then say
    why, and the run goes on. The records of a log (`is_log`) never change and vanish by age alone:
    one that is absent from a full reading was not deleted.
    """

    crm: CrmName
    name: str
    table: str
    reader: Reader
    key: str
    cursor: str | None
    mode: Literal["incremental", "full"]
    fields: tuple[Field, ...]
    comment: str
    deleted: str | None = None
    merged_into: str | None = None
    optional: bool = False
    search_cursor: str | None = None
    from_object: str | None = None
    to_object: str | None = None
    is_log: bool = False

    @property
    def id(self) -> str:
        """Name that is unique over both CRMs, `salesforce.opportunity`."""
        return f"{self.crm}.{self.table}"

    @property
    def is_of_parents(self) -> bool:
        """Whether it is read for records of `from_object`, with a marker row for each one read."""
        return self.reader in ("association", "splits")

    @property
    def key_column(self) -> str:
        """Column of the record's id as the CRM issued it, `salesforce_opportunity_id`."""
        return f"{self.crm}_{self.table}_id"

    @property
    def stage_table(self) -> str:
        """Name of the typed current table, `salesforce__opportunity`."""
        return f"{self.crm}__{self.table}"
