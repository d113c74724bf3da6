"""Find a metric's totals without reading its slices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find a metric's totals without reading its slices."""
    op.create_index(
        "ix_metric_value_metric_id",
        "metric_value",
        ["metric_id", "slice_id", "as_of_at"],
        unique=False,
        schema="metrics",
    )
