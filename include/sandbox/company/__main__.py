"""Command line: `python -m include.sandbox.company --folder F --size N --until DATE --seed S`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from include.sandbox.company import write_company


def main() -> None:
    """Write a company to a folder."""
    parser = argparse.ArgumentParser(description="Write a made-up company for the sandbox.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--size", type=int, default=2_000, help="number of deals over both CRMs")
    parser.add_argument(
        "--until", type=datetime.fromisoformat, required=True, help="2026-01-01, midnight UTC"
    )
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    until = arguments.until
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    write_company(arguments.folder, arguments.size, until, arguments.seed)


if __name__ == "__main__":
    main()
