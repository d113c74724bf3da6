"""People: the leads and contacts of both CRMs that are about one person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.stage import clusters, holders, keys
from include.tables import stage
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT, record_merge

LEAD, CONTACT = CURRENT["salesforce.lead"], CURRENT["salesforce.contact"]
HUBSPOT_CONTACT = CURRENT["hubspot.contact"]
WHOLE_NAME: dict[str, sa.ColumnElement[str]] = {
    "salesforce.lead": LEAD.c.lead_name,
    "salesforce.contact": CONTACT.c.contact_name,
    "hubspot.contact": sa.func.concat_ws(
        " ", HUBSPOT_CONTACT.c.first_name, HUBSPOT_CONTACT.c.last_name
    ),
}
# The kind of value, among those in value_holder.
ROLE_MAILBOX = "mailbox"


def person(connection: sa.Connection) -> None:
    """One row per lead or contact, with the person it is about.

    Needs customer_member. A record without a company of its own has that of the person's others.
    """
    holders.value_holder(connection, _role_mailboxes(), _told())
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

    Columns: node, crm, record_type, record_id, email, person_name, company_id, created_at, is_gone,
    is_merged, is_contact_now.
    """

    def of(
        crm: str,
        record_type: str,
        table: sa.Table,
        company_id: sa.ColumnElement[Any],
    ) -> sa.Select[Any]:
        record_id = next(iter(table.primary_key.columns))
        is_merged = table.c.merged_into_id.is_not(None)
        return sa.select(
            _node(crm, record_type, record_id).label("node"),
            sa.literal(crm, sa.Text).label("crm"),
            sa.literal(record_type, sa.Text).label("record_type"),
            record_id.label("record_id"),
            keys.mail_address(table.c.email).label("email"),
            WHOLE_NAME[f"{crm}.{record_type}"].label("person_name"),
            company_id.label("company_id"),
            sa.func.coalesce(table.c.created_at, table.c.modified_at).label("created_at"),
            sa.or_(table.c.is_deleted, is_merged).label("is_gone"),
            is_merged.label("is_merged"),
            (LEAD.c.converted_contact_id.is_not(None) if table is LEAD else sa.false()).label(
                "is_contact_now"
            ),
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
            no_text,
            sa.cast(sa.null(), sa.DateTime(timezone=True)),
            sa.true(),
            sa.true(),
            sa.false(),
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
    """Evidence by rule, of the confidence it deserves. Needs value_holder."""
    contact = _node("salesforce", "contact", CONTACT.c.salesforce_contact_id)
    lead = _node("salesforce", "lead", LEAD.c.salesforce_lead_id)
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
    desk = holders.identified(ROLE_MAILBOX)
    of_one_desk = clusters.evidence_of(
        "email", "0.95", desk.c.left_node, desk.c.right_node, desk.c.value
    )
    return [*merges, hubspot_merge, conversion, *_synced(), _shared_mail_address(), of_one_desk]


def _synced() -> list[sa.Select[Any]]:
    """Evidence that the sync between the CRMs gives: the contact and the lead that a contact names."""
    hubspot = HUBSPOT_CONTACT.c
    return [
        clusters.evidence_of(
            "sync_id",
            "1",
            _node("salesforce", record_type, record_id),
            _node("hubspot", "contact", hubspot.hubspot_contact_id),
            named,
        ).where(
            short_id(record_id) == short_id(named),
            clusters.speaks_for_itself(HUBSPOT_CONTACT, named),
        )
        for record_type, record_id, named in (
            ("contact", CONTACT.c.salesforce_contact_id, hubspot.salesforce_contact_id),
            ("lead", LEAD.c.salesforce_lead_id, hubspot.salesforce_lead_id),
        )
    ]


def _told() -> sa.CompoundSelect[Any]:
    """Nodes of which the sync tells who they are in the other CRM."""
    of_contacts, of_leads = _synced()
    return sa.union(
        *holders.told_by(of_contacts, CONTACT, HUBSPOT_CONTACT),
        *holders.told_by(of_leads, LEAD, HUBSPOT_CONTACT),
    )


def _held() -> sa.Subquery:
    """One row per lead or contact and mail address, with what `_records` says of it."""
    further = sa.select(
        HUBSPOT_CONTACT.c.hubspot_contact_id,
        sa.func.regexp_split_to_table(HUBSPOT_CONTACT.c.additional_emails, ";").label("email"),
    ).subquery("further_email")
    record = _records()
    of_record = [
        record.c[name]
        for name in ("node", "crm", "person_name", "created_at", "is_gone", "is_contact_now")
    ]
    is_of = record.c.node == _node("hubspot", "contact", further.c.hubspot_contact_id)
    held = sa.union(
        sa.select(*of_record, record.c.email),
        sa.select(*of_record, keys.mail_address(further.c.email)).join_from(further, record, is_of),
    ).subquery("every_held")
    return (
        sa.select(held)
        .where(held.c.email.is_not(None), ~keys.is_placeholder(held.c.email))
        .subquery("held")
    )


def _role_mailboxes() -> sa.Select[Any]:
    """One row per record and mailbox of a desk: those who have it are told apart by name.

    A lead that became a contact leaves the mailbox to that.
    """
    held = _held()
    return sa.select(
        sa.literal(ROLE_MAILBOX, sa.Text).label("kind"),
        held.c.email.label("value"),
        held.c.crm,
        held.c.node,
        keys.plain_name(held.c.person_name).label("name"),
        held.c.created_at,
        held.c.is_gone,
    ).where(keys.is_of_role(held.c.email), ~held.c.is_contact_now)


def _shared_mail_address() -> sa.Select[Any]:
    """Evidence from a mail address: every record that has it, with the first that has it.

    That of a desk ties only records of one name.
    """
    held = _held()
    name = sa.case((keys.is_of_role(held.c.email), keys.plain_name(held.c.person_name)), else_="")
    paired = (
        sa.select(
            held, sa.func.min(held.c.node).over(partition_by=(held.c.email, name)).label("partner")
        )
        .where(name.is_not(None))
        .subquery("email_pair")
    )
    return clusters.evidence_of("email", "0.95", paired.c.node, paired.c.partner, paired.c.email)
