"""What Alembic runs: the revisions, on the connection `include.tables.migrate` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from include.tables import SCHEMAS, metadata


def is_ours(name: str | None, type_: str, parents: Any) -> bool:
    """Whether a thing found in the database is compared: other schemas are not ours."""
    return name in SCHEMAS if type_ == "schema" else True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_revision",
    version_table_schema="ops",
    include_schemas=True,
    include_name=is_ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
