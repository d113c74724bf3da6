"""Rules on facts: what no honest record breaks, and what facts and staging must agree on.

A broken critical rule withholds the metrics that read a column it guards. Which columns these are
is taken from the rule's own expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from include.core.field import Severity
from include.core.portable import folded
from include.tables import facts
from include.tables.ops import expectation_result, fact_build
from include.tables.stage import CURRENT
from include.validate.channels import sources_have_channels
from include.validate.copies import lines_of_copies, one_copy
from include.validate.counts import CountedRule, check_counts, count_all
from include.validate.expectations import Outcome
from include.validate.recurring import STILL, paid_once, renewed_once

SUITE = "facts"
Condition = sa.ColumnElement[bool]
# Days on which something counted has happened, which cannot be days to come.
PAST_DATES = (
    facts.deal.c.created_date,
    facts.lead.c.created_date,
    facts.prospect.c.created_date,
    facts.ticket.c.created_date,
    facts.activity.c.completed_date,
    facts.login_day.c.login_date,
    facts.record_created.c.created_date,
    facts.survey_response.c.responded_date,
    facts.survey_invitation.c.sent_date,
    facts.agent_work.c.closed_date,
    facts.cart.c.created_date,
    facts.stage_transition.c.entered_date,
)
# Days that people choose, and may date ahead: of a deal that they won, of what was paid or is solved.
CHOSEN_DATES = (
    facts.deal.c.closed_date,
    facts.lead.c.customer_date,
    facts.prospect.c.customer_date,
    facts.ticket.c.resolved_date,
    facts.billing.c.billed_date,
)
DURATIONS = (
    facts.deal.c.cycle_days,
    facts.ticket.c.resolution_seconds,
    facts.ticket.c.first_resolution_seconds,
    facts.ticket.c.resolution_business_seconds,
    facts.ticket.c.first_response_seconds,
    facts.ticket.c.first_response_business_seconds,
    facts.agent_work.c.handle_seconds,
    facts.stage_transition.c.stage_seconds,
)
# Facts of which every live record of an object makes one that stands, with the object of each CRM.
RECORDS = (
    (facts.deal, "deal_id", {"salesforce": "salesforce.opportunity", "hubspot": "hubspot.deal"}),
    (facts.ticket, "ticket_id", {"salesforce": "salesforce.case", "hubspot": "hubspot.ticket"}),
)


def validate_facts(
    engine: sa.Engine, zone: ZoneInfo, run_id: str, checked_at: datetime, results_folder: Path
) -> list[Outcome]:
    """Check every rule on facts, as of now; what became of each."""
    with engine.connect() as connection:
        rules = [*fact_rules(checked_at, zone), sources_have_channels(connection, checked_at)]
        counts = count_all(connection, rules)
    return check_counts(engine, SUITE, rules, counts, run_id, checked_at, results_folder)


def are_checked(engine: sa.Engine) -> bool:
    """Whether facts were checked since they were last built: a task may be killed in between."""
    built_at = sa.select(sa.func.max(fact_build.c.built_at)).scalar_subquery()
    result = expectation_result.c
    checked_at = (
        sa.select(sa.func.max(result.checked_at)).where(result.suite == SUITE).scalar_subquery()
    )
    is_checked = sa.or_(built_at.is_(None), sa.func.coalesce(checked_at >= built_at, sa.false()))
    with engine.connect() as connection:
        return bool(connection.scalar(sa.select(is_checked)))


def fact_rules(checked_at: datetime, zone: ZoneInfo) -> Iterator[CountedRule]:
    """Every rule; nothing that has happened is dated after the day of `checked_at`."""
    today = checked_at.astimezone(zone).date()
    for column in PAST_DATES:
        dated: list[Condition] = [column.is_not(None)]
        # A meeting to come is held by a state that is to come as well.
        if "valid_from_at" in column.table.c:
            dated.append(column.table.c.valid_from_at <= checked_at)
        yield _each(f"{_name(column)} has come", column <= today, sa.and_(*dated))
    # A warning: no period before that day counts what is dated ahead.
    for column in CHOSEN_DATES:
        words = f"{_name(column)} has come"
        yield _each(words, column <= today, column.is_not(None), "warning")
    for column in DURATIONS:
        yield _each(f"{_name(column)} is not negative", column >= 0, column.is_not(None))
    deal, lead, month = facts.deal.c, facts.lead.c, facts.mrr_customer_month.c
    yield _each(
        "deal.probability_rate is within 0 and 1",
        deal.probability_rate.between(0, 1),
        deal.probability_rate.is_not(None),
    )
    yield _each(
        "a deal is open, won, lost or disqualified, and only one of these",
        sa.case((deal.is_open, 1), else_=0)
        + sa.case((deal.is_won, 1), else_=0)
        + sa.case((deal.is_lost, 1), else_=0)
        + sa.case((deal.is_disqualified, 1), else_=0)
        == 1,
    )
    yield _each(
        "a person becomes a customer on or after the day it became a lead",
        lead.customer_date >= lead.created_date,
        lead.customer_date.is_not(None),
    )
    yield _each(
        "recurring revenue of a month is that of the month before and its movement",
        month.mrr_amount == month.previous_mrr_amount + month.movement_amount,
    )
    yield from _signs()
    yield _months_follow()
    yield paid_once()
    yield renewed_once()
    yield lines_of_copies()
    yield one_copy()
    yield from _weights()
    yield from _credits()
    for fact, key, objects in RECORDS:
        yield _as_many_as_staged(fact, key, objects)
    yield _bills_as_staged()
    yield _amounts_of_staging()
    yield _changes_as_whole()


def _each(
    words: str, holds: Condition, where: Condition | None = None, severity: Severity = "critical"
) -> CountedRule:
    """A rule on each row of a fact that counts."""
    tables = {column.table for column in _columns(holds)}
    (table,) = tables
    conditions = [] if where is None else [where]
    if "is_counted" in table.c:
        conditions.append(table.c.is_counted)
    counted = sa.select(
        sa.func.count().label("checked_count"),
        sa.func.sum(sa.case((holds, 0), else_=1)).label("unexpected_count"),
    ).select_from(table)
    return CountedRule(words, _guards(holds), severity, counted.where(*conditions))


def _signs() -> Iterator[CountedRule]:
    """Credits take away, and nothing else does."""
    billing = facts.billing.c
    amount = billing.billing_amount_original
    is_known = amount.is_not(None)
    yield _each(
        "a credit takes away from what was billed",
        amount <= 0,
        sa.and_(billing.is_credit, is_known),
    )
    # An org may take back by an order that does not say so.
    yield _each(
        "what was billed and is no credit is not negative",
        amount >= 0,
        sa.and_(sa.not_(billing.is_credit), is_known),
        "warning",
    )


def _months_follow() -> CountedRule:
    """What a customer's month begins with is what the month before ended with."""
    month, before = facts.mrr_customer_month, facts.mrr_customer_month.alias("before")
    stands = month.c.valid_to_at == STILL
    source = month.join(
        before,
        sa.and_(
            before.c.customer_id == month.c.customer_id,
            before.c.month_end_date == month.c.month_start_date,
            before.c.valid_to_at == STILL,
        ),
    )
    holds = month.c.previous_mrr_amount == before.c.mrr_amount
    counted = sa.select(
        sa.func.count().label("checked_count"),
        sa.func.sum(sa.case((holds, 0), else_=1)).label("unexpected_count"),
    ).select_from(source)
    words = "a month begins with the recurring revenue the month before ended with"
    return CountedRule(words, _guards(holds), "critical", counted.where(stands))


def _weights() -> Iterator[CountedRule]:
    """The campaigns of a deal share it among them, whole."""
    touch = facts.deal_touch.c
    for name in ("primary_weight", "even_weight", "first_weight", "last_weight"):
        total = sa.func.sum(touch[name])
        deals = (
            sa.select(sa.func.abs(total - 1).label("gap"))
            .where(touch.valid_to_at == STILL, touch.is_counted, touch.is_won)
            .group_by(touch.deal_id)
            .subquery("deals")
        )
        off = sa.func.coalesce(deals.c.gap, 1) > sa.literal(0.000001)
        yield CountedRule(
            f"the {name} of a won deal add up to 1",
            (f"deal_touch.{name}",),
            "critical",
            sa.select(
                sa.func.count().label("checked_count"),
                sa.func.sum(sa.case((off, 1), else_=0)).label("unexpected_count"),
            ).select_from(deals),
        )


def _credits() -> Iterator[CountedRule]:
    """The owners of a won deal share it among them, whole, and it is counted once."""
    deal, credit = facts.deal, facts.deal_credit

    def stands(fact: sa.Table) -> Condition:
        return sa.and_(fact.c.valid_to_at == STILL, fact.c.is_counted, fact.c.is_won)

    shared = (
        sa.select(
            credit.c.deal_id,
            sa.func.coalesce(sa.func.sum(credit.c.credit_amount), 0).label("credit_amount"),
            sa.func.sum(sa.case((credit.c.is_leading, 1), else_=0)).label("leading_count"),
        )
        .where(stands(credit))
        .group_by(credit.c.deal_id)
        .subquery("shared")
    )
    both = deal.outerjoin(shared, shared.c.deal_id == deal.c.deal_id)
    worth = sa.func.coalesce(deal.c.deal_amount, 0)
    for words, holds, guards in (
        (
            "the credits of a won deal add up to its amount",
            shared.c.credit_amount == worth,
            ("deal_credit.credit_amount",),
        ),
        (
            "one credit of a won deal stands for it",
            shared.c.leading_count == 1,
            ("deal_credit.is_leading",),
        ),
    ):
        counted = sa.select(
            sa.func.count().label("checked_count"),
            sa.func.sum(sa.case((holds, 0), else_=1)).label("unexpected_count"),
        )
        yield CountedRule(words, guards, "critical", counted.select_from(both).where(stands(deal)))
    credited = sa.select(sa.func.coalesce(sa.func.sum(credit.c.credit_amount), 0))
    won = sa.select(sa.func.coalesce(sa.func.sum(deal.c.deal_amount), 0))
    pair = [
        each.where(stands(fact)).scalar_subquery()
        for each, fact in ((credited, credit), (won, deal))
    ]
    yield CountedRule(
        "all credits add up to won revenue",
        ("deal_credit.credit_amount",),
        "critical",
        sa.select(
            sa.literal(1).label("checked_count"),
            sa.case((pair[0] == pair[1], 0), else_=1).label("unexpected_count"),
        ),
    )


def _as_many_as_staged(
    fact: sa.Table,
    key: str,
    objects: dict[str, str],
    where: Mapping[str, Condition] = MappingProxyType({}),
    what: str = "live records",
) -> CountedRule:
    """As many events stand as live records are staged, of each CRM; `where` says which of them."""
    stands = fact.c.valid_to_at == STILL
    parts = []
    for crm, object_id in objects.items():
        made = sa.select(sa.func.count(sa.distinct(fact.c[key]))).where(stands, fact.c.crm == crm)
        parts.append(_compared(sa.func.count(), CURRENT[object_id], made, where.get(crm)))
    words = f"as many rows of {fact.name} stand as {what} are staged"
    return CountedRule(words, (fact.name,), "critical", _summed(parts))


def _bills_as_staged() -> CountedRule:
    """As many orders and invoices stand as billed as staging says are."""
    order, invoice = CURRENT["salesforce.order"].c, CURRENT["hubspot.invoice"].c
    return _as_many_as_staged(
        facts.billing,
        "billing_id",
        {"salesforce": "salesforce.order", "hubspot": "hubspot.invoice"},
        {
            "salesforce": folded(order.status_code) == "activated",
            "hubspot": folded(invoice.invoice_status) == "paid",
        },
        "activated orders and paid invoices",
    )


def _amounts_of_staging() -> CountedRule:
    """Unified deals and the duplicates left out come to what both CRMs say, as entered."""
    deal = facts.deal.c
    stands = deal.valid_to_at == STILL
    unified = sa.case((deal.is_duplicate, 0), else_=deal.deal_amount_original)
    duplicates = sa.case((deal.is_duplicate, deal.deal_amount_original), else_=0)
    parts = []
    for crm, object_id in RECORDS[0][2].items():
        both = sa.func.coalesce(sa.func.sum(unified), 0) + sa.func.coalesce(
            sa.func.sum(duplicates), 0
        )
        made = sa.select(both).where(stands, deal.crm == crm)
        staged = CURRENT[object_id]
        total = sa.func.coalesce(sa.func.sum(staged.c.amount_original), 0)
        parts.append(_compared(total, staged, made))
    words = "amounts of unified deals and of duplicates left out add up to those of both CRMs"
    return CountedRule(
        words, (*_guards(sa.and_(unified > 0, duplicates > 0)), "deal.deal_amount"), "critical",
        _summed(parts),
    )  # fmt: skip


def _changes_as_whole() -> CountedRule:
    """The newest whole build that was held against builds of changes found nothing else than they had.

    A warning, for the facts are right again; the words say for whom they were not. In the words is
    no count, so that a second check of the run replaces the first: the outcome has it.
    """
    newest = (
        sa.select(fact_build.c.record_count, fact_build.c.differing_count)
        .where(fact_build.c.differing_count.is_not(None))
        .order_by(fact_build.c.built_at.desc())
        .limit(1)
        .subquery("newest")
    )
    words = (
        "the newest whole build of facts that was compared found the rows that builds of changes had "
        "left; of others, values computed since the whole build before may be wrong: run crm_recompute "
        "for these days (ops.fact_build has them, the log of the task facts the tables)"
    )
    return CountedRule(
        words,
        (),
        "warning",
        sa.select(
            sa.func.sum(newest.c.record_count).label("checked_count"),
            sa.func.sum(newest.c.differing_count).label("unexpected_count"),
        ),
    )


def _compared(
    total: Any, staged: sa.Table, made: sa.Select[Any], where: Condition | None = None
) -> sa.Select[Any]:
    """One row: whether a total over live records is what was made of them."""
    live = sa.and_(sa.not_(staged.c.is_deleted), staged.c.merged_into_id.is_(None))
    if where is not None:
        live = sa.and_(live, where)
    wanted = sa.select(total).select_from(staged).where(live).scalar_subquery()
    differs = sa.case((wanted == made.scalar_subquery(), 0), else_=1)
    return sa.select(sa.literal(1).label("checked_count"), differs.label("unexpected_count"))


def _summed(parts: list[sa.Select[Any]]) -> sa.Select[Any]:
    """The counts of several SELECTs together."""
    each = sa.union_all(*parts).subquery("each")
    return sa.select(
        sa.func.sum(each.c.checked_count).label("checked_count"),
        sa.func.sum(each.c.unexpected_count).label("unexpected_count"),
    )


def _columns(expression: sa.ColumnElement[Any]) -> list[sa.Column[Any]]:
    """Columns of facts in an expression."""
    found = (part for part in visitors.iterate(expression) if isinstance(part, sa.Column))
    return list(dict.fromkeys(found))


def _guards(expression: sa.ColumnElement[Any]) -> tuple[str, ...]:
    """What an expression is about, by name, each once."""
    return tuple(dict.fromkeys(_name(column) for column in _columns(expression)))


def _name(column: sa.Column[Any]) -> str:
    table: Any = column.table
    return f"{getattr(table, 'element', table).name}.{column.name}"
