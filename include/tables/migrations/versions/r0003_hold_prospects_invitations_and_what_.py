"""Hold prospects, invitations, and what facts were built of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hold prospects, invitations, and what facts were built of."""
    op.create_table('prospect',
    sa.Column('prospect_id', sa.Text(), nullable=False, comment='The company, as stage.customer; else the person, as stage.person.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The company; NULL for a person without one.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The owner.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel of the first of its records that has one.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was first seen.'),
    sa.Column('created_date', sa.Date(), nullable=False, comment='Day it was first seen.'),
    sa.Column('customer_date', sa.Date(), nullable=True, comment='Day of the first won deal, which this state knows of.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Not imported, nor made by the sync of the two CRMs, and no customer before it was seen.'),
    sa.Column('is_customer', sa.Boolean(), nullable=False, comment='Has become a customer.'),
    sa.PrimaryKeyConstraint('prospect_id', 'valid_from_at', name=op.f('pk_prospect')),
    schema='facts',
    comment='One row per company or person without one, and state. People of a company are the company.',
    info={'sources': ('salesforce.account', 'salesforce.contact', 'salesforce.lead', 'hubspot.company', 'hubspot.contact', 'salesforce.opportunity', 'hubspot.deal')}
    )
    op.create_index('ix_prospect_created_date', 'prospect', ['created_date'], unique=False, schema='facts')
    op.create_table('survey_invitation',
    sa.Column('survey_invitation_id', sa.Text(), nullable=False, comment='The invitation, crm:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey, crm:id.'),
    sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'),
    sa.Column('recipient_id', sa.Text(), nullable=True, comment='Who was asked, as stage.person; NULL for users and unknown people.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False, comment='When it was made.'),
    sa.Column('sent_date', sa.Date(), nullable=False, comment='Day of that.'),
    sa.Column('is_answered', sa.Boolean(), nullable=False, comment='The survey was answered to the end.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='To one person, and not to a survey left out as a test.'),
    sa.PrimaryKeyConstraint('survey_invitation_id', 'valid_from_at', name=op.f('pk_survey_invitation')),
    schema='facts',
    comment='One row per invitation to a survey and state. HubSpot has no invitations.',
    info={'sources': (), 'optional_sources': ('salesforce.survey_invitation',)}
    )
    op.create_index('ix_survey_invitation_sent_date', 'survey_invitation', ['sent_date'], unique=False, schema='facts')
    op.create_table('fact_build',
    sa.Column('built_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.Column('is_whole', sa.Boolean(), nullable=False, comment='Every fact was built anew; else those of what had changed.'),
    sa.Column('reason', sa.Text(), nullable=False, comment='Why it was built whole; empty where only changes were built.'),
    sa.Column('definition_hash', sa.Text(), nullable=False, comment='Hash of the statements that make facts, settings in them.'),
    sa.Column('shared_inputs', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='What facts of any record may read, by name, each as a hash: a change builds whole.'),
    sa.Column('row_counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Rows of each fact table afterwards, to see whether somebody else changed them.'),
    sa.Column('record_count', sa.BigInteger(), nullable=False, comment='Records known.'),
    sa.Column('changed_count', sa.BigInteger(), nullable=False, comment='Records that were others than at the build before.'),
    sa.Column('built_count', sa.BigInteger(), nullable=False, comment='Records whose facts were built.'),
    sa.Column('differing_count', sa.BigInteger(), nullable=True, comment='Rows that a whole build found other than the builds of changes before it had left them; more than 0 is a defect, and facts are built whole until their definition changes. NULL where nothing was compared.'),
    sa.PrimaryKeyConstraint('built_at', name=op.f('pk_fact_build')),
    schema='ops',
    comment='One row per build of the facts.'
    )
    op.create_table('fact_input',
    sa.Column('record_hash', sa.BigInteger(), autoincrement=False, nullable=False, comment="Hash of the record's CRM, object and id."),
    sa.Column('content_hash', sa.BigInteger(), nullable=False, comment='Hash of all that is staged of the record.'),
    sa.Column('is_shared', sa.Boolean(), nullable=False, comment='A user, product or campaign: a change builds the facts of all records that name it.'),
    sa.PrimaryKeyConstraint('record_hash', name=op.f('pk_fact_input')),
    schema='ops',
    comment='One row per record the facts were last built of, to see which have changed since.'
    )
    op.create_table('fact_link',
    sa.Column('record_hash', sa.BigInteger(), autoincrement=False, nullable=False, comment='The record, as in ops.fact_input.'),
    sa.Column('linked_hash', sa.BigInteger(), autoincrement=False, nullable=False, comment='The record, customer or person it names, hashed alike.'),
    sa.PrimaryKeyConstraint('record_hash', 'linked_hash', name=op.f('pk_fact_link')),
    schema='ops',
    comment='One row per record and other record it names: facts of the one may read the other.'
    )
    op.create_index(op.f('ix_fact_link_linked_hash'), 'fact_link', ['linked_hash'], unique=False, schema='ops')
    op.create_table('salesforce__profile',
    sa.Column('salesforce_profile_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('profile_name', sa.Text(), nullable=True, comment='Name of the profile.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_profile_id', name=op.f('pk_salesforce__profile')),
    schema='stage',
    comment='One row per profile, which says what users may do. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__profile_version',
    sa.Column('salesforce_profile_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('profile_name', sa.Text(), nullable=True, comment='Name of the profile.'),
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
    sa.PrimaryKeyConstraint('salesforce_profile_id', 'modified_at', name=op.f('pk_salesforce__profile_version')),
    schema='stage',
    comment='One row per profile, which says what users may do. Every version read, typed.'
    )
    op.create_table('salesforce__survey_invitation',
    sa.Column('salesforce_survey_invitation_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey.'),
    sa.Column('participant_id', sa.Text(), nullable=True, comment='Who was asked; NULL for a link open to many.'),
    sa.Column('response_status', sa.Text(), nullable=True, comment='NotStarted, Started, Completed and so on.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_invitation_id', name=op.f('pk_salesforce__survey_invitation')),
    schema='stage',
    comment='One row per invitation to a survey. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__survey_invitation_survey_id', 'salesforce__survey_invitation', ['survey_id'], unique=False, schema='stage')
    op.create_table('salesforce__survey_invitation_version',
    sa.Column('salesforce_survey_invitation_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey.'),
    sa.Column('participant_id', sa.Text(), nullable=True, comment='Who was asked; NULL for a link open to many.'),
    sa.Column('response_status', sa.Text(), nullable=True, comment='NotStarted, Started, Completed and so on.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_invitation_id', 'modified_at', name=op.f('pk_salesforce__survey_invitation_version')),
    schema='stage',
    comment='One row per invitation to a survey. Every version read, typed.'
    )
    op.add_column('agent_work', sa.Column('priority', sa.Text(), nullable=True, comment='Priority of the request, lower case.'), schema='facts')
    op.add_column('agent_work', sa.Column('product_id', sa.Text(), nullable=True, comment='The product the request is about, crm:id.'), schema='facts')
    op.add_column('campaign_member', sa.Column('campaign_type', sa.Text(), nullable=True, comment='Kind of the campaign.'), schema='facts')
    op.add_column('deal', sa.Column('lost_from_stage_id', sa.Text(), nullable=True, comment='Of a lost deal, the last open stage it is known to have been in, as facts.stage.'), schema='facts')
    op.add_column('deal', sa.Column('forecast_category', sa.Text(), nullable=True, comment='omitted, pipeline, best case, most likely, commit or closed; NULL where nobody says. HubSpot keeps none of stages before.'), schema='facts')
    op.add_column('deal', sa.Column('product_id', sa.Text(), nullable=True, comment='Product of its largest line, crm:id; NULL without lines.'), schema='facts')
    op.add_column('deal_touch', sa.Column('campaign_type', sa.Text(), nullable=True, comment='Kind of the campaign; HubSpot has none.'), schema='facts')
    op.add_column('record_created', sa.Column('channel', sa.Text(), nullable=True, comment='Channel an account came from; NULL for other records.'), schema='facts')
    op.add_column('survey_response', sa.Column('product_id', sa.Text(), nullable=True, comment='The product that request is about, crm:id.'), schema='facts')
    op.add_column('ticket', sa.Column('product_id', sa.Text(), nullable=True, comment='The product it is about, crm:id; HubSpot has none.'), schema='facts')
    op.add_column('user', sa.Column('profile_name', sa.Text(), nullable=True, comment='Name of the profile, as of now; HubSpot has none.'), schema='facts')
    op.add_column('hubspot__deal', sa.Column('forecast_category', sa.Text(), nullable=True, comment='Forecast category, where a seller chose one.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('forecast_category', sa.Text(), nullable=True, comment='Forecast category, where a seller chose one.'), schema='stage')
    op.alter_column('record_tombstone', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last said so.',
               existing_comment='When the batch was read that first said so.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__case', sa.Column('product_id', sa.Text(), nullable=True, comment='The product it is about.'), schema='stage')
    op.create_index('ix_salesforce__case_product_id', 'salesforce__case', ['product_id'], unique=False, schema='stage')
    op.add_column('salesforce__case_version', sa.Column('product_id', sa.Text(), nullable=True, comment='The product it is about.'), schema='stage')
    op.create_index('ix_salesforce__user_profile_id', 'salesforce__user', ['profile_id'], unique=False, schema='stage')
