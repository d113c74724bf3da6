"""Say which batches facts are built of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say which batches facts are built of."""
    op.add_column('extract_window', sa.Column('is_unified', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Staging held it when customers, people and users were last made.'), schema='ops')
    op.add_column('extract_window', sa.Column('is_in_facts', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Facts were built of it, after that: values may call what it read complete.'), schema='ops')
    # So far facts were held to have what was loaded before they were built.
    op.execute(
        "update ops.extract_window set is_unified = true, is_in_facts = true where status = 'loaded' "
        "and loaded_at <= (select max(built_at) from ops.fact_build)"
    )
