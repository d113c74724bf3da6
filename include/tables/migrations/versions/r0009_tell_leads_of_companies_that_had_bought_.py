"""Tell leads of companies that had bought before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tell leads of companies that had bought before."""
    op.add_column('lead', sa.Column('is_of_customer', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Its company had bought before the person was a lead.'), schema='facts')
