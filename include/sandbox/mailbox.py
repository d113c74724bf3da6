"""A local SMTP server that keeps every mail it takes as a file. For the demo and the tests.

python -m include.sandbox.mailbox --folder FOLDER --announce FILE
"""

from __future__ import annotations

import argparse
import itertools
import signal
import threading
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from include.core.embedded import free_port


class KeepEveryMail:
    """Writes each message to `NNNN-<recipient>.eml`, in the order it came."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._numbers = itertools.count(len(list(folder.glob("*.eml"))) + 1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep one message."""
        recipient = BytesParser(policy=policy.default).parsebytes(envelope.content)["To"]
        name = f"{next(self._numbers):04d}-{recipient or envelope.rcpt_tos[0]}.eml"
        (self._folder / name).write_bytes(envelope.content)
        return "250 2.0.0 kept"


class Mailbox:
    """The server, as a context manager; `port` is free and chosen at start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._controller = Controller(KeepEveryMail(folder), hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> Mailbox:
        """Start to listen."""
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop listening."""
        self._controller.stop()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._controller.port)


def main() -> None:
    """Serve until terminated; the port is printed first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    with Mailbox(arguments.folder) as mailbox:
        print(mailbox.port, flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
