"""What a good analyst would write by hand for some metrics: the same figures, in PostgreSQL's own SQL.

One statement per metric gives every grain, period and slice at once, with GROUPING SETS and
PERCENTILE_CONT, over the facts of one known company: nothing in them is of use elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import sqlalchemy as sa

TABLE = "hand_value"
CREATE = f"""
create table {TABLE} (
    metric_id text, grain text, start_date date, slice_id text, member text,
    numerator numeric, denominator numeric, value numeric, median numeric, p90 numeric,
    primary key (metric_id, grain, start_date, slice_id, member)
)"""
MONTHLY = "'month', 'quarter', 'year', 'fiscal_quarter', 'fiscal_year'"

DEAL = """facts.deal f
    left join facts.customer c on c.customer_id = f.customer_id
        and c.valid_from_at < :as_of and c.valid_to_at >= :as_of
    left join facts."user" u on u.user_id = f.owner_user_id
        and u.valid_from_at < :as_of and u.valid_to_at >= :as_of"""
USER = """left join facts."user" u on u.user_id = f.{}
        and u.valid_from_at < :as_of and u.valid_to_at >= :as_of"""
LEAD = f"""facts.lead f {USER.format("owner_user_id")}
    left join facts.customer c on c.customer_id = f.customer_id
        and c.valid_from_at < :as_of and c.valid_to_at >= :as_of"""
LINE = """facts.recurring_line f
    left join facts.customer c on c.customer_id = f.customer_id
        and c.valid_from_at < :as_of and c.valid_to_at >= :as_of"""
STANDS = "f.is_counted and f.valid_from_at < :as_of and f.valid_to_at >= :as_of"
OWN = {name: f"f.{column}" for name, column in (
    ("owner", "owner_user_id"), ("role", "role_id"), ("channel", "channel"),
    ("campaign", "campaign_id"), ("pipeline", "pipeline_id"), ("stage", "stage_id"),
    ("product", "product_id"), ("user", "user_id"), ("activity_type", "activity_type"),
    ("movement", "movement"), ("cohort", "cohort_month_date::text"),
    ("main_product", "product_id"), ("forecast_category", "forecast_category"),
    ("competitor", "competitor"),
)}  # fmt: skip
BANDS = (0, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000)
BAND_CASES = " ".join(
    f"when f.deal_amount < {upper} then '{number}: {lower:,} to {upper:,}'"
    for number, (lower, upper) in enumerate(pairwise(BANDS), 1)
)
SLICES = OWN | {
    "size_band": f"case when f.deal_amount < 0 then 'below 0' {BAND_CASES} "
    "when f.deal_amount is not null then '9: 1,000,000 and more' end",
    "close_quarter": "to_char(f.expected_close_date, 'YYYY\"-Q\"Q')",
    "customer_owner": "c.owner_user_id",
    "team": "u.team_name",
    "segment": "c.segment",
    "country": "c.country",
    "new_or_existing": "case when f.is_new_business then 'new' "
    "when not f.is_new_business then 'existing' end",
}


def statements() -> dict[str, str]:
    """The SELECT of each metric, by id; `:as_of` is the instant and `:last` the day before it."""
    of_deals = (
        "owner",
        "role",
        "team",
        "channel",
        "pipeline",
        "segment",
        "main_product",
        "size_band",
    )
    won = f"{STANDS} and f.is_won"
    return {
        "revenue": _events(
            DEAL, "f.closed_date", won, "f.deal_amount", "0",
            (*of_deals, "campaign", "country", "new_or_existing"),
        ),
        "close_rate": _events(
            DEAL, "f.closed_date", f"{STANDS} and (f.is_won or f.is_lost)", "f.is_won::int", "1",
            (*of_deals, "new_or_existing", "competitor"),
        ),
        "sales_cycle_days": _medians(
            DEAL, "f.closed_date", f"{won} and f.cycle_days is not null", "f.cycle_days",
            (*of_deals, "new_or_existing"),
        ),
        "pipeline_amount": _running(
            DEAL, "f.valid_from_at::date", "f.valid_to_at::date", "f.is_counted and f.is_open",
            "f.valid_from_at < :as_of", "f.valid_to_at < :as_of", "f.deal_amount",
            (*of_deals, "stage", "new_or_existing", "forecast_category", "close_quarter"),
        ),
        "leads_generated": _events(
            LEAD, "f.created_date", STANDS, "1", "0",
            ("channel", "campaign", "owner", "role", "segment", "team"),
        ),
        "activities_completed": _events(
            f"facts.activity f {USER.format('user_id')}", "f.completed_date",
            f"{STANDS} and f.is_completed", "1", "0", ("user", "role", "activity_type", "team"),
        ),
        "mrr": _running(
            LINE, "f.start_date", "f.end_date",
            f"{STANDS} and f.customer_id is not null "
            "and (f.end_date is null or f.end_date > f.start_date)",
            "f.start_date <= :last", "f.end_date <= :last", "f.mrr_amount",
            ("product", "owner", "role", "segment", "country", "channel"),
        ),
        "mrr_movement": _pairs(
            "end_amount - start_amount", "0",
            ("movement", "main_product", "segment", "country", "channel", "customer_owner"),
        ),
        "retention_rate": _pairs(
            "(was_active and is_active)::int", "was_active::int",
            ("main_product", "segment", "country", "channel", "cohort", "customer_owner"),
        ),
    }  # fmt: skip


def fill(connection: sa.Connection, metric_id: str, parameters: Mapping[str, object]) -> None:
    """Write the rows of one metric."""
    connection.exec_driver_sql("set local jit = off")
    select = statements()[metric_id].replace("::", "\\:\\:")
    connection.execute(
        sa.text(f"insert into {TABLE} select '{metric_id}', {TABLE}.* from ({select}) {TABLE}"),
        parameters,
    )


def _sets(slices: tuple[str, ...], *keys: str) -> str:
    """GROUP BY of the total and of each slice."""
    by = ", ".join(keys)
    return f"grouping sets (({by}), {', '.join(f'({by}, {name}_)' for name in slices)})"


def _names(slices: tuple[str, ...]) -> str:
    """The slice and member of a row of grouping sets."""
    cases = [f"when grouping({name}_) = 0 then" for name in slices]
    slice_id = " ".join(f"{case} '{name}'" for case, name in zip(cases, slices, strict=True))
    member = " ".join(
        f"{case} coalesce({name}_, '(none)')" for case, name in zip(cases, slices, strict=True)
    )
    return f"case {slice_id} else 'total' end as slice_id, case {member} else '' end as member"


def _columns(slices: tuple[str, ...]) -> str:
    return ", ".join(f"{SLICES[name]} as {name}_" for name in slices)


VALUE = """case when sum(denominator) > 0 then sum(numerator)::numeric / sum(denominator)
    else sum(numerator) end"""


def _events(
    source: str, day: str, where: str, numerator: str, denominator: str, slices: tuple[str, ...]
) -> str:
    """Sums by day first, then by period."""
    return f"""
with event as (
    select {day} as day, {numerator} as numerator, {denominator} as denominator, {_columns(slices)}
    from {source} where {where} and {day} <= :last
), daily as (
    select day, {_names(slices)}, sum(numerator) as numerator, sum(denominator) as denominator
    from event group by {_sets(slices, "day")}
)
select grain, start_date, slice_id, member, sum(numerator), sum(denominator), {VALUE},
    null::numeric, null::numeric
from daily
join facts.date d on d.calendar_date = daily.day
join facts.period p on p.start_date <= :last and d.calendar_date >= p.start_date
    and d.calendar_date < p.end_date
group by grain, start_date, slice_id, member"""


def _medians(source: str, day: str, where: str, value: str, slices: tuple[str, ...]) -> str:
    """Quantiles of each period's own events."""
    return f"""
with day as (
    select d.calendar_date, p.grain, p.start_date from facts.date d
    join facts.period p on d.calendar_date >= p.start_date and d.calendar_date < p.end_date
    where d.calendar_date <= :last
), event as (
    select grain, start_date, {value} as value, {_columns(slices)}
    from {source} join day on day.calendar_date = {day} where {where}
)
select grain, start_date, {_names(slices)}, sum(value), count(*),
    percentile_cont(0.5) within group (order by value)::numeric,
    percentile_cont(0.5) within group (order by value)::numeric,
    percentile_cont(0.9) within group (order by value)::numeric
from event group by {_sets(slices, "grain", "start_date")}"""


def _running(
    source: str,
    begins: str,
    ends: str,
    where: str,
    has_begun: str,
    has_ended: str,
    value: str,
    slices: tuple[str, ...],
) -> str:
    """Running sums of what began and ended, read at the last day of each period."""
    return f"""
with state as (
    select {begins} as begins, case when {has_ended} then {ends} end as ends, {value} as value,
        {_columns(slices)}
    from {source} where {where} and {has_begun} and {value} is not null
), change as (
    select begins as day, value, {", ".join(f"{name}_" for name in slices)} from state
    union all
    select ends, -value, {", ".join(f"{name}_" for name in slices)} from state
    where ends is not null
), daily as (
    select day, {_names(slices)}, sum(value) as value, count(*) from change
    group by {_sets(slices, "day")}
), running as (
    select slice_id, member, day,
        lead(day) over (partition by slice_id, member order by day) as next_day,
        sum(value) over (partition by slice_id, member order by day) as value
    from daily
), moment as (
    select grain, start_date, least(end_date - 1, :last) as last_date
    from facts.period where start_date <= :last
)
select grain, start_date, slice_id, member, value, 0, value, null::numeric, null::numeric
from (select distinct last_date from moment) day
join running r on r.day <= last_date and (r.next_day is null or r.next_day > last_date)
join moment using (last_date)
where value <> 0"""


def _pairs(numerator: str, denominator: str, slices: tuple[str, ...]) -> str:
    """Customers at the beginning and end of each whole period."""
    return f"""
with month as (
    select * from facts.mrr_customer_month f where {STANDS}
), period as (
    select grain, start_date, end_date from facts.period
    where grain in ({MONTHLY}) and end_at <= :as_of
), side as (
    select p.grain, p.start_date, m.*, true as is_end
    from period p join month m on m.month_end_date = p.end_date
    union all
    select p.grain, p.start_date, m.*, false
    from period p join month m on m.month_end_date = p.start_date
), both_ends as (
    select grain, start_date, customer_id, max(channel) as channel,
        min(cohort_month_date) as cohort_month_date,
        coalesce(sum(mrr_amount) filter (where not is_end), 0) as start_amount,
        coalesce(sum(mrr_amount) filter (where is_end), 0) as end_amount,
        coalesce(bool_or(is_active) filter (where not is_end), false) as was_active,
        coalesce(bool_or(is_active) filter (where is_end), false) as is_active,
        case when bool_or(not is_end and (is_active or mrr_amount <> 0))
            then max(product_id) filter (where not is_end and (is_active or mrr_amount <> 0))
            else max(product_id) filter (where is_end) end as product_id
    from side group by grain, start_date, customer_id
), moved as (
    select *, case
        when start_amount = 0 and end_amount = 0 then 'none'
        when start_amount = 0 and cohort_month_date >= start_date then 'new'
        when start_amount = 0 then 'reactivation'
        when end_amount = 0 then 'churn'
        when end_amount > start_amount then 'expansion'
        when end_amount < start_amount then 'contraction'
        else 'none' end as movement
    from both_ends
), event as (
    select f.grain, f.start_date, {numerator} as numerator, {denominator} as denominator,
        {_columns(slices)}
    from moved f left join facts.customer c on c.customer_id = f.customer_id
        and c.valid_from_at < :as_of and c.valid_to_at >= :as_of
)
select grain, start_date, {_names(slices)}, sum(numerator), sum(denominator), {VALUE},
    null::numeric, null::numeric
from event group by {_sets(slices, "grain", "start_date")}"""
