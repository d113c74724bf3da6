"""What is imported before tasks are forked, and parses of DAG files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = """
import importlib, os, pathlib, sys
command, *names = sys.argv[1:]
sys.argv = ["airflow", command]
import airflow_local_settings
edited_module = sys.modules[names[0]]

def in_a_fork():
    read, write = os.pipe()
    if not os.fork():
        known = sys.modules.get(names[0]) is edited_module
        for name in names:
            importlib.import_module(name)
        edited = hasattr(sys.modules[names[0]], "EDITED")
        os.write(write, f"known={known} edited={edited}\\n".encode())
        os._exit(0)
    os.wait()
    print(os.read(read, 100).decode(), end="")

in_a_fork()
with pathlib.Path(edited_module.__file__).open("a") as code:
    code.write("\\nEDITED = True\\n")
in_a_fork()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("scheduler", ["include.core.canonical", "include.stage.load"]),
        ("dag-processor", ["include.tables.base", "include.tables.stage"]),
    ],
)
def test_a_fork_has_the_code_at_once_and_anew_when_it_was_edited(
    tmp_path: Path, command: str, names: list[str]
) -> None:
    shutil.copytree(PROJECT / "include", tmp_path / "include")
    settings = PROJECT / "plugins" / "crm_airflow" / "local_settings"
    printed = subprocess.run(
        [sys.executable, "-c", COMMAND, command, *names],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{settings}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.splitlines() == ["known=True edited=False", "known=False edited=True"]
