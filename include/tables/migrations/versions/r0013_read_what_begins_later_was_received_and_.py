"""Read what begins later, was received, and was in another currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read what begins later, was received, and was in another currency."""
    op.add_column('hubspot__line_item', sa.Column('start_delay_days', sa.BigInteger(), nullable=True, comment='Days after the closing on which it begins, where no first day is said.'), schema='stage')
    op.add_column('hubspot__line_item', sa.Column('start_delay_months', sa.BigInteger(), nullable=True, comment='Months after the closing in which it begins, where no first day is said.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('start_delay_days', sa.BigInteger(), nullable=True, comment='Days after the closing on which it begins, where no first day is said.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('start_delay_months', sa.BigInteger(), nullable=True, comment='Months after the closing in which it begins, where no first day is said.'), schema='stage')
    op.add_column('salesforce__email_message', sa.Column('activity_id', sa.Text(), nullable=True, comment='The task that stands for it.'), schema='stage')
    op.create_index('ix_salesforce__email_message_activity_id', 'salesforce__email_message', ['activity_id'], unique=False, schema='stage')
    op.add_column('salesforce__email_message_version', sa.Column('activity_id', sa.Text(), nullable=True, comment='The task that stands for it.'), schema='stage')
    op.add_column('salesforce__opportunity_history', sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."), schema='stage')
    op.add_column('salesforce__opportunity_history_version', sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."), schema='stage')
