"""One made-up company for all tests of this folder."""

from __future__ import annotations

import pytest

from include.sandbox.company import write_company
from tests.sandbox.company.made_company import SIZE, UNTIL, Company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company with SIZE deals up to UNTIL."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder, SIZE, UNTIL)
    return Company(folder)
