"""The DAGs as Airflow reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The project's DAGs by id; a file that cannot be read fails every test that asks."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert bag.import_errors == {}
    assert bag.dags, "no DAG was loaded"
    return dict(bag.dags)
