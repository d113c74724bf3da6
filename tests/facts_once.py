"""The statements that make facts, written once in a session for settings that are the same.

To write them takes longer than to run them over the few records of a test: seconds for all of them,
and hashing what they say takes as long again.
"""

from __future__ import annotations

import functools
import pickle

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.facts import build, refresh
from include.facts.build import Maker, Rows
from include.facts.records import Kept, Statements

_rows_of, _definition_hash = build.rows_of, refresh.definition_hash
# So many choices of settings at once; each holds all statements of its own.
CHOICES_KEPT = 8


def rows_of(settings: Settings) -> dict[sa.Table, Rows]:
    """`build.rows_of`, from what was made before where there is such."""
    # By what the settings say now: a test may hand in others that say the same, or change its own.
    return _rows_of_choices(pickle.dumps(settings))


@functools.lru_cache(maxsize=CHOICES_KEPT)
def _rows_of_choices(choices: bytes) -> dict[sa.Table, Rows]:
    return _rows_of(pickle.loads(choices))


@functools.lru_cache(maxsize=512)
def _rows_of_maker(maker: Maker, choices: bytes) -> Rows:
    return maker(pickle.loads(choices))


def rows_of_maker(maker: Maker, settings: Settings) -> Rows:
    """The rows of one fact, from what was made before where there is such."""
    return _rows_of_maker(maker, pickle.dumps(settings))


class DefinitionHashes:
    """`refresh.definition_hash`, asked once for the same statements."""

    def __init__(self) -> None:
        # With the statements, whose ids would be those of others when they were gone.
        self._known: dict[tuple[int, ...], tuple[Statements, dict[str, str]]] = {}

    def __call__(self, statements: Statements, kept: list[Kept]) -> str:
        key = tuple(map(id, statements.values()))
        if key not in self._known and len(self._known) == CHOICES_KEPT:
            self._known.pop(next(iter(self._known)))
        _, hashes = self._known.setdefault(key, (statements, {}))
        compared = repr([each.description for each in kept])
        if compared not in hashes:
            hashes[compared] = _definition_hash(statements, kept)
        return hashes[compared]


def make_once(patch: pytest.MonkeyPatch) -> None:
    """Let builds of facts take what was made before."""
    patch.setattr(build, "rows_of", rows_of)
    patch.setattr(refresh, "definition_hash", DefinitionHashes())
