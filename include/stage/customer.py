"""Companies: the accounts of Salesforce and the companies of HubSpot that are one customer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage import clusters, keys
from include.tables import stage
from include.tables.identifiers import short_id
from include.tables.segments import segment_of
from include.tables.stage import CURRENT, record_merge

ACCOUNT, COMPANY = CURRENT["salesforce.account"], CURRENT["hubspot.company"]


def customer_match(connection: sa.Connection) -> None:
    """One row per piece of evidence that two records are one company.

    A value that many share ties each to the first of the other CRM only: that makes the same
    cluster with fewer rows. What the two have in common by name is for review.
    """
    evidence = clusters.weigh(connection, _evidence(), _records())
    match = stage.customer_match
    crm_and_id = [
        part
        for node in (evidence.c.left_node, evidence.c.right_node)
        for part in (
            sa.func.split_part(node, ":", 1),
            sa.func.substr(node, sa.func.strpos(node, ":") + 1),
        )
    ]
    rows = sa.select(
        *crm_and_id,
        evidence.c.rule,
        evidence.c.confidence_rate,
        evidence.c.evidence,
        evidence.c.is_used,
    )
    connection.execute(match.delete())
    connection.execute(match.insert().from_select([column.name for column in match.c], rows))


def customer_member(connection: sa.Connection) -> None:
    """One row per account or company, with the customer it belongs to and why.

    Records known from the survivor of their merge only are members too: deals may still name them.
    """
    match = stage.customer_match
    pairs = (
        sa.select(
            match.c.left_crm.concat(":").concat(match.c.left_record_id).label("left_node"),
            match.c.right_crm.concat(":").concat(match.c.right_record_id).label("right_node"),
            match.c.rule,
            match.c.confidence_rate,
        )
        .where(match.c.is_used)
        .subquery("pair")
    )
    cluster = clusters.label_clusters(connection, pairs)
    tie, record = clusters.strongest_tie(pairs), _records()
    customer_id = sa.func.first_value(record.c.node).over(
        partition_by=sa.func.coalesce(cluster.c.label, record.c.node),
        order_by=(
            record.c.is_gone,
            sa.case((record.c.crm == "salesforce", 0), else_=1),
            record.c.record_id,
        ),
    )
    placed = (
        sa.select(
            record,
            customer_id.label("customer_id"),
            tie.c.rule,
            tie.c.confidence_rate,
        )
        .select_from(
            record.outerjoin(cluster, cluster.c.node == record.c.node).outerjoin(
                tie, tie.c.node == record.c.node
            )
        )
        .subquery("placed")
    )
    is_itself = sa.or_(placed.c.customer_id == placed.c.node, placed.c.rule.is_(None))
    rows = sa.select(
        placed.c.crm,
        placed.c.record_id,
        placed.c.customer_id,
        sa.case((is_itself, "itself"), else_=placed.c.rule),
        sa.case((is_itself, 1), else_=placed.c.confidence_rate),
    )
    member = stage.customer_member
    connection.execute(member.delete())
    connection.execute(member.insert().from_select([column.name for column in member.c], rows))


def customer(connection: sa.Connection, settings: Settings) -> None:
    """One row per company, whichever CRM holds it; values of the system of record first."""
    account, company = ACCOUNT, COMPANY
    group = _survivors()
    prefers_salesforce = settings.sources.system_of_record.deals == "salesforce"

    def first(salesforce: sa.ColumnElement[Any], hubspot: sa.ColumnElement[Any]) -> Any:
        both = (salesforce, hubspot) if prefers_salesforce else (hubspot, salesforce)
        return sa.func.coalesce(*both)

    employee_count = first(account.c.employee_count, company.c.employee_count)
    rows = sa.select(
        group.c.customer_id,
        first(account.c.account_name, company.c.company_name),
        sa.func.coalesce(
            keys.registrable_domain(company.c.domain), keys.registrable_domain(account.c.website)
        ),
        first(account.c.country, company.c.country),
        first(account.c.industry, company.c.industry),
        employee_count,
        segment_of(employee_count),
        group.c.salesforce_account_id,
        group.c.hubspot_company_id,
        group.c.created_at,
        group.c.is_deleted,
    ).select_from(
        group.outerjoin(
            account, account.c.salesforce_account_id == group.c.salesforce_account_id
        ).outerjoin(company, company.c.hubspot_company_id == group.c.hubspot_company_id)
    )
    table = stage.customer
    connection.execute(table.delete())
    connection.execute(table.insert().from_select([column.name for column in table.c], rows))


def _survivors() -> sa.Subquery:
    """One row per customer: its account and its company that survive, and what all members say."""
    member, record = stage.customer_member, _records()

    def survivor(crm: str) -> sa.ColumnElement[Any]:
        # Gone records sort last; the prefix is cut off again.
        ranked = sa.case(
            (
                record.c.crm == crm,
                sa.case((record.c.is_gone, "1"), else_="0").concat(record.c.record_id),
            )
        )
        return sa.func.substr(sa.func.min(ranked), 2)

    return (
        sa.select(
            member.c.customer_id,
            survivor("salesforce").label("salesforce_account_id"),
            survivor("hubspot").label("hubspot_company_id"),
            sa.func.min(record.c.created_at).label("created_at"),
            sa.func.bool_and(record.c.is_gone).label("is_deleted"),
        )
        .where(member.c.crm == record.c.crm, member.c.record_id == record.c.record_id)
        .group_by(member.c.customer_id)
        .subquery("survivor")
    )


def _records() -> sa.Subquery:
    """One row per account or company known: node, crm, record_id, is_gone, is_merged, created_at."""

    def of(crm: str, table: sa.Table, record_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(
            clusters.node_of(crm, record_id).label("node"),
            sa.literal(crm, sa.Text).label("crm"),
            record_id.label("record_id"),
            sa.or_(table.c.is_deleted, table.c.merged_into_id.is_not(None)).label("is_gone"),
            table.c.merged_into_id.is_not(None).label("is_merged"),
            sa.func.coalesce(table.c.created_at, table.c.modified_at).label("created_at"),
        )

    unseen = (
        sa.select(
            clusters.node_of("hubspot", record_merge.c.record_id),
            sa.literal("hubspot", sa.Text),
            record_merge.c.record_id,
            sa.true(),
            sa.true(),
            sa.cast(sa.null(), sa.DateTime(timezone=True)),
        )
        .where(
            record_merge.c.object_name == "company",
            ~sa.exists().where(COMPANY.c.hubspot_company_id == record_merge.c.record_id),
        )
        .distinct()
    )
    return sa.union_all(
        of("salesforce", ACCOUNT, ACCOUNT.c.salesforce_account_id),
        of("hubspot", COMPANY, COMPANY.c.hubspot_company_id),
        unseen,
    ).subquery("record")


def _evidence() -> list[sa.Select[Any]]:
    """Evidence by rule, of the confidence it deserves."""
    account_node = clusters.node_of("salesforce", ACCOUNT.c.salesforce_account_id)
    return [
        clusters.evidence_of(
            "merge",
            "1",
            account_node,
            clusters.node_of("salesforce", ACCOUNT.c.merged_into_id),
            ACCOUNT.c.merged_into_id,
        ),
        clusters.evidence_of(
            "merge",
            "1",
            clusters.node_of("hubspot", record_merge.c.record_id),
            clusters.node_of("hubspot", record_merge.c.merged_into_id),
            record_merge.c.merged_into_id,
        ).where(record_merge.c.object_name == "company"),
        _synced(),
        _shared("domain", "0.9", _domains()),
        _shared("name", "0.6", _names()),
    ]


def _synced() -> sa.Select[Any]:
    """Evidence that the sync between the CRMs gives: the account that a company names."""
    synced_id = short_id(COMPANY.c.salesforce_account_id)
    return clusters.evidence_of(
        "sync_id",
        "1",
        clusters.node_of("salesforce", ACCOUNT.c.salesforce_account_id),
        clusters.node_of("hubspot", COMPANY.c.hubspot_company_id),
        synced_id,
    ).where(short_id(ACCOUNT.c.salesforce_account_id) == synced_id)


def _shared(rule: str, confidence: str, holders: sa.Subquery) -> sa.Select[Any]:
    """Evidence from a value that records of both CRMs hold, each with the first of the other.

    Of records the sync has tied it says nothing: two branches of one website, each with a copy of its
    own, are two. What the sync does not know is tied to the first that it does, if there is any: the
    oldest, so that a branch that opens later does not take it over with all its history.
    """
    record = _records()
    age = sa.func.to_char(
        sa.func.timezone("UTC", record.c.created_at), sa.literal("YYYYMMDDHH24MISSUS")
    )
    rank = sa.case((holders.c.is_synced, "0"), else_="1").concat(age)
    ranked = (
        sa.select(holders, rank.concat(holders.c.node).label("ranked"))
        .join_from(holders, record, record.c.node == holders.c.node)
        .subquery(f"{rule}_ranked")
    )

    def first(crm: str) -> sa.ColumnElement[Any]:
        least = sa.func.min(sa.case((ranked.c.crm == crm, ranked.c.ranked)))
        # What it is ranked by is cut off again: a digit, and the 20 of its age.
        return sa.func.substr(least.over(partition_by=ranked.c.value), 22)

    partner = sa.case((ranked.c.crm == "salesforce", first("hubspot")), else_=first("salesforce"))
    paired = sa.select(ranked, partner.label("partner")).subquery(f"{rule}_pair")
    return clusters.evidence_of(
        rule, confidence, paired.c.node, paired.c.partner, paired.c.value
    ).where(paired.c.partner.is_not(None), ~paired.c.is_synced)


def _holders(
    name: str, *parts: tuple[str, sa.ColumnElement[Any], sa.ColumnElement[Any]]
) -> sa.Subquery:
    """One row per record and value it holds: crm, node, value, is_synced."""
    pair = _synced().subquery("synced_pair")
    ends = [sa.select(end.label("node")) for end in (pair.c.left_node, pair.c.right_node)]
    synced = sa.union(*ends).subquery("synced")
    held = sa.union(
        *(
            sa.select(
                sa.literal(crm, sa.Text).label("crm"),
                clusters.node_of(crm, record_id).label("node"),
                value.label("value"),
            )
            for crm, record_id, value in parts
        )
    ).subquery()
    return (
        sa.select(held, synced.c.node.is_not(None).label("is_synced"))
        .select_from(held.outerjoin(synced, synced.c.node == held.c.node))
        .where(held.c.value.is_not(None))
        .subquery(name)
    )


def _domains() -> sa.Subquery:
    """One row per record and registrable domain."""
    further = sa.select(
        COMPANY.c.hubspot_company_id,
        sa.func.regexp_split_to_table(COMPANY.c.additional_domains, ";").label("domain"),
    ).subquery("further_domain")
    return _holders(
        "domain_holder",
        (
            "salesforce",
            ACCOUNT.c.salesforce_account_id,
            keys.registrable_domain(ACCOUNT.c.website),
        ),
        ("hubspot", COMPANY.c.hubspot_company_id, keys.registrable_domain(COMPANY.c.domain)),
        ("hubspot", further.c.hubspot_company_id, keys.registrable_domain(further.c.domain)),
    )


def _names() -> sa.Subquery:
    """One row per record with a name and a country, the two together."""

    def value(name: sa.ColumnElement[Any], country: sa.ColumnElement[Any]) -> Any:
        return keys.plain_name(name).concat(", ").concat(sa.func.lower(sa.func.btrim(country)))

    return _holders(
        "name_holder",
        (
            "salesforce",
            ACCOUNT.c.salesforce_account_id,
            value(ACCOUNT.c.account_name, ACCOUNT.c.country),
        ),
        (
            "hubspot",
            COMPANY.c.hubspot_company_id,
            value(COMPANY.c.company_name, COMPANY.c.country),
        ),
    )
