"""The pages under docs/ that are made from definitions."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from include.core.paths import PROJECT
from include.metrics.describe import metrics_page
from include.tables.describe import tables_page

HELP = "write docs/metrics.md and docs/tables.md"


def pages() -> dict[Path, str]:
    """Each page's path and what it has to say."""
    return {
        PROJECT / "docs" / "metrics.md": metrics_page(),
        PROJECT / "docs" / "tables.md": tables_page(),
    }


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(arguments: Namespace) -> int:
    """Write the pages; 0."""
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(PROJECT)}\n")
    return 0
