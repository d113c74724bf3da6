"""facts.deal_credit: who is credited with which share of a deal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from include.tables import facts
from tests.facts.builders import (
    END,
    Version,
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    opportunity,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

REVENUE, OVERLAY, OTHER_FIELD = "149R", "149V", "149A"
APRIL = "2026-04-01"
Amounts = dict[str, Decimal | None]


def types() -> Iterator[Version]:
    """The two types every org has, and one that shares out another field and was there before."""
    for key, field, is_total in (
        (REVENUE, "Amount", True),
        (OVERLAY, "Amount", False),
        (OTHER_FIELD, "ExpectedRevenue", True),
    ):
        yield version(
            "salesforce.opportunity_split_type",
            key,
            "2025-01-01",
            split_field=field,
            is_total_validated=is_total,
            is_active=True,
        )


def users() -> Iterator[Any]:
    for letter in "ABC":
        yield user_of(
            f"user-{letter}",
            salesforce_user_id=f"005{letter}",
            hubspot_owner_id=f"7{letter}",
            role_id=f"role-{letter}",
        )


def split(
    owner: str,
    percent: float | None,
    since: str = "2026-01-15",
    deal: str = "O2",
    kind: str | None = REVENUE,
    **more: Any,
) -> Version:
    """A share of an opportunity, made and read at one instant unless said."""
    return version(
        "salesforce.opportunity_split",
        f"{deal}{owner}{kind}",
        more.pop("modified", since),
        deleted=more.pop("deleted", False),
        opportunity_id=deal,
        owner_user_id=owner,
        split_type_id=kind,
        split_percent=percent,
        created_at=at(since),
    )


def hubspot_split(owner: str, rate: float, since: str, deal: str = "9") -> Version:
    return version(
        "hubspot.deal_split",
        f"{deal}:{owner}",
        since,
        deal_id=deal,
        owner_id=owner,
        split_rate=rate,
        created_at=at(since),
    )


def won(key: str = "O2", amount: float | None = 3000, **more: Any) -> Version:
    """A deal of user A, won on 11 March."""
    return opportunity(key, "2026-01-10", "2026-03-11", "won", amount, **more)


@pytest.fixture
def credited(warehouse, settings):
    """The credits as of an instant, by deal and user, of what is staged beside users and stages."""

    def call(*staged: Any, instant: str = APRIL, **choices: Any) -> list[Any]:
        put(warehouse, *stages(), *hubspot_stages(), *users(), *staged)
        rows = built(warehouse, with_choices(settings, **choices), facts.deal_credit)
        return list(as_of(rows, instant).values())

    return call


def amounts(rows: list[Any]) -> dict[str, Amounts]:
    """Credited amounts by deal and user."""
    found: dict[str, Amounts] = {}
    for row in rows:
        user = (row.owner_user_id or "(none)").removeprefix("user-")
        of_deal = found.setdefault(row.deal_id.split(":")[1], {})
        assert user not in of_deal
        of_deal[user] = row.credit_amount
    return found


def test_a_deal_without_splits_is_its_owners(credited) -> None:
    (row,) = credited(*types(), won(account_id="001A", record_type_id="012X"))
    assert (row.deal_credit_id, row.owner_user_id, row.role_id) == (
        "salesforce:O2:user-A", "user-A", "role-A",
    )  # fmt: skip
    assert (row.credit_rate, row.credit_amount, row.is_leading) == (1, 3000, True)
    assert (row.pipeline_id, row.is_won, row.is_counted) == ("salesforce:012X", True, True)
    assert str(row.closed_date) == "2026-03-11"


def test_nobody_owns_all_of_a_deal_without_an_owner(credited) -> None:
    (row,) = credited(won(owner_user_id="005Z"))
    assert (row.deal_credit_id, row.owner_user_id, row.credit_amount) == (
        "salesforce:O2:none", None, 3000,
    )  # fmt: skip


def test_two_owners_share_sixty_to_forty(credited) -> None:
    rows = credited(*types(), won(), split("005A", 40), split("005B", 60))
    # 60 % and 40 % of 3000.
    assert amounts(rows) == {"O2": {"A": 1200, "B": 1800}}
    assert {row.owner_user_id: (row.role_id, row.credit_rate, row.is_leading) for row in rows} == {
        "user-A": ("role-A", Decimal("0.4"), False),
        "user-B": ("role-B", Decimal("0.6"), True),
    }


def test_who_shares_a_deal_does_in_the_role_of_then(credited) -> None:
    """B, who shared the deal won on 11 March, is role-B now and was a seller until 20 March."""

    def role_of_b(modified: str, role_id: str) -> Version:
        return version(
            "salesforce.user", "005B", modified, username="b", is_active=True, role_id=role_id,
            created_at=at("2025-01-01"),
        )  # fmt: skip

    rows = credited(
        *types(),
        won(),
        opportunity("O3", "2026-01-10", "2026-04-30", "open", 100),
        *(split(owner, 50, deal=deal) for owner in ("005A", "005B") for deal in ("O2", "O3")),
        role_of_b("2025-01-01", "seller"),
        role_of_b("2026-03-20", "role-B"),
    )
    found = {(row.deal_id[-2:], row.owner_user_id): row.role_id for row in rows}
    assert found == {
        ("O2", "user-A"): "role-A",
        ("O2", "user-B"): "seller",
        ("O3", "user-A"): "role-A",
        ("O3", "user-B"): "role-B",
    }


def test_the_last_of_three_takes_what_rounding_leaves(credited) -> None:
    third = Decimal("33.3333")
    rows = credited(
        *types(),
        won(amount=100.01),
        *(split(f"005{letter}", third) for letter in "ABC"),
    )
    # 100.01 * 0.333333 = 33.336633 (33.33663333 rounded), twice; 100.01 - 66.673266 = 33.336734.
    share = Decimal("33.336633")
    assert amounts(rows) == {"O2": {"A": share, "B": share, "C": Decimal("33.336734")}}
    # Of equal shares one stands for the deal where deals are counted, and only one.
    assert [row.owner_user_id for row in rows if row.is_leading] == ["user-A"]


def test_an_overlay_and_the_splits_of_another_field_are_no_credit(credited) -> None:
    rows = credited(
        *types(),
        won(),
        split("005A", 70),
        split("005B", 30),
        split("005C", 100, kind=OVERLAY),
        split("005C", 50, kind=OTHER_FIELD),
        split("005B", 50, kind=OTHER_FIELD),
    )
    assert amounts(rows) == {"O2": {"A": 2100, "B": 900}}


def test_without_types_to_tell_them_apart_shares_must_come_to_the_whole(credited) -> None:
    rows = credited(
        won(),
        split("005A", 70),
        split("005B", 30),
        won("O4", 500),
        split("005A", 70, deal="O4"),
        split("005B", 30, deal="O4"),
        # An overlay beside them: 200 % in all, and nobody says which of them count.
        split("005C", 100, deal="O4", kind=OVERLAY),
    )
    assert amounts(rows) == {"O2": {"A": 2100, "B": 900}, "O4": {"A": 500}}


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        # 50 + 49 = 99 %, and the deal is its owner's.
        ((50, 49), {"A": 3000}),
        # 0.5 + 0.50005 is within 0.0001 of the whole: B has 0.50005 * 3000, and A the rest of it.
        ((50, Decimal("50.005")), {"A": Decimal("1499.85"), "B": Decimal("1500.15")}),
        # Beyond the tolerance of 0.0001: 0.5 + 0.5002.
        ((50, Decimal("50.02")), {"A": 3000}),
        ((50, None), {"A": 3000}),
        # The owner gave all of it away.
        ((0, 100), {"B": 3000}),
    ],
)
def test_shares_that_do_not_come_to_the_whole_are_not_used(credited, shares, expected) -> None:
    rows = credited(*types(), won(), split("005A", shares[0]), split("005B", shares[1]))
    assert amounts(rows) == {"O2": expected}


def test_one_owner_alone_says_no_more_than_the_deal(credited) -> None:
    """Salesforce names the owner of every deal, and moves that split when the owner changes."""
    rows = credited(*types(), won(), split("005B", 100))
    assert amounts(rows) == {"O2": {"A": 3000}}


def test_what_a_deal_was_split_into_before_stays_what_it_was(warehouse, settings) -> None:
    """Half and half until 20 March, then 90 to 10; C came and went again in between."""
    put(
        warehouse,
        *stages(),
        *users(),
        *types(),
        won(),
        split("005A", 50),
        split("005B", 50),
        split("005A", 90, modified="2026-03-20"),
        split("005B", 10, modified="2026-03-20"),
        split("005C", 20, since="2026-03-25"),
        split("005C", 20, since="2026-03-25", modified="2026-03-27", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.deal_credit)

    def stood(instant: str) -> Amounts:
        return amounts(list(as_of(rows, instant).values()))["O2"]

    # Of 3000: all while nobody was named, 1500 each, 2700 and 300.
    assert stood("2026-01-12") == {"A": 3000}
    assert stood("2026-03-12") == {"A": 1500, "B": 1500}
    assert stood("2026-03-19T23:59") == {"A": 1500, "B": 1500}
    assert stood("2026-03-20") == {"A": 2700, "B": 300}
    # 90 + 10 + 20 = 120 %.
    assert stood("2026-03-26") == {"A": 3000}
    assert stood("2026-03-28") == {"A": 2700, "B": 300}
    # The deal was won in between, and that is a state of its own.
    won_rows = [row for row in rows if row.is_won and row.owner_user_id == "user-A"]
    assert [(row.valid_from_at, row.credit_amount) for row in won_rows] == [
        (at("2026-03-11"), 1500),
        (at("2026-03-20"), 2700),
        (at("2026-03-25"), 3000),
        (at("2026-03-27"), 2700),
    ]
    assert won_rows[-1].valid_to_at == END


def test_of_a_deal_in_both_crms_the_copy_that_counts_has_its_own_splits(credited) -> None:
    rows = credited(
        *types(),
        won(),
        hubspot_deal(
            "9", "2026-01-10", "2026-03-11", "2026-03-11", stage_id="closedwon",
            amount_original=3000, owner_id="7C", salesforce_opportunity_id="O2",
        ),
        split("005A", 40),
        split("005B", 60),
        hubspot_split("7A", 0.5, "2026-01-15"),
        hubspot_split("7C", 0.5, "2026-01-15"),
    )  # fmt: skip
    assert amounts([row for row in rows if row.is_counted]) == {"O2": {"A": 1200, "B": 1800}}
    assert amounts([row for row in rows if not row.is_counted]) == {"9": {"A": 1500, "C": 1500}}


def test_hubspots_splits_and_its_markers(credited) -> None:
    rows = credited(
        hubspot_deal(
            "9", "2026-01-10", "2026-03-11", "2026-03-11", stage_id="closedwon",
            amount_original=200, owner_id="7A",
        ),
        hubspot_split("7A", 0.75, "2026-01-15"),
        hubspot_split("7B", 0.25, "2026-01-15"),
        version("hubspot.deal_split", "9:*", "2026-01-15", deal_id="9"),
    )  # fmt: skip
    assert amounts(rows) == {"9": {"A": 150, "B": 50}}


def test_a_deal_without_an_amount_is_credited_without_one(credited) -> None:
    rows = credited(*types(), won(amount=None), split("005A", 40), split("005B", 60))
    assert amounts(rows) == {"O2": {"A": None, "B": None}}
    assert all(row.is_amount_missing and row.is_won for row in rows)


def test_who_is_no_user_we_know_keeps_a_share_of_its_own(credited) -> None:
    rows = credited(*types(), won(), split("005A", 40), split("005Y", 30), split("005Z", 30))
    assert sorted((row.owner_user_id or "", row.credit_amount) for row in rows) == [
        ("", 900), ("", 900), ("user-A", 1200),
    ]  # fmt: skip
