"""Keep values as states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

CONTENT = (
    "period_end_date, period_id, slice_label, numerator, denominator, value, mean_value, median_value, "
    "p90_value, sample_count, excluded_count, unit, status, status_reason, is_complete"
)
# Each as-of had a total of every period it computed.
FILL_PERIODS = """
insert into metrics.computed_period
select metric_id, grain, period_start_date, as_of_at, is_complete, run_id, computed_at
from metrics.metric_value where slice_id = 'total'
"""
# Values as of one after the other that are the same are one state.
FILL_STATES = f"""
insert into metrics.value_state (
    metric_id, grain, period_start_date, slice_id, slice_value, as_of_at, until_as_of_at, {CONTENT}
)
select metric_id, grain, period_start_date, slice_id, slice_value,
    min(as_of_at), max(until_at), {CONTENT}
from (
    select *, sum(begins) over (
        partition by metric_id, grain, period_start_date, slice_id, slice_value order by as_of_at
    ) as state_number
    from (
        select *, case when lag(until_at) over value_of = as_of_at
            and lag(row({CONTENT})) over value_of is not distinct from row({CONTENT})
            then 0 else 1 end as begins
        from metrics.metric_value join (
            select metric_id, grain, period_start_date, as_of_at,
                coalesce(lead(as_of_at) over (
                    partition by metric_id, grain, period_start_date order by as_of_at
                ), '9999-12-31 00:00:00+00') as until_at
            from metrics.computed_period
        ) computed using (metric_id, grain, period_start_date, as_of_at)
        window value_of as (
            partition by metric_id, grain, period_start_date, slice_id, slice_value order by as_of_at
        )
    ) each
) numbered
group by metric_id, grain, period_start_date, slice_id, slice_value, state_number, {CONTENT}
"""
CREATE_VIEW = """
create view metrics.metric_value as
select state.metric_id, state.grain, state.period_start_date, state.slice_id, state.slice_value,
    computed.as_of_at, state.period_end_date, state.period_id, state.slice_label, state.numerator,
    state.denominator, state.value, state.mean_value, state.median_value, state.p90_value,
    state.sample_count, state.excluded_count, state.unit, state.status, state.status_reason,
    state.is_complete, computed.run_id, computed.computed_at
from metrics.computed_period computed
join metrics.value_state state on computed.metric_id = state.metric_id
    and computed.grain = state.grain
    and computed.period_start_date = state.period_start_date
    and state.as_of_at <= computed.as_of_at
    and state.until_as_of_at > computed.as_of_at
"""


def upgrade() -> None:
    """Keep values as states."""
    op.create_table('computed_period',
    sa.Column('metric_id', sa.Text(), nullable=False, comment='The metric, as in the catalogue.'),
    sa.Column('grain', sa.Text(), nullable=False, comment='day, week, month, quarter, year, fiscal_quarter, fiscal_year.'),
    sa.Column('period_start_date', sa.Date(), nullable=False, comment='First day of the period.'),
    sa.Column('as_of_at', sa.DateTime(timezone=True), nullable=False, comment='It was computed as of this instant.'),
    sa.Column('is_complete', sa.Boolean(), nullable=False, comment='The period had ended as of then.'),
    sa.Column('run_id', sa.Text(), nullable=False, comment='The run that computed it.'),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False, comment='When.'),
    sa.PrimaryKeyConstraint('metric_id', 'grain', 'period_start_date', 'as_of_at', name=op.f('pk_computed_period')),
    schema='metrics',
    comment='One row per metric, grain, period and as-of it was computed as of.'
    )
    op.create_index('ix_computed_period_as_of', 'computed_period', ['as_of_at', 'metric_id'], unique=False, schema='metrics')
    op.create_table('value_state',
    sa.Column('metric_id', sa.Text(), nullable=False, comment='The metric, as in the catalogue.'),
    sa.Column('grain', sa.Text(), nullable=False, comment='Grain of the period.'),
    sa.Column('period_start_date', sa.Date(), nullable=False, comment='First day of the period.'),
    sa.Column('slice_id', sa.Text(), nullable=False, comment='total, or what it is cut by: owner, role, channel and so on.'),
    sa.Column('slice_value', sa.Text(), nullable=False, comment='The member of the slice; empty for total.'),
    sa.Column('as_of_at', sa.DateTime(timezone=True), nullable=False, comment='The first as-of it is the value of; so it is of all later ones until until_as_of_at that computed_period has.'),
    sa.Column('until_as_of_at', sa.DateTime(timezone=True), nullable=False, comment='The first as-of it no longer is the value of; 9999-12-31 while it stands.'),
    sa.Column('period_end_date', sa.Date(), nullable=False, comment='First day after the period.'),
    sa.Column('period_id', sa.Text(), nullable=False, comment='Name of the period, such as 2026-W46.'),
    sa.Column('slice_label', sa.Text(), nullable=False, comment='Name of the member as printed; empty for total.'),
    sa.Column('numerator', sa.Numeric(precision=28, scale=10), nullable=True, comment='What is counted or summed.'),
    sa.Column('denominator', sa.Numeric(precision=28, scale=10), nullable=True, comment='What it is divided by; NULL where the metric is not a ratio.'),
    sa.Column('value', sa.Numeric(precision=28, scale=10), nullable=True, comment='The headline; NULL unless the status lets it be printed.'),
    sa.Column('mean_value', sa.Numeric(precision=28, scale=10), nullable=True, comment='Mean, for distributions.'),
    sa.Column('median_value', sa.Numeric(precision=28, scale=10), nullable=True, comment='Median, for distributions.'),
    sa.Column('p90_value', sa.Numeric(precision=28, scale=10), nullable=True, comment='90th percentile, linear, for distributions.'),
    sa.Column('sample_count', sa.BigInteger(), nullable=False, comment='Events the value rests on.'),
    sa.Column('excluded_count', sa.BigInteger(), nullable=False, comment='Events left out because their own data is impossible or missing.'),
    sa.Column('unit', sa.Text(), nullable=False, comment='money, count, rate, ratio, days, months, seconds, points.'),
    sa.Column('status', sa.Text(), nullable=False, comment='OK, or why there is no value, or why it is to be read with care.'),
    sa.Column('status_reason', sa.Text(), nullable=False, comment='The status in words; empty when OK.'),
    sa.Column('is_complete', sa.Boolean(), nullable=False, comment='The period had ended as of then.'),
    sa.PrimaryKeyConstraint('metric_id', 'grain', 'period_start_date', 'slice_id', 'slice_value', 'as_of_at', name=op.f('pk_value_state')),
    schema='metrics',
    comment='One row per metric, grain, period, slice member and as-ofs of which its value is the same. Nearly all values of a day are those of the day before. Read it through metric_value.'
    )
    # Added by hand: the values there are, and the view that takes the place of their table.
    op.execute(FILL_PERIODS)
    op.execute(FILL_STATES)
    op.drop_table('metric_value', schema='metrics')
    op.execute(CREATE_VIEW)
