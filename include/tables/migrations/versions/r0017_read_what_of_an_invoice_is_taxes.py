"""Read what of an invoice is taxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read what of an invoice is taxes."""
    op.add_column('billing', sa.Column('is_tax_unknown', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='Nobody says how much of the amount is taxes; all of it counts.'), schema='facts')
    op.alter_column('billing', 'billing_amount',
               existing_type=sa.NUMERIC(precision=24, scale=6),
               comment="What was billed, without taxes, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known.",
               existing_comment="What was billed, in the reporting currency at the rate of the event's date; NULL when not entered, or when no rate is known.",
               existing_nullable=True,
               schema='facts')
    op.alter_column('billing', 'billing_amount_original',
               existing_type=sa.NUMERIC(precision=24, scale=6),
               comment='What was billed, without taxes, as entered.',
               existing_comment='What was billed, as entered.',
               existing_nullable=True,
               schema='facts')
    op.add_column('hubspot__invoice', sa.Column('pre_tax_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What it bills before taxes.'), schema='stage')
    op.add_column('hubspot__invoice', sa.Column('tax_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Taxes in what it bills.'), schema='stage')
    op.add_column('hubspot__invoice_version', sa.Column('pre_tax_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='What it bills before taxes.'), schema='stage')
    op.add_column('hubspot__invoice_version', sa.Column('tax_amount_original', sa.Numeric(precision=24, scale=6), nullable=True, comment='Taxes in what it bills.'), schema='stage')
