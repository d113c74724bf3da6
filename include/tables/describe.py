"""docs/tables.md, from the definitions: what is read of each CRM, and every table and column."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import SCHEMAS, metadata
from include.tables.objects import SOURCE_OBJECTS
from include.tables.source_object import CRM_NAMES, SourceObject

SCHEMA_MEANING = {
    "raw": "Records set aside. What the CRMs sent lies in landing files.",
    "stage": "Typed records of each CRM, every version of them, and who is who in both.",
    "facts": "Business events and their states, in one currency and time zone.",
    "metrics": "Metric values: what reports read. Read them through the view `metrics.metric_value`: "
    "one row per metric, grain, period, slice member and as-of, with the columns of `value_state`, and "
    "of the run that computed it.",
    "reports": "Snapshots as they were rendered.",
    "ops": "What the pipeline knows of its own work.",
}
READERS = {
    "query": "SOQL",
    "crm_object": "CRM objects API",
    "association": "associations API v4",
    "splits": "deal splits API",
    "history": "CRM objects API, `propertiesWithHistory`",
    "owners": "owners API",
    "pipelines": "pipelines API",
    "campaigns": "marketing campaigns API",
    "logins": "account activity API",
    "account": "account information API",
    "exchange_rates": "currencies API",
}


def tables_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Tables",
        "Made by `make docs` from `include/tables`; a test keeps it true.",
        "## What is read",
        "Fields an org or portal does not have are left out. *Optional* objects may be missing: what "
        "needs them says so. Permissions: read access to each object and field named here.",
        *(_objects_of(crm) for crm in ("salesforce", "hubspot")),
    ]
    for schema in SCHEMAS:
        tables = [table for table in metadata.sorted_tables if table.schema == schema]
        parts += [f"## `{schema}`", SCHEMA_MEANING[schema]]
        if schema == "stage":
            parts.append(
                "Each object's current table has a twin, `_version`, with the same columns and one row "
                "per record and instant of modification."
            )
            tables = [table for table in tables if not table.name.endswith("_version")]
        parts += [_table(table) for table in sorted(tables, key=lambda table: table.name)]
    return "\n\n".join(parts) + "\n"


def _objects_of(crm: str) -> str:
    """One line per object of a CRM, with its fields."""
    rows = [
        f"| `{source.name}` | {READERS[source.reader]}, {_mode(source)} | "
        f"{', '.join(f'`{field.source}`' for field in source.fields)} |"
        for source in SOURCE_OBJECTS
        if source.crm == crm
    ]
    return "\n".join(
        [f"### {CRM_NAMES[crm]}\n", "| object | read by | fields |", "|---|---|---|", *rows]
    )


def _mode(source: SourceObject) -> str:
    """How often it is read, and whether it may be missing."""
    often = "all of it every time" if source.mode == "full" else "then changes"
    return f"{often}, optional" if source.optional else often


def _table(table: sa.Table) -> str:
    """A table with its columns."""
    keys = ", ".join(f"`{column.name}`" for column in table.primary_key)
    rows = [f"| `{column.name}` | {_type(column)} | {column.comment} |" for column in table.columns]
    return "\n".join(
        [
            f"### `{table.schema}.{table.name}`\n",
            f"{table.comment}",
            f"Key: {keys}.\n",
            "| column | type | meaning |",
            "|---|---|---|",
            *rows,
        ]
    )


def _type(column: sa.Column) -> str:
    """The column's type in plain words."""
    names = {"TIMESTAMP": "instant", "DATETIME": "instant", "BIGINT": "integer", "JSONB": "JSON"}
    name = str(column.type).split("(")[0].upper()
    return names.get(name, name.lower())
