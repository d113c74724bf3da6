"""Users of both CRMs as one dimension with history."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, local_date
from include.core.settings import Settings
from include.facts.history import live_states
from include.facts.login_day import login_attempts
from include.tables import stage as staged
from include.tables.base import BEGINNING_OF_TIME
from include.tables.stage import CURRENT, VERSION
from include.tables.states import states

NO_ROLE = "(no role)"


def user(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per user and state.

    A person with a Salesforce user follows its history, one known to HubSpot alone the owner's, and
    one who had that first the owner's until then. Who may log in to the other CRM at that time is
    active; who is frozen in Salesforce may not log in there for that time. The team is that of the
    time too: what somebody did before moving stays with the old one. Leavers stay, uncounted, because
    their deals do.
    """
    zone = settings.calendar.time_zone
    return sa.union_all(_salesforce_users(zone), _hubspot_owners(zone))


def _salesforce_users(zone: str) -> sa.Select:
    """One row per person with a Salesforce user, and state of that user, frozen or not, and an owner
    in HubSpot or none.
    """
    person, account = staged.user, _accounts()
    role, profile = CURRENT["salesforce.user_role"], CURRENT["salesforce.profile"]
    seen = _first_logins()
    is_active = sa.or_(
        sa.and_(account.c.is_active, sa.not_(account.c.is_deleted), sa.not_(account.c.is_frozen)),
        account.c.is_owner,
    )
    return sa.select(
        person.c.user_id,
        account.c.valid_from_at,
        account.c.valid_to_at,
        sa.literal("salesforce", sa.Text).label("crm"),
        person.c.user_name,
        person.c.email,
        account.c.role_id,
        sa.func.coalesce(role.c.role_name, NO_ROLE).label("role_name"),
        profile.c.profile_name,
        account.c.team_name,
        person.c.manager_user_id,
        account.c.is_frozen,
        sa.and_(person.c.is_human, is_active).label("is_counted"),
        local_date(person.c.created_at, zone).label("created_date"),
        seen.c.first_login_at,
        account.c.last_login_at,
        _is_last_login_read().label("is_login_known"),
    ).select_from(
        person.join(account, account.c.salesforce_user_id == person.c.salesforce_user_id)
        .outerjoin(role, role.c.salesforce_user_role_id == account.c.role_id)
        .outerjoin(profile, profile.c.salesforce_profile_id == account.c.profile_id)
        .outerjoin(seen, seen.c.user_id == person.c.user_id)
    )


def _besides() -> sa.CTE:
    """One row per Salesforce user and span in which it was frozen, the person an owner in HubSpot, or in
    a team.

    Columns: user_id, valid_from_at, valid_to_at, 1 for which of them in is_frozen and is_owner, and
    team_name. Nobody is known to be frozen before the change that the first reading tells of, and
    nobody at all where we may not read who is. The first team known was that of the time before.
    """
    login, owner = live_states("salesforce.user_login"), live_states("hubspot.owner")
    person, member = staged.user, states("hubspot.owner")
    yes, no = (sa.literal_column(text, sa.Integer) for text in ("1", "0"))
    no_team = sa.cast(sa.null(), sa.Text)
    frozen = sa.select(
        login.c.user_id,
        login.c.valid_from_at,
        login.c.valid_to_at,
        sa.case((login.c.is_frozen, 1), else_=0).label("is_frozen"),
        no.label("is_owner"),
        no_team.label("team_name"),
    ).where(login.c.is_frozen)
    owning = (
        sa.select(
            person.c.salesforce_user_id,
            owner.c.valid_from_at,
            owner.c.valid_to_at,
            no,
            yes,
            no_team,
        )
        .select_from(person.join(owner, owner.c.hubspot_owner_id == person.c.hubspot_owner_id))
        .where(person.c.salesforce_user_id.is_not(None))
    )
    rank = sa.func.row_number().over(
        partition_by=member.c.hubspot_owner_id, order_by=member.c.valid_from_at
    )
    beginning = sa.cast(sa.literal(BEGINNING_OF_TIME), sa.DateTime(timezone=True))
    in_team = (
        sa.select(
            person.c.salesforce_user_id,
            sa.case((rank == 1, beginning), else_=member.c.valid_from_at),
            member.c.valid_to_at,
            no,
            no,
            member.c.team_name,
        )
        .select_from(person.join(member, member.c.hubspot_owner_id == person.c.hubspot_owner_id))
        .where(person.c.salesforce_user_id.is_not(None))
    )
    return sa.union_all(frozen, owning, in_team).cte("beside")


def _accounts() -> sa.Subquery:
    """One row per Salesforce user and state, cut where what is told of it elsewhere changes."""
    state, beside = states("salesforce.user"), _besides()
    key, flags = "salesforce_user_id", ("is_frozen", "is_owner")
    told = ("role_id", "profile_id", "last_login_at", "is_active", "is_deleted", "valid_to_at")
    kept = [state.c[key], state.c.valid_from_at.label("state_from_at")]
    kept += [state.c[name] for name in told]
    turn = sa.union(
        *(
            sa.select(beside.c.user_id, beside.c[name].label("at"))
            for name in ("valid_from_at", "valid_to_at")
        )
    ).subquery("turn")
    is_within = sa.and_(
        turn.c.user_id == state.c[key],
        turn.c.at > state.c.valid_from_at,
        turn.c.at < state.c.valid_to_at,
    )
    cut = sa.union_all(
        sa.select(*kept, state.c.valid_from_at),
        sa.select(*kept, turn.c.at).select_from(state.join(turn, is_within)),
    ).subquery("cut")
    next_at = sa.func.lead(cut.c.valid_from_at).over(
        partition_by=(cut.c[key], cut.c.state_from_at), order_by=cut.c.valid_from_at
    )
    piece = sa.select(
        *(cut.c[name] for name in (key, "valid_from_at", *told[:-1])),
        sa.func.coalesce(next_at, cut.c.valid_to_at).label("valid_to_at"),
    ).cte("piece")
    holds = sa.and_(
        beside.c.user_id == piece.c[key],
        beside.c.valid_from_at <= piece.c.valid_from_at,
        beside.c.valid_to_at > piece.c.valid_from_at,
    )
    # One row for each piece, however many logins an org may hold of a user.
    so = (
        sa.select(
            piece.c[key],
            piece.c.valid_from_at,
            *(sa.func.max(beside.c[name]).label(name) for name in (*flags, "team_name")),
        )
        .select_from(piece.join(beside, holds))
        .group_by(piece.c[key], piece.c.valid_from_at)
        .subquery("so")
    )
    is_same = sa.and_(so.c[key] == piece.c[key], so.c.valid_from_at == piece.c.valid_from_at)
    return (
        sa.select(
            piece,
            *((sa.func.coalesce(so.c[name], 0) == 1).label(name) for name in flags),
            so.c.team_name,
        )
        .select_from(piece.outerjoin(so, is_same))
        .subquery("account")
    )


def _hubspot_owners(zone: str) -> sa.Select:
    """One row per person that only HubSpot knows, and state of the owner; of one whom Salesforce has
    come to know, up to then.
    """
    person, owner, seen = staged.user, states("hubspot.owner"), _first_logins()
    account = states("salesforce.user")
    known = (
        sa.select(
            account.c.salesforce_user_id, sa.func.min(account.c.valid_from_at).label("known_at")
        )
        .group_by(account.c.salesforce_user_id)
        .subquery("known_to_salesforce")
    )
    return (
        sa.select(
            person.c.user_id,
            owner.c.valid_from_at,
            earlier_of(owner.c.valid_to_at, known.c.known_at),
            sa.literal("hubspot", sa.Text),
            person.c.user_name,
            person.c.email,
            # Roles are Salesforce's.
            sa.cast(sa.null(), sa.Text),
            sa.literal(NO_ROLE, sa.Text),
            sa.cast(sa.null(), sa.Text),
            owner.c.team_name,
            person.c.manager_user_id,
            sa.false(),
            sa.and_(person.c.is_human, sa.not_(owner.c.is_deleted)),
            local_date(person.c.created_at, zone),
            seen.c.first_login_at,
            sa.cast(sa.null(), sa.DateTime(timezone=True)),
            sa.false(),
        )
        .select_from(
            person.join(owner, owner.c.hubspot_owner_id == person.c.hubspot_owner_id)
            .outerjoin(known, known.c.salesforce_user_id == person.c.salesforce_user_id)
            .outerjoin(seen, seen.c.user_id == person.c.user_id)
        )
        .where(sa.or_(known.c.known_at.is_(None), owner.c.valid_from_at < known.c.known_at))
    )


def _first_logins() -> sa.Subquery:
    """One row per person known ever to have logged in: user_id, first_login_at.

    Both CRMs forget attempts; the latest login each version of a Salesforce user tells stays known.
    """
    attempt, person, account = login_attempts(), staged.user, VERSION["salesforce.user"]
    known = sa.union_all(
        sa.select(attempt.c.user_id, attempt.c.login_at).where(attempt.c.is_success),
        sa.select(person.c.user_id, account.c.last_login_at).select_from(
            person.join(account, account.c.salesforce_user_id == person.c.salesforce_user_id)
        ),
    ).subquery("known_login")
    return (
        sa.select(known.c.user_id, sa.func.min(known.c.login_at).label("first_login_at"))
        .group_by(known.c.user_id)
        .subquery("first_login")
    )


def _is_last_login_read() -> sa.ColumnElement[bool]:
    """Whether Salesforce lets us read latest logins; an org without a single one hides them."""
    account = CURRENT["salesforce.user"]
    return sa.exists(sa.select(sa.literal(1)).where(account.c.last_login_at.is_not(None)))
