"""Command line: `python -m include metrics --as-of DATE`, `python -m include doctor`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from include import documentation, forgetting
from include.core.errors import PipelineError
from include.doctor import show as doctor
from include.metrics import show

# A command is a module with HELP, add_arguments(parser) and run(arguments) -> exit code.
COMMANDS = {"doctor": doctor, "metrics": show, "docs": documentation, "forget": forgetting}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 with the reason on standard error if not."""
    parser = ArgumentParser(prog="python -m include", description="The CRM metrics pipeline.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP))
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command].run(chosen)
    except PipelineError as error:
        sys.stderr.write(f"{parser.prog} {chosen.command}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
