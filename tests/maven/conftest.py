"""The public CRM export these tests compare against; it is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.core.paths import PROJECT


@pytest.fixture(scope="session")
def maven_folder() -> Path:
    """Folder with the CSV files: CRM_TEST_MAVEN, or beside the checkout."""
    beside = PROJECT.parent / "shared" / "data" / "maven_crm"
    folder = Path(os.environ.get("CRM_TEST_MAVEN", beside))
    if not (folder / "sales_pipeline.csv").exists():
        pytest.skip(
            "Maven's CRM export is not here: set CRM_TEST_MAVEN to the folder with its CSVs"
        )
    return folder
