"""Snapshots: a report as it was rendered, and every figure as it was printed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.tables.base import count, instant, metadata, number, text

snapshot = sa.Table(
    "snapshot",
    metadata,
    text("report_id", "The report, such as executive_weekly.", primary_key=True),
    text("period_id", "The period it is about, such as 2026-W46.", primary_key=True),
    count("revision", "1 for the first rendering that was sent for the period.", primary_key=True),
    instant("as_of_at", "The instant its figures stand at.", nullable=False),
    text("subject", "Subject of the mail.", nullable=False),
    text("gate", "clean, information, banner, metric_out, hold.", nullable=False),
    text("gate_reason", "Why it is not clean; empty when it is.", nullable=False),
    text("html", "HTML part.", nullable=False),
    text("plain_text", "Text part.", nullable=False),
    sa.Column(
        "images", postgresql.JSONB, nullable=False, comment="PNG images by content id, base64."
    ),
    text(
        "content_hash",
        "Hash of what is printed; two renderings with one hash are one revision.",
        nullable=False,
    ),
    text("run_id", "The run that rendered it.", nullable=False),
    instant("rendered_at", "When.", nullable=False),
    schema="reports",
    comment="One row per report, period and revision.",
)

printed_cell = sa.Table(
    "printed_cell",
    metadata,
    text("report_id", "The report.", primary_key=True),
    text("period_id", "The period.", primary_key=True),
    count("revision", "The revision.", primary_key=True),
    text(
        "cell_id",
        "Place in the report: section, metric, slice member, comparison.",
        primary_key=True,
    ),
    text("metric_id", "The metric.", nullable=False),
    number("value", "The number behind the text; NULL when not available."),
    text("printed_text", "Exactly what the reader sees.", nullable=False),
    schema="reports",
    comment="One row per figure printed in a snapshot.",
)
