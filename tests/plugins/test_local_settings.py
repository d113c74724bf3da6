"""What the scheduler imports before it forks a task."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCHEDULER = """
import os, pathlib, sys
sys.argv = ["airflow", "scheduler"]
import airflow_local_settings
from include.core import canonical

def in_a_task():
    read, write = os.pipe()
    if not os.fork():
        known = sys.modules.get("include.core.canonical") is canonical
        from include.core.canonical import canonical_frame
        from include.stage import load
        edited = hasattr(sys.modules["include.core.canonical"], "EDITED")
        os.write(write, f"known={known} edited={edited}\\n".encode())
        os._exit(0)
    os.wait()
    print(os.read(read, 100).decode(), end="")

in_a_task()
with pathlib.Path(canonical.__file__).open("a") as code:
    code.write("\\nEDITED = True\\n")
in_a_task()
"""


@pytest.mark.slow
def test_a_task_has_the_code_at_once_and_anew_when_it_was_edited(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "include", tmp_path / "include")
    settings = PROJECT / "plugins" / "crm_airflow" / "local_settings"
    printed = subprocess.run(
        [sys.executable, "-c", SCHEDULER],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{settings}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.splitlines() == ["known=True edited=False", "known=False edited=True"]
