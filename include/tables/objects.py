"""Every object we read, of both CRMs, in one explicit tuple."""

from __future__ import annotations

from include.tables.hubspot import HUBSPOT_OBJECTS
from include.tables.salesforce import SALESFORCE_OBJECTS
from include.tables.source_object import SourceObject

SOURCE_OBJECTS: tuple[SourceObject, ...] = (*SALESFORCE_OBJECTS, *HUBSPOT_OBJECTS)


def source_object(object_id: str) -> SourceObject:
    """The object with this id, such as `salesforce.opportunity`.

    Raises:
        KeyError: no object has it.
    """
    for candidate in SOURCE_OBJECTS:
        if candidate.id == object_id:
            return candidate
    known = ", ".join(candidate.id for candidate in SOURCE_OBJECTS)
    raise KeyError(f"{object_id!r} is not an object we read; the objects are {known}")
