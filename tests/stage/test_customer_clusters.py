"""What evidence ties together, from one customer to the clusters that are too large to be one."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from include.core.settings import Settings
from include.stage.unify import unify
from include.tables.stage import CURRENT, record_merge
from tests.stage.landed_batches import at, rows
from tests.stage.staged_records import merge, stage
from tests.stage.test_customer import MATCHES, MEMBERS, everything, members


@pytest.mark.parametrize(("account_count", "is_one"), [(24, True), (25, False)])
def test_clusters_of_more_than_25_are_not_joined(
    warehouse: sa.Engine, settings: Settings, account_count: int, is_one: bool
) -> None:
    # The company makes it 25 or 26; the record merged into it does not count, and stays with it.
    domains = [f"many-{n}.com" for n in range(account_count)]
    stage(
        warehouse,
        "salesforce.account",
        [{"id": f"001{n:02d}", "website": domain} for n, domain in enumerate(domains)],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "additional_domains": ";".join(domains)},
            {"id": "2", "merged_into_id": "1", "is_deleted": True},
        ],
    )
    merge(warehouse, "company", "2", "1")
    unify(warehouse, settings)
    customers = members(warehouse)
    assert len(set(customers.values())) == (1 if is_one else account_count + 1)
    assert customers["2"] == customers["1"]
    used = {row[2]: row[4] for row in rows(warehouse, "stage.customer_match", *MATCHES)}
    assert used == {"domain": is_one, "merge": True}
    if not is_one:
        assert set(rows(warehouse, "stage.customer_member", "rule")) == {"itself", "merge"}


def test_branches_of_one_website_stay_tied_to_their_copies(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """Of a chain of shops with one website, each account has the company the sync made of it.

    13 accounts and 13 companies are 26 records of one domain, and 13 customers.
    """
    stage(
        warehouse,
        "salesforce.account",
        [{"id": f"0010000000000{n:02d}", "website": "chain.com"} for n in range(13)],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": str(n), "domain": "chain.com", "salesforce_account_id": f"0010000000000{n:02d}"}
            for n in range(13)
        ],
    )
    unify(warehouse, settings)
    customers = members(warehouse)
    assert {customers[str(n)] for n in range(13)} == {
        f"salesforce:0010000000000{n:02d}" for n in range(13)
    }
    used = {(row[2], row[4]) for row in rows(warehouse, "stage.customer_match", *MATCHES)}
    assert used == {("sync_id", True)}


def test_an_account_that_more_than_25_companies_name_is_tied_to_none(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """A placeholder written into the sync's own field says no more than a shared website."""
    stage(warehouse, "salesforce.account", [{"id": "001000000000aAb"}])
    stage(
        warehouse,
        "hubspot.company",
        [{"id": f"{n:02d}", "salesforce_account_id": "001000000000aAb"} for n in range(25)],
    )
    unify(warehouse, settings)
    assert len(set(members(warehouse).values())) == 26


created = st.sampled_from([at(1), at(2), at(3)])
accounts = st.fixed_dictionaries(
    {
        "created_at": created,
        "account_name": st.none() | st.sampled_from(["A", "B"]),
        "website": st.none() | st.sampled_from(["a.com", "b.com"]),
        "is_deleted": st.booleans(),
        "merged_into_id": st.none() | st.sampled_from(["0010", "0011", "0012"]),
    }
)
companies = st.fixed_dictionaries(
    {
        "created_at": created,
        "company_name": st.none() | st.sampled_from(["A", "B"]),
        "domain": st.none() | st.sampled_from(["a.com", "b.com", "c.com"]),
        "additional_domains": st.none() | st.sampled_from(["a.com", "b.com;c.com"]),
        "salesforce_account_id": st.none() | st.sampled_from(["0010", "0011", "0012"]),
    }
)


# Shrinking a failure takes minutes here, and the cases are small.
@examples(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    account_list=st.lists(accounts, max_size=4),
    company_list=st.lists(companies, max_size=4),
    seed=st.integers(0, 99),
)
def test_customers_are_the_connected_components_in_any_order_of_input(
    warehouse: sa.Engine,
    settings: Settings,
    account_list: list[dict[str, Any]],
    company_list: list[dict[str, Any]],
    seed: int,
) -> None:
    records = [
        *(("salesforce.account", {"id": f"001{n}", **a}) for n, a in enumerate(account_list)),
        *(("hubspot.company", {"id": str(n), **c}) for n, c in enumerate(company_list)),
    ]
    results = []
    for is_shuffled in (False, True):
        with warehouse.begin() as connection:
            for table in (CURRENT["salesforce.account"], CURRENT["hubspot.company"], record_merge):
                connection.execute(table.delete())
        if is_shuffled:
            random.Random(seed).shuffle(records)
        for object_id, record in records:
            stage(warehouse, object_id, [record])
        unify(warehouse, settings)
        results.append(everything(warehouse))
    assert results[0] == results[1]

    groups: dict[str, set[str]] = {}
    for crm, record_id, customer_id in rows(warehouse, "stage.customer_member", *MEMBERS[:3]):
        groups.setdefault(customer_id, set()).add(f"{crm}:{record_id}")
    assert sorted(map(sorted, groups.values())) == components(account_list, company_list)


def components(
    account_list: list[dict[str, Any]], company_list: list[dict[str, Any]]
) -> list[list[str]]:
    """What belongs together, by merging sets in Python."""
    account_ids = [f"001{n}" for n in range(len(account_list))]
    groups = [{f"salesforce:{id_}"} for id_ in account_ids]
    groups += [{f"hubspot:{n}"} for n in range(len(company_list))]
    ties: list[set[str]] = []
    for id_, account in zip(account_ids, account_list, strict=True):
        if account["merged_into_id"]:
            ties.append({f"salesforce:{id_}", f"salesforce:{account['merged_into_id']}"})
    synced: list[set[str]] = []
    for n, company in enumerate(company_list):
        if company["salesforce_account_id"] in account_ids:
            synced.append({f"hubspot:{n}", f"salesforce:{company['salesforce_account_id']}"})
    ties += synced
    gone = {
        f"salesforce:{id_}"
        for id_, account in zip(account_ids, account_list, strict=True)
        if account["is_deleted"] or account["merged_into_id"]
    }
    merged = {
        f"salesforce:{id_}"
        for id_, account in zip(account_ids, account_list, strict=True)
        if account["merged_into_id"]
    }
    told = {node for pair in synced for node in pair if not (pair - {node}) & (gone - merged)}
    about = {
        f"salesforce:{id_}": (account["created_at"], account["account_name"])
        for id_, account in zip(account_ids, account_list, strict=True)
    }
    for n, company in enumerate(company_list):
        about[f"hubspot:{n}"] = (company["created_at"], company["company_name"])
    for nodes in domain_holders(account_ids, account_list, company_list).values():
        ties += identified(nodes, about, gone, told)
    # A survivor that was never read still ties the records merged into it.
    for tie in ties:
        touching = [group for group in groups if group & tie]
        groups = [group for group in groups if not group & tie]
        groups.append(set().union(tie, *touching))
    known = {f"salesforce:{id_}" for id_ in account_ids}
    known |= {f"hubspot:{n}" for n in range(len(company_list))}
    return sorted(sorted(group & known) for group in groups if group & known)


def identified(
    nodes: set[str], about: dict[str, tuple[Any, str | None]], gone: set[str], told: set[str]
) -> list[set[str]]:
    """Whom a domain ties: by name and by itself, what is alone in its CRM, or was when both had come."""

    def only(group: set[str]) -> None:
        sides = [
            sorted(
                (node for node in group if node.startswith(crm)),
                key=lambda node: (about[node][0], node),
            )
            for crm in ("salesforce", "hubspot")
        ]
        if not all(sides):
            return
        living = [[node for node in side if node not in gone] for side in sides]
        later = [about[side[1]][0] for side in sides if len(side) > 1]
        candidates = []
        if all(len(side) == 1 for side in living):
            candidates.append({living[0][0], living[1][0]})
        if all(max(about[side[0]][0] for side in sides) < came_at for came_at in later):
            candidates.append({sides[0][0], sides[1][0]})
        pairs.extend(pair for pair in candidates if not pair & told)

    pairs: list[set[str]] = []
    for name in {about[node][1] for node in nodes} - {None}:
        only({node for node in nodes if about[node][1] == name})
    named = list(pairs)
    only(nodes)
    taken = set().union(*named)
    return named + [pair for pair in pairs[len(named) :] if not pair & taken]


def domain_holders(
    account_ids: list[str], account_list: list[dict[str, Any]], company_list: list[dict[str, Any]]
) -> dict[str, set[str]]:
    """The records of each domain."""
    holders: dict[str, set[str]] = {}
    for id_, account in zip(account_ids, account_list, strict=True):
        if account["website"]:
            holders.setdefault(account["website"], set()).add(f"salesforce:{id_}")
    for n, company in enumerate(company_list):
        for domain in {company["domain"], *(company["additional_domains"] or "").split(";")}:
            if domain:
                holders.setdefault(domain, set()).add(f"hubspot:{n}")
    return holders
