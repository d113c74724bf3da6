"""Read what tells meetings, goals, schedules and carts apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read what tells meetings, goals, schedules and carts apart."""
    op.alter_column('cart', 'is_counted',
               existing_type=sa.BOOLEAN(),
               comment='Not empty, not of a status that is ignored, and no template or cart kept beside another.',
               existing_comment='Not empty, and not of a status that is ignored.',
               existing_nullable=False,
               schema='facts')
    op.alter_column('hubspot__contact', 'entered_lead_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest entry into the stage lead.',
               existing_comment='First became a lead.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__contact', 'entered_customer_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest entry into the stage customer.',
               existing_comment='First became a customer.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__contact_version', 'entered_lead_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest entry into the stage lead.',
               existing_comment='First became a lead.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__contact_version', 'entered_customer_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest entry into the stage customer.',
               existing_comment='First became a customer.',
               existing_nullable=True,
               schema='stage')
    op.add_column('hubspot__goal_target', sa.Column('kpi_property', sa.Text(), nullable=True, comment='Which property of records is added up, as amount_in_home_currency of deals.'), schema='stage')
    op.add_column('hubspot__goal_target_version', sa.Column('kpi_property', sa.Text(), nullable=True, comment='Which property of records is added up, as amount_in_home_currency of deals.'), schema='stage')
    op.alter_column('hubspot__line_item', 'billing_end_date',
               existing_type=sa.DATE(),
               comment='Day on which one more bill would be due, which is billed no more.',
               existing_comment='Last day billed.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__line_item_version', 'billing_end_date',
               existing_type=sa.DATE(),
               comment='Day on which one more bill would be due, which is billed no more.',
               existing_comment='Last day billed.',
               existing_nullable=True,
               schema='stage')
    op.add_column('hubspot__meeting', sa.Column('meeting_at', sa.DateTime(timezone=True), nullable=True, comment='When it was; programs may write this, and no start.'), schema='stage')
    op.add_column('hubspot__meeting_version', sa.Column('meeting_at', sa.DateTime(timezone=True), nullable=True, comment='When it was; programs may write this, and no start.'), schema='stage')
    op.alter_column('hubspot__subscription', 'billing_end_date',
               existing_type=sa.DATE(),
               comment='Day on which one more bill would be due, which is billed no more; NULL while none is agreed.',
               existing_comment='Last day billed; NULL while none is agreed.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__subscription_version', 'billing_end_date',
               existing_type=sa.DATE(),
               comment='Day on which one more bill would be due, which is billed no more; NULL while none is agreed.',
               existing_comment='Last day billed; NULL while none is agreed.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__ticket', 'closed_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest closing; set anew at each.',
               existing_comment='First closing.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('hubspot__ticket_version', 'closed_at',
               existing_type=postgresql.TIMESTAMP(timezone=True),
               comment='Latest closing; set anew at each.',
               existing_comment='First closing.',
               existing_nullable=True,
               schema='stage')
    op.alter_column('salesforce__opportunity', 'contract_id',
               existing_type=sa.TEXT(),
               comment='The contract it renews or extends, or that it led to.',
               existing_comment='The contract it renews or extends.',
               existing_nullable=True,
               schema='stage')
    op.add_column('salesforce__opportunity_line_item', sa.Column('has_revenue_schedule', sa.Boolean(), nullable=True, comment="Its revenue comes in installments; else its product's schedule is not that of the line."), schema='stage')
    op.add_column('salesforce__opportunity_line_item_version', sa.Column('has_revenue_schedule', sa.Boolean(), nullable=True, comment="Its revenue comes in installments; else its product's schedule is not that of the line."), schema='stage')
    op.alter_column('salesforce__opportunity_version', 'contract_id',
               existing_type=sa.TEXT(),
               comment='The contract it renews or extends, or that it led to.',
               existing_comment='The contract it renews or extends.',
               existing_nullable=True,
               schema='stage')
    op.add_column('salesforce__web_cart', sa.Column('cart_type', sa.Text(), nullable=True, comment='Cart; Template, which our people fill; PayNowReadOnly or ReadOnly, a copy of one to pay.'), schema='stage')
    op.add_column('salesforce__web_cart', sa.Column('is_secondary', sa.Boolean(), nullable=True, comment='Kept beside the cart in use; nobody checks out from it.'), schema='stage')
    op.add_column('salesforce__web_cart_version', sa.Column('cart_type', sa.Text(), nullable=True, comment='Cart; Template, which our people fill; PayNowReadOnly or ReadOnly, a copy of one to pay.'), schema='stage')
    op.add_column('salesforce__web_cart_version', sa.Column('is_secondary', sa.Boolean(), nullable=True, comment='Kept beside the cart in use; nobody checks out from it.'), schema='stage')
