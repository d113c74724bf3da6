"""When people became customers: by the first deal that was won, and while it stayed won."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of
from include.facts.history import end_of_time
from include.facts.lookup import prefixed
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

# What tells the win of a person, and is nothing to keep of it.
_GUIDES = ("since_date", "opportunity_id")
_TIMED = ("valid_from_at", "valid_to_at")


def with_first_win(person: sa.CTE, key: str, person_id: str | None = None) -> sa.CompoundSelect:
    """States of people, cut where each becomes a customer, and where it turns out it did not.

    `person` has, the same in all states of a key, `customer_id`, `since_date`, the first day on
    which a win counts, and `opportunity_id`, a Salesforce deal of its own. In their place come
    `is_customer` and `customer_date`. `person_id` names the column of stage.person's id, where that is
    not the key.
    """
    win = _wins(person, key, person.c[person_id or key])
    known = (
        sa.select(person, win.c.customer_date, win.c.won_from_at, win.c.won_to_at)
        .select_from(person.outerjoin(win, win.c.person_key == person.c[key]))
        .cte("known")
    )
    begin, end = known.c.valid_from_at, known.c.valid_to_at
    spans = (
        (begin, earlier_of(end, known.c.won_from_at), False),
        (later_of(begin, known.c.won_from_at), earlier_of(end, known.c.won_to_at), True),
        (later_of(begin, known.c.won_to_at), end, False),
    )
    kept = [column for column in person.c if column.name not in {*_GUIDES, *_TIMED}]
    before, customer, after = (
        sa.select(
            *(known.c[column.name] for column in kept),
            span_begin.label("valid_from_at"),
            span_end.label("valid_to_at"),
            sa.literal(is_customer).label("is_customer"),
            (known.c.customer_date if is_customer else sa.cast(sa.null(), sa.Date)).label(
                "customer_date"
            ),
        ).where(span_begin < span_end)
        for span_begin, span_end, is_customer in spans
    )
    is_won = known.c.won_from_at.is_not(None)
    return sa.union_all(before, customer.where(is_won), after.where(is_won))


def _wins(person: sa.CTE, key: str, person_id: Expression) -> sa.Subquery:
    """One row per person who became a customer: person_key, customer_date, won_from_at, won_to_at.

    The win that lasts, and of those the earliest: one that was taken back later makes a customer
    only while it stood, and only of a person without another.
    """
    candidate = _candidates(person, key, person_id).subquery("candidate")
    # What one deal goes on with where another ends, as after a merge of both, is one win.
    day = (candidate.c.person_key, candidate.c.customer_date)
    won = (
        sa.select(
            *day,
            sa.func.min(candidate.c.won_from_at).label("won_from_at"),
            sa.func.max(candidate.c.won_to_at).label("won_to_at"),
        )
        .group_by(*day)
        .subquery("won")
    )
    rank = sa.func.row_number().over(
        partition_by=won.c.person_key, order_by=(won.c.won_to_at.desc(), won.c.customer_date)
    )
    ranked = sa.select(won, rank.label("rank")).subquery("ranked_wins")
    return (
        sa.select(
            ranked.c.person_key, ranked.c.customer_date, ranked.c.won_from_at, ranked.c.won_to_at
        )
        .where(ranked.c.rank == 1)
        .subquery("first_win")
    )


def _candidates(person: sa.CTE, key: str, person_id: Expression) -> sa.CompoundSelect:
    """One row per person and win that may make a customer of it: person_key, and what is won and when.

    People of a company that had bought before become none when it buys again. Who has no company buys
    what HubSpot links to the person.
    """
    deal, before, own = facts.deal, first_wins(), _deals_of_people()
    win = (
        sa.select(
            deal.c.deal_id,
            deal.c.customer_id,
            deal.c.closed_date.label("customer_date"),
            sa.func.min(deal.c.valid_from_at).label("won_from_at"),
            sa.func.max(deal.c.valid_to_at).label("won_to_at"),
        )
        .where(deal.c.is_won, deal.c.is_counted, deal.c.closed_date.is_not(None))
        .group_by(deal.c.deal_id, deal.c.customer_id, deal.c.closed_date)
        .cte("win")
    )
    is_alone = sa.and_(own.c.person_id == person_id, person.c.customer_id.is_(None))
    opportunity_id = prefixed("salesforce", person.c.opportunity_id)
    theirs = (
        person.join(win, win.c.customer_id == person.c.customer_id),
        person.join(win, win.c.deal_id == opportunity_id),
        person.join(own, is_alone).join(win, win.c.deal_id == own.c.deal_id),
    )
    return sa.union_all(
        *(
            sa.select(person.c[key].label("person_key"), win)
            .select_from(wins.outerjoin(before, before.c.customer_id == person.c.customer_id))
            .where(
                win.c.customer_date >= person.c.since_date,
                sa.func.coalesce(before.c.won_date >= person.c.since_date, sa.true()),
            )
            for wins in theirs
        )
    )


def _deals_of_people() -> sa.Subquery:
    """One row per person and deal that HubSpot links to a record of it: person_id, deal_id."""
    link, person = CURRENT["hubspot.deal_contact"], staged.person
    is_contact = sa.and_(
        person.c.crm == "hubspot",
        person.c.record_type == "contact",
        person.c.record_id == link.c.contact_id,
    )
    return (
        sa.select(person.c.person_id, prefixed("hubspot", link.c.deal_id).label("deal_id"))
        .select_from(link.join(person, is_contact))
        .where(sa.not_(link.c.is_deleted))
        .subquery("deal_of_person")
    )


def first_wins() -> sa.Subquery:
    """One row per customer with a deal that is won: customer_id, won_date, the first day of one, and
    told_date, the first by which one was won and entered: what was sold before there was a CRM, and all
    that is known of it, was entered later.
    """
    deal = facts.deal
    told_date = later_of(deal.c.closed_date, deal.c.created_date)
    return (
        sa.select(
            deal.c.customer_id,
            sa.func.min(deal.c.closed_date).label("won_date"),
            sa.func.min(told_date).label("told_date"),
        )
        .where(
            deal.c.is_won,
            deal.c.is_counted,
            deal.c.customer_id.is_not(None),
            deal.c.valid_to_at == end_of_time(),
        )
        .group_by(deal.c.customer_id)
        .subquery("won_before")
    )
