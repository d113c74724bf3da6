"""Read what goals of HubSpot measure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read what goals of HubSpot measure."""
    op.add_column('hubspot__goal_target', sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of a goal of money.'), schema='stage')
    op.add_column('hubspot__goal_target', sa.Column('unit_type', sa.Text(), nullable=True, comment='What is added up: currency, or number.'), schema='stage')
    op.add_column('hubspot__goal_target', sa.Column('metric_type', sa.Text(), nullable=True, comment='How: SUM, COUNT, AVG.'), schema='stage')
    op.add_column('hubspot__goal_target', sa.Column('time_property', sa.Text(), nullable=True, comment='By which date of them records count, as closedate of deals.'), schema='stage')
    op.add_column('hubspot__goal_target_version', sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of a goal of money.'), schema='stage')
    op.add_column('hubspot__goal_target_version', sa.Column('unit_type', sa.Text(), nullable=True, comment='What is added up: currency, or number.'), schema='stage')
    op.add_column('hubspot__goal_target_version', sa.Column('metric_type', sa.Text(), nullable=True, comment='How: SUM, COUNT, AVG.'), schema='stage')
    op.add_column('hubspot__goal_target_version', sa.Column('time_property', sa.Text(), nullable=True, comment='By which date of them records count, as closedate of deals.'), schema='stage')
