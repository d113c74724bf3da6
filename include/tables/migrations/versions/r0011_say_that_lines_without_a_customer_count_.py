"""Say that lines without a customer count as told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say that lines without a customer count as told of."""
    op.alter_column('recurring_line', 'is_counted',
               existing_type=sa.BOOLEAN(),
               comment='In force by its status, and in a counted deal where it has one. Without a customer it is in no recurring revenue, and told of.',
               existing_comment='In force by its status, in a counted deal where it has one, and with a customer.',
               existing_nullable=False,
               schema='facts')
