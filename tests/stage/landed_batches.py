"""Landed batches, written as landing writes them."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core.batch import MANIFEST_NAME, Manifest, Part, file_sha256
from include.core.window import Window
from include.stage.load import load_batch
from include.tables import metadata
from include.tables.objects import source_object
from include.tables.ops import extract_window
from include.tables.raw import set_aside_record

LOADED_AT = datetime(2026, 6, 1, tzinfo=UTC)
SWEEP_GUARD_RATE = 0.05


def at(day: int, hour: int = 0) -> datetime:
    """An instant of January 2026."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)


class Landing:
    """A landing folder and its ledger."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.numbers = itertools.count()

    def land(
        self,
        object_id: str,
        records: Sequence[dict[str, Any]],
        extracted_at: datetime,
        *,
        mode: str = "delta",
        status: str = "validated",
        part_format: str = "jsonl",
        custom_fields: tuple[str, ...] = (),
        missing_fields: Collection[str] = (),
        set_aside: dict[int, str | None] | None = None,
    ) -> str:
        """Write one batch and its ledger row.

        `set_aside` gives record ids by row number, `missing_fields` the paths that were not read.
        """
        source = source_object(object_id)
        batch_id = f"batch_{next(self.numbers):03d}"
        place = f"{source.crm}/{source.table}/{batch_id}"
        folder = self.folder / place
        folder.mkdir(parents=True)
        part = folder / f"part-0.{part_format}"
        _write(part, records)
        manifest = Manifest(
            batch_id=batch_id,
            crm=source.crm,
            object_name=source.table,
            mode="snapshot" if mode == "snapshot" else "delta",
            window=Window(extracted_at - timedelta(days=1), extracted_at),
            run_id="run",
            extracted_at=extracted_at,
            api="test",
            query="",
            fields=tuple(f.source for f in source.fields if f.source not in missing_fields),
            custom_fields=custom_fields,
            source_count=len(records),
            request_count=1,
            missing_fields=tuple(missing_fields),
            parts=(
                Part(part.name, part_format, len(records), part.stat().st_size, file_sha256(part)),
            ),
        )
        (folder / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
        self._enter(manifest, place, status, set_aside or {})
        return batch_id

    def _enter(
        self, manifest: Manifest, place: str, status: str, set_aside: dict[int, str | None]
    ) -> None:
        fields = source_object(f"{manifest.crm}.{manifest.object_name}").fields
        named = {
            "batch_id": manifest.batch_id,
            "crm": manifest.crm,
            "object_name": manifest.object_name,
        }
        with self.engine.begin() as connection:
            connection.execute(
                extract_window.insert().values(
                    **named,
                    mode=manifest.mode,
                    window_start_at=manifest.window.start,
                    window_end_at=manifest.window.end,
                    status=status,
                    run_id="run",
                    extracted_at=manifest.extracted_at,
                    manifest_path=place,
                    landed_count=manifest.landed_count,
                    read_fields=[
                        *(f.column for f in fields if f.source in manifest.fields),
                        *(path.rpartition(".")[2] for path in manifest.custom_fields),
                    ],
                )
            )
            for row_number, record_id in set_aside.items():
                connection.execute(
                    set_aside_record.insert().values(
                        **named,
                        row_number=row_number,
                        record_id=record_id,
                        reasons=["broken"],
                        payload={},
                        set_aside_at=manifest.extracted_at,
                    )
                )

    def load(self, batch_id: str) -> int:
        """Load one batch."""
        return load_batch(self.engine, self.folder, batch_id, LOADED_AT, SWEEP_GUARD_RATE)

    def rows(self, table: str, *columns: str) -> list[Any]:
        """Rows of a table in the order of its key; bare values where one column is asked for."""
        return rows(self.engine, table, *columns)


def rows(engine: sa.Engine, table: str, *columns: str) -> list[Any]:
    """Rows of a table in the order of its key; bare values where one column is asked for."""
    selected = metadata.tables[table]
    wanted = [selected.c[name] for name in columns] or list(selected.c)
    with engine.connect() as connection:
        found = connection.execute(sa.select(*wanted).order_by(*selected.primary_key.columns)).all()
    return [row[0] if len(columns) == 1 else tuple(row) for row in found]


def _write(part: Path, records: Sequence[dict[str, Any]]) -> None:
    if part.suffix == ".jsonl":
        part.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(records[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(records)


def opportunity(id_: str, day: int, stage: str = "Open", **values: Any) -> dict[str, Any]:
    """A record as Salesforce sends it, changed on a day of January 2026."""
    return {
        "Id": id_,
        "StageName": stage,
        "IsDeleted": False,
        "CreatedDate": "2026-01-01T00:00:00.000+0000",
        "SystemModstamp": f"2026-01-{day:02d}T00:00:00.000+0000",
        **values,
    }
