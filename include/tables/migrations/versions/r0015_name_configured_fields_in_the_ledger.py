"""Name configured fields in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

TABLES = sa.text(
    "select table_name from information_schema.columns where table_schema = 'stage' "
    "and column_name = 'custom_fields' and right(table_name, 8) = '_version' order by 1"
)
# A batch that has any of them is taken to have read all that were ever seen: what it lacks was empty.
NAME = """
    with named as (
        select array_agg(distinct name) as names
        from stage.{table}, jsonb_object_keys(custom_fields) as name
    )
    update ops.extract_window as ledger set read_fields = read_fields || names
    from named
    where crm = :crm and object_name = :object_name and names is not null
        and not read_fields && names
        and batch_id in (select batch_id from stage.{table} where custom_fields is not null)
"""


def upgrade() -> None:
    """Name configured fields in the ledger."""
    op.alter_column(
        'extract_window',
        'read_fields',
        existing_type=postgresql.ARRAY(sa.Text()),
        comment="Columns and configured fields that were read; the object's others are not empty in this batch, but unknown.",
        existing_comment="Columns that were read; the object's others are not empty in this batch, but unknown.",
        existing_nullable=True,
        schema='ops',
    )
    # What is not named there is taken for not read, and filled from other readings.
    connection = op.get_bind()
    for table in connection.scalars(TABLES).all():
        crm, object_name = table.removesuffix("_version").split("__", 1)
        named = sa.text(NAME.format(table=table))
        connection.execute(named, {"crm": crm, "object_name": object_name})
