"""The contract between the stages: every table and column, what it means, and what is read from each CRM.

Importing this package registers every table on `metadata`.
"""

from include.tables import facts, metrics, ops, raw, reports, stage
from include.tables.base import SCHEMAS, metadata
from include.tables.objects import SOURCE_OBJECTS, source_object

__all__ = [
    "SCHEMAS",
    "SOURCE_OBJECTS",
    "facts",
    "metadata",
    "metrics",
    "ops",
    "raw",
    "reports",
    "source_object",
    "stage",
]
