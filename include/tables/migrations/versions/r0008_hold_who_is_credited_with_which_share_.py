"""Hold who is credited with which share of a deal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hold who is credited with which share of a deal."""
    op.create_table('deal_credit',
    sa.Column('deal_credit_id', sa.Text(), nullable=False, comment='The credit, deal:owner; deal:none for a deal without.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('deal_id', sa.Text(), nullable=False, comment='The deal, as facts.deal.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment="Who is credited, as stage.user: the deal's owner, or those it is split between."),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of who is credited.'),
    sa.Column('pipeline_id', sa.Text(), nullable=True, comment='Pipeline of the deal, as facts.deal.'),
    sa.Column('credit_rate', sa.Numeric(precision=28, scale=10), nullable=False, comment='Share of the deal, 0 to 1.'),
    sa.Column('credit_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment="That share of the deal's value, in the reporting currency; NULL where the deal has none. The credits of a deal add up to its value."),
    sa.Column('closed_date', sa.Date(), nullable=True, comment='Day the deal closed; NULL while open.'),
    sa.Column('is_won', sa.Boolean(), nullable=False, comment='The deal is won.'),
    sa.Column('is_leading', sa.Boolean(), nullable=False, comment='The one row of its deal that stands for it where deals are counted: of the largest share.'),
    sa.Column('is_amount_missing', sa.Boolean(), nullable=False, comment='No amount was entered for the deal.'),
    sa.Column('is_amount_unconverted', sa.Boolean(), nullable=False, comment='An amount was entered in a currency without a rate.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='The deal is counted.'),
    sa.PrimaryKeyConstraint('deal_credit_id', 'valid_from_at', name=op.f('pk_deal_credit')),
    schema='facts',
    comment='One row per deal, credited owner and state; of a deal that is not split, its owner with all of it.',
    info={'sources': ('salesforce.opportunity', 'hubspot.deal'), 'optional_sources': ('salesforce.opportunity_split', 'salesforce.opportunity_split_type', 'hubspot.deal_split')}
    )
    op.create_index('ix_deal_credit_closed_date', 'deal_credit', ['closed_date'], unique=False, schema='facts')
    op.create_table('hubspot__deal_split',
    sa.Column('hubspot_deal_split_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('deal_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='Who is credited; NULL on the marker row.'),
    sa.Column('split_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 1.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the share was given.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_deal_split_id', name=op.f('pk_hubspot__deal_split')),
    schema='stage',
    comment='One row per owner credited with a share of a deal, and one marker per deal read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__deal_split_deal_id', 'hubspot__deal_split', ['deal_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__deal_split_owner_id', 'hubspot__deal_split', ['owner_id'], unique=False, schema='stage')
    op.create_table('hubspot__deal_split_version',
    sa.Column('hubspot_deal_split_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('deal_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='Who is credited; NULL on the marker row.'),
    sa.Column('split_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 1.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the share was given.'),
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
    sa.PrimaryKeyConstraint('hubspot_deal_split_id', 'modified_at', name=op.f('pk_hubspot__deal_split_version')),
    schema='stage',
    comment='One row per owner credited with a share of a deal, and one marker per deal read. Every version read, typed.'
    )
    op.create_table('salesforce__opportunity_split',
    sa.Column('salesforce_opportunity_split_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Who is credited.'),
    sa.Column('split_type_id', sa.Text(), nullable=True, comment='Type of the split.'),
    sa.Column('split_percent', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 100; up to 1000 where the shares need not come to 100.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_opportunity_split_id', name=op.f('pk_salesforce__opportunity_split')),
    schema='stage',
    comment='One row per user credited with a share of a deal, and type of split. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__opportunity_split_opportunity_id', 'salesforce__opportunity_split', ['opportunity_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__opportunity_split_owner_user_id', 'salesforce__opportunity_split', ['owner_user_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__opportunity_split_split_type_id', 'salesforce__opportunity_split', ['split_type_id'], unique=False, schema='stage')
    op.create_table('salesforce__opportunity_split_type',
    sa.Column('salesforce_opportunity_split_type_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('split_type_label', sa.Text(), nullable=True, comment='Name as the users see it.'),
    sa.Column('split_type_name', sa.Text(), nullable=True, comment='Name of the type in the API.'),
    sa.Column('split_field', sa.Text(), nullable=True, comment='Amount of the deal that is split, such as Amount.'),
    sa.Column('is_total_validated', sa.Boolean(), nullable=True, comment='Shares must come to 100.'),
    sa.Column('is_active', sa.Boolean(), nullable=True, comment='In use.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_opportunity_split_type_id', name=op.f('pk_salesforce__opportunity_split_type')),
    schema='stage',
    comment='One row per type of split: revenue, overlay, and those a company adds. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__opportunity_split_type_version',
    sa.Column('salesforce_opportunity_split_type_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('split_type_label', sa.Text(), nullable=True, comment='Name as the users see it.'),
    sa.Column('split_type_name', sa.Text(), nullable=True, comment='Name of the type in the API.'),
    sa.Column('split_field', sa.Text(), nullable=True, comment='Amount of the deal that is split, such as Amount.'),
    sa.Column('is_total_validated', sa.Boolean(), nullable=True, comment='Shares must come to 100.'),
    sa.Column('is_active', sa.Boolean(), nullable=True, comment='In use.'),
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
    sa.PrimaryKeyConstraint('salesforce_opportunity_split_type_id', 'modified_at', name=op.f('pk_salesforce__opportunity_split_type_version')),
    schema='stage',
    comment='One row per type of split: revenue, overlay, and those a company adds. Every version read, typed.'
    )
    op.create_table('salesforce__opportunity_split_version',
    sa.Column('salesforce_opportunity_split_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Who is credited.'),
    sa.Column('split_type_id', sa.Text(), nullable=True, comment='Type of the split.'),
    sa.Column('split_percent', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 100; up to 1000 where the shares need not come to 100.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
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
    sa.PrimaryKeyConstraint('salesforce_opportunity_split_id', 'modified_at', name=op.f('pk_salesforce__opportunity_split_version')),
    schema='stage',
    comment='One row per user credited with a share of a deal, and type of split. Every version read, typed.'
    )
