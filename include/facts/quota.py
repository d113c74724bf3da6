"""What was to be won: by quotas.csv, by Salesforce's quotas, and by HubSpot's goals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_days,
    add_months,
    add_seconds,
    folded,
    midnight,
)
from include.core.settings import Settings
from include.facts.history import end_of_time, live_states
from include.facts.lookup import (
    currency_of,
    first_user,
    had_role,
    owners,
    owns,
    prefixed,
    rate_applies,
    roles_of_the_time,
)
from include.facts.whole_days import whole_days
from include.tables import facts
from include.tables import stage as staged
from include.tables.base import BEGINNING_OF_TIME
from include.tables.stage import CURRENT

# HubSpot's goals are also for calls and meetings; these words name those of money, where an account
# does not say what its goals add up.
GOALS_OF_MONEY = ("%revenue%", "%quota%", "%sales amount%")
# The properties of a deal that hold its amount; what recurs of it, or its margin, is in money too.
AMOUNTS_OF_DEALS = (
    "amount",
    "amount_in_home_currency",
    "hs_closed_amount",
    "hs_closed_amount_in_home_currency",
)


def quota(settings: Settings) -> sa.Select:
    """One row per owner or team, span of days and state.

    Of the same owner and days the file counts, else the CRM of record, else the other. Salesforce
    may have quotas for several forecasts; those of the one with the most of them count. A team's
    quota counts where none of its members has one of those days: both would be the same money twice.
    So does that of a forecast manager in Salesforce, which is what manager and team are to win together.
    """
    told = sa.union_all(_salesforce_quotas(), _hubspot_goals(settings), *_of_file(settings)).cte(
        "told"
    )
    rate, user, role = facts.exchange_rate, staged.user, roles_of_the_time()
    # As what is won, so that both are of one role: of a past quota not the one held today.
    last_at = _last_instant(told, settings)
    currency_code = currency_of(told.c.currency_code, told.c.crm, settings)
    superseded = _superseded(told, settings)
    is_owned = sa.or_(told.c.owner_user_id.is_not(None), told.c.team_name.is_not(None))
    return sa.select(
        told.c.quota_id,
        told.c.valid_from_at,
        told.c.valid_to_at,
        told.c.crm,
        told.c.owner_user_id,
        sa.case(
            (role.c.salesforce_user_id.is_not(None), role.c.role_id), else_=user.c.role_id
        ).label("role_id"),
        sa.func.coalesce(told.c.team_name, user.c.team_name).label("team_name"),
        told.c.start_date,
        told.c.end_date,
        (told.c.amount_original * rate.c.rate).label("quota_amount"),
        told.c.amount_original.label("quota_amount_original"),
        currency_code.label("currency_code"),
        sa.and_(told.c.is_usable, is_owned, superseded.c.quota_id.is_(None)).label("is_counted"),
    ).select_from(
        told.outerjoin(user, user.c.user_id == told.c.owner_user_id)
        .outerjoin(role, had_role(role, user.c.salesforce_user_id, last_at))
        .outerjoin(rate, rate_applies(currency_code, told.c.start_date))
        .outerjoin(superseded, superseded.c.quota_id == told.c.quota_id)
    )


def _superseded(told: sa.CTE, settings: Settings) -> sa.Subquery:
    """One row per quota in whose place another of the same owner counts, or those of a team's or a
    manager's people: quota_id. Of a team are those who were in it at the end of their own quota, as
    metrics give that to the team, and a manager's those who were below then.
    """
    crms = ["salesforce", "hubspot"]
    if settings.sources.system_of_record.deals == "hubspot":
        crms.reverse()
    order = {name: position for position, name in enumerate(["ledger", *crms])}

    def rank(quota: sa.FromClause) -> Expression:
        return sa.case(order, value=quota.c.crm)

    better, member, below = told.alias("better"), staged.user.alias("member"), _people_below()
    then = facts.user.alias("member_then")
    last_at = _last_instant(better, settings)
    is_of_same = sa.and_(better.c.owner_user_id == told.c.owner_user_id, rank(better) < rank(told))
    own_team = sa.case((then.c.user_id.is_not(None), then.c.team_name), else_=member.c.team_name)
    is_of_member = sa.and_(
        told.c.owner_user_id.is_(None), folded(own_team) == folded(told.c.team_name)
    )
    is_of_person_below = sa.and_(
        told.c.crm == "salesforce",
        below.c.manager_user_id == told.c.owner_user_id,
        below.c.user_id == better.c.owner_user_id,
        below.c.managed_from_at <= last_at,
        below.c.managed_to_at > last_at,
        below.c.held_from_at <= last_at,
        below.c.held_to_at > last_at,
    )
    return (
        sa.select(told.c.quota_id)
        .select_from(
            told.join(
                better,
                sa.and_(
                    better.c.is_usable,
                    better.c.start_date < told.c.end_date,
                    told.c.start_date < better.c.end_date,
                ),
            )
            .outerjoin(member, member.c.user_id == better.c.owner_user_id)
            .outerjoin(
                then,
                sa.and_(
                    then.c.user_id == better.c.owner_user_id,
                    then.c.valid_from_at <= last_at,
                    then.c.valid_to_at > last_at,
                ),
            )
            .outerjoin(below, is_of_person_below)
        )
        .where(sa.or_(is_of_same, is_of_member, below.c.user_id.is_not(None)))
        .distinct()
        .subquery("superseded")
    )


def _last_instant(quota: sa.FromClause, settings: Settings) -> Expression:
    """The last second of a quota's days."""
    return add_seconds(midnight(quota.c.end_date, settings.calendar.time_zone), -1)


def _people_below() -> sa.Subquery:
    """One row per forecast manager and user who was in a role below, with the spans of time of both:
    manager_user_id, user_id; of today's tree of roles.
    """
    role, manager, user = CURRENT["salesforce.user_role"], staged.user.alias("manager"), staged.user
    key, above_id = role.c.salesforce_user_role_id, role.c.parent_role_id
    reach = sa.select(key.label("role_id"), above_id.label("above_id")).cte("reach", recursive=True)
    reach = reach.union(
        sa.select(reach.c.role_id, above_id).join_from(reach, role, key == reach.c.above_id)
    )
    above, held = live_states("salesforce.user_role"), _roles_held()
    position = sa.func.row_number().over(
        partition_by=above.c.salesforce_user_role_id, order_by=above.c.valid_from_at
    )
    led = sa.select(
        above.c.salesforce_user_role_id,
        above.c.forecast_user_id,
        # Of the time before the first state that is known, it is the best knowledge.
        sa.case((position == 1, _ever()), else_=above.c.valid_from_at).label("valid_from_at"),
        above.c.valid_to_at,
    ).subquery("led_role")
    return (
        sa.select(
            manager.c.user_id.label("manager_user_id"),
            user.c.user_id,
            led.c.valid_from_at.label("managed_from_at"),
            led.c.valid_to_at.label("managed_to_at"),
            held.c.valid_from_at.label("held_from_at"),
            held.c.valid_to_at.label("held_to_at"),
        )
        .join_from(reach, led, led.c.salesforce_user_role_id == reach.c.above_id)
        .join(manager, manager.c.salesforce_user_id == led.c.forecast_user_id)
        .join(held, held.c.role_id == reach.c.role_id)
        .join(user, user.c.user_id == held.c.user_id)
        .where(user.c.user_id != manager.c.user_id)
        .distinct()
        .subquery("below")
    )


def _ever() -> Expression:
    """An instant before all others."""
    return sa.cast(sa.literal(BEGINNING_OF_TIME), sa.DateTime(timezone=True))


def _roles_held() -> sa.Subquery:
    """One row per user and span of time in one role: user_id, role_id; the first since ever. Of whom no
    history is read, that of today.
    """
    user, role = staged.user, roles_of_the_time()
    since = sa.case((role.c.is_first, _ever()), else_=role.c.valid_from_at)
    return (
        sa.select(
            user.c.user_id,
            sa.case(
                (role.c.salesforce_user_id.is_not(None), role.c.role_id), else_=user.c.role_id
            ).label("role_id"),
            sa.func.coalesce(since, _ever()).label("valid_from_at"),
            sa.func.coalesce(role.c.valid_to_at, end_of_time()).label("valid_to_at"),
        )
        .select_from(user.outerjoin(role, role.c.salesforce_user_id == user.c.salesforce_user_id))
        .subquery("role_held")
    )


def _salesforce_quotas() -> sa.Select[Any]:
    """One row per quota of money and state. How long it runs its forecast period says."""
    state, period, forecast = (
        live_states("salesforce.forecasting_quota"),
        CURRENT["salesforce.period"],
        _main_forecast(),
    )
    owner = owners()
    no_text = sa.cast(sa.null(), sa.Text)
    is_of_forecast = (
        sa.func.coalesce(state.c.forecasting_type_id, "")
        == sa.select(forecast.c.forecasting_type_id).scalar_subquery()
    )
    return (
        sa.select(
            prefixed("salesforce", state.c.salesforce_forecasting_quota_id).label("quota_id"),
            state.c.valid_from_at,
            state.c.valid_to_at,
            sa.literal("salesforce", sa.Text).label("crm"),
            owner.c.user_id.label("owner_user_id"),
            no_text.label("team_name"),
            state.c.start_date,
            sa.func.coalesce(
                add_days(period.c.last_date, 1), add_months(state.c.start_date, 1)
            ).label("end_date"),
            state.c.quota_amount_original.label("amount_original"),
            state.c.currency_code,
            # Of a period we cannot read nobody knows how long it is.
            sa.and_(period.c.last_date.is_not(None), is_of_forecast).label("is_usable"),
        )
        .select_from(
            state.outerjoin(period, period.c.salesforce_period_id == state.c.period_id).outerjoin(
                owner, owns(owner, sa.literal("salesforce", sa.Text), state.c.owner_user_id)
            )
        )
        .where(
            sa.func.coalesce(state.c.is_amount, sa.true()),
            state.c.quota_amount_original.is_not(None),
        )
    )


def _main_forecast() -> sa.Subquery:
    """The one row of the forecast with the most quotas of money: forecasting_type_id, '' for none."""
    quota = CURRENT["salesforce.forecasting_quota"]
    forecast = sa.func.coalesce(quota.c.forecasting_type_id, sa.literal_column("''", sa.Text))
    counted = (
        sa.select(forecast.label("forecasting_type_id"), sa.func.count().label("quota_count"))
        .where(quota.c.quota_amount_original.is_not(None), sa.not_(quota.c.is_deleted))
        .group_by(forecast)
        .subquery("counted")
    )
    rank = sa.func.row_number().over(
        order_by=(counted.c.quota_count.desc(), counted.c.forecasting_type_id)
    )
    ranked = sa.select(counted.c.forecasting_type_id, rank.label("rank")).subquery("ranked")
    return (
        sa.select(ranked.c.forecasting_type_id).where(ranked.c.rank == 1).subquery("main_forecast")
    )


def _hubspot_goals(settings: Settings) -> sa.Select[Any]:
    """One row per goal of money and state; a team's goal is the team's, by its name, or by HubSpot's id
    of a team that is nobody's first one.
    """
    state, owner, team = live_states("hubspot.goal_target"), owners(), _hubspot_teams()
    # HubSpot's own form writes midnights in UTC.
    zone = settings.calendar.time_zone
    start_date, end_date = whole_days(state.c.start_at, state.c.end_at, zone)
    return (
        sa.select(
            prefixed("hubspot", state.c.hubspot_goal_target_id),
            state.c.valid_from_at,
            state.c.valid_to_at,
            sa.literal("hubspot", sa.Text),
            owner.c.user_id,
            sa.case(
                (owner.c.user_id.is_(None), sa.func.coalesce(team.c.team_name, state.c.team_id))
            ),
            start_date,
            end_date,
            state.c.target_amount_original,
            state.c.currency_code,
            sa.true(),
        )
        .select_from(
            state.outerjoin(
                owner, owns(owner, sa.literal("hubspot", sa.Text), state.c.owner_id)
            ).outerjoin(team, team.c.team_id == state.c.team_id)
        )
        .where(
            state.c.target_amount_original.is_not(None),
            state.c.start_at.is_not(None),
            state.c.end_at > state.c.start_at,
            _is_of_won_money(state),
        )
    )


def _is_of_won_money(state: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a goal adds up the amounts of deals by the day they close; everybody names goals anew."""
    name = folded(state.c.goal_name)
    return sa.case(
        (
            state.c.unit_type.is_not(None),
            sa.and_(
                folded(state.c.unit_type) == "currency",
                sa.func.coalesce(folded(state.c.kpi_property).in_(AMOUNTS_OF_DEALS), sa.true()),
                sa.func.coalesce(folded(state.c.metric_type), "sum") == "sum",
                sa.func.coalesce(folded(state.c.time_property), "closedate") == "closedate",
            ),
        ),
        else_=sa.or_(*(name.like(word) for word in GOALS_OF_MONEY)),
    )


def _hubspot_teams() -> sa.Subquery:
    """One row per team that is the first one of some owner: team_id, team_name."""
    owner = CURRENT["hubspot.owner"]
    return (
        sa.select(owner.c.team_id, sa.func.max(owner.c.team_name).label("team_name"))
        .where(owner.c.team_id.is_not(None))
        .group_by(owner.c.team_id)
        .subquery("team")
    )


def _of_file(settings: Settings) -> list[sa.Select[Any]]:
    """One row per row of quotas.csv, known from its first day on; none where it is empty."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("line", sa.Text),
        sa.column("start_date", sa.Date),
        sa.column("end_date", sa.Date),
        sa.column("amount_original", sa.Numeric(24, 6)),
        sa.column("currency_code", sa.Text),
        sa.column("owner_email", sa.Text),
        sa.column("team_name", sa.Text),
    ]
    rows = [
        (
            str(line),
            quota.start_date,
            quota.last_date,
            quota.amount,
            quota.currency_code,
            quota.owner_email,
            quota.team_name,
        )
        # The first line of the file is its header.
        for line, quota in enumerate(settings.quotas, 2)
    ]
    if not rows:
        return []
    ledger, known = sa.values(*columns, name="quotas").data(rows), first_user("email")
    # Typed once more: a column of nothing but NULLs has no type of its own.
    typed = {column.name: sa.cast(ledger.c[column.name], column.type) for column in columns}
    return [
        sa.select(
            prefixed("ledger", typed["line"]),
            midnight(typed["start_date"], settings.calendar.time_zone),
            end_of_time(),
            sa.literal("ledger", sa.Text),
            known.c.user_id,
            typed["team_name"],
            typed["start_date"],
            add_days(typed["end_date"], 1),
            typed["amount_original"],
            typed["currency_code"],
            sa.true(),
        ).select_from(ledger.outerjoin(known, known.c.known_by == folded(typed["owner_email"])))
    ]
