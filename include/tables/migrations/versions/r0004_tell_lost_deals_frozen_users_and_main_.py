"""Tell lost deals, frozen users and main products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tell lost deals, frozen users and main products."""
    op.create_table('salesforce__user_login',
    sa.Column('salesforce_user_login_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('user_id', sa.Text(), nullable=True, comment='The user.'),
    sa.Column('is_frozen', sa.Boolean(), nullable=True, comment='May not log in, and keeps its license.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_user_login_id', name=op.f('pk_salesforce__user_login')),
    schema='stage',
    comment='One row per user: whether the user is kept from logging in for a while. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__user_login_user_id', 'salesforce__user_login', ['user_id'], unique=False, schema='stage')
    op.create_table('salesforce__user_login_version',
    sa.Column('salesforce_user_login_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('user_id', sa.Text(), nullable=True, comment='The user.'),
    sa.Column('is_frozen', sa.Boolean(), nullable=True, comment='May not log in, and keeps its license.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.Column('is_inferred', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.'),
    sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'),
    sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'),
    sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'),
    sa.PrimaryKeyConstraint('salesforce_user_login_id', 'modified_at', name=op.f('pk_salesforce__user_login_version')),
    schema='stage',
    comment='One row per user: whether the user is kept from logging in for a while. Every version read, typed.'
    )
    op.add_column('cost', sa.Column('segment', sa.Text(), nullable=True, comment='Segment of the customers it is for; NULL for cost no segment carries.'), schema='facts')
    op.add_column('deal', sa.Column('lost_reason', sa.Text(), nullable=True, comment='Why a deal was lost or disqualified, lower case, by the field of deals.yaml; NULL for others.'), schema='facts')
    op.add_column('deal', sa.Column('competitor', sa.Text(), nullable=True, comment='Who else was after it, lower case, by the field of deals.yaml.'), schema='facts')
    op.add_column('deal', sa.Column('is_disqualified', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Closed for a reason of deals.yaml that is not counted, as a deal entered twice is: neither won nor lost.'), schema='facts')
    op.alter_column('deal', 'lost_from_stage_id',
               existing_type=sa.TEXT(),
               comment='Of a deal lost or disqualified, the last open stage it is known to have been in, as facts.stage.',
               existing_comment='Of a lost deal, the last open stage it is known to have been in, as facts.stage.',
               existing_nullable=True,
               schema='facts')
    op.alter_column('deal', 'is_open',
               existing_type=sa.BOOLEAN(),
               comment='Not closed.',
               existing_comment='Neither won nor lost.',
               existing_nullable=False,
               schema='facts')
    op.alter_column('deal', 'is_closed',
               existing_type=sa.BOOLEAN(),
               comment='Won, lost or disqualified.',
               existing_comment='Won or lost.',
               existing_nullable=False,
               schema='facts')
    op.add_column('mrr_customer_month', sa.Column('product_id', sa.Text(), nullable=True, comment='Product it paid most for at the end of the month, crm:id; NULL where that is none.'), schema='facts')
    op.alter_column('ticket', 'resolution_seconds',
               existing_type=sa.BIGINT(),
               comment='From filing to the latest closing, less what it waited in statuses of service.yaml; NULL while open, when negative, and when closed on create.',
               existing_comment='From filing to the latest closing; NULL while open, when negative, and when closed on create.',
               existing_nullable=True,
               schema='facts')
    op.add_column('user', sa.Column('is_frozen', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Kept from logging in to Salesforce for a while.'), schema='facts')
    op.alter_column('user', 'is_counted',
               existing_type=sa.BOOLEAN(),
               comment='Human, active and not frozen, in one CRM at least: who login metrics look at.',
               existing_comment='Active and human: who login metrics look at.',
               existing_nullable=False,
               schema='facts')
    op.add_column('hubspot__deal', sa.Column('lost_reason', sa.Text(), nullable=True, comment='Why it was lost.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('lost_reason', sa.Text(), nullable=True, comment='Why it was lost.'), schema='stage')
