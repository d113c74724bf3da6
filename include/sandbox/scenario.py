"""A scenario: a file of control actions that are done before the sandbox serves its first request.

YAML or JSON, a list of actions in order, each with its arguments beside its name:

    - action: set_time
      at: 2026-03-30T00:00:00Z
    - action: trouble
      crm: salesforce
      page_sizes: [1, 0, 500]
    - action: inject
      address: /results
      skip: 1
      actions: [{action: revoke_tokens}]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# A data folder may bring its own.
FILE_NAMES = ("scenario.yaml", "scenario.json")


class _Loader(yaml.SafeLoader):
    """Reads instants as the texts they are, for records hold texts."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def read_scenario(path: Path) -> list[dict[str, Any]]:
    """The actions of a scenario file.

    Raises:
        ValueError: it is no list of actions; the message names the file.
    """
    # The loader is a SafeLoader; JSON is YAML too.
    actions = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506
    if not isinstance(actions, list) or not all(
        isinstance(action, dict) and "action" in action for action in actions
    ):
        raise ValueError(f"{path} must be a list of entries with an action each")
    return actions


def scenario_of(folder: Path) -> Path | None:
    """The scenario a data folder brings, None where it brings none."""
    return next((folder / name for name in FILE_NAMES if (folder / name).exists()), None)
