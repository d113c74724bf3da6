"""HubSpot's surveys: what customers answered after tickets, and some months after buying."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import People
from include.sandbox.company.files import blank
from include.sandbox.company.hubspot_deals import links
from include.sandbox.company.identifiers import hubspot_ids
from include.sandbox.company.service_work import Requests, work_generator
from include.sandbox.company.timeline import DAY, HOUR, hubspot_times
from include.sandbox.company.world import World


def write_feedback(
    world: World, generator: np.random.Generator, tickets: Requests, won_at: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """CSAT (0 to 2) and CES (1 to 7) after tickets, NPS (0 to 10) some months after buying.

    Returns the ids, and by submission the position of the ticket it is about, or of the buyer who
    was asked, counted from -1 downwards.
    """
    until = world.timeline.until
    chance = generator.random(len(tickets.number))
    closed = np.flatnonzero(tickets.is_closed & (chance < 0.45))
    is_effort = chance[closed] < 0.08
    asked = tickets.resolved[closed] + generator.integers(HOUR, 2 * DAY, len(closed))
    loyalty = np.repeat(won_at, 2) + generator.integers(60 * DAY, 500 * DAY, 2 * len(won_at))
    is_kept = generator.random(len(loyalty)) < 0.6
    buyer = np.repeat(np.arange(len(won_at)), 2)[is_kept]
    loyalty = loyalty[is_kept]
    about = np.concatenate([closed, -1 - buyer])
    submitted = np.concatenate([asked, loyalty])
    kind = np.concatenate([np.where(is_effort, 2, 1), np.zeros(len(loyalty), dtype=np.int64)])
    kept = submitted < until
    submitted, kind, about = submitted[kept], kind[kept], about[kept]
    count = len(submitted)
    number = world.number("feedback submissions", count)
    scores = np.select(
        [kind == 0, kind == 1],
        [
            generator.choice(
                11, count, p=[0.02, 0.01, 0.01, 0.02, 0.02, 0.04, 0.06, 0.14, 0.20, 0.24, 0.24]
            ),
            generator.choice(3, count, p=[0.10, 0.15, 0.75]),
        ],
        generator.choice(7, count, p=[0.03, 0.03, 0.06, 0.10, 0.18, 0.30, 0.30]) + 1,
    )
    is_promoter = np.select([kind == 0, kind == 1], [scores >= 9, scores == 2], scores >= 6)
    is_detractor = np.select([kind == 0, kind == 1], [scores <= 6, scores == 0], scores <= 3)
    group = np.where(is_promoter, "PROMOTER", np.where(is_detractor, "DETRACTOR", "PASSIVE"))
    is_skipped = dirt.SCORE_SKIPPED.strikes(number)
    stamps = hubspot_times(submitted)
    ids = hubspot_ids("feedback_submissions", number)
    names = np.array(["Would you recommend us?", "How did we do?", "How easy was it?"])
    world.files.hubspot(
        "feedback_submissions",
        count,
        ids,
        {
            "hs_survey_id": np.array(["90001", "90002", "90003"])[kind].tolist(),
            "hs_survey_name": names[kind].tolist(),
            "hs_survey_channel": "EMAIL",
            "hs_survey_type": np.array(["NPS", "CSAT", "CES"])[kind].tolist(),
            "hs_value": blank(map(str, scores.tolist()), is_skipped),
            "hs_response_group": blank(group.tolist(), is_skipped),
            "hs_submission_timestamp": stamps,
            "hs_createdate": stamps,
            "hs_lastmodifieddate": stamps,
        },
        stamps,
        stamps,
    )
    return ids, about


def link_feedback(
    world: World,
    people: People,
    asked: tuple[list[str], np.ndarray],
    tickets: Requests,
    ticket_ids: np.ndarray,
    buyers: np.ndarray,
) -> None:
    """Ties submissions to who made them, and to the ticket they are about."""
    ids, about = np.array(asked[0], dtype=object), asked[1]
    of_ticket = about >= 0
    person = np.zeros(len(ids), dtype=np.int64)
    person[of_ticket] = tickets.person[about[of_ticket]]
    generator = work_generator(world, "feedback")
    person[~of_ticket] = people.one_of(generator, buyers[-1 - about[~of_ticket]])
    contact_ids = people.hubspot_id[person]
    # Who is in Salesforce only has no contact to tie to: an anonymous answer.
    is_known = contact_ids != None  # noqa: E711
    links(world, "feedback_submissions", ids[is_known], "contacts", contact_ids[is_known], 98)
    links(
        world, "feedback_submissions", ids[of_ticket], "tickets", ticket_ids[about[of_ticket]], 97
    )
