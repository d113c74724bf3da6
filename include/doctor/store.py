"""The findings in the warehouse, where the statuses of metric values look for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from include.doctor.finding import Finding
from include.tables.ops import source_finding


def store_findings(engine: sa.Engine, findings: Sequence[Finding], checked_at: datetime) -> None:
    """Put the findings of one look in the place of the ones before."""
    rows = [
        {
            "crm": finding.crm,
            "object_name": finding.object_name,
            "field_name": finding.field_name,
            "status": finding.status,
            "message": finding.message,
            "remedy": finding.remedy,
            "checked_at": checked_at,
        }
        for finding in findings
    ]
    with engine.begin() as connection:
        connection.execute(sa.delete(source_finding))
        if rows:
            connection.execute(sa.insert(source_finding), rows)


def can_store(engine: sa.Engine) -> bool:
    """Whether the warehouse has been set up so far."""
    return sa.inspect(engine).has_table(source_finding.name, schema=source_finding.schema)
