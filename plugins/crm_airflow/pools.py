"""Create the pools the DAGs use, where they are not there.

    python -m crm_airflow.pools

What somebody has made of the others in the UI stays: `airflow pools import` would set it back at every
start.
"""

from __future__ import annotations

import json
from pathlib import Path


def create_missing() -> list[str]:
    """Create what Airflow's metadata lacks of pools.json; the names."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    wanted = json.loads(Path(__file__).with_name("pools.json").read_text(encoding="utf-8"))
    with create_session() as session:
        missing = [name for name in wanted if Pool.get_pool(name, session=session) is None]
        for name in missing:
            Pool.create_or_update_pool(name, **wanted[name], session=session)
    return missing


if __name__ == "__main__":
    print("Pools created:", ", ".join(create_missing()) or "none, all are there")
