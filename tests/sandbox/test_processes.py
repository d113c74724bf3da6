"""Programs of a demo are stopped for sure, and nobody else's are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.core.errors import RetryableError
from include.sandbox import processes
from include.sandbox.processes import Processes

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(600)\n",
]


def printed(folder: Path, name: str) -> str:
    """The first line a program printed."""
    log = folder / "logs" / f"{name}.log"
    deadline = time.monotonic() + 20
    while "\n" not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return log.read_text().splitlines()[0]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_another_command_stops_what_this_one_started(tmp_path: Path) -> None:
    started = Processes(tmp_path).start("sleeper", SLEEP, os.environ)
    assert printed(tmp_path, "sleeper") == "up"
    later = Processes(tmp_path)
    assert [process.pid for process in later.running()] == [started.pid]
    later.stop()
    assert gone(started.pid)
    assert Processes(tmp_path).running() == []


def test_a_program_that_will_not_end_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "TERMINATE_SECONDS", 1)
    running = Processes(tmp_path)
    started = running.start("stubborn", STUBBORN, os.environ)
    child = int(printed(tmp_path, "stubborn"))
    running.stop()
    assert gone(started.pid)
    assert gone(child)


def test_a_program_that_took_over_a_pid_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL)
    try:
        (tmp_path / "processes.json").write_text(json.dumps([["old", bystander.pid, 1.0]]))
        Processes(tmp_path).stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_program_that_ended_by_itself_is_reported_with_its_log(tmp_path: Path) -> None:
    running = Processes(tmp_path)
    command = [sys.executable, "-c", "import sys; sys.exit('the port is taken')"]
    started = running.start("broken", command, os.environ)
    psutil.Process(started.pid).wait(20)
    with pytest.raises(RetryableError, match=r"broken ended by itself:\nthe port is taken"):
        running.check("broken", started)
