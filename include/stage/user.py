"""Users: the Salesforce users and HubSpot owners that are one person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.strict import folded_text
from include.stage import keys
from include.tables import stage
from include.tables.stage import CURRENT

NO_ROLE = "(no role)"


def user(connection: sa.Connection, settings: Settings) -> None:
    """One row per user of either CRM.

    A Salesforce user and a HubSpot owner with one mail address are one user. Where a CRM holds an
    address more than once, the best are paired first, and what is left over stays a user of its
    own: no record of either CRM gets lost.
    """
    account, owner = _salesforce_users(settings), _hubspot_owners(settings)
    role, manager = CURRENT["salesforce.user_role"], CURRENT["salesforce.user"].alias("manager")
    is_paired = sa.and_(account.c.email == owner.c.email, account.c.rank == owner.c.rank)
    table = stage.user
    values = {
        "user_id": sa.func.coalesce(account.c.user_id, owner.c.user_id),
        "user_name": sa.func.coalesce(account.c.user_name, owner.c.user_name),
        "email": sa.func.coalesce(account.c.email, owner.c.email),
        "salesforce_user_id": account.c.record_id,
        "hubspot_owner_id": owner.c.record_id,
        "hubspot_user_id": owner.c.hubspot_user_id,
        "role_id": account.c.role_id,
        "role_name": sa.func.coalesce(role.c.role_name, NO_ROLE),
        "team_name": owner.c.team_name,
        "manager_user_id": sa.literal("salesforce:", sa.Text).concat(manager.c.salesforce_user_id),
        "is_active": sa.or_(
            sa.func.coalesce(account.c.is_active, sa.false()),
            sa.func.coalesce(owner.c.is_active, sa.false()),
        ),
        "is_human": sa.and_(
            # What Salesforce calls a user says more than HubSpot's PERSON.
            sa.func.coalesce(account.c.is_person, owner.c.is_person),
            ~sa.func.coalesce(account.c.is_program, sa.false()),
            ~sa.func.coalesce(owner.c.is_program, sa.false()),
        ),
        "created_at": sa.func.least(account.c.created_at, owner.c.created_at),
    }
    rows = sa.select(*(values[column.name].label(column.name) for column in table.c)).select_from(
        account.outerjoin(owner, is_paired, full=True)
        .outerjoin(role, role.c.salesforce_user_role_id == account.c.role_id)
        .outerjoin(manager, manager.c.salesforce_user_id == account.c.manager_user_id)
    )
    connection.execute(table.delete())
    connection.execute(table.insert().from_select([column.name for column in table.c], rows))


def _salesforce_users(settings: Settings) -> sa.Subquery:
    """One row per Salesforce user, ranked among those with its mail address."""
    account = CURRENT["salesforce.user"]
    email = keys.mail_address(account.c.email)
    programs = _folded(settings.sources.salesforce.integration_users)
    is_person = sa.func.coalesce(account.c.user_type, "Standard") == "Standard"
    is_program = _is_listed(programs, account.c.username, account.c.email)
    is_active = sa.and_(sa.func.coalesce(account.c.is_active, sa.false()), ~account.c.is_deleted)
    return sa.select(
        sa.literal("salesforce:", sa.Text).concat(account.c.salesforce_user_id).label("user_id"),
        account.c.salesforce_user_id.label("record_id"),
        account.c.user_name,
        email.label("email"),
        account.c.role_id,
        account.c.manager_user_id,
        account.c.created_at,
        is_active.label("is_active"),
        is_person.label("is_person"),
        is_program.label("is_program"),
        _rank(email, is_active, is_person, is_program, account.c.salesforce_user_id),
    ).subquery("account")


def _hubspot_owners(settings: Settings) -> sa.Subquery:
    """One row per HubSpot owner, ranked among those with its mail address."""
    owner = CURRENT["hubspot.owner"]
    email = keys.mail_address(owner.c.email)
    programs = _folded(settings.sources.hubspot.integration_users)
    is_program = _is_listed(programs, owner.c.email)
    is_person = sa.func.coalesce(owner.c.owner_type, "PERSON") == "PERSON"
    name = sa.func.nullif(sa.func.concat_ws(" ", owner.c.first_name, owner.c.last_name), "")
    return sa.select(
        sa.literal("hubspot:", sa.Text).concat(owner.c.hubspot_owner_id).label("user_id"),
        owner.c.hubspot_owner_id.label("record_id"),
        name.label("user_name"),
        email.label("email"),
        owner.c.hubspot_user_id,
        owner.c.team_name,
        owner.c.created_at,
        (~owner.c.is_deleted).label("is_active"),
        is_person.label("is_person"),
        is_program.label("is_program"),
        _rank(email, ~owner.c.is_deleted, is_person, is_program, owner.c.hubspot_owner_id),
    ).subquery("owner")


def _rank(
    email: sa.ColumnElement[Any],
    is_active: sa.ColumnElement[bool],
    is_person: sa.ColumnElement[bool],
    is_program: sa.ColumnElement[bool],
    record_id: sa.ColumnElement[Any],
) -> sa.Label[Any]:
    """Position among the records with one mail address: people who may log in come first.

    A program often has the address of whoever set it up, and must not take the owner from them.
    """
    order = (
        sa.case((is_program, 1), else_=0),
        sa.case((is_active, 0), else_=1),
        sa.case((is_person, 0), else_=1),
        record_id,
    )
    return sa.func.row_number().over(partition_by=email, order_by=order).label("rank")


def _folded(names: list[str]) -> list[str]:
    return [folded_text(name) for name in names]


def _is_listed(names: list[str], *columns: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether one of the columns holds one of the names, whatever its case."""
    listed = (sa.func.lower(sa.func.btrim(column)).in_(names) for column in columns)
    return sa.func.coalesce(sa.or_(*listed), sa.false())
