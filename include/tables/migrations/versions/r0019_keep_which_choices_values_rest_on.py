"""Keep which choices values rest on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep which choices values rest on."""
    op.add_column('metric_definition', sa.Column('choices_hash', sa.Text(), nullable=True, comment='Hash of the choices in include/config that the facts it reads rest on; NULL where nobody kept it.'), schema='metrics')
    op.alter_column('restatement', 'reason',
               existing_type=sa.TEXT(),
               comment="Why, by what became of the deals between the two as-ofs: deleted, merged, reopened, changed_close_date, amount_changed, late_data (it happened, or became known, only after the older as-of); that of most deals where there are several. definition_changed: the metric's own record is another, or the choices in include/config it rests on. other: none of these, such as another owner; and always where a metric does not read deals by the day they were created or closed.",
               existing_comment="Why, by what became of the deals between the two as-ofs: deleted, merged, reopened, changed_close_date, amount_changed, late_data (it happened, or became known, only after the older as-of); that of most deals where there are several. definition_changed: the metric's own record is another. other: none of these, such as another owner; and always where a metric does not read deals by the day they were created or closed.",
               existing_nullable=False,
               existing_server_default=sa.text("'other'::text"),
               schema='metrics')
