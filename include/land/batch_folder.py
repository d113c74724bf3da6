"""The folder of a batch while it is being written: parts moved in whole, and where to go on after them.

A process may end at any instant. What counts after that is the checkpoint file: it is written when
the parts it names are in their place, and replaced in one step.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from include.core.batch import MANIFEST_NAME, Manifest, Part, file_sha256, read_manifest
from include.core.errors import IncompleteError, RetryableError
from include.core.reading import Checkpoint, Page
from include.tables.source_object import SourceObject

CHECKPOINT_NAME = "checkpoint.json"
# For the user alone that the pipeline runs as: they are people's names and addresses.
READ_ONLY = 0o400
_OWN_FOLDER = 0o700


@dataclass(frozen=True)
class Kept:
    """What an earlier try left: parts that count, and where its reader goes on after them."""

    parts: tuple[Part, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True)
class BatchFolder:
    """Where a batch comes to lie, and where its files are written until they are whole.

    The spool is beside the batch, so that moving a file into it is a rename.
    """

    batch_id: str
    relative_path: str
    path: Path
    spool: Path

    @classmethod
    def of(cls, landing_folder: Path, source: SourceObject, batch_id: str) -> BatchFolder:
        """The folder `<crm>/<object>/<batch_id>` below the landing folder."""
        relative_path = f"{source.crm}/{source.table}/{batch_id}"
        path = landing_folder / relative_path
        return cls(batch_id, relative_path, path, path.with_name(f".spool-{batch_id}"))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process from writing here; the lock ends with the process that has it.

        Raises:
            RetryableError: another process has it, as when a try that was given up still runs.
        """
        lock = self.path.with_name(f".lock-{self.batch_id}")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RetryableError(
                    f"Batch {self.batch_id} is still being read by an earlier try of this task.",
                    "The task tries again; if it stays so, end that process.",
                ) from None
            try:
                yield
            finally:
                if not self._path_of_checkpoint.exists():
                    lock.unlink(missing_ok=True)

    def prepare(self, kept: Kept | None) -> None:
        """An empty spool, and of the batch only what is kept."""
        shutil.rmtree(self.spool, ignore_errors=True)
        self.spool.mkdir(_OWN_FOLDER, parents=True)
        self.path.mkdir(_OWN_FOLDER, exist_ok=True)
        if kept is None:
            self.forget()
            return
        names = {CHECKPOINT_NAME, *(part.name for part in kept.parts)}
        for path in self.path.iterdir():
            if path.name not in names:
                path.unlink()

    def forget(self) -> None:
        """Throw away what an earlier try left; first that it counts, then the files."""
        self._path_of_checkpoint.unlink(missing_ok=True)
        for path in self.path.iterdir():
            path.unlink()

    def take(self, page: Page, number: int) -> Part:
        """Move a finished file into the batch, and never write to it again."""
        flush(page.path)
        path = self.path / f"part-{number:05d}.{page.format}"
        page.path.rename(path)
        path.chmod(READ_ONLY)
        size = path.stat().st_size
        return Part(path.name, page.format, page.record_count, size, file_sha256(path))

    def keep(self, kept: Kept) -> None:
        """Note where to go on after the parts that are here."""
        document = {"parts": [asdict(part) for part in kept.parts], "checkpoint": kept.checkpoint}
        write(self._path_of_checkpoint, json.dumps(document))

    def kept(self) -> Kept | None:
        """What an earlier try noted, if its parts are as it left them."""
        try:
            document = json.loads(self._path_of_checkpoint.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        parts = tuple(Part(**part) for part in document["parts"])
        return Kept(parts, document["checkpoint"]) if self._holds(parts) else None

    def is_whole(self) -> bool:
        """The batch has landed, and its parts are as the manifest says."""
        try:
            return self._holds(read_manifest(self.path).parts)
        except IncompleteError:
            return False

    def finish(self, manifest: Manifest) -> None:
        """Make the batch one by its manifest; after that nothing is to go on with."""
        write(self.path / MANIFEST_NAME, manifest.to_json())
        # Some file systems do not take a folder, and see to it themselves.
        with suppress(OSError):
            flush(self.path)
            flush(self.path.parent)
        self._path_of_checkpoint.unlink(missing_ok=True)
        shutil.rmtree(self.spool)

    def remove(self) -> None:
        """Leave nothing: without a manifest or a checkpoint the files mean nothing."""
        shutil.rmtree(self.spool, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.with_name(f".lock-{self.batch_id}").unlink(missing_ok=True)

    @property
    def _path_of_checkpoint(self) -> Path:
        return self.path / CHECKPOINT_NAME

    def _holds(self, parts: tuple[Part, ...]) -> bool:
        """Every part is here with the bytes it had: a power cut may have left less."""
        return all(
            path.exists() and file_sha256(path) == part.sha256
            for part in parts
            for path in [self.path / part.name]
        )


def flush(path: Path) -> None:
    """See that a file, or the names in a folder, are on disk.

    The warehouse does so with what it is told of them: after a power cut it would have loaded a batch of
    which nothing is left to load it from again.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: str) -> None:
    """Write a file under its name only when it is whole and on disk."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.unlink(missing_ok=True)
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.chmod(READ_ONLY)
    unfinished.rename(path)
