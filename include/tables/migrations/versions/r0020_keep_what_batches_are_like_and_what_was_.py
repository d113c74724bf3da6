"""Keep what batches are like and what was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what batches are like and what was told."""
    op.create_table('batch_profile',
    sa.Column('batch_id', sa.Text(), nullable=False, comment='The landed batch.'),
    sa.Column('checked_count', sa.BigInteger(), nullable=False, comment='Records looked at.'),
    sa.Column('profile', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='By column that was read: how many records fill it, and how many values are in each bucket. Numbers but 0 have ten to a magnitude, instants one an hour of the day in UTC and one for midnight.'),
    sa.PrimaryKeyConstraint('batch_id', name=op.f('pk_batch_profile')),
    schema='ops',
    comment='One row per batch that held something: what its values are like, for batches to come to be compared with.'
    )
    op.add_column('expectation_result', sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='When those who run the pipeline had a mail that it does not hold.'), schema='ops')
    op.create_index('ix_expectation_result_suite', 'expectation_result', ['suite', 'checked_at'], unique=False, schema='ops')
    op.create_index('ix_expectation_result_told_at', 'expectation_result', ['told_at'], unique=False, schema='ops', postgresql_where=sa.text('told_at IS NOT NULL'))
