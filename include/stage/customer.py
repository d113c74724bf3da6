"""Companies: the accounts of Salesforce and the companies of HubSpot that are one customer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage import clusters, holders, keys
from include.stage.public_suffixes import in_letters
from include.tables import stage
from include.tables.identifiers import short_id
from include.tables.segments import segment_of
from include.tables.stage import CURRENT, record_merge

# People put several websites into one field.
_BETWEEN_ADDRESSES = r"[\s;,|]+"
ACCOUNT, COMPANY = CURRENT["salesforce.account"], CURRENT["hubspot.company"]


def customer_match(connection: sa.Connection) -> None:
    """One row per piece of evidence that two records are one company.

    A website that several records of one CRM hold ties only whom it identifies. The others are for
    review, each with the oldest that has it in the other CRM, as are those of one name.
    """
    told = sa.union(*holders.told_by(_synced(), ACCOUNT, COMPANY))
    holders.value_holder(connection, _held(), told)
    _spell_in_letters(connection)
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


def _spell_in_letters(connection: sa.Connection) -> None:
    """Give a domain one spelling, of the two that one with other letters than a to z has."""
    held, other = holders.HOLDER, holders.HOLDER.alias("other")
    spelt = sa.select(held.c.value).where(held.c.value.like("%xn--%")).distinct()
    for value in connection.scalars(spelt).all():
        is_it, letters = held.c.value == value, in_letters(value)
        has_both = sa.exists().where(other.c.node == held.c.node, other.c.value == letters)
        if letters != value:
            connection.execute(held.delete().where(is_it, has_both))
            connection.execute(held.update().where(is_it).values(value=letters))


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
    """Evidence by rule, of the confidence it deserves. Needs value_holder."""
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
        _sharing("domain", "0.9", holders.identified("domain")),
        _sharing("domain", "0.6", holders.sharing("domain")),
        _sharing("name", "0.6", holders.sharing("name")),
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
    ).where(
        short_id(ACCOUNT.c.salesforce_account_id) == synced_id,
        clusters.speaks_for_itself(COMPANY, COMPANY.c.salesforce_account_id),
    )


def _sharing(rule: str, confidence: str, pair: sa.FromClause) -> sa.Select[Any]:
    """Evidence from a value that records of both CRMs hold."""
    return clusters.evidence_of(rule, confidence, pair.c.left_node, pair.c.right_node, pair.c.value)


def _held() -> sa.CompoundSelect[Any]:
    """One row per account or company and what it may share: a domain, or a name within a country."""
    account = clusters.node_of("salesforce", ACCOUNT.c.salesforce_account_id)
    company = clusters.node_of("hubspot", COMPANY.c.hubspot_company_id)
    account_name, company_name = (
        keys.plain_name(name) for name in (ACCOUNT.c.account_name, COMPANY.c.company_name)
    )

    def addresses(
        table: sa.Table, node: sa.ColumnElement[str], typed: sa.Column[Any], name: Any
    ) -> sa.Select[Any]:
        address = sa.func.regexp_split_to_table(typed, _BETWEEN_ADDRESSES)
        return holders.holder("domain", table, node, address, name)

    def names(
        table: sa.Table, node: sa.ColumnElement[str], name: sa.ColumnElement[str]
    ) -> sa.Select[Any]:
        country = sa.func.lower(sa.func.btrim(table.c.country))
        return holders.holder("name", table, node, name.concat(", ").concat(country), name)

    address = sa.union_all(
        addresses(ACCOUNT, account, ACCOUNT.c.website, account_name),
        addresses(COMPANY, company, COMPANY.c.domain, company_name),
        addresses(COMPANY, company, COMPANY.c.additional_domains, company_name),
    ).subquery("address")
    domain = keys.registrable_domain(address.c.value).label("value")
    return sa.union_all(
        sa.select(*(domain if column.name == "value" else column for column in address.c)),
        names(ACCOUNT, account, account_name),
        names(COMPANY, company, company_name),
    )
