"""Who is who across both CRMs: customers, people and users, rebuilt whole from staging."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage.customer import customer, customer_match, customer_member
from include.stage.person import person
from include.stage.user import user
from include.tables.ops import extract_window


def unify(engine: sa.Engine, settings: Settings) -> None:
    """Rebuild stage.customer_match, customer_member, customer, person and user.

    All in one transaction: a reader sees the tables of before or those of after, never a member of
    a customer that is not there. The ledger then says of which batches they are made.
    """
    with engine.begin() as connection:
        connection.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("stage.unify", 0)))
        )
        # Before anything is read: what is loaded from now on is left for the next time.
        ledger = extract_window.c
        is_new = ledger.status == "loaded", sa.not_(ledger.is_unified)
        connection.execute(extract_window.update().where(*is_new).values(is_unified=True))
        customer_match(connection)
        customer_member(connection)
        customer(connection, settings)
        person(connection)
        user(connection, settings)
