"""Shared records that are compared one by one: a change of one reaches the records that name it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, folded
from include.facts.lookup import joined
from include.facts.records import content_columns, content_hash, record_hash
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT, VERSION


def shared_hash(record_id: Expression) -> Expression:
    """Hash of a shared record, by the id that others name it by."""
    return record_hash("shared", record_id)


def compared_records() -> dict[sa.Table, list[tuple[Expression, Expression]]]:
    """By shared table: the id that others name its records by, and a hash of what they read of one.

    What facts read of Salesforce's users beside stage.user is who is a program, and who had which
    role when; a login changes neither.
    """
    user, campaign, product = staged.user, facts.campaign, CURRENT["salesforce.product"]
    account, states = CURRENT["salesforce.user"], VERSION["salesforce.campaign"]
    said = content_columns(states)
    bare_campaign_id = sa.func.substr(
        campaign.c.campaign_id, sa.func.strpos(campaign.c.campaign_id, ":") + 1
    )
    return {
        user: [
            # Two ids of one user may be spelt alike, and must not cancel each other out.
            (user.c[name], content_hash(user, (sa.literal(name, sa.Text), *user.c)))
            for name in ("salesforce_user_id", "hubspot_owner_id", "hubspot_user_id")
        ],
        account: [
            (
                account.c.salesforce_user_id,
                content_hash(account, (folded(account.c.username), folded(account.c.email))),
            )
        ],
        VERSION["salesforce.user"]: _roles(),
        campaign: [(bare_campaign_id, content_hash(campaign, tuple(campaign.c)))],
        # Told by an id that none names: only the facts of campaigns themselves read their states.
        states: [
            (joined("states of ", states.c.salesforce_campaign_id), content_hash(states, said))
        ],
        product: [
            (
                product.c.salesforce_product_id,
                content_hash(product, content_columns(product)),
            )
        ],
    }


def _roles() -> list[tuple[Expression, Expression]]:
    """Users, by the ids of both CRMs, and each instant from which they had another role."""
    version, user = VERSION["salesforce.user"], staged.user
    by_user: dict[str, Any] = {
        "partition_by": version.c.salesforce_user_id,
        "order_by": version.c.modified_at,
    }
    told = (
        sa.select(
            version.c.salesforce_user_id,
            user.c.hubspot_owner_id,
            version.c.role_id,
            version.c.modified_at,
            sa.or_(
                sa.func.row_number().over(**by_user) == 1,
                sa.func.lag(version.c.role_id).over(**by_user).is_distinct_from(version.c.role_id),
            ).label("is_other"),
        )
        .select_from(
            version.outerjoin(user, user.c.salesforce_user_id == version.c.salesforce_user_id)
        )
        .subquery("told_role")
    )
    return [
        (
            told.c[name],
            sa.case(
                (
                    told.c.is_other,
                    content_hash(
                        version,
                        (sa.literal(name, sa.Text), told.c.role_id, told.c.modified_at),
                    ),
                ),
                else_=sa.literal(0, sa.BigInteger),
            ),
        )
        for name in ("salesforce_user_id", "hubspot_owner_id")
    ]
