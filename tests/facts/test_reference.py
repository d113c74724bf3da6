"""The dimensions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from include.facts.refresh import refresh_facts
from include.tables import facts, metadata
from include.tables import stage as staged
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    hubspot_stages,
    member,
    opportunity,
    put,
    stages,
    user_of,
    version,
    with_choices,
)


def test_channels_are_those_of_the_settings(warehouse, settings):
    rows = {row.channel: row for row in built(warehouse, settings, facts.channel)}
    assert set(rows) == {channel.id for channel in settings.channels.channels}
    assert rows["paid_search"].is_marketing
    assert not rows["unknown"].is_marketing
    sources = {
        row.source_value: row.channel for row in built(warehouse, settings, facts.channel_source)
    }
    assert sources["google ads"] == "paid_search"
    assert all(value == value.strip().lower() for value in sources)


def test_stages_of_both_crms(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        version(
            "hubspot.deal_stage",
            "7:x",
            "2025-01-01",
            pipeline_id="7",
            stage_id="x",
            stage_label="X",
            probability_rate=1,
        ),
        opportunity("A", "2026-01-01", "2026-02-01", "open"),
        opportunity("B", "2026-01-01", "2026-02-01", "open", record_type_id="012A"),
    )
    rows = {row.stage_id: row for row in built(warehouse, with_choices(settings), facts.stage)}
    # Four stages for each of two record types, three of HubSpot's default pipeline and one more.
    assert len(rows) == 4 * 2 + 3 + 1
    won = rows["salesforce:012A:Closed Won"]
    assert (won.pipeline_id, won.is_closed, won.is_won, won.probability_rate) == (
        "salesforce:012A",
        True,
        True,
        1,
    )
    assert rows["salesforce:master:Negotiation"].probability_rate == Decimal("0.6")
    assert (
        rows["hubspot:default:closedlost"].is_closed,
        rows["hubspot:default:closedlost"].is_won,
    ) == (True, False)
    # A stage that does not say whether it is closed: certainty tells.
    assert (rows["hubspot:7:x"].is_closed, rows["hubspot:7:x"].is_won) == (True, True)


def test_campaigns_map_to_channels_by_type(warehouse, settings):
    put(
        warehouse,
        version("salesforce.campaign", "701A", "2026-01-01", campaign_type=" webinar "),
        version("salesforce.campaign", "701B", "2026-01-01", campaign_type="Skywriting"),
        version("hubspot.campaign", "c1", "2026-01-01", campaign_name="Spring"),
    )
    rows = {row.campaign_id: row.channel for row in built(warehouse, settings, facts.campaign)}
    assert rows == {
        "salesforce:701A": "event",
        "salesforce:701B": "unknown",
        "hubspot:c1": "unknown",
    }


def test_a_customer_knows_its_first_counted_win(warehouse, settings):
    customers = [
        (
            staged.customer,
            {
                "customer_id": key,
                "created_at": at("2025-01-01"),
                "is_deleted": False,
                "segment": segment,
            },
        )
        for key, segment in (("salesforce:001A", "small"), ("salesforce:001B", None))
    ]
    put(
        warehouse,
        *stages(),
        *customers,
        member("salesforce", "001A", "salesforce:001A"),
        opportunity("A", "2026-01-01", "2026-03-02", "won", account_id="001A"),
        opportunity("B", "2026-01-01", "2026-02-02", "won", account_id="001A"),
        opportunity("C", "2026-01-01", "2026-01-15", "lost", account_id="001A"),
        # Won first, but deleted since, or not a sale.
        opportunity("D", "2026-01-01", "2026-01-10", "won", account_id="001A"),
        opportunity(
            "D",
            "2026-01-01",
            "2026-01-10",
            "won",
            account_id="001A",
            modified="2026-04-01",
            deleted=True,
        ),
        opportunity(
            "E", "2026-01-01", "2026-01-11", "won", account_id="001A", record_type_id="012X"
        ),
    )
    choices = with_choices(settings, salesforce={"sales_pipelines": ["012Y", "012Z"]})
    rows = {row.customer_id: row for row in built(warehouse, choices, facts.customer)}
    assert rows["salesforce:001A"].first_won_date is None
    put(
        warehouse,
        opportunity(
            "F", "2026-01-01", "2026-02-20", "won", account_id="001A", record_type_id="012Y"
        ),
    )
    rows = {row.customer_id: row for row in built(warehouse, choices, facts.customer)}
    assert rows["salesforce:001A"].first_won_date == date(2026, 2, 20)
    every = {
        row.customer_id: row for row in built(warehouse, with_choices(settings), facts.customer)
    }
    assert every["salesforce:001A"].first_won_date == date(2026, 1, 11)
    assert every["salesforce:001B"].first_won_date is None
    assert every["salesforce:001B"].segment == "unknown"


def test_users_have_a_history_and_leavers_stay_uncounted(warehouse, settings):
    def account(key: str, modified: str, active: bool, role: str | None) -> object:
        return version(
            "salesforce.user",
            key,
            modified,
            username=key,
            is_active=active,
            role_id=role,
            profile_id="00e1" if role else None,
            created_at=at("2025-01-01"),
        )

    put(
        warehouse,
        version("salesforce.user_role", "00E1", "2025-01-01", role_name="AE"),
        version("salesforce.profile", "00e1", "2025-01-01", profile_name="Sales User"),
        account("005A", "2025-02-01", True, None),
        account("005A", "2026-01-10", True, "00E1"),
        account("005A", "2026-03-10", False, "00E1"),
        account("005B", "2025-02-01", True, "00E1"),
        version("hubspot.owner", "9", "2025-01-01", created_at=at("2025-01-01")),
        version("hubspot.owner", "9", "2026-02-01", deleted=True, created_at=at("2025-01-01")),
        user_of("salesforce:005A", salesforce_user_id="005A"),
        user_of("salesforce:005B", salesforce_user_id="005B", is_human=False),
        user_of("hubspot:9", hubspot_owner_id="9"),
        # Left Salesforce, still in HubSpot.
        account("005C", "2025-02-01", False, None),
        version("hubspot.owner", "7", "2025-01-01", created_at=at("2025-01-01")),
        user_of("salesforce:005C", salesforce_user_id="005C", hubspot_owner_id="7"),
    )
    rows = built(warehouse, with_choices(settings), facts.user)

    def seen(day: str) -> dict[str, tuple[str, bool]]:
        return {key: (row.role_name, row.is_counted) for key, row in as_of(rows, day).items()}

    assert seen("2025-06-01") == {
        "005A": ("(no role)", True),
        "005B": ("AE", False),
        "005C": ("(no role)", True),
        "9": ("(no role)", True),
    }
    assert seen("2026-02-15") == {
        "005A": ("AE", True),
        "005B": ("AE", False),
        "005C": ("(no role)", True),
        "9": ("(no role)", False),
    }
    assert seen("2026-04-01")["005A"] == ("AE", False)
    profiles = {key: row.profile_name for key, row in as_of(rows, "2026-02-15").items()}
    assert profiles == {"005A": "Sales User", "005B": "Sales User", "005C": None, "9": None}


def test_roles_are_those_of_salesforce(warehouse, settings):
    put(
        warehouse,
        version(
            "salesforce.user_role", "00E1", "2025-01-01", role_name="AE", parent_role_id="00E2"
        ),
    )
    assert built(warehouse, settings, facts.role) == [("00E1", "AE", "00E2")]


def test_building_again_replaces_and_never_adds(warehouse, settings):
    put(warehouse, *stages(), opportunity("A", "2026-01-01", "2026-02-01", "won"))
    first = refresh_facts(warehouse, with_choices(settings), at("2026-03-01")).row_counts
    again = refresh_facts(warehouse, with_choices(settings), at("2026-03-02"), "asked for")
    assert again.row_counts == first
    assert first["deal"] == 2
    with warehouse.connect() as connection:
        for table in metadata.sorted_tables:
            if table.schema == "facts":
                counted = connection.scalar(sa.select(sa.func.count()).select_from(table))
                assert counted == first.get(table.name, 0), table.name


def test_logins_are_known_as_far_as_the_crms_remember(warehouse, settings):
    def account(key: str, modified: str, last_login: str | None) -> Version:
        return version(
            "salesforce.user",
            key,
            modified,
            username=key,
            is_active=True,
            last_login_at=at(last_login) if last_login else None,
            created_at=at("2025-01-01"),
        )

    def attempt(key: str, user: str, when: str, status: str = "Success") -> Version:
        return version(
            "salesforce.login", key, when, user_id=user, login_at=at(when), login_status=status
        )

    put(
        warehouse,
        account("005A", "2026-01-10", "2025-06-01"),
        account("005A", "2026-03-10", "2026-03-09"),
        account("005B", "2026-01-10", None),
        account("005C", "2026-01-10", None),
        attempt("1", "005A", "2026-03-09"),
        attempt("2", "005B", "2026-03-01", "Invalid Password"),
        attempt("3", "005B", "2026-03-02"),
        attempt("4", "005C", "2026-03-02", "Invalid Password"),
        version("hubspot.owner", "9", "2025-01-01", created_at=at("2025-01-01")),
        version("hubspot.login", "L", "2026-02-01", hubspot_user_id="77",
                login_at=at("2026-02-01"), is_success=True),
        *(
            user_of(f"salesforce:{key}", salesforce_user_id=key)
            for key in ("005A", "005B", "005C")
        ),
        user_of("hubspot:9", hubspot_owner_id="9", hubspot_user_id="77"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.user)
    users = {
        key: (row.first_login_at, row.last_login_at, row.is_login_known)
        for key, row in as_of(rows, "2026-04-01").items()
    }
    assert users == {
        # The history has forgotten June; the user's earlier version has not.
        "005A": (at("2025-06-01"), at("2026-03-09"), True),
        "005B": (at("2026-03-02"), None, True),
        "005C": (None, None, True),
        "9": (at("2026-02-01"), None, False),
    }
    # A state tells the latest login it knew of.
    assert as_of(rows, "2026-02-01")["005A"].last_login_at == at("2025-06-01")


def test_an_org_that_hides_logins_tells_none(warehouse, settings):
    put(
        warehouse,
        version("salesforce.user", "005A", "2026-01-10", username="a", is_active=True,
                created_at=at("2025-01-01")),
        user_of("salesforce:005A", salesforce_user_id="005A"),
    )  # fmt: skip
    (row,) = built(warehouse, with_choices(settings), facts.user)
    assert (row.is_login_known, row.first_login_at) == (False, None)
