"""What reading costs: our clients beside the bare transport, and parallel tasks beside the ceiling.

    python -m tests.benchmarks.extract                     # CPU and memory, 100,000 and 1,000,000
    python -m tests.benchmarks.extract --records 100000 --runs 3
    python -m tests.benchmarks.extract --limited           # share of HubSpot's rate limits reached

The sandbox runs in a process of its own, so that only the client's CPU is counted. The first mode
has no rate limits; sides alternate and the ratio is that of the medians. The second has 150 ms of
latency, 190 requests per ten seconds and 5 searches per second.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from include.core import embedded
from include.core.warehouse import engine_for
from include.extract.limiter import Limiter
from include.tables.ops import rate_limit_bucket
from tests.benchmarks.extract_data import HUBSPOT, HUBSPOT_PARALLEL, write_folder
from tests.benchmarks.extract_ways import WAYS, read_for

LATENCY_SECONDS = 0.15
REQUESTS_PER_SECOND, SEARCHES_PER_SECOND = 19.0, 5.0
# The bucket's first burst and the tasks' start are not what lasts.
SETTLING_SECONDS = 15


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    command = [sys.executable, "-m", "include.sandbox.server", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure(way: str, side: str, url: str) -> dict[str, float]:
    """One side of one way in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.extract_ways", way, side, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def compare(record_count: int, run_count: int, ways: list[str]) -> None:
    """A table row per way: microseconds per record, their ratio, and memory grown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "crm"
        write_folder(folder, record_count, (HUBSPOT.name,))
        with serving(folder) as url:
            for way in ways:
                # The sandbox reads its file into columns when it is first asked.
                measure(way, "bare", url)
                rows = [
                    (measure(way, "ours", url), measure(way, "bare", url)) for _ in range(run_count)
                ]
                print_row(way, record_count, rows)


def print_row(way: str, record_count: int, rows: list[tuple[dict, dict]]) -> None:
    """Medians of one way, and the ratio of both sides' CPU."""
    counts = {side["record_count"] for row in rows for side in row}
    if counts != {record_count}:
        raise SystemExit(f"{way}: {record_count} records wanted, {counts} came")
    (ours_us, bare_us), (ours_mib, bare_mib) = (
        [statistics.median(row[side][figure] for row in rows) for side in (0, 1)]
        for figure in ("cpu_us_per_record", "grown_mib")
    )
    print(
        f"| {way} | {record_count:,} | {ours_us:.2f} | {bare_us:.2f} | {ours_us / bare_us:.2f} "
        f"| {ours_mib:.0f} | {bare_mib:.0f} |",
        flush=True,
    )


def limited(record_count: int, seconds: int) -> None:
    """Share of HubSpot's ceilings that parallel tasks reach together, and the refusals they met."""
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "crm", Path(name) / "postgres"
        write_folder(folder, record_count, tuple(source.name for source in HUBSPOT_PARALLEL))
        database = embedded.start(home)
        try:
            engine = engine_for(database)
            with engine.begin() as connection:
                connection.execute(sa.schema.CreateSchema("ops"))
                rate_limit_bucket.create(connection)
            with serving(folder) as url:
                for mode in ("snapshot", "delta"):
                    _limited(url, str(database), mode, seconds)
        finally:
            embedded.stop(home)


def _limited(url: str, database: str, mode: str, seconds: int) -> None:
    """One mode for so many seconds, in a process per object."""
    _control(url, "limit", requests_per_ten_seconds=190, searches_per_second=5)
    _control(url, "inject", address="^/crm/", times=10**9, delay_seconds=LATENCY_SECONDS)
    context = multiprocessing.get_context("spawn")
    tasks = [
        context.Process(target=_task, args=(number, url, database, mode), daemon=True)
        for number in range(len(HUBSPOT_PARALLEL))
    ]
    for task in tasks:
        task.start()
    time.sleep(SETTLING_SECONDS)
    _control(url, "clear_requests")
    time.sleep(seconds)
    log = requests.get(f"{url}/control/requests", timeout=60).json()
    for task in tasks:
        task.kill()
        task.join()
    _control(url, "clear_faults")
    statuses = Counter(entry["status"] for entry in log)
    searches = sum("/search" in entry["target"] for entry in log if entry["status"] == 200)
    answered = statuses[200] + statuses[207]
    ceilings = [answered / seconds / REQUESTS_PER_SECOND, searches / seconds / SEARCHES_PER_SECOND]
    print(
        f"| {mode} | {answered / seconds:.1f} | {ceilings[0]:.0%} | {searches / seconds:.1f} "
        f"| {ceilings[1]:.0%} | {statuses[429] / max(1, len(log)):.1%} |",
        flush=True,
    )


def _task(number: int, url: str, database: str, mode: Any) -> None:
    """Read one object again and again until killed."""
    source, limiter = HUBSPOT_PARALLEL[number], Limiter(engine_for(database))
    while True:
        with tempfile.TemporaryDirectory() as spool:
            read_for(source, url, limiter, mode, Path(spool))


def _control(url: str, action: str, **arguments: Any) -> None:
    requests.post(f"{url}/control/{action}", json=arguments, timeout=60).raise_for_status()


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--limited", action="store_true")
    parser.add_argument("--seconds", type=int, default=60, help="with --limited: how long each")
    options = parser.parse_args()
    if options.limited:
        print("| mode | requests/s | of 19 | searches/s | of 5 | refused (429) |")
        print("|---|---|---|---|---|---|")
        limited(options.records[0], options.seconds)
        return
    print("| way | records | ours, µs | bare, µs | ratio | ours, MiB grown | bare, MiB grown |")
    print("|---|---|---|---|---|---|---|")
    for record_count in options.records:
        compare(record_count, options.runs, options.ways)


if __name__ == "__main__":
    main()
