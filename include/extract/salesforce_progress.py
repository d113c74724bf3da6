"""How far a reading has come: what a checkpoint keeps, so that a later try goes on from there."""

from __future__ import annotations

from dataclasses import dataclass

from include.core.reading import Checkpoint
from include.extract.salesforce_bulk import Bookmark
from include.extract.salesforce_parts import Part


@dataclass
class Progress:
    """What is left to read, and what of the counts is settled.

    `parts` are not read to their end yet; the first is under way. `bookmark` and `last_key` stand
    in its Bulk job, if it has one. `source_count` is of the records before that job.
    `query` is that of the whole reading: with another it cannot go on.
    """

    query: str
    parts: list[Part]
    bookmark: Bookmark | None = None
    last_key: str | None = None
    source_count: int = 0
    request_count: int = 0
    is_bulk: bool = False
    are_deletions_told: bool = False
    has_deletion_gap: bool = False

    def finish_part(self, record_count: int, last_key: str | None) -> None:
        """The first part is read; in the order of keys the next one follows it."""
        self.source_count += record_count
        self.parts[:1] = self.parts[0].following(last_key)
        self.bookmark = self.last_key = None

    def to_checkpoint(self) -> Checkpoint:
        """As JSON."""
        document = dict(vars(self))
        document["parts"] = [part.to_json() for part in self.parts]
        document["bookmark"] = self.bookmark and self.bookmark.to_json()
        return document

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> Progress:
        """Read what `to_checkpoint` wrote."""
        values = dict(checkpoint)
        bookmark = values.pop("bookmark")
        return cls(
            parts=[Part.from_json(part) for part in values.pop("parts")],
            bookmark=Bookmark(**bookmark) if bookmark else None,
            **values,
        )
