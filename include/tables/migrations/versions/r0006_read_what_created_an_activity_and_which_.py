"""Read what created an activity and which team an owner is of, and mark amounts nobody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read what created an activity and which team an owner is of, and mark amounts nobody knows."""
    op.alter_column('deal', 'owner_user_id',
               existing_type=sa.TEXT(),
               comment='The owner, as stage.user; of a closed deal whoever was when it closed.',
               existing_comment='The owner, as stage.user.',
               existing_nullable=True,
               schema='facts')
    op.alter_column('deal', 'role_id',
               existing_type=sa.TEXT(),
               comment='Role of the owner; of a closed deal the one held when it closed.',
               existing_comment='Role of the owner.',
               existing_nullable=True,
               schema='facts')
    op.add_column('mrr_customer_month', sa.Column('is_amount_unknown', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Some of what it pays at the end of the month is of no known amount, and not in mrr_amount.'), schema='facts')
    op.alter_column('ticket', 'is_answered',
               existing_type=sa.BOOLEAN(),
               comment='A person answered, and the customer could read it; NULL of one by phone, and where nothing is read that would tell.',
               existing_comment='A person answered, and the customer could read it.',
               existing_nullable=True,
               schema='facts')
    op.add_column('hubspot__call', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__call_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__email', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__email_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__meeting', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__owner', sa.Column('team_id', sa.Text(), nullable=True, comment='Primary team, as goals name it.'), schema='stage')
    op.alter_column('hubspot__owner', 'team_name',
               existing_type=sa.TEXT(),
               comment='Name of the primary team.',
               existing_comment='Primary team.',
               existing_nullable=True,
               schema='stage')
    op.add_column('hubspot__owner_version', sa.Column('team_id', sa.Text(), nullable=True, comment='Primary team, as goals name it.'), schema='stage')
    op.alter_column('hubspot__owner_version', 'team_name',
               existing_type=sa.TEXT(),
               comment='Name of the primary team.',
               existing_comment='Primary team.',
               existing_nullable=True,
               schema='stage')
    op.add_column('hubspot__task', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__task_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.alter_column('term', 'due_amount',
               existing_type=sa.NUMERIC(precision=24, scale=6),
               comment='Monthly recurring revenue that is due, in the reporting currency; 0 where that of some of it is not known.',
               existing_comment='Monthly recurring revenue that is due, in the reporting currency.',
               existing_nullable=False,
               schema='facts')
    op.alter_column('term', 'renewed_amount',
               existing_type=sa.NUMERIC(precision=24, scale=6),
               comment='Monthly recurring revenue it was renewed at, what was added included; 0 when it was not, and where that of some of it is not known.',
               existing_comment='Monthly recurring revenue it was renewed at, what was added included; 0 when it was not.',
               existing_nullable=False,
               schema='facts')
