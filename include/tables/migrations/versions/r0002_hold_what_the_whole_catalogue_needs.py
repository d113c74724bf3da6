"""Hold what the whole catalogue needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hold what the whole catalogue needs."""
    op.create_table('agent_work',
    sa.Column('agent_work_id', sa.Text(), nullable=False, comment='The piece of work, crm:kind:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The request, as facts.ticket; NULL for other work.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('agent_user_id', sa.Text(), nullable=True, comment='Who did it, as stage.user.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the agent.'),
    sa.Column('team_name', sa.Text(), nullable=True, comment='Team of the agent.'),
    sa.Column('channel', sa.Text(), nullable=True, comment='How it reached us, lower case.'),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True, comment='When it ended; NULL while it lasts.'),
    sa.Column('closed_date', sa.Date(), nullable=True, comment='Day it ended; NULL while it lasts.'),
    sa.Column('handle_seconds', sa.BigInteger(), nullable=True, comment='From accepting to closing.'),
    sa.Column('active_seconds', sa.BigInteger(), nullable=True, comment='Time it was in front of the agent, where known.'),
    sa.Column('is_handled', sa.Boolean(), nullable=False, comment='Ended, and neither declined nor cancelled.'),
    sa.Column('is_proxy', sa.Boolean(), nullable=False, comment='Not measured as handling time: the length of a call.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Always.'),
    sa.PrimaryKeyConstraint('agent_work_id', 'valid_from_at', name=op.f('pk_agent_work')),
    schema='facts',
    comment='One row per piece of work routed to an agent and state; a transfer makes two.',
    info={'sources': (), 'optional_sources': ('salesforce.agent_work', 'hubspot.call')}
    )
    op.create_index('ix_agent_work_closed_date', 'agent_work', ['closed_date'], unique=False, schema='facts')
    op.create_table('business_hours',
    sa.Column('business_date', sa.Date(), nullable=False, comment='Day, in the time zone of the business hours.'),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of the stretch.'),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after it.'),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=False, comment='When it opens; starts_at where it does not.'),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False, comment='When it closes; opens_at where it does not open.'),
    sa.Column('open_seconds_before', sa.BigInteger(), nullable=False, comment='Seconds open from the first day here until opens_at.'),
    sa.PrimaryKeyConstraint('business_date', 'starts_at', name=op.f('pk_business_hours')),
    schema='facts',
    comment='One row per day and stretch of it that begins with an opening, the first one at midnight; none where service.yaml has no business hours. Seconds open between two instants are the difference of two look-ups.'
    )
    op.create_table('campaign_member',
    sa.Column('campaign_member_id', sa.Text(), nullable=False, comment='The membership, crm:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('campaign_id', sa.Text(), nullable=True, comment='The campaign, crm:id.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel of the campaign.'),
    sa.Column('person_id', sa.Text(), nullable=True, comment='The person, as stage.person.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer the person belongs to, where known.'),
    sa.Column('sent_date', sa.Date(), nullable=True, comment='Day the campaign reached the person.'),
    sa.Column('is_sent', sa.Boolean(), nullable=False, comment='Was reached, by the status of the membership.'),
    sa.Column('is_responded', sa.Boolean(), nullable=False, comment='Counts as a response.'),
    sa.Column('responded_date', sa.Date(), nullable=True, comment='Day of the first response.'),
    sa.Column('customer_date', sa.Date(), nullable=True, comment='Day of the first won deal after the campaign reached the person.'),
    sa.Column('is_customer', sa.Boolean(), nullable=False, comment='Became a customer after the campaign reached the person.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment="The person's first membership of this campaign."),
    sa.PrimaryKeyConstraint('campaign_member_id', 'valid_from_at', name=op.f('pk_campaign_member')),
    schema='facts',
    comment='One row per member of a campaign and state.',
    info={'sources': ('salesforce.campaign_member', 'salesforce.campaign', 'salesforce.opportunity')}
    )
    op.create_index('ix_campaign_member_sent_date', 'campaign_member', ['sent_date'], unique=False, schema='facts')
    op.create_table('cart',
    sa.Column('cart_id', sa.Text(), nullable=False, comment='The cart, crm:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer; NULL for a guest.'),
    sa.Column('store_name', sa.Text(), nullable=True, comment='The shop.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel the customer came from.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was opened.'),
    sa.Column('created_date', sa.Date(), nullable=False, comment='Day it was opened.'),
    sa.Column('item_count', sa.BigInteger(), nullable=True, comment='Things in it; NULL where not known.'),
    sa.Column('cart_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment="Value of the cart, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known."),
    sa.Column('cart_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the cart, as entered.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of the amounts as entered.'),
    sa.Column('last_activity_at', sa.DateTime(timezone=True), nullable=False, comment='Latest change.'),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True, comment='When it became an order; NULL before.'),
    sa.Column('is_completed', sa.Boolean(), nullable=False, comment='Became an order.'),
    sa.Column('abandoned_at', sa.DateTime(timezone=True), nullable=True, comment='When it will have been idle for abandon_hours; NULL when completed or empty.'),
    sa.Column('is_abandoned', sa.Boolean(), nullable=False, comment='Idle for so long, and neither completed nor empty.'),
    sa.Column('is_empty', sa.Boolean(), nullable=False, comment='Nothing in it.'),
    sa.Column('is_status_known', sa.Boolean(), nullable=False, comment='Became an order, or has a status that customers.yaml or Salesforce itself explains; else neither completed nor abandoned.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Not empty, and not of a status that is ignored.'),
    sa.PrimaryKeyConstraint('cart_id', 'valid_from_at', name=op.f('pk_cart')),
    schema='facts',
    comment='One row per shopping cart and state.',
    info={'sources': (), 'optional_sources': ('salesforce.web_cart', 'hubspot.cart', 'hubspot.cart_order')}
    )
    op.create_index('ix_cart_created_date', 'cart', ['created_date'], unique=False, schema='facts')
    op.create_table('deal_touch',
    sa.Column('deal_touch_id', sa.Text(), nullable=False, comment='The touch, deal:campaign; deal:none for a deal without.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('deal_id', sa.Text(), nullable=False, comment='The deal, as facts.deal.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Owner of the deal.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('campaign_id', sa.Text(), nullable=True, comment='The campaign, crm:id; NULL on the row of a deal without.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel of the campaign; of the deal where there is none.'),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=True, comment='First touch of the campaign; NULL where not known.'),
    sa.Column('closed_date', sa.Date(), nullable=True, comment='Day the deal closed; NULL while open.'),
    sa.Column('is_won', sa.Boolean(), nullable=False, comment='The deal is won.'),
    sa.Column('deal_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the deal, in the reporting currency.'),
    sa.Column('primary_weight', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal credited, the primary campaign taking all.'),
    sa.Column('even_weight', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share credited when all campaigns share alike.'),
    sa.Column('first_weight', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share credited when the first campaign takes all.'),
    sa.Column('last_weight', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share credited when the last campaign before closing takes all.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='The deal is counted.'),
    sa.PrimaryKeyConstraint('deal_touch_id', 'valid_from_at', name=op.f('pk_deal_touch')),
    schema='facts',
    comment='One row per deal and campaign that touched it, and state; one without a campaign for a deal none touched. Each weight adds up to 1 over the rows of a deal.',
    info={'sources': ('salesforce.opportunity', 'salesforce.campaign', 'salesforce.campaign_member', 'hubspot.deal', 'hubspot.campaign'), 'optional_sources': ('salesforce.opportunity_contact_role', 'salesforce.campaign_influence')}
    )
    op.create_index('ix_deal_touch_closed_date', 'deal_touch', ['closed_date'], unique=False, schema='facts')
    op.create_table('mrr_customer_month',
    sa.Column('customer_id', sa.Text(), nullable=False, comment='The customer.'),
    sa.Column('month_start_date', sa.Date(), nullable=False, comment='First day of the month.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('month_end_date', sa.Date(), nullable=False, comment='First day after the month.'),
    sa.Column('mrr_amount', sa.Numeric(precision=24, scale=6), nullable=False, comment='Monthly recurring revenue at the end of the month, in the reporting currency.'),
    sa.Column('previous_mrr_amount', sa.Numeric(precision=24, scale=6), nullable=False, comment='The same at the end of the month before.'),
    sa.Column('movement', sa.Text(), nullable=False, comment='new, reactivation, churn, expansion, contraction or none.'),
    sa.Column('movement_amount', sa.Numeric(precision=24, scale=6), nullable=False, comment='mrr_amount less previous_mrr_amount.'),
    sa.Column('is_active', sa.Boolean(), nullable=False, comment='A customer at the end of the month.'),
    sa.Column('is_active_before', sa.Boolean(), nullable=False, comment='A customer at the end of the month before.'),
    sa.Column('cohort_month_date', sa.Date(), nullable=True, comment='First month at whose end it was a customer; NULL before.'),
    sa.Column('age_months', sa.BigInteger(), nullable=True, comment='Months since the cohort month; NULL before.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel the customer came from.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Always: what is not counted makes no month.'),
    sa.PrimaryKeyConstraint('customer_id', 'month_start_date', 'valid_from_at', name=op.f('pk_mrr_customer_month')),
    schema='facts',
    comment="One row per customer, month and state, without gaps from the first month with anything at its end to one month after the last. A state holds from the month's first instant at the earliest.",
    info={'sources': ('salesforce.opportunity', 'salesforce.opportunity_line_item', 'hubspot.deal', 'hubspot.line_item'), 'optional_sources': ('salesforce.asset_state_period', 'salesforce.asset', 'salesforce.contract_line_item', 'salesforce.service_contract', 'salesforce.contract', 'hubspot.subscription')}
    )
    op.create_index('ix_mrr_customer_month_month_start_date', 'mrr_customer_month', ['month_start_date'], unique=False, schema='facts')
    op.create_table('quota',
    sa.Column('quota_id', sa.Text(), nullable=False, comment='The quota, crm:id, or ledger:line of quotas.csv.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment="Whose quota it is, as stage.user; NULL for a team's."),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('team_name', sa.Text(), nullable=True, comment='Team of the owner, or whose quota it is.'),
    sa.Column('start_date', sa.Date(), nullable=False, comment='First day.'),
    sa.Column('end_date', sa.Date(), nullable=False, comment='First day after.'),
    sa.Column('quota_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment="What is to be won from first to last day, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known."),
    sa.Column('quota_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What is to be won from first to last day, as entered.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of the amounts as entered.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment="Not superseded by quotas.csv, nor the other CRM's copy: only these are added up."),
    sa.PrimaryKeyConstraint('quota_id', 'valid_from_at', name=op.f('pk_quota')),
    schema='facts',
    comment='One row per owner or team, span of days and state.',
    info={'sources': (), 'optional_sources': ('salesforce.forecasting_quota', 'hubspot.goal_target')}
    )
    op.create_table('record_created',
    sa.Column('record_created_id', sa.Text(), nullable=False, comment='The record, crm:object:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('object_name', sa.Text(), nullable=False, comment='account, contact, lead, deal, ticket or campaign.'),
    sa.Column('record_type', sa.Text(), nullable=False, comment='The object as its CRM calls it, such as opportunity.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False, comment='When it was created.'),
    sa.Column('created_date', sa.Date(), nullable=False, comment='Day it was created.'),
    sa.Column('creator_user_id', sa.Text(), nullable=True, comment='Who created it, as stage.user.'),
    sa.Column('creator_role_id', sa.Text(), nullable=True, comment='Role of the creator at that time; NULL for none.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The owner, as stage.user.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('team_name', sa.Text(), nullable=True, comment='Team of the creator.'),
    sa.Column('source', sa.Text(), nullable=True, comment='What created it, as the CRM says, lower case; NULL in Salesforce.'),
    sa.Column('is_role_current', sa.Boolean(), nullable=False, comment="The creator's role at that time is not known; creator_role_id is the one known first."),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Created by a person: not an integration, an import or a sync. Deleted ones have no state.'),
    sa.PrimaryKeyConstraint('record_created_id', 'valid_from_at', name=op.f('pk_record_created')),
    schema='facts',
    comment='One row per record a user may create, and state.',
    info={'sources': ('salesforce.account', 'salesforce.contact', 'salesforce.lead', 'salesforce.opportunity', 'salesforce.case', 'salesforce.campaign', 'hubspot.company', 'hubspot.contact', 'hubspot.deal', 'hubspot.ticket')}
    )
    op.create_index('ix_record_created_created_date', 'record_created', ['created_date'], unique=False, schema='facts')
    op.create_table('recurring_line',
    sa.Column('recurring_line_id', sa.Text(), nullable=False, comment='The line, crm:id for that of a deal, else crm:kind:id; a subscription has one for each price it ever had, crm:subscription:id:number.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('agreement_id', sa.Text(), nullable=True, comment='Contract, subscription or deal it was agreed in, crm:kind:id.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product, crm:id.'),
    sa.Column('product_name', sa.Text(), nullable=True, comment='Name of the product.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel the customer came from.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Owner of the agreement, as stage.user.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('signed_date', sa.Date(), nullable=True, comment="Day it was agreed: the deal's closing, else the first day it is known."),
    sa.Column('start_date', sa.Date(), nullable=False, comment='First day it is paid for.'),
    sa.Column('end_date', sa.Date(), nullable=True, comment='First day it is no longer paid for; NULL while open.'),
    sa.Column('due_date', sa.Date(), nullable=True, comment='Day it is due for renewal, as agreed; NULL for what goes on until cancelled.'),
    sa.Column('canceled_date', sa.Date(), nullable=True, comment='Day it was cancelled; NULL when it was not, or none can tell.'),
    sa.Column('billing_frequency', sa.Text(), nullable=False, comment='How often it is billed: weekly to per_five_years.'),
    sa.Column('mrr_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment="What it comes to in a month, discounts taken off; 0 while paused, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known."),
    sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What it comes to in a month, discounts taken off; 0 while paused, as entered.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of the amounts as entered.'),
    sa.Column('is_paused', sa.Boolean(), nullable=False, comment='Paused: agreed, and not paid for.'),
    sa.Column('is_renewal', sa.Boolean(), nullable=False, comment='Says of itself that it renews an agreement.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='In force by its status, in a counted deal where it has one, and with a customer.'),
    sa.PrimaryKeyConstraint('recurring_line_id', 'valid_from_at', name=op.f('pk_recurring_line')),
    schema='facts',
    comment='One row per recurring line of a contract, subscription or won deal, and state. What is sold once is not here.',
    info={'sources': ('salesforce.opportunity', 'salesforce.opportunity_line_item', 'hubspot.deal', 'hubspot.line_item'), 'optional_sources': ('salesforce.asset_state_period', 'salesforce.asset', 'salesforce.contract_line_item', 'salesforce.service_contract', 'salesforce.contract', 'hubspot.subscription')}
    )
    op.create_index('ix_recurring_line_customer_id', 'recurring_line', ['customer_id'], unique=False, schema='facts')
    op.create_table('stage_transition',
    sa.Column('stage_transition_id', sa.Text(), nullable=False, comment='The entry, crm:deal:number of the entry.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('deal_id', sa.Text(), nullable=False, comment='The deal, as facts.deal.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The owner, as stage.user.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('pipeline_id', sa.Text(), nullable=True, comment='Pipeline, crm:id.'),
    sa.Column('stage_id', sa.Text(), nullable=True, comment='Stage entered, as facts.stage.'),
    sa.Column('stage_order', sa.BigInteger(), nullable=True, comment='Position of the stage in its pipeline.'),
    sa.Column('direction', sa.Text(), nullable=False, comment='first in its pipeline, forward, skip (over a stage deals use), back, unknown.'),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False, comment='When the deal entered the stage.'),
    sa.Column('entered_date', sa.Date(), nullable=False, comment='Day of that.'),
    sa.Column('exited_at', sa.DateTime(timezone=True), nullable=True, comment='When it left; NULL while it is there.'),
    sa.Column('exited_date', sa.Date(), nullable=True, comment='Day it left; NULL while it is there.'),
    sa.Column('stage_seconds', sa.BigInteger(), nullable=True, comment='Time in the stage; NULL while it is there.'),
    sa.Column('next_stage_id', sa.Text(), nullable=True, comment='Stage it went to.'),
    sa.Column('is_open_stage', sa.Boolean(), nullable=False, comment='The stage is neither won nor lost.'),
    sa.Column('is_first_entry', sa.Boolean(), nullable=False, comment="The deal's first entry of this stage: a funnel counts each stage once a deal."),
    sa.Column('is_passed', sa.Boolean(), nullable=False, comment='A later stage of the pipeline was entered afterwards, or the deal was won.'),
    sa.Column('is_won', sa.Boolean(), nullable=False, comment='The deal was won afterwards, and is as of this state.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='The deal is counted.'),
    sa.PrimaryKeyConstraint('stage_transition_id', 'valid_from_at', name=op.f('pk_stage_transition')),
    schema='facts',
    comment='One row per deal and entry of a stage, and state.',
    info={'sources': ('salesforce.opportunity', 'salesforce.opportunity_history', 'hubspot.deal', 'hubspot.deal_history')}
    )
    op.create_index('ix_stage_transition_deal_id', 'stage_transition', ['deal_id'], unique=False, schema='facts')
    op.create_table('survey_response',
    sa.Column('survey_response_id', sa.Text(), nullable=False, comment='The answer, crm:id; in Salesforce crm:type:id.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey, crm:id.'),
    sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'),
    sa.Column('survey_type', sa.Text(), nullable=False, comment='nps, csat, ces.'),
    sa.Column('respondent_id', sa.Text(), nullable=True, comment='Who answered, as stage.person; NULL for an anonymous answer.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The request it is about, as facts.ticket.'),
    sa.Column('agent_user_id', sa.Text(), nullable=True, comment='Owner of that request, as stage.user.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of that agent.'),
    sa.Column('channel', sa.Text(), nullable=True, comment='How the survey was sent, lower case.'),
    sa.Column('responded_at', sa.DateTime(timezone=True), nullable=False, comment='When it was answered.'),
    sa.Column('responded_date', sa.Date(), nullable=False, comment='Day of that.'),
    sa.Column('score', sa.Numeric(precision=28, scale=10), nullable=True, comment='The answer on its scale; NULL when skipped.'),
    sa.Column('scale_max', sa.Numeric(precision=28, scale=10), nullable=True, comment='Best answer the scale has.'),
    sa.Column('is_scored', sa.Boolean(), nullable=False, comment='Has a score.'),
    sa.Column('is_promoter', sa.Boolean(), nullable=False, comment='Counts for us: 9 of 10, 6 of 7, 4 of 5, 2 of 2, or more.'),
    sa.Column('is_passive', sa.Boolean(), nullable=False, comment='Counts neither way.'),
    sa.Column('is_detractor', sa.Boolean(), nullable=False, comment='Counts against us: up to 6 of 10, 3 of 7, 2 of 5, 0 of 2.'),
    sa.Column('is_satisfied', sa.Boolean(), nullable=False, comment='One of the best two answers; on a scale of 0 to 2, the best.'),
    sa.Column('superseded_date', sa.Date(), nullable=True, comment="Day of the same person's next scored answer to a survey of this type; NULL for the latest."),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Not a copy in the other CRM, nor of a survey left out as a test.'),
    sa.PrimaryKeyConstraint('survey_response_id', 'valid_from_at', name=op.f('pk_survey_response')),
    schema='facts',
    comment='One row per answered survey and state.',
    info={'sources': (), 'optional_sources': ('salesforce.survey_response', 'salesforce.survey_question_response', 'salesforce.survey_question', 'hubspot.feedback_submission')}
    )
    op.create_index('ix_survey_response_responded_date', 'survey_response', ['responded_date'], unique=False, schema='facts')
    op.create_table('term',
    sa.Column('term_id', sa.Text(), nullable=False, comment='The term, agreement:due date.'),
    sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'),
    sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'),
    sa.Column('customer_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product, crm:id; NULL where the term has several.'),
    sa.Column('product_name', sa.Text(), nullable=True, comment='Name of the product; NULL where the term has several.'),
    sa.Column('channel', sa.Text(), nullable=False, comment='Channel the customer came from.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Owner of the agreement.'),
    sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'),
    sa.Column('start_date', sa.Date(), nullable=False, comment='First day.'),
    sa.Column('end_date', sa.Date(), nullable=False, comment='Day it is due for renewal: the first one not agreed any more.'),
    sa.Column('due_amount', sa.Numeric(precision=24, scale=6), nullable=False, comment='Monthly recurring revenue that is due, in the reporting currency.'),
    sa.Column('renewed_amount', sa.Numeric(precision=24, scale=6), nullable=False, comment='Monthly recurring revenue it was renewed at, what was added included; 0 when it was not.'),
    sa.Column('decided_date', sa.Date(), nullable=False, comment='Day the outcome was certain: renewal agreed, cancelled, or the end of grace.'),
    sa.Column('is_renewed', sa.Boolean(), nullable=False, comment='Renewed.'),
    sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Always: what is not counted makes no term.'),
    sa.PrimaryKeyConstraint('term_id', 'valid_from_at', name=op.f('pk_term')),
    schema='facts',
    comment='One row per term of a contract, subscription or deal with recurring lines, and state. Evergreen agreements have none: they are never due.',
    info={'sources': ('salesforce.opportunity', 'salesforce.opportunity_line_item', 'hubspot.deal', 'hubspot.line_item'), 'optional_sources': ('salesforce.asset_state_period', 'salesforce.asset', 'salesforce.contract_line_item', 'salesforce.service_contract', 'salesforce.contract', 'hubspot.subscription')}
    )
    op.create_index('ix_term_end_date', 'term', ['end_date'], unique=False, schema='facts')
    op.create_table('metric_definition',
    sa.Column('metric_id', sa.Text(), nullable=False, comment='The metric.'),
    sa.Column('as_of_at', sa.DateTime(timezone=True), nullable=False, comment='The as-of it was computed as of.'),
    sa.Column('definition_hash', sa.Text(), nullable=False, comment="Hash of the metric's record, to tell a value that changed because its meaning did."),
    sa.PrimaryKeyConstraint('metric_id', 'as_of_at', name=op.f('pk_metric_definition')),
    schema='metrics',
    comment='One row per metric and as-of it was computed as of.'
    )
    op.create_table('metric_finding',
    sa.Column('metric_id', sa.Text(), nullable=False, comment='The metric.'),
    sa.Column('crm', sa.Text(), nullable=False, comment='salesforce or hubspot.'),
    sa.Column('since_at', sa.DateTime(timezone=True), nullable=False, comment='What was read after lacks the fields; 1970-01-01 where they were never shown.'),
    sa.Column('is_whole', sa.Boolean(), nullable=False, comment="Nothing of the CRM is left of the metric's numerator or denominator; else a part is wrong."),
    sa.Column('is_absent', sa.Boolean(), nullable=False, comment='The CRM need never have had what the metric is made of: no gap, where the other CRM has it.'),
    sa.Column('status', sa.Text(), nullable=False, comment='PERMISSION_DENIED or SOURCE_UNAVAILABLE.'),
    sa.Column('reason', sa.Text(), nullable=False, comment='Which fields lack, and what to grant.'),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.PrimaryKeyConstraint('metric_id', 'crm', 'since_at', name=op.f('pk_metric_finding')),
    schema='ops',
    comment='One row per metric, CRM and instant since which the metric suffers from fields that the CRM does not show us, by what has been read so far.'
    )
    op.create_table('source_finding',
    sa.Column('crm', sa.Text(), nullable=False, comment='salesforce or hubspot; configuration for a finding on a file or another connection.'),
    sa.Column('object_name', sa.Text(), nullable=False, comment='Table stem of the object, such as opportunity; empty for the connection as a whole.'),
    sa.Column('field_name', sa.Text(), nullable=False, comment='The field as the CRM names it, such as Amount; empty for the object as a whole.'),
    sa.Column('status', sa.Text(), nullable=False, comment='One of ok, empty, missing, forbidden, error.'),
    sa.Column('message', sa.Text(), nullable=False, comment='What was found, in words.'),
    sa.Column('remedy', sa.Text(), nullable=False, comment='What to grant or configure; empty where nothing is to be done.'),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False, comment='When the doctor looked.'),
    sa.PrimaryKeyConstraint('crm', 'object_name', 'field_name', name=op.f('pk_source_finding')),
    schema='ops',
    comment="One row per connection, object and field that is not as the metrics need it, and one per object that is: the doctor's newest findings."
    )
    op.create_table('hubspot__account',
    sa.Column('hubspot_account_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_type', sa.Text(), nullable=True, comment='STANDARD, SANDBOX and so on.'),
    sa.Column('time_zone', sa.Text(), nullable=True, comment='The zone its users see dates in.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of amounts that name none.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_account_id', name=op.f('pk_hubspot__account')),
    schema='stage',
    comment='One row, of the account itself. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('hubspot__account_version',
    sa.Column('hubspot_account_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_type', sa.Text(), nullable=True, comment='STANDARD, SANDBOX and so on.'),
    sa.Column('time_zone', sa.Text(), nullable=True, comment='The zone its users see dates in.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code of amounts that name none.'),
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
    sa.PrimaryKeyConstraint('hubspot_account_id', 'modified_at', name=op.f('pk_hubspot__account_version')),
    schema='stage',
    comment='One row, of the account itself. Every version read, typed.'
    )
    op.create_table('hubspot__cart_contact',
    sa.Column('hubspot_cart_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('cart_id', sa.Text(), nullable=True, comment='The cart.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_cart_contact_id', name=op.f('pk_hubspot__cart_contact')),
    schema='stage',
    comment='One row per link from a cart to a contact, and one marker per cart read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__cart_contact_cart_id', 'hubspot__cart_contact', ['cart_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__cart_contact_contact_id', 'hubspot__cart_contact', ['contact_id'], unique=False, schema='stage')
    op.create_table('hubspot__cart_contact_version',
    sa.Column('hubspot_cart_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('cart_id', sa.Text(), nullable=True, comment='The cart.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_cart_contact_id', 'modified_at', name=op.f('pk_hubspot__cart_contact_version')),
    schema='stage',
    comment='One row per link from a cart to a contact, and one marker per cart read. Every version read, typed.'
    )
    op.create_table('hubspot__cart_order',
    sa.Column('hubspot_cart_order_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('cart_id', sa.Text(), nullable=True, comment='The cart.'),
    sa.Column('order_id', sa.Text(), nullable=True, comment='The order; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_cart_order_id', name=op.f('pk_hubspot__cart_order')),
    schema='stage',
    comment='One row per link from a cart to a order, and one marker per cart read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__cart_order_cart_id', 'hubspot__cart_order', ['cart_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__cart_order_order_id', 'hubspot__cart_order', ['order_id'], unique=False, schema='stage')
    op.create_table('hubspot__cart_order_version',
    sa.Column('hubspot_cart_order_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('cart_id', sa.Text(), nullable=True, comment='The cart.'),
    sa.Column('order_id', sa.Text(), nullable=True, comment='The order; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_cart_order_id', 'modified_at', name=op.f('pk_hubspot__cart_order_version')),
    schema='stage',
    comment='One row per link from a cart to a order, and one marker per cart read. Every version read, typed.'
    )
    op.create_table('hubspot__contact_history',
    sa.Column('hubspot_contact_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_contact_history_id', name=op.f('pk_hubspot__contact_history')),
    schema='stage',
    comment='One row per contact, property and instant at which it took a value. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__contact_history_contact_id', 'hubspot__contact_history', ['contact_id'], unique=False, schema='stage')
    op.create_table('hubspot__contact_history_version',
    sa.Column('hubspot_contact_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
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
    sa.PrimaryKeyConstraint('hubspot_contact_history_id', 'modified_at', name=op.f('pk_hubspot__contact_history_version')),
    schema='stage',
    comment='One row per contact, property and instant at which it took a value. Every version read, typed.'
    )
    op.create_table('hubspot__deal_history',
    sa.Column('hubspot_deal_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('deal_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_deal_history_id', name=op.f('pk_hubspot__deal_history')),
    schema='stage',
    comment='One row per deal, property and instant at which it took a value. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__deal_history_deal_id', 'hubspot__deal_history', ['deal_id'], unique=False, schema='stage')
    op.create_table('hubspot__deal_history_version',
    sa.Column('hubspot_deal_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('deal_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
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
    sa.PrimaryKeyConstraint('hubspot_deal_history_id', 'modified_at', name=op.f('pk_hubspot__deal_history_version')),
    schema='stage',
    comment='One row per deal, property and instant at which it took a value. Every version read, typed.'
    )
    op.create_table('hubspot__exchange_rate',
    sa.Column('hubspot_exchange_rate_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('from_currency_code', sa.Text(), nullable=True, comment='ISO 4217.'),
    sa.Column('to_currency_code', sa.Text(), nullable=True, comment='ISO 4217.'),
    sa.Column('rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units of the second currency that one unit of the first is worth.'),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=True, comment='From when on.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When it was entered.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_exchange_rate_id', name=op.f('pk_hubspot__exchange_rate')),
    schema='stage',
    comment='One row per pair of currencies and instant from which a rate holds. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('hubspot__exchange_rate_version',
    sa.Column('hubspot_exchange_rate_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('from_currency_code', sa.Text(), nullable=True, comment='ISO 4217.'),
    sa.Column('to_currency_code', sa.Text(), nullable=True, comment='ISO 4217.'),
    sa.Column('rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units of the second currency that one unit of the first is worth.'),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=True, comment='From when on.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When it was entered.'),
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
    sa.PrimaryKeyConstraint('hubspot_exchange_rate_id', 'modified_at', name=op.f('pk_hubspot__exchange_rate_version')),
    schema='stage',
    comment='One row per pair of currencies and instant from which a rate holds. Every version read, typed.'
    )
    op.create_table('hubspot__feedback_submission_contact',
    sa.Column('hubspot_feedback_submission_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('feedback_submission_id', sa.Text(), nullable=True, comment='The feedback_submission.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_feedback_submission_contact_id', name=op.f('pk_hubspot__feedback_submission_contact')),
    schema='stage',
    comment='One row per link from a feedback_submission to a contact, and one marker per feedback_submission read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__feedback_submission_contact_contact_id', 'hubspot__feedback_submission_contact', ['contact_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__feedback_submission_contact_feedback_submission_id', 'hubspot__feedback_submission_contact', ['feedback_submission_id'], unique=False, schema='stage')
    op.create_table('hubspot__feedback_submission_contact_version',
    sa.Column('hubspot_feedback_submission_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('feedback_submission_id', sa.Text(), nullable=True, comment='The feedback_submission.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_feedback_submission_contact_id', 'modified_at', name=op.f('pk_hubspot__feedback_submission_contact_version')),
    schema='stage',
    comment='One row per link from a feedback_submission to a contact, and one marker per feedback_submission read. Every version read, typed.'
    )
    op.create_table('hubspot__feedback_submission_ticket',
    sa.Column('hubspot_feedback_submission_ticket_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('feedback_submission_id', sa.Text(), nullable=True, comment='The feedback_submission.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The ticket; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_feedback_submission_ticket_id', name=op.f('pk_hubspot__feedback_submission_ticket')),
    schema='stage',
    comment='One row per link from a feedback_submission to a ticket, and one marker per feedback_submission read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__feedback_submission_ticket_feedback_submission_id', 'hubspot__feedback_submission_ticket', ['feedback_submission_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__feedback_submission_ticket_ticket_id', 'hubspot__feedback_submission_ticket', ['ticket_id'], unique=False, schema='stage')
    op.create_table('hubspot__feedback_submission_ticket_version',
    sa.Column('hubspot_feedback_submission_ticket_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('feedback_submission_id', sa.Text(), nullable=True, comment='The feedback_submission.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The ticket; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_feedback_submission_ticket_id', 'modified_at', name=op.f('pk_hubspot__feedback_submission_ticket_version')),
    schema='stage',
    comment='One row per link from a feedback_submission to a ticket, and one marker per feedback_submission read. Every version read, typed.'
    )
    op.create_table('hubspot__goal_target',
    sa.Column('hubspot_goal_target_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('goal_name', sa.Text(), nullable=True, comment='Name of the goal.'),
    sa.Column('target_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What is to be reached.'),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=True, comment='First instant.'),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True, comment='Last instant.'),
    sa.Column('team_id', sa.Text(), nullable=True, comment='The team, for a goal of a team.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='The owner.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_goal_target_id', name=op.f('pk_hubspot__goal_target')),
    schema='stage',
    comment='One row per goal of a user and span of days. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__goal_target_owner_id', 'hubspot__goal_target', ['owner_id'], unique=False, schema='stage')
    op.create_table('hubspot__goal_target_version',
    sa.Column('hubspot_goal_target_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('goal_name', sa.Text(), nullable=True, comment='Name of the goal.'),
    sa.Column('target_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What is to be reached.'),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=True, comment='First instant.'),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True, comment='Last instant.'),
    sa.Column('team_id', sa.Text(), nullable=True, comment='The team, for a goal of a team.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='The owner.'),
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
    sa.PrimaryKeyConstraint('hubspot_goal_target_id', 'modified_at', name=op.f('pk_hubspot__goal_target_version')),
    schema='stage',
    comment='One row per goal of a user and span of days. Every version read, typed.'
    )
    op.create_table('hubspot__order',
    sa.Column('hubspot_order_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('external_order_id', sa.Text(), nullable=True, comment="The shop's id."),
    sa.Column('total_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the order.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_order_id', name=op.f('pk_hubspot__order')),
    schema='stage',
    comment='One row per order of a shop. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('hubspot__order_version',
    sa.Column('hubspot_order_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('external_order_id', sa.Text(), nullable=True, comment="The shop's id."),
    sa.Column('total_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the order.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
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
    sa.PrimaryKeyConstraint('hubspot_order_id', 'modified_at', name=op.f('pk_hubspot__order_version')),
    schema='stage',
    comment='One row per order of a shop. Every version read, typed.'
    )
    op.create_table('hubspot__subscription',
    sa.Column('hubspot_subscription_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_name', sa.Text(), nullable=True, comment='Name of the subscription.'),
    sa.Column('subscription_status', sa.Text(), nullable=True, comment='active, past_due or unpaid, canceled, expired, scheduled, paused.'),
    sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue.'),
    sa.Column('billing_frequency', sa.Text(), nullable=True, comment='weekly, monthly, annually and so on.'),
    sa.Column('billing_start_date', sa.Date(), nullable=True, comment='First day billed.'),
    sa.Column('billing_end_date', sa.Date(), nullable=True, comment='Last day billed; NULL while none is agreed.'),
    sa.Column('next_payment_date', sa.Date(), nullable=True, comment='Day of the next payment: it is paid for until then.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='The owner.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_subscription_id', name=op.f('pk_hubspot__subscription')),
    schema='stage',
    comment='One row per subscription paid through HubSpot. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__subscription_owner_id', 'hubspot__subscription', ['owner_id'], unique=False, schema='stage')
    op.create_table('hubspot__subscription_company',
    sa.Column('hubspot_subscription_company_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_id', sa.Text(), nullable=True, comment='The subscription.'),
    sa.Column('company_id', sa.Text(), nullable=True, comment='The company; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_subscription_company_id', name=op.f('pk_hubspot__subscription_company')),
    schema='stage',
    comment='One row per link from a subscription to a company, and one marker per subscription read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__subscription_company_company_id', 'hubspot__subscription_company', ['company_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__subscription_company_subscription_id', 'hubspot__subscription_company', ['subscription_id'], unique=False, schema='stage')
    op.create_table('hubspot__subscription_company_version',
    sa.Column('hubspot_subscription_company_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_id', sa.Text(), nullable=True, comment='The subscription.'),
    sa.Column('company_id', sa.Text(), nullable=True, comment='The company; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_subscription_company_id', 'modified_at', name=op.f('pk_hubspot__subscription_company_version')),
    schema='stage',
    comment='One row per link from a subscription to a company, and one marker per subscription read. Every version read, typed.'
    )
    op.create_table('hubspot__subscription_contact',
    sa.Column('hubspot_subscription_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_id', sa.Text(), nullable=True, comment='The subscription.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_subscription_contact_id', name=op.f('pk_hubspot__subscription_contact')),
    schema='stage',
    comment='One row per link from a subscription to a contact, and one marker per subscription read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__subscription_contact_contact_id', 'hubspot__subscription_contact', ['contact_id'], unique=False, schema='stage')
    op.create_index('ix_hubspot__subscription_contact_subscription_id', 'hubspot__subscription_contact', ['subscription_id'], unique=False, schema='stage')
    op.create_table('hubspot__subscription_contact_version',
    sa.Column('hubspot_subscription_contact_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_id', sa.Text(), nullable=True, comment='The subscription.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact; NULL on the marker row.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment='Labelled primary in HubSpot.'),
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
    sa.PrimaryKeyConstraint('hubspot_subscription_contact_id', 'modified_at', name=op.f('pk_hubspot__subscription_contact_version')),
    schema='stage',
    comment='One row per link from a subscription to a contact, and one marker per subscription read. Every version read, typed.'
    )
    op.create_table('hubspot__subscription_version',
    sa.Column('hubspot_subscription_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('subscription_name', sa.Text(), nullable=True, comment='Name of the subscription.'),
    sa.Column('subscription_status', sa.Text(), nullable=True, comment='active, past_due or unpaid, canceled, expired, scheduled, paused.'),
    sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue.'),
    sa.Column('billing_frequency', sa.Text(), nullable=True, comment='weekly, monthly, annually and so on.'),
    sa.Column('billing_start_date', sa.Date(), nullable=True, comment='First day billed.'),
    sa.Column('billing_end_date', sa.Date(), nullable=True, comment='Last day billed; NULL while none is agreed.'),
    sa.Column('next_payment_date', sa.Date(), nullable=True, comment='Day of the next payment: it is paid for until then.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('owner_id', sa.Text(), nullable=True, comment='The owner.'),
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
    sa.PrimaryKeyConstraint('hubspot_subscription_id', 'modified_at', name=op.f('pk_hubspot__subscription_version')),
    schema='stage',
    comment='One row per subscription paid through HubSpot. Every version read, typed.'
    )
    op.create_table('hubspot__ticket_history',
    sa.Column('hubspot_ticket_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The ticket.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('hubspot_ticket_history_id', name=op.f('pk_hubspot__ticket_history')),
    schema='stage',
    comment='One row per ticket, property and instant at which it took a value. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_hubspot__ticket_history_ticket_id', 'hubspot__ticket_history', ['ticket_id'], unique=False, schema='stage')
    op.create_table('hubspot__ticket_history_version',
    sa.Column('hubspot_ticket_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('ticket_id', sa.Text(), nullable=True, comment='The ticket.'),
    sa.Column('property_name', sa.Text(), nullable=True, comment='Internal name of the property.'),
    sa.Column('property_value', sa.Text(), nullable=True, comment='The value it took; NULL when cleared.'),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='When.'),
    sa.Column('later_count', sa.BigInteger(), nullable=True, comment='Values it took after this one at the same instant; 0 for the one that stood.'),
    sa.Column('source_type', sa.Text(), nullable=True, comment='What changed it: CRM_UI, API, IMPORT.'),
    sa.Column('hubspot_user_id', sa.Text(), nullable=True, comment='Settings user who changed it.'),
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
    sa.PrimaryKeyConstraint('hubspot_ticket_history_id', 'modified_at', name=op.f('pk_hubspot__ticket_history_version')),
    schema='stage',
    comment='One row per ticket, property and instant at which it took a value. Every version read, typed.'
    )
    op.create_table('salesforce__agent_work',
    sa.Column('salesforce_agent_work_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('agent_user_id', sa.Text(), nullable=True, comment='The agent.'),
    sa.Column('work_item_id', sa.Text(), nullable=True, comment='The request, or another kind of work.'),
    sa.Column('work_status', sa.Text(), nullable=True, comment='Assigned, Opened, Closed, Declined, Canceled and so on.'),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True, comment='When the agent took it.'),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True, comment='When it ended.'),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True, comment='When the agent refused it.'),
    sa.Column('canceled_at', sa.DateTime(timezone=True), nullable=True, comment='When it was called off.'),
    sa.Column('handle_seconds', sa.BigInteger(), nullable=True, comment='From taking to ending it.'),
    sa.Column('active_seconds', sa.BigInteger(), nullable=True, comment='Time it was in front of the agent.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_agent_work_id', name=op.f('pk_salesforce__agent_work')),
    schema='stage',
    comment='One row per piece of work routed to an agent; a transfer makes another one. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__agent_work_agent_user_id', 'salesforce__agent_work', ['agent_user_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__agent_work_work_item_id', 'salesforce__agent_work', ['work_item_id'], unique=False, schema='stage')
    op.create_table('salesforce__agent_work_version',
    sa.Column('salesforce_agent_work_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('agent_user_id', sa.Text(), nullable=True, comment='The agent.'),
    sa.Column('work_item_id', sa.Text(), nullable=True, comment='The request, or another kind of work.'),
    sa.Column('work_status', sa.Text(), nullable=True, comment='Assigned, Opened, Closed, Declined, Canceled and so on.'),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True, comment='When the agent took it.'),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True, comment='When it ended.'),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True, comment='When the agent refused it.'),
    sa.Column('canceled_at', sa.DateTime(timezone=True), nullable=True, comment='When it was called off.'),
    sa.Column('handle_seconds', sa.BigInteger(), nullable=True, comment='From taking to ending it.'),
    sa.Column('active_seconds', sa.BigInteger(), nullable=True, comment='Time it was in front of the agent.'),
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
    sa.PrimaryKeyConstraint('salesforce_agent_work_id', 'modified_at', name=op.f('pk_salesforce__agent_work_version')),
    schema='stage',
    comment='One row per piece of work routed to an agent; a transfer makes another one. Every version read, typed.'
    )
    op.create_table('salesforce__asset',
    sa.Column('salesforce_asset_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product.'),
    sa.Column('asset_name', sa.Text(), nullable=True, comment='Name.'),
    sa.Column('asset_status', sa.Text(), nullable=True, comment='Status.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_asset_id', name=op.f('pk_salesforce__asset')),
    schema='stage',
    comment='One row per thing a customer has of us. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__asset_account_id', 'salesforce__asset', ['account_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__asset_product_id', 'salesforce__asset', ['product_id'], unique=False, schema='stage')
    op.create_table('salesforce__asset_state_period',
    sa.Column('salesforce_asset_state_period_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('asset_id', sa.Text(), nullable=True, comment='The asset.'),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=True, comment='First instant.'),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True, comment='Last instant; NULL where none is agreed.'),
    sa.Column('quantity', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units.'),
    sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue.'),
    sa.Column('amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of the whole span.'),
    sa.Column('billing_frequency', sa.Text(), nullable=True, comment='How often it is billed.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_asset_state_period_id', name=op.f('pk_salesforce__asset_state_period')),
    schema='stage',
    comment='One row per asset and span of time with one quantity and price. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__asset_state_period_asset_id', 'salesforce__asset_state_period', ['asset_id'], unique=False, schema='stage')
    op.create_table('salesforce__asset_state_period_version',
    sa.Column('salesforce_asset_state_period_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('asset_id', sa.Text(), nullable=True, comment='The asset.'),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=True, comment='First instant.'),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True, comment='Last instant; NULL where none is agreed.'),
    sa.Column('quantity', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units.'),
    sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue.'),
    sa.Column('amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of the whole span.'),
    sa.Column('billing_frequency', sa.Text(), nullable=True, comment='How often it is billed.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
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
    sa.PrimaryKeyConstraint('salesforce_asset_state_period_id', 'modified_at', name=op.f('pk_salesforce__asset_state_period_version')),
    schema='stage',
    comment='One row per asset and span of time with one quantity and price. Every version read, typed.'
    )
    op.create_table('salesforce__asset_version',
    sa.Column('salesforce_asset_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product.'),
    sa.Column('asset_name', sa.Text(), nullable=True, comment='Name.'),
    sa.Column('asset_status', sa.Text(), nullable=True, comment='Status.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
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
    sa.PrimaryKeyConstraint('salesforce_asset_id', 'modified_at', name=op.f('pk_salesforce__asset_version')),
    schema='stage',
    comment='One row per thing a customer has of us. Every version read, typed.'
    )
    op.create_table('salesforce__campaign_influence',
    sa.Column('salesforce_campaign_influence_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('campaign_id', sa.Text(), nullable=True, comment='The campaign.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact through whom.'),
    sa.Column('model_id', sa.Text(), nullable=True, comment='The model.'),
    sa.Column('influence_percent', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 100.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_campaign_influence_id', name=op.f('pk_salesforce__campaign_influence')),
    schema='stage',
    comment='One row per deal, campaign, contact and model. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__campaign_influence_campaign_id', 'salesforce__campaign_influence', ['campaign_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__campaign_influence_contact_id', 'salesforce__campaign_influence', ['contact_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__campaign_influence_model_id', 'salesforce__campaign_influence', ['model_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__campaign_influence_opportunity_id', 'salesforce__campaign_influence', ['opportunity_id'], unique=False, schema='stage')
    op.create_table('salesforce__campaign_influence_model',
    sa.Column('salesforce_campaign_influence_model_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('developer_name', sa.Text(), nullable=True, comment='API name.'),
    sa.Column('is_default', sa.Boolean(), nullable=True, comment='The model reports follow unless told otherwise.'),
    sa.Column('is_active', sa.Boolean(), nullable=True, comment='In use.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_campaign_influence_model_id', name=op.f('pk_salesforce__campaign_influence_model')),
    schema='stage',
    comment='One row per way to share deals among campaigns. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__campaign_influence_model_version',
    sa.Column('salesforce_campaign_influence_model_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('developer_name', sa.Text(), nullable=True, comment='API name.'),
    sa.Column('is_default', sa.Boolean(), nullable=True, comment='The model reports follow unless told otherwise.'),
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
    sa.PrimaryKeyConstraint('salesforce_campaign_influence_model_id', 'modified_at', name=op.f('pk_salesforce__campaign_influence_model_version')),
    schema='stage',
    comment='One row per way to share deals among campaigns. Every version read, typed.'
    )
    op.create_table('salesforce__campaign_influence_version',
    sa.Column('salesforce_campaign_influence_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('campaign_id', sa.Text(), nullable=True, comment='The campaign.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact through whom.'),
    sa.Column('model_id', sa.Text(), nullable=True, comment='The model.'),
    sa.Column('influence_percent', sa.Numeric(precision=28, scale=10), nullable=True, comment='Share of the deal, 0 to 100.'),
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
    sa.PrimaryKeyConstraint('salesforce_campaign_influence_id', 'modified_at', name=op.f('pk_salesforce__campaign_influence_version')),
    schema='stage',
    comment='One row per deal, campaign, contact and model. Every version read, typed.'
    )
    op.create_table('salesforce__case_comment',
    sa.Column('salesforce_case_comment_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('is_published', sa.Boolean(), nullable=True, comment='The customer can read it.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who wrote it.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_case_comment_id', name=op.f('pk_salesforce__case_comment')),
    schema='stage',
    comment='One row per comment on a service request; what it says is not read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__case_comment_case_id', 'salesforce__case_comment', ['case_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__case_comment_created_by_user_id', 'salesforce__case_comment', ['created_by_user_id'], unique=False, schema='stage')
    op.create_table('salesforce__case_comment_version',
    sa.Column('salesforce_case_comment_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('is_published', sa.Boolean(), nullable=True, comment='The customer can read it.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who wrote it.'),
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
    sa.PrimaryKeyConstraint('salesforce_case_comment_id', 'modified_at', name=op.f('pk_salesforce__case_comment_version')),
    schema='stage',
    comment='One row per comment on a service request; what it says is not read. Every version read, typed.'
    )
    op.create_table('salesforce__case_history',
    sa.Column('salesforce_case_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('field_name', sa.Text(), nullable=True, comment='API name of the field.'),
    sa.Column('old_value', sa.Text(), nullable=True, comment='Value before.'),
    sa.Column('new_value', sa.Text(), nullable=True, comment='Value after.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who changed it.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_case_history_id', name=op.f('pk_salesforce__case_history')),
    schema='stage',
    comment='One row per change of a tracked field of a service request. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__case_history_case_id', 'salesforce__case_history', ['case_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__case_history_created_by_user_id', 'salesforce__case_history', ['created_by_user_id'], unique=False, schema='stage')
    op.create_table('salesforce__case_history_version',
    sa.Column('salesforce_case_history_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('field_name', sa.Text(), nullable=True, comment='API name of the field.'),
    sa.Column('old_value', sa.Text(), nullable=True, comment='Value before.'),
    sa.Column('new_value', sa.Text(), nullable=True, comment='Value after.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who changed it.'),
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
    sa.PrimaryKeyConstraint('salesforce_case_history_id', 'modified_at', name=op.f('pk_salesforce__case_history_version')),
    schema='stage',
    comment='One row per change of a tracked field of a service request. Every version read, typed.'
    )
    op.create_table('salesforce__contract',
    sa.Column('salesforce_contract_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('status_code', sa.Text(), nullable=True, comment='Draft, InApproval or Activated, whatever Status is called.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; NULL where none is agreed.'),
    sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal it came from.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_contract_id', name=op.f('pk_salesforce__contract')),
    schema='stage',
    comment='One row per contract with a customer. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__contract_account_id', 'salesforce__contract', ['account_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__contract_opportunity_id', 'salesforce__contract', ['opportunity_id'], unique=False, schema='stage')
    op.create_table('salesforce__contract_line_item',
    sa.Column('salesforce_contract_line_item_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('service_contract_id', sa.Text(), nullable=True, comment='The contract.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product.'),
    sa.Column('line_status', sa.Text(), nullable=True, comment='Inactive, Active or Expired.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day; that of the contract where NULL.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; that of the contract where NULL.'),
    sa.Column('quantity', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units.'),
    sa.Column('unit_price_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of one unit for the whole term.'),
    sa.Column('total_price_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of the line for the whole term, discount taken off.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_contract_line_item_id', name=op.f('pk_salesforce__contract_line_item')),
    schema='stage',
    comment='One row per product of a service contract. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__contract_line_item_product_id', 'salesforce__contract_line_item', ['product_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__contract_line_item_service_contract_id', 'salesforce__contract_line_item', ['service_contract_id'], unique=False, schema='stage')
    op.create_table('salesforce__contract_line_item_version',
    sa.Column('salesforce_contract_line_item_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('service_contract_id', sa.Text(), nullable=True, comment='The contract.'),
    sa.Column('product_id', sa.Text(), nullable=True, comment='The product.'),
    sa.Column('line_status', sa.Text(), nullable=True, comment='Inactive, Active or Expired.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day; that of the contract where NULL.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; that of the contract where NULL.'),
    sa.Column('quantity', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units.'),
    sa.Column('unit_price_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of one unit for the whole term.'),
    sa.Column('total_price_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Price of the line for the whole term, discount taken off.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
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
    sa.PrimaryKeyConstraint('salesforce_contract_line_item_id', 'modified_at', name=op.f('pk_salesforce__contract_line_item_version')),
    schema='stage',
    comment='One row per product of a service contract. Every version read, typed.'
    )
    op.create_table('salesforce__contract_version',
    sa.Column('salesforce_contract_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('status_code', sa.Text(), nullable=True, comment='Draft, InApproval or Activated, whatever Status is called.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; NULL where none is agreed.'),
    sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal it came from.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
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
    sa.PrimaryKeyConstraint('salesforce_contract_id', 'modified_at', name=op.f('pk_salesforce__contract_version')),
    schema='stage',
    comment='One row per contract with a customer. Every version read, typed.'
    )
    op.create_table('salesforce__currency_type',
    sa.Column('salesforce_currency_type_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('conversion_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units one unit of the corporate currency buys.'),
    sa.Column('is_corporate', sa.Boolean(), nullable=True, comment='The corporate currency.'),
    sa.Column('is_active', sa.Boolean(), nullable=True, comment='In use.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_currency_type_id', name=op.f('pk_salesforce__currency_type')),
    schema='stage',
    comment='One row per currency of an org with several, at its latest rate. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__currency_type_version',
    sa.Column('salesforce_currency_type_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('conversion_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units one unit of the corporate currency buys.'),
    sa.Column('is_corporate', sa.Boolean(), nullable=True, comment='The corporate currency.'),
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
    sa.PrimaryKeyConstraint('salesforce_currency_type_id', 'modified_at', name=op.f('pk_salesforce__currency_type_version')),
    schema='stage',
    comment='One row per currency of an org with several, at its latest rate. Every version read, typed.'
    )
    op.create_table('salesforce__dated_conversion_rate',
    sa.Column('salesforce_dated_conversion_rate_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day of the rate.'),
    sa.Column('next_start_date', sa.Date(), nullable=True, comment='First day of the next one.'),
    sa.Column('conversion_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units one unit of the corporate currency buys.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_dated_conversion_rate_id', name=op.f('pk_salesforce__dated_conversion_rate')),
    schema='stage',
    comment='One row per currency and span of days with one rate, where advanced currency management is on. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__dated_conversion_rate_version',
    sa.Column('salesforce_dated_conversion_rate_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment='ISO 4217 code.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day of the rate.'),
    sa.Column('next_start_date', sa.Date(), nullable=True, comment='First day of the next one.'),
    sa.Column('conversion_rate', sa.Numeric(precision=28, scale=10), nullable=True, comment='Units one unit of the corporate currency buys.'),
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
    sa.PrimaryKeyConstraint('salesforce_dated_conversion_rate_id', 'modified_at', name=op.f('pk_salesforce__dated_conversion_rate_version')),
    schema='stage',
    comment='One row per currency and span of days with one rate, where advanced currency management is on. Every version read, typed.'
    )
    op.create_table('salesforce__email_message',
    sa.Column('salesforce_email_message_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('is_incoming', sa.Boolean(), nullable=True, comment='The customer wrote it.'),
    sa.Column('email_status', sa.Text(), nullable=True, comment='0 new, 1 read, 2 replied, 3 sent, 4 forwarded, 5 draft.'),
    sa.Column('message_at', sa.DateTime(timezone=True), nullable=True, comment='When it was sent.'),
    sa.Column('automation_type', sa.Text(), nullable=True, comment='What wrote it, where no person did.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who wrote it.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_email_message_id', name=op.f('pk_salesforce__email_message')),
    schema='stage',
    comment='One row per mail of a service request; what it says is not read. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__email_message_case_id', 'salesforce__email_message', ['case_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__email_message_created_by_user_id', 'salesforce__email_message', ['created_by_user_id'], unique=False, schema='stage')
    op.create_table('salesforce__email_message_version',
    sa.Column('salesforce_email_message_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('case_id', sa.Text(), nullable=True, comment='The service request.'),
    sa.Column('is_incoming', sa.Boolean(), nullable=True, comment='The customer wrote it.'),
    sa.Column('email_status', sa.Text(), nullable=True, comment='0 new, 1 read, 2 replied, 3 sent, 4 forwarded, 5 draft.'),
    sa.Column('message_at', sa.DateTime(timezone=True), nullable=True, comment='When it was sent.'),
    sa.Column('automation_type', sa.Text(), nullable=True, comment='What wrote it, where no person did.'),
    sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who wrote it.'),
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
    sa.PrimaryKeyConstraint('salesforce_email_message_id', 'modified_at', name=op.f('pk_salesforce__email_message_version')),
    schema='stage',
    comment='One row per mail of a service request; what it says is not read. Every version read, typed.'
    )
    op.create_table('salesforce__forecasting_quota',
    sa.Column('salesforce_forecasting_quota_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Whose quota it is.'),
    sa.Column('period_id', sa.Text(), nullable=True, comment='The forecast period, which says how long it is.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day of the forecast period.'),
    sa.Column('quota_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What is to be won; NULL for a quota of units.'),
    sa.Column('is_amount', sa.Boolean(), nullable=True, comment='A quota of money, not of units.'),
    sa.Column('forecasting_type_id', sa.Text(), nullable=True, comment='The forecast it belongs to.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_forecasting_quota_id', name=op.f('pk_salesforce__forecasting_quota')),
    schema='stage',
    comment='One row per user and forecast period with a quota. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__forecasting_quota_owner_user_id', 'salesforce__forecasting_quota', ['owner_user_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__forecasting_quota_period_id', 'salesforce__forecasting_quota', ['period_id'], unique=False, schema='stage')
    op.create_table('salesforce__forecasting_quota_version',
    sa.Column('salesforce_forecasting_quota_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='Whose quota it is.'),
    sa.Column('period_id', sa.Text(), nullable=True, comment='The forecast period, which says how long it is.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day of the forecast period.'),
    sa.Column('quota_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What is to be won; NULL for a quota of units.'),
    sa.Column('is_amount', sa.Boolean(), nullable=True, comment='A quota of money, not of units.'),
    sa.Column('forecasting_type_id', sa.Text(), nullable=True, comment='The forecast it belongs to.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
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
    sa.PrimaryKeyConstraint('salesforce_forecasting_quota_id', 'modified_at', name=op.f('pk_salesforce__forecasting_quota_version')),
    schema='stage',
    comment='One row per user and forecast period with a quota. Every version read, typed.'
    )
    op.create_table('salesforce__opportunity_contact_role',
    sa.Column('salesforce_opportunity_contact_role_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment="The deal's first contact."),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_opportunity_contact_role_id', name=op.f('pk_salesforce__opportunity_contact_role')),
    schema='stage',
    comment='One row per contact with a part in a deal. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__opportunity_contact_role_contact_id', 'salesforce__opportunity_contact_role', ['contact_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__opportunity_contact_role_opportunity_id', 'salesforce__opportunity_contact_role', ['opportunity_id'], unique=False, schema='stage')
    op.create_table('salesforce__opportunity_contact_role_version',
    sa.Column('salesforce_opportunity_contact_role_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('opportunity_id', sa.Text(), nullable=True, comment='The deal.'),
    sa.Column('contact_id', sa.Text(), nullable=True, comment='The contact.'),
    sa.Column('is_primary', sa.Boolean(), nullable=True, comment="The deal's first contact."),
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
    sa.PrimaryKeyConstraint('salesforce_opportunity_contact_role_id', 'modified_at', name=op.f('pk_salesforce__opportunity_contact_role_version')),
    schema='stage',
    comment='One row per contact with a part in a deal. Every version read, typed.'
    )
    op.create_table('salesforce__period',
    sa.Column('salesforce_period_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('period_type', sa.Text(), nullable=True, comment='Month, Quarter, Week or Year.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_period_id', name=op.f('pk_salesforce__period')),
    schema='stage',
    comment='One row per month, quarter and year of the fiscal calendar. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__period_version',
    sa.Column('salesforce_period_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('period_type', sa.Text(), nullable=True, comment='Month, Quarter, Week or Year.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day.'),
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
    sa.PrimaryKeyConstraint('salesforce_period_id', 'modified_at', name=op.f('pk_salesforce__period_version')),
    schema='stage',
    comment='One row per month, quarter and year of the fiscal calendar. Every version read, typed.'
    )
    op.create_table('salesforce__service_contract',
    sa.Column('salesforce_service_contract_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('contract_number', sa.Text(), nullable=True, comment='Number.'),
    sa.Column('contract_status', sa.Text(), nullable=True, comment='Inactive, Active or Expired.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; NULL where none is agreed.'),
    sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_service_contract_id', name=op.f('pk_salesforce__service_contract')),
    schema='stage',
    comment='One row per service contract. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__service_contract_account_id', 'salesforce__service_contract', ['account_id'], unique=False, schema='stage')
    op.create_table('salesforce__service_contract_version',
    sa.Column('salesforce_service_contract_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('contract_number', sa.Text(), nullable=True, comment='Number.'),
    sa.Column('contract_status', sa.Text(), nullable=True, comment='Inactive, Active or Expired.'),
    sa.Column('start_date', sa.Date(), nullable=True, comment='First day.'),
    sa.Column('last_date', sa.Date(), nullable=True, comment='Last day; NULL where none is agreed.'),
    sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
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
    sa.PrimaryKeyConstraint('salesforce_service_contract_id', 'modified_at', name=op.f('pk_salesforce__service_contract_version')),
    schema='stage',
    comment='One row per service contract. Every version read, typed.'
    )
    op.create_table('salesforce__survey',
    sa.Column('salesforce_survey_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_id', name=op.f('pk_salesforce__survey')),
    schema='stage',
    comment='One row per survey. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__survey_question',
    sa.Column('salesforce_survey_question_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('question_type', sa.Text(), nullable=True, comment='NPS, CSAT, Rating, FreeText and so on.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_question_id', name=op.f('pk_salesforce__survey_question')),
    schema='stage',
    comment='One row per question of a version of a survey. Latest version, typed, deleted ones flagged.'
    )
    op.create_table('salesforce__survey_question_response',
    sa.Column('salesforce_survey_question_response_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_response_id', sa.Text(), nullable=True, comment='The filled-in survey.'),
    sa.Column('survey_question_id', sa.Text(), nullable=True, comment='The question.'),
    sa.Column('number_value', sa.Numeric(precision=28, scale=10), nullable=True, comment='The answer as a number; NULL when skipped.'),
    sa.Column('response_value', sa.Text(), nullable=True, comment='The answer as text.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_question_response_id', name=op.f('pk_salesforce__survey_question_response')),
    schema='stage',
    comment='One row per answered question of a filled-in survey. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__survey_question_response_survey_question_id', 'salesforce__survey_question_response', ['survey_question_id'], unique=False, schema='stage')
    op.create_index('ix_salesforce__survey_question_response_survey_response_id', 'salesforce__survey_question_response', ['survey_response_id'], unique=False, schema='stage')
    op.create_table('salesforce__survey_question_response_version',
    sa.Column('salesforce_survey_question_response_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_response_id', sa.Text(), nullable=True, comment='The filled-in survey.'),
    sa.Column('survey_question_id', sa.Text(), nullable=True, comment='The question.'),
    sa.Column('number_value', sa.Numeric(precision=28, scale=10), nullable=True, comment='The answer as a number; NULL when skipped.'),
    sa.Column('response_value', sa.Text(), nullable=True, comment='The answer as text.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_question_response_id', 'modified_at', name=op.f('pk_salesforce__survey_question_response_version')),
    schema='stage',
    comment='One row per answered question of a filled-in survey. Every version read, typed.'
    )
    op.create_table('salesforce__survey_question_version',
    sa.Column('salesforce_survey_question_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('question_type', sa.Text(), nullable=True, comment='NPS, CSAT, Rating, FreeText and so on.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_question_id', 'modified_at', name=op.f('pk_salesforce__survey_question_version')),
    schema='stage',
    comment='One row per question of a version of a survey. Every version read, typed.'
    )
    op.create_table('salesforce__survey_response',
    sa.Column('salesforce_survey_response_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey.'),
    sa.Column('submitter_id', sa.Text(), nullable=True, comment='The contact, lead or user who answered.'),
    sa.Column('response_status', sa.Text(), nullable=True, comment='Started, Paused, Completed and so on.'),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True, comment='When it was answered.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_response_id', name=op.f('pk_salesforce__survey_response')),
    schema='stage',
    comment='One row per filled-in survey. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__survey_response_survey_id', 'salesforce__survey_response', ['survey_id'], unique=False, schema='stage')
    op.create_table('salesforce__survey_response_version',
    sa.Column('salesforce_survey_response_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_id', sa.Text(), nullable=True, comment='The survey.'),
    sa.Column('submitter_id', sa.Text(), nullable=True, comment='The contact, lead or user who answered.'),
    sa.Column('response_status', sa.Text(), nullable=True, comment='Started, Paused, Completed and so on.'),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True, comment='When it was answered.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_response_id', 'modified_at', name=op.f('pk_salesforce__survey_response_version')),
    schema='stage',
    comment='One row per filled-in survey. Every version read, typed.'
    )
    op.create_table('salesforce__survey_subject',
    sa.Column('salesforce_survey_subject_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_response_id', sa.Text(), nullable=True, comment='The filled-in survey.'),
    sa.Column('subject_id', sa.Text(), nullable=True, comment='The service request or other record.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_survey_subject_id', name=op.f('pk_salesforce__survey_subject')),
    schema='stage',
    comment='One row per record a filled-in survey is about. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__survey_subject_survey_response_id', 'salesforce__survey_subject', ['survey_response_id'], unique=False, schema='stage')
    op.create_table('salesforce__survey_subject_version',
    sa.Column('salesforce_survey_subject_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_response_id', sa.Text(), nullable=True, comment='The filled-in survey.'),
    sa.Column('subject_id', sa.Text(), nullable=True, comment='The service request or other record.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_subject_id', 'modified_at', name=op.f('pk_salesforce__survey_subject_version')),
    schema='stage',
    comment='One row per record a filled-in survey is about. Every version read, typed.'
    )
    op.create_table('salesforce__survey_version',
    sa.Column('salesforce_survey_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'),
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
    sa.PrimaryKeyConstraint('salesforce_survey_id', 'modified_at', name=op.f('pk_salesforce__survey_version')),
    schema='stage',
    comment='One row per survey. Every version read, typed.'
    )
    op.create_table('salesforce__web_cart',
    sa.Column('salesforce_web_cart_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('web_store_id', sa.Text(), nullable=True, comment='The shop.'),
    sa.Column('cart_status', sa.Text(), nullable=True, comment='Active, Checkout, PendingDelete, Closed and so on.'),
    sa.Column('item_count', sa.Numeric(precision=28, scale=10), nullable=True, comment='Things in it.'),
    sa.Column('total_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the cart.'),
    sa.Column('last_modified_at', sa.DateTime(timezone=True), nullable=True, comment='Latest change.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True, comment='When the record was created.'),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=False, comment="The record's cursor; when read, for objects without one."),
    sa.Column('custom_fields', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Configured custom fields, as text by API name.'),
    sa.Column('is_deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Deleted or archived in the CRM, or gone from a full reading.'),
    sa.Column('merged_into_id', sa.Text(), nullable=True, comment='Id of the surviving record, when this one was merged.'),
    sa.Column('extracted_at', sa.DateTime(timezone=True), nullable=False, comment='When the batch was read that last held these values.'),
    sa.Column('batch_id', sa.Text(), nullable=False, comment='That batch.'),
    sa.Column('row_hash', sa.Text(), nullable=False, comment='Hash of the typed values, to see whether a version differs.'),
    sa.PrimaryKeyConstraint('salesforce_web_cart_id', name=op.f('pk_salesforce__web_cart')),
    schema='stage',
    comment='One row per shopping cart. Latest version, typed, deleted ones flagged.'
    )
    op.create_index('ix_salesforce__web_cart_account_id', 'salesforce__web_cart', ['account_id'], unique=False, schema='stage')
    op.create_table('salesforce__web_cart_version',
    sa.Column('salesforce_web_cart_id', sa.Text(), nullable=False, comment='Id as the CRM issued it.'),
    sa.Column('account_id', sa.Text(), nullable=True, comment='The customer.'),
    sa.Column('web_store_id', sa.Text(), nullable=True, comment='The shop.'),
    sa.Column('cart_status', sa.Text(), nullable=True, comment='Active, Checkout, PendingDelete, Closed and so on.'),
    sa.Column('item_count', sa.Numeric(precision=28, scale=10), nullable=True, comment='Things in it.'),
    sa.Column('total_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Value of the cart.'),
    sa.Column('last_modified_at', sa.DateTime(timezone=True), nullable=True, comment='Latest change.'),
    sa.Column('currency_code', sa.Text(), nullable=True, comment="ISO 4217 code of the record's amounts; NULL in an org with one currency."),
    sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The user (or queue) who owns the record.'),
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
    sa.PrimaryKeyConstraint('salesforce_web_cart_id', 'modified_at', name=op.f('pk_salesforce__web_cart_version')),
    schema='stage',
    comment='One row per shopping cart. Every version read, typed.'
    )
    # A row is a state now; the next run of `facts` fills the table anew.
    op.execute('truncate facts.customer')
    op.add_column('customer', sa.Column('valid_from_at', sa.DateTime(timezone=True), nullable=False, comment='First instant of this state.'), schema='facts')
    op.add_column('customer', sa.Column('valid_to_at', sa.DateTime(timezone=True), nullable=False, comment='First instant after this state; 9999-12-31 while it holds.'), schema='facts')
    op.add_column('customer', sa.Column('crm', sa.Text(), nullable=False, comment='The CRM that issued the event: salesforce, hubspot, or ledger.'), schema='facts')
    op.add_column('customer', sa.Column('owner_user_id', sa.Text(), nullable=True, comment='The owner, as stage.user.'), schema='facts')
    op.add_column('customer', sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'), schema='facts')
    op.add_column('customer', sa.Column('channel', sa.Text(), nullable=False, comment='Channel of the first touch: the first source known of its people, itself, or its deals.'), schema='facts')
    op.add_column('customer', sa.Column('campaign_id', sa.Text(), nullable=True, comment='Campaign of the first touch, crm:id.'), schema='facts')
    op.add_column('customer', sa.Column('customer_date', sa.Date(), nullable=True, comment='Day it became a customer: the earlier of first won deal and first recurring line; NULL before.'), schema='facts')
    op.add_column('customer', sa.Column('is_new_counted', sa.Boolean(), nullable=False, comment='Has become a customer: a new one on its customer_date, and never again.'), schema='facts')
    op.add_column('customer', sa.Column('is_marketing', sa.Boolean(), nullable=False, comment='Came through a channel that counts as marketing.'), schema='facts')
    op.add_column('customer', sa.Column('is_counted', sa.Boolean(), nullable=False, comment='Not deleted.'), schema='facts')
    op.drop_constraint('pk_customer', 'customer', schema='facts')
    op.create_primary_key('pk_customer', 'customer', ['customer_id', 'valid_from_at'], schema='facts')
    op.create_table_comment(
        'customer',
        'One row per customer and state.',
        existing_comment='One row per customer.',
        schema='facts'
    )
    op.add_column('deal_line', sa.Column('mrr_amount', sa.Numeric(precision=24, scale=6), nullable=True, comment="What a recurring line comes to in a month while it runs, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known."), schema='facts')
    op.add_column('deal_line', sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What a recurring line comes to in a month while it runs, as entered.'), schema='facts')
    op.add_column('deal_line', sa.Column('start_date', sa.Date(), nullable=True, comment='First day of a recurring line; NULL for others and while the deal is open.'), schema='facts')
    op.add_column('deal_line', sa.Column('end_date', sa.Date(), nullable=True, comment='First day after it; NULL while open, and for others.'), schema='facts')
    op.add_column('exchange_rate', sa.Column('rate_source', sa.Text(), nullable=True, comment='file, salesforce or hubspot, for each currency the first that has it; NULL for the reporting currency.'), schema='facts')
    op.add_column('ticket', sa.Column('role_id', sa.Text(), nullable=True, comment='Role of the owner.'), schema='facts')
    op.add_column('ticket', sa.Column('agent_user_id', sa.Text(), nullable=True, comment='Who answered first; the owner while nobody has.'), schema='facts')
    op.add_column('ticket', sa.Column('team_name', sa.Text(), nullable=True, comment='Team of that agent.'), schema='facts')
    op.add_column('ticket', sa.Column('resolution_business_seconds', sa.BigInteger(), nullable=True, comment='resolution_seconds within business hours, as service.yaml has them.'), schema='facts')
    op.add_column('ticket', sa.Column('first_response_at', sa.DateTime(timezone=True), nullable=True, comment='First answer of a person that the customer could read; NULL while there is none.'), schema='facts')
    op.add_column('ticket', sa.Column('first_response_seconds', sa.BigInteger(), nullable=True, comment='From filing to the first answer; NULL while there is none, and when negative.'), schema='facts')
    op.add_column('ticket', sa.Column('first_response_business_seconds', sa.BigInteger(), nullable=True, comment='The same within business hours.'), schema='facts')
    op.add_column('ticket', sa.Column('is_answered', sa.Boolean(), nullable=True, comment='A person answered, and the customer could read it.'), schema='facts')
    op.add_column('ticket', sa.Column('is_outbound', sa.Boolean(), nullable=True, comment='We opened it: its first answer says nothing.'), schema='facts')
    op.add_column('user', sa.Column('first_login_at', sa.DateTime(timezone=True), nullable=True, comment='First successful login that is known of at all, whenever; NULL when none is.'), schema='facts')
    op.add_column('user', sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True, comment='Latest successful login, as this state tells it.'), schema='facts')
    op.add_column('user', sa.Column('is_login_known', sa.Boolean(), nullable=True, comment='Salesforce knows of any login there ever was; HubSpot forgets, so no login means nothing.'), schema='facts')
    op.alter_column('metric_value', 'unit',
               existing_type=sa.TEXT(),
               comment='money, count, rate, ratio, days, months, seconds, points.',
               existing_comment='money, count, rate, days, seconds.',
               existing_nullable=False,
               schema='metrics')
    op.add_column('restatement', sa.Column('reason', sa.Text(), server_default='other', nullable=False, comment="Why, by what became of the deals between the two as-ofs: deleted, merged, reopened, changed_close_date, amount_changed, late_data (it happened, or became known, only after the older as-of); that of most deals where there are several. definition_changed: the metric's own record is another. other: none of these, such as another owner; and always where a metric does not read deals by the day they were created or closed."), schema='metrics')
    op.add_column('extract_window', sa.Column('missed_count', sa.BigInteger(), nullable=True, comment='Records of a snapshot that reading by change should have brought a day ago or longer, and did not; NULL for what is read by change.'), schema='ops')
    op.add_column('extract_window', sa.Column('checkpoint_at', sa.DateTime(timezone=True), nullable=True, comment='When the last part landed after which another try of the run can go on; NULL when it would begin anew, and once all has landed.'), schema='ops')
    op.add_column('extract_window', sa.Column('read_fields', postgresql.ARRAY(sa.Text()), nullable=True, comment="Columns that were read; the object's others are not empty in this batch, but unknown."), schema='ops')
    op.add_column('extract_window', sa.Column('missing_fields', postgresql.ARRAY(sa.Text()), nullable=True, comment='Fields we need and the CRM does not show us, by its own names.'), schema='ops')
    op.add_column('extract_window', sa.Column('has_deletion_gap', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Records may have been deleted for good of which the CRM kept no trace; only a snapshot shows them.'), schema='ops')
    op.alter_column('hubspot__call', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__call', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__call_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__call_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__call_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__call_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__call_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__call_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__call_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__call_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__campaign', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__campaign', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__campaign_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__campaign_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__campaign_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__campaign_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__campaign_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__campaign_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__campaign_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__campaign_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__cart', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__cart', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__cart_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__cart_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__cart_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__cart_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__cart_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__cart_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__cart_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__cart_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__company', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__company', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.alter_column('hubspot__company', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__company', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__company_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__company_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__company_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__company_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__company_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__company_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__company_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__company_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__company_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__company_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__contact', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.alter_column('hubspot__contact', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__contact', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__contact_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__contact_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__contact_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__contact_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__contact_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__contact_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__contact_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__contact_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__contact_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__deal', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__deal', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.alter_column('hubspot__deal', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_company', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_company', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__deal_company_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__deal_company_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__deal_company_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__deal_company_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__deal_company_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_company_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_company_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_company_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__deal_contact', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_contact', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__deal_contact_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__deal_contact_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__deal_contact_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__deal_contact_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__deal_contact_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_contact_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_contact_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_contact_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__deal_line_item', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_line_item', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__deal_line_item_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__deal_line_item_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__deal_line_item_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__deal_line_item_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__deal_line_item_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_line_item_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_line_item_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_line_item_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__deal_stage', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_stage', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__deal_stage_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__deal_stage_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__deal_stage_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__deal_stage_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__deal_stage_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_stage_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_stage_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_stage_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__deal_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__deal_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__deal_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__email', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__email', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__email_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__email_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__email_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__email_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__email_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__email_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__email_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__email_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__feedback_submission', sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'), schema='stage')
    op.add_column('hubspot__feedback_submission', sa.Column('survey_channel', sa.Text(), nullable=True, comment='How it was sent.'), schema='stage')
    op.alter_column('hubspot__feedback_submission', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__feedback_submission', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('survey_name', sa.Text(), nullable=True, comment='Name of the survey.'), schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('survey_channel', sa.Text(), nullable=True, comment='How it was sent.'), schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__feedback_submission_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__feedback_submission_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__feedback_submission_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__feedback_submission_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__feedback_submission_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__line_item', sa.Column('billing_period', sa.Text(), nullable=True, comment='How long it is billed, as an ISO 8601 period such as P12M.'), schema='stage')
    op.add_column('hubspot__line_item', sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'), schema='stage')
    op.add_column('hubspot__line_item', sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue, by HubSpot.'), schema='stage')
    op.alter_column('hubspot__line_item', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__line_item', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('billing_period', sa.Text(), nullable=True, comment='How long it is billed, as an ISO 8601 period such as P12M.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('term_months', sa.BigInteger(), nullable=True, comment='Months agreed.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('mrr_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Monthly recurring revenue, by HubSpot.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__line_item_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__line_item_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__line_item_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__line_item_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__line_item_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__login', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__login', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__login_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__login_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__login_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__login_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__login_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__login_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__login_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__login_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__meeting', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__meeting', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__meeting_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__meeting_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__meeting_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__meeting_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__owner', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__owner', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__owner_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__owner_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__owner_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__owner_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__owner_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__owner_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__owner_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__owner_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__task', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__task', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__task_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__task_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__task_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__task_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__task_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__task_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__task_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__task_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__ticket', sa.Column('first_agent_message_at', sa.DateTime(timezone=True), nullable=True, comment='First answer of a person, in any channel.'), schema='stage')
    op.add_column('hubspot__ticket', sa.Column('first_agent_email_at', sa.DateTime(timezone=True), nullable=True, comment='First answer of a person by mail.'), schema='stage')
    op.add_column('hubspot__ticket', sa.Column('is_outbound', sa.Boolean(), nullable=True, comment='We wrote first.'), schema='stage')
    op.add_column('hubspot__ticket', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__ticket', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.alter_column('hubspot__ticket', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_company', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_company', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__ticket_company_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__ticket_company_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__ticket_company_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__ticket_company_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__ticket_company_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_company_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_company_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_company_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__ticket_contact', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_contact', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__ticket_contact_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__ticket_contact_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__ticket_contact_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__ticket_contact_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__ticket_contact_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_contact_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_contact_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_contact_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('hubspot__ticket_stage', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_stage', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('hubspot__ticket_stage_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__ticket_stage_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__ticket_stage_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__ticket_stage_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__ticket_stage_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_stage_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_stage_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_stage_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('first_agent_message_at', sa.DateTime(timezone=True), nullable=True, comment='First answer of a person, in any channel.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('first_agent_email_at', sa.DateTime(timezone=True), nullable=True, comment='First answer of a person by mail.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('is_outbound', sa.Boolean(), nullable=True, comment='We wrote first.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Settings user who created the record.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('object_source', sa.Text(), nullable=True, comment='What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('hubspot__ticket_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('hubspot__ticket_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('hubspot__ticket_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__account', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__account', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__account_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__account_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__account_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__account_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__account_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__account_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__account_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__account_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__campaign', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.alter_column('salesforce__campaign', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.create_index('ix_salesforce__campaign_created_by_user_id', 'salesforce__campaign', ['created_by_user_id'], unique=False, schema='stage')
    op.alter_column('salesforce__campaign_member', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_member', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__campaign_member_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__campaign_member_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__campaign_member_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__campaign_member_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__campaign_member_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_member_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_member_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_member_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__campaign_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.add_column('salesforce__campaign_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__campaign_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__campaign_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__campaign_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__campaign_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__campaign_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__case', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.alter_column('salesforce__case', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__case', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.create_index('ix_salesforce__case_created_by_user_id', 'salesforce__case', ['created_by_user_id'], unique=False, schema='stage')
    op.add_column('salesforce__case_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.add_column('salesforce__case_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__case_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__case_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__case_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__case_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__case_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__case_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__case_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__contact', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.alter_column('salesforce__contact', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__contact', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.create_index('ix_salesforce__contact_created_by_user_id', 'salesforce__contact', ['created_by_user_id'], unique=False, schema='stage')
    op.add_column('salesforce__contact_version', sa.Column('created_by_user_id', sa.Text(), nullable=True, comment='Who created the record.'), schema='stage')
    op.add_column('salesforce__contact_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__contact_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__contact_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__contact_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__contact_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__contact_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__contact_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__contact_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__event', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__event', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__event_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__event_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__event_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__event_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__event_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__event_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__event_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__event_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__lead', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__lead', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__lead_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__lead_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__lead_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__lead_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__lead_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__lead_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__lead_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__lead_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__login', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__login', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__login_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__login_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__login_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__login_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__login_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__login_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__login_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__login_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__opportunity', sa.Column('contract_id', sa.Text(), nullable=True, comment='The contract it renews or extends.'), schema='stage')
    op.alter_column('salesforce__opportunity', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.create_index('ix_salesforce__opportunity_contract_id', 'salesforce__opportunity', ['contract_id'], unique=False, schema='stage')
    op.alter_column('salesforce__opportunity_history', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_history', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__opportunity_history_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__opportunity_history_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__opportunity_history_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__opportunity_history_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__opportunity_history_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_history_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_history_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_history_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__opportunity_line_item', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_line_item', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__opportunity_line_item_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__opportunity_line_item_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__opportunity_line_item_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__opportunity_line_item_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__opportunity_line_item_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_line_item_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_line_item_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_line_item_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__opportunity_stage', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_stage', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__opportunity_stage_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__opportunity_stage_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__opportunity_stage_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__opportunity_stage_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__opportunity_stage_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_stage_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_stage_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_stage_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__opportunity_version', sa.Column('contract_id', sa.Text(), nullable=True, comment='The contract it renews or extends.'), schema='stage')
    op.add_column('salesforce__opportunity_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__opportunity_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__opportunity_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__opportunity_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__opportunity_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__opportunity_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__organization', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__organization', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__organization_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__organization_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__organization_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__organization_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__organization_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__organization_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__organization_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__organization_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__product', sa.Column('installment_period', sa.Text(), nullable=True, comment='How often revenue of it comes, where schedules are on.'), schema='stage')
    op.add_column('salesforce__product', sa.Column('installment_count', sa.BigInteger(), nullable=True, comment='How many times it comes.'), schema='stage')
    op.alter_column('salesforce__product', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__product', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__product_version', sa.Column('installment_period', sa.Text(), nullable=True, comment='How often revenue of it comes, where schedules are on.'), schema='stage')
    op.add_column('salesforce__product_version', sa.Column('installment_count', sa.BigInteger(), nullable=True, comment='How many times it comes.'), schema='stage')
    op.add_column('salesforce__product_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__product_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__product_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__product_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__product_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__product_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__product_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__product_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__task', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__task', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__task_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__task_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__task_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__task_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__task_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__task_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__task_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__task_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.alter_column('salesforce__user', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_role', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_role', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.add_column('salesforce__user_role_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__user_role_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__user_role_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__user_role_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__user_role_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_role_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_role_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_role_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    op.add_column('salesforce__user_version', sa.Column('cursor_at', sa.DateTime(timezone=True), nullable=True, comment="The record's cursor as read; when read, for objects without one."), schema='stage')
    op.add_column('salesforce__user_version', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='From when the CRM says it is so: the cursor, or when it was archived.'), schema='stage')
    op.add_column('salesforce__user_version', sa.Column('first_extracted_at', sa.DateTime(timezone=True), nullable=True, comment='When the batch was read that first held these values.'), schema='stage')
    op.add_column('salesforce__user_version', sa.Column('reading_hash', sa.Text(), nullable=True, comment='Hash of what was read, to know the same reading again.'), schema='stage')
    op.alter_column('salesforce__user_version', 'modified_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment="From when these values hold: the record's cursor, or when they were first read, where another reading of that cursor had others.",
               existing_comment="The record's cursor; when read, for objects without one.",
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_version', 'extracted_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='When the batch was read that last held these values.',
               existing_comment='When the batch was read; breaks ties on modified_at.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_version', 'batch_id',
               existing_type=sa.TEXT(),
               comment='That batch.',
               existing_comment='The landed batch it came in.',
               existing_nullable=False,
               schema='stage')
    op.alter_column('salesforce__user_version', 'is_inferred',
               existing_type=sa.BOOLEAN(),
               comment='Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or an absence, or values that came back while the cursor stood still.',
               existing_comment='A deletion the CRM told us of otherwise than by a version of the record: a tombstone, a merge, an absence. The values are those of the version before.',
               existing_nullable=False,
               existing_server_default=sa.text('false'),
               schema='stage')
    # A version of before was read once, and what it said is what it holds.
    for table in sa.inspect(op.get_bind()).get_table_names('stage'):
        if table.endswith('_version'):
            op.execute(
                f'update stage."{table}" set cursor_at = modified_at, told_at = modified_at, '
                'first_extracted_at = extracted_at, reading_hash = row_hash'
            )
