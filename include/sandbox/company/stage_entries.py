"""How deals went from stage to stage: drawn once, shown as history by both CRMs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company.deals import Deals
from include.sandbox.company.offer import OPEN_STAGES, WON_STAGE
from include.sandbox.company.timeline import DAY
from include.sandbox.company.world import World


@dataclass
class StageEntries:
    """Stages deals entered, grouped by deal and in the order of time.

    `deal` is the position in the block, `cents` and `close` what the deal was thought to be worth
    and when it was expected to close from then on; with the last entry all is as it is now.
    """

    deal: np.ndarray
    stage: np.ndarray
    at: np.ndarray
    cents: np.ndarray
    close: np.ndarray
    is_last: np.ndarray

    def of(self, is_wanted: np.ndarray) -> StageEntries:
        """The entries of some deals of the block."""
        kept = is_wanted[self.deal]
        return StageEntries(**{name: values[kept] for name, values in vars(self).items()})


def draw_stage_entries(
    world: World, generator: np.random.Generator, deals: Deals, held: np.ndarray
) -> StageEntries:
    """Entries of these deals: won ones went through every stage but some, lost ones from any."""
    count = len(held)
    created, ended = deals.created[held], deals.ended[held]
    is_closed, stage = deals.is_closed[held], deals.stage[held]
    reached = np.where(is_closed, generator.integers(0, OPEN_STAGES, count), stage)
    reached = np.where(stage == WON_STAGE, OPEN_STAGES - 1, reached)
    until = np.where(is_closed, ended, np.minimum(ended, world.timeline.until))
    steps = np.arange(OPEN_STAGES)
    shares = np.sort(generator.random((count, OPEN_STAGES)) * 0.98, axis=1)
    shares[:, 0] = 0
    times = created[:, None] + (shares * (until - created)[:, None]).astype(np.int64)
    # The first stage and the one reached are always seen; those between are skipped now and then.
    is_entered = (steps <= reached[:, None]) & (generator.random((count, OPEN_STAGES)) < 0.85)
    is_entered[:, 0] = True
    is_entered[np.arange(count), reached] = True
    stages = np.column_stack([np.broadcast_to(steps, (count, OPEN_STAGES)), stage])
    times = np.column_stack([times, ended])
    is_entered = np.column_stack([is_entered, is_closed])
    place, step = np.nonzero(is_entered)
    is_last = np.ones(len(place), dtype=bool)
    is_last[:-1] = place[1:] != place[:-1]
    deal = held[place]
    # Earlier estimates differ from what the deal came to in the end.
    estimate = np.rint(deals.amount_cents[deal] * generator.choice([0.8, 1.0, 1.2], len(deal)))
    slip = generator.choice([0, 0, 7, 14], len(deal)) * DAY
    return StageEntries(
        deal=deal,
        stage=stages[place, step],
        at=times[place, step],
        cents=np.where(is_last, deals.amount_cents[deal], estimate).astype(np.int64),
        close=np.where(is_last, deals.closed_day[deal], deals.closed_day[deal] + slip),
        is_last=is_last,
    )
