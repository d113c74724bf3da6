"""Whose records are staged: one org of Salesforce, one account of HubSpot."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.errors import StopError
from include.tables.objects import source_object
from include.tables.stage import CURRENT

# The objects of one row that say which org or account it is.
ACCOUNT_OBJECTS = {"salesforce": "salesforce.organization", "hubspot": "hubspot.account"}


def staged_accounts(engine: sa.Engine, crm: str) -> frozenset[str]:
    """Ids of the org or account whose records are staged; none before it was read, or if it is hidden."""
    object_id = ACCOUNT_OBJECTS[crm]
    account = CURRENT[object_id]
    key = account.c[source_object(object_id).key_column]
    with engine.connect() as connection:
        return frozenset(connection.scalars(sa.select(key).where(~account.c.is_deleted)))


def check_account(staged: frozenset[str], crm: str, account_id: str, connection_id: str) -> None:
    """Refuse to read another org or account than the one whose records are staged.

    By change, of the other one only what changes from now on would come: figures of two companies,
    one of them in part.

    Raises:
        StopError: it is another one.
    """
    if staged and account_id not in staged:
        object_id = ACCOUNT_OBJECTS[crm]
        raise StopError(
            f"The connection {connection_id} leads to {object_id} {account_id}, and the warehouse holds "
            f"the records of {', '.join(sorted(staged))}.",
            "Correct the connection, or give the other one a warehouse (crm_warehouse) and a data folder of its own. If both "
            "hold the same records, as a Salesforce sandbox does that was refreshed, delete the old row "
            f"of {CURRENT[object_id].fullname}. Then clear the task.",
        )
