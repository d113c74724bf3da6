"""Records set aside: seen, kept whole, and not let into staging, with the reason.

What the CRMs sent lies in landing files; the ledger of them is `ops.extract_window`.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.tables.base import count, instant, metadata, text

set_aside_record = sa.Table(
    "set_aside_record",
    metadata,
    text("batch_id", "The landed batch it came in.", primary_key=True),
    count("row_number", "Position in the batch, from 0.", primary_key=True),
    text("crm", "salesforce or hubspot.", nullable=False),
    text("object_name", "Table stem of the object, such as opportunity.", nullable=False),
    text("record_id", "Id in the CRM; NULL when that was what was wrong."),
    sa.Column(
        "reasons",
        postgresql.ARRAY(sa.Text),
        nullable=False,
        comment="Every critical expectation the record broke, in words.",
    ),
    sa.Column(
        "payload", postgresql.JSONB, nullable=False, comment="The record's fields as landed."
    ),
    instant("set_aside_at", "When validation set it aside.", nullable=False),
    schema="raw",
    comment="One row per record that broke a critical expectation, per landed batch.",
)
