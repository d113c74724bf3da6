"""Programs started for the demo: each in a session of its own, written down, and stopped for sure.

The list is a file, so that another command (`make down`, or the next `make demo` after a kill)
finds and stops what is still there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from include.core.errors import RetryableError

TERMINATE_SECONDS = 15


class Processes:
    """The running programs of one demo folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self._list = folder / "processes.json"
        self._reaped: dict[int, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str]
    ) -> psutil.Process:
        """Start a program that outlives this one; its output goes to `logs/<name>.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                cwd=self.folder,
                start_new_session=True,
            )
        self._reaped[child.pid] = child
        process = psutil.Process(child.pid)
        # A pid alone may be another program's by the time it is stopped.
        running = [*self._written(), [name, child.pid, process.create_time()]]
        self._list.write_text(json.dumps(running))
        return process

    def check(self, name: str, process: psutil.Process) -> None:
        """Complain when a program has ended by itself.

        Raises:
            RetryableError: it has; the message ends with its log.
        """
        self._reap()
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            log = self.logs / f"{name}.log"
            raise RetryableError(
                f"{name} ended by itself:\n{log.read_text(errors='replace')[-3000:]}",
                f"The whole log is {log}.",
            )

    def running(self) -> list[psutil.Process]:
        """Programs of the list that still run."""
        found = []
        for _, pid, created in self._written():
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1 and process.is_running():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def stop(self) -> None:
        """Stop every program of the list and its children, in the reverse order of starting.

        A scheduler may miss the first request to end, so it is asked twice before it is killed.
        """
        programs = self.running()[::-1]
        family = [child for program in programs for child in _descendants(program)] + programs
        for _ in range(2):
            for process in programs:
                _signal(process, signal.SIGTERM)
            deadline = time.monotonic() + TERMINATE_SECONDS
            while time.monotonic() < deadline and any(_alive(process) for process in programs):
                self._reap()
                time.sleep(0.1)
        killed = [process for process in family if _alive(process)]
        for process in killed:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(killed, timeout=TERMINATE_SECONDS)
        self._reap()
        self._list.unlink(missing_ok=True)

    def _reap(self) -> None:
        """Collect ended children, which would stay as zombies otherwise."""
        for child in self._reaped.values():
            child.poll()

    def _written(self) -> list[list]:
        """Name, pid and creation time of each program started."""
        if not self._list.exists():
            return []
        written: list[list] = json.loads(self._list.read_text() or "[]")
        return written


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return
