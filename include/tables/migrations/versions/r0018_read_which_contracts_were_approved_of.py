"""Read which contracts were approved of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read which contracts were approved of."""
    op.add_column('salesforce__service_contract', sa.Column('approval_status', sa.Text(), nullable=True, comment='Draft, In Approval Process or Activated; of an org that approves of none, Draft of all.'), schema='stage')
    op.add_column('salesforce__service_contract_version', sa.Column('approval_status', sa.Text(), nullable=True, comment='Draft, In Approval Process or Activated; of an org that approves of none, Draft of all.'), schema='stage')
