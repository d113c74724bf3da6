"""People: the leads and contacts of both CRMs that are about one person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.stage import clusters, keys
from include.tables import stage
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT, record_merge

LEAD, CONTACT = CURRENT["salesforce.lead"], CURRENT["salesforce.contact"]
HUBSPOT_CONTACT = CURRENT["hubspot.contact"]


def person(connection: sa.Connection) -> None:
    """One row per lead or contact, with the person it is about.

    Needs customer_member. A record without a company of its own has that of the person's others.
    """
    clusters.weigh(connection, _evidence(), _records())
    pairs = clusters.used_evidence()
    cluster = clusters.label_clusters(connection, pairs)
    tie, record, member = clusters.strongest_tie(pairs), _records(), stage.customer_member
    same_person = sa.func.coalesce(cluster.c.label, record.c.node)
    representative_first = (
        record.c.is_gone,
        sa.case((record.c.crm == "salesforce", 0), else_=1),
        # `contact` before `lead`.
        record.c.record_type,
        record.c.record_id,
    )
    placed = (
        sa.select(
            record,
            sa.func.first_value(record.c.node)
            .over(partition_by=same_person, order_by=representative_first)
            .label("person_id"),
            member.c.customer_id,
            sa.func.first_value(member.c.customer_id)
            .over(
                partition_by=same_person,
                order_by=(member.c.customer_id.is_(None), *representative_first),
            )
            .label("person_customer_id"),
            tie.c.rule,
        )
        .select_from(
            record.outerjoin(cluster, cluster.c.node == record.c.node)
            .outerjoin(tie, tie.c.node == record.c.node)
            .outerjoin(
                member,
                sa.and_(member.c.crm == record.c.crm, member.c.record_id == record.c.company_id),
            )
        )
        .subquery("placed")
    )
    is_itself = sa.or_(placed.c.person_id == placed.c.node, placed.c.rule.is_(None))
    rows = sa.select(
        placed.c.crm,
        placed.c.record_type,
        placed.c.record_id,
        placed.c.person_id,
        placed.c.email,
        sa.func.coalesce(placed.c.customer_id, placed.c.person_customer_id),
        sa.case((is_itself, "itself"), else_=placed.c.rule),
    )
    table = stage.person
    connection.execute(table.delete())
    connection.execute(table.insert().from_select([column.name for column in table.c], rows))


def _node(crm: str, record_type: str, record_id: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return clusters.node_of(f"{crm}:{record_type}", record_id)


def _records() -> sa.Subquery:
    """One row per lead or contact known.

    Columns: node, crm, record_type, record_id, email, company_id, is_gone, is_merged.
    """

    def of(
        crm: str, record_type: str, table: sa.Table, company_id: sa.ColumnElement[Any]
    ) -> sa.Select[Any]:
        record_id = next(iter(table.primary_key.columns))
        is_merged = table.c.merged_into_id.is_not(None)
        return sa.select(
            _node(crm, record_type, record_id).label("node"),
            sa.literal(crm, sa.Text).label("crm"),
            sa.literal(record_type, sa.Text).label("record_type"),
            record_id.label("record_id"),
            keys.mail_address(table.c.email).label("email"),
            company_id.label("company_id"),
            sa.or_(table.c.is_deleted, is_merged).label("is_gone"),
            is_merged.label("is_merged"),
        )

    no_text = sa.cast(sa.null(), sa.Text)
    unseen = (
        sa.select(
            _node("hubspot", "contact", record_merge.c.record_id),
            sa.literal("hubspot", sa.Text),
            sa.literal("contact", sa.Text),
            record_merge.c.record_id,
            no_text,
            no_text,
            sa.true(),
            sa.true(),
        )
        .where(
            record_merge.c.object_name == "contact",
            ~sa.exists().where(HUBSPOT_CONTACT.c.hubspot_contact_id == record_merge.c.record_id),
        )
        .distinct()
    )
    return sa.union_all(
        of("salesforce", "lead", LEAD, LEAD.c.converted_account_id),
        of("salesforce", "contact", CONTACT, CONTACT.c.account_id),
        of("hubspot", "contact", HUBSPOT_CONTACT, HUBSPOT_CONTACT.c.company_id),
        unseen,
    ).subquery("record")


def _evidence() -> list[sa.Select[Any]]:
    """Evidence by rule, of the confidence it deserves."""
    contact = _node("salesforce", "contact", CONTACT.c.salesforce_contact_id)
    lead = _node("salesforce", "lead", LEAD.c.salesforce_lead_id)
    hubspot = _node("hubspot", "contact", HUBSPOT_CONTACT.c.hubspot_contact_id)
    merges = [
        clusters.evidence_of(
            "merge",
            "1",
            node,
            _node("salesforce", record_type, table.c.merged_into_id),
            table.c.merged_into_id,
        )
        for record_type, table, node in (("contact", CONTACT, contact), ("lead", LEAD, lead))
    ]
    hubspot_merge = clusters.evidence_of(
        "merge",
        "1",
        _node("hubspot", "contact", record_merge.c.record_id),
        _node("hubspot", "contact", record_merge.c.merged_into_id),
        record_merge.c.merged_into_id,
    ).where(record_merge.c.object_name == "contact")
    conversion = clusters.evidence_of(
        "conversion",
        "1",
        lead,
        _node("salesforce", "contact", LEAD.c.converted_contact_id),
        LEAD.c.converted_contact_id,
    )
    synced = [
        clusters.evidence_of("sync_id", "1", node, hubspot, named).where(
            short_id(record_id) == short_id(named)
        )
        for node, record_id, named in (
            (contact, CONTACT.c.salesforce_contact_id, HUBSPOT_CONTACT.c.salesforce_contact_id),
            (lead, LEAD.c.salesforce_lead_id, HUBSPOT_CONTACT.c.salesforce_lead_id),
        )
    ]
    return [*merges, hubspot_merge, conversion, *synced, _shared_mail_address()]


def _shared_mail_address() -> sa.Select[Any]:
    """Evidence from a mail address: every record that has it, with the first that has it."""
    further = sa.select(
        HUBSPOT_CONTACT.c.hubspot_contact_id,
        sa.func.regexp_split_to_table(HUBSPOT_CONTACT.c.additional_emails, ";").label("email"),
    ).subquery("further_email")
    record = _records()
    held = sa.union(
        sa.select(record.c.node, record.c.email),
        sa.select(
            _node("hubspot", "contact", further.c.hubspot_contact_id),
            keys.mail_address(further.c.email),
        ),
    ).subquery("held")
    paired = (
        sa.select(held, sa.func.min(held.c.node).over(partition_by=held.c.email).label("partner"))
        .where(held.c.email.is_not(None), ~keys.is_placeholder(held.c.email))
        .subquery("email_pair")
    )
    return clusters.evidence_of("email", "0.95", paired.c.node, paired.c.partner, paired.c.email)
