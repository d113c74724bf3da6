"""Read who manages the forecast of a role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read who manages the forecast of a role."""
    op.add_column('salesforce__user_role', sa.Column('forecast_user_id', sa.Text(), nullable=True, comment="Who manages the role's forecast."), schema='stage')
    op.create_index('ix_salesforce__user_role_forecast_user_id', 'salesforce__user_role', ['forecast_user_id'], unique=False, schema='stage')
    op.add_column('salesforce__user_role_version', sa.Column('forecast_user_id', sa.Text(), nullable=True, comment="Who manages the role's forecast."), schema='stage')
