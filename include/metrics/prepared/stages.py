"""How long open deals stay in a stage."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import seconds_between
from include.metrics.distribution import UPPER_QUARTILE, quantile
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    at_turns,
    known_by,
    moments,
    positions,
)
from include.metrics.prepared.shape import METADATA, position_columns, sources_of
from include.metrics.wanted import KEPT, stands_at, wanted_period
from include.tables import facts
from include.tables.base import count, flag, instant, text

OF_STAGE = (
    "stage_transition_id",
    "customer_id",
    "owner_user_id",
    "role_id",
    "pipeline_id",
    "stage_id",
)


def rows_of_open_stage(as_ofs: AsOfs) -> sa.CompoundSelect[Any]:
    """One row per moment of the wanted periods, deal that is in an open stage then, and as-ofs between
    which it is the same whether it is stalled.

    What is usual changes with every deal that is won, but mostly not so far that it makes another of a
    stay: only those near it are held against what is usual as of each as-of.
    """
    stay, usual = _stays().cte("stay"), _usual(as_ofs).cte("usual")
    length = usual.c[LEAVES] - usual.c[ENTERS] + 1
    bound = (
        sa.select(
            usual.c.stage_id,
            sa.func.min(usual.c.usual_seconds).label("least_seconds"),
            sa.func.max(usual.c.usual_seconds).label("most_seconds"),
            (sa.func.sum(length) == len(as_ofs.each)).label("is_always"),
        )
        .group_by(usual.c.stage_id)
        .cte("bound")
    )
    seconds = stay.c.stage_seconds
    is_near = sa.or_(
        sa.not_(bound.c.is_always),
        sa.and_(seconds > bound.c.least_seconds, seconds <= bound.c.most_seconds),
    )
    columns = [*(stay.c[name] for name in ("moment_at", *OF_STAGE)), seconds]
    plain = (
        sa.select(
            *columns,
            stay.c[ENTERS],
            stay.c[LEAVES],
            (seconds > bound.c.most_seconds).label("is_stalled"),
        )
        .select_from(stay.outerjoin(bound, bound.c.stage_id == stay.c.stage_id))
        .where(sa.or_(bound.c.stage_id.is_(None), sa.not_(is_near)))
    )
    place = sa.select(wanted_period.c.position).distinct().subquery("place")
    at_place = sa.and_(
        usual.c.stage_id == stay.c.stage_id,
        place.c[POSITION].between(usual.c[ENTERS], usual.c[LEAVES]),
    )
    near = (
        sa.select(
            *columns,
            place.c[POSITION].label(ENTERS),
            place.c[POSITION].label(LEAVES),
            (seconds > usual.c.usual_seconds).label("is_stalled"),
        )
        .select_from(
            stay.join(bound, bound.c.stage_id == stay.c.stage_id)
            .join(place, place.c[POSITION].between(stay.c[ENTERS], stay.c[LEAVES]))
            .outerjoin(usual, at_place)
        )
        .where(is_near)
    )
    return sa.union_all(plain, near)


def _stays() -> sa.Select[Any]:
    """One row per moment of the wanted periods, and stay in an open stage that lasts then."""
    entry, moment = facts.stage_transition, moments().subquery("moment")
    return (
        sa.select(
            *(moment.c[name] for name in ("moment_at", ENTERS, LEAVES)),
            *(entry.c[name] for name in OF_STAGE),
            seconds_between(entry.c.entered_at, moment.c.moment_at).label("stage_seconds"),
        )
        .join_from(moment, entry, stands_at(entry, moment.c.moment_at))
        .where(
            entry.c.is_counted,
            entry.c.is_open_stage,
            entry.c.entered_at < moment.c.moment_at,
            entry.c.exited_at.is_(None),
        )
    )


def _usual(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stage and as-ofs between which it is the same: three quarters of the stays in it of
    deals won by then were no longer.
    """
    entry = facts.stage_transition.alias("won_entry")
    known = entry.c.valid_from_at, entry.c.valid_to_at
    won = (
        sa.select(
            entry.c.stage_id, *positions(*known, as_ofs), entry.c.stage_seconds.label("value")
        )
        .where(
            entry.c.is_counted,
            entry.c.is_open_stage,
            entry.c.is_won,
            entry.c.stage_seconds.is_not(None),
            *known_by(*known, as_ofs),
        )
        .cte("won_stay")
    )
    standing = at_turns(won, ["stage_id"], ["value"], as_ofs).subquery("standing")
    within = [standing.c[name] for name in ("stage_id", ENTERS, LEAVES)]
    ranked = sa.select(
        *within,
        standing.c.value,
        sa.func.row_number().over(partition_by=within, order_by=standing.c.value).label("place"),
        sa.func.count().over(partition_by=within).label("value_count"),
    ).subquery("ranked")
    within = [ranked.c[name] for name in ("stage_id", ENTERS, LEAVES)]
    return sa.select(*within, quantile(ranked, UPPER_QUARTILE).label("usual_seconds")).group_by(
        *within
    )


open_stage = sa.Table(
    "open_stage",
    METADATA,
    instant("moment_at", "The moment of a wanted period.", primary_key=True),
    *position_columns(),
    text("stage_transition_id", "The entry, as in facts.stage_transition.", primary_key=True),
    *(
        text(name, "As in facts.stage_transition.")
        for name in ("customer_id", "owner_user_id", "role_id", "pipeline_id", "stage_id")
    ),
    count("stage_seconds", "Time in the stage so far.", nullable=False),
    flag(
        "is_stalled",
        "Longer than three quarters of the stays of deals that were won later; NULL where there are "
        "none.",
    ),
    info={"rows": rows_of_open_stage, **sources_of(facts.stage_transition)},
    **KEPT,
)
