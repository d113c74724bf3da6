"""Who moves to another team, or leaves, takes nothing along of what was done in the team before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.facts.refresh import refresh_facts
from include.stage.unify import unify
from include.tables import SOURCE_OBJECTS, facts
from tests.facts.agreements import contract, contract_line
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    opportunity,
    put,
    stages,
    user_of,
    version,
    with_choices,
)
from tests.metrics.builders import compute, loaded, values

MAY = at("2026-05-01")


def owner(
    key: str, modified: str, team: str | None, created: str = "2025-01-01", **said: bool
) -> Version:
    """An owner of HubSpot, as it has been since a change."""
    values = {"email": f"{key}@x.com", "team_name": team, "created_at": at(created)}
    return version("hubspot.owner", key, modified, **said, **values)


def account(key: str, modified: str = "2025-01-01", role: str | None = None) -> Version:
    """A user of Salesforce with the mail address of the owner of that key."""
    values = {
        "username": key, "email": f"{key}@x.com", "user_type": "Standard", "is_active": True,
        "role_id": role, "created_at": at("2025-01-01"),
    }  # fmt: skip
    return version("salesforce.user", key, modified, **values)


def teams(rows: list[sa.Row[Any]], day: str) -> dict[str, str | None]:
    return {key: row.team_name for key, row in as_of(rows, day).items()}


def test_a_user_has_the_team_of_the_time(warehouse, settings):
    """Both go South on 15 March. Of B, HubSpot was told in 2026 only: where it is first known to be
    it was before. Both leave in April, and nobody says a team of who has left.
    """
    put(
        warehouse,
        *(
            state
            for key, created in (("a", "2025-01-01"), ("b", "2026-02-01"))
            for state in (
                owner(key, created, "North", created),
                owner(key, "2026-03-15", "South", created),
                owner(key, "2026-04-10", None, created, deleted=True),
            )
        ),
        user_of("hubspot:a", hubspot_owner_id="a"),
        account("b"),
        user_of("salesforce:b", salesforce_user_id="b", hubspot_owner_id="b"),
    )
    rows = built(warehouse, with_choices(settings), facts.user)
    assert teams(rows, "2025-06-01") == {"a": "North", "b": "North"}
    assert teams(rows, "2026-03-14T23:59") == {"a": "North", "b": "North"}
    assert teams(rows, "2026-03-15") == {"a": "South", "b": "South"}
    assert teams(rows, "2026-04-11") == {"a": None, "b": None}


def by(engine: sa.Engine, metric_id: str, cut: str) -> dict[str, Decimal]:
    """Numerators of March by the names of a slice's members."""
    period = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    found = values(engine, metric_id, slice_id=cut, **period)
    return {row.slice_label: row.numerator for row in found.values()}


def test_what_was_done_stays_with_team_and_role_of_its_day(warehouse, settings):
    """Ann is of North, and a seller, until 15 April, and then of South, and a lead. In March she won 100,
    closed a case and a task, worked 300 seconds, got a lead, billed 70, and had a contract of 12 a
    month; Bob of the second line owned that case.
    """

    def role(key: str) -> Version:
        return version("salesforce.user_role", key, "2025-01-01", role_name=key)

    closed = {"is_closed": True, "case_status": "Closed", "closed_at": at("2026-03-10T12:00")}
    put(
        warehouse,
        *stages(),
        role("seller"),
        role("lead"),
        account("ann", role="seller"),
        account("ann", "2026-04-15", role="lead"),
        account("bob", role="seller"),
        owner("ann", "2025-01-01", "North"),
        owner("ann", "2026-04-15", "South"),
        owner("bob", "2025-01-01", "Second line"),
        opportunity("O", "2026-03-01", "2026-03-10", "won", 100, owner_user_id="ann"),
        version(
            "salesforce.case", "C", "2026-03-10T12:00", created_at=at("2026-03-10T10:00"),
            owner_user_id="bob", origin="Web", **closed,
        ),
        version(
            "salesforce.case_comment", "R", "2026-03-10T11:00", case_id="C", is_published=True,
            created_at=at("2026-03-10T11:00"), created_by_user_id="ann",
        ),
        version(
            "salesforce.agent_work", "W", "2026-03-10T12:00", created_at=at("2026-03-10T10:00"),
            accepted_at=at("2026-03-10T10:00"), closed_at=at("2026-03-10T12:00"), work_item_id="C",
            handle_seconds=300, agent_user_id="ann", work_status="Closed",
        ),
        version(
            "salesforce.task", "T", "2026-03-10", created_at=at("2026-03-01"), is_closed=True,
            completed_at=at("2026-03-10"), owner_user_id="ann",
        ),
        version(
            "salesforce.account", "A", "2026-03-10", created_at=at("2026-03-10"),
            created_by_user_id="ann", owner_user_id="ann",
        ),
    )  # fmt: skip
    put(
        warehouse,
        version(
            "salesforce.lead", "L", "2026-03-10", created_at=at("2026-03-10"), email="l@l.com",
            owner_user_id="ann",
        ),
        version(
            "salesforce.order", "B", "2026-03-10", created_at=at("2026-03-10"), account_id="A",
            status_code="Activated", activated_at=at("2026-03-10"), total_amount_original=70,
            owner_user_id="ann",
        ),
        # A year from 11 March 2025 on, for 144: due in March, and renewed by another.
        *(
            state
            for key, start, last in (
                ("K", "2025-03-11", "2026-03-10"), ("K2", "2026-03-11", "2027-03-10"),
            )
            for state in (
                contract(key, "A", start, last, owner_user_id="ann"),
                contract_line(key, key, 144, created=start),
            )
        ),
    )  # fmt: skip
    chosen = with_choices(settings)
    unify(warehouse, chosen)
    refresh_facts(warehouse, chosen, MAY)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    metrics = [
        "sales_performance", "time_to_resolution", "frt", "aht", "activities_completed",
        "accounts_created_by_owner_role", "leads_generated", "revenue_billed", "mrr", "renewal_rate",
    ]  # fmt: skip
    compute(warehouse, MAY, metrics)
    assert by(warehouse, "sales_performance", "team") == {"North": 100}
    # Two hours, of who owned the case; the answer after one of them is Ann's.
    assert by(warehouse, "time_to_resolution", "team") == {"Second line": 7200}
    assert by(warehouse, "time_to_resolution", "role") == {"seller": 7200}
    assert by(warehouse, "frt", "team") == {"North": 3600}
    assert by(warehouse, "aht", "team") == {"North": 300}
    assert by(warehouse, "aht", "role") == {"seller": 300}
    assert by(warehouse, "activities_completed", "team") == {"North": 1}
    assert by(warehouse, "activities_completed", "role") == {"seller": 1}
    assert by(warehouse, "accounts_created_by_owner_role", "team") == {"North": 1}
    for metric, value in (("leads_generated", 1), ("revenue_billed", 70), ("mrr", 12)):
        assert by(warehouse, metric, "role") == {"seller": value}
    assert by(warehouse, "renewal_rate", "role") == {"seller": 1}
