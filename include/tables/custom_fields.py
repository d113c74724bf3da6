"""Custom fields of sources.yaml against the objects there are."""

from __future__ import annotations

from pathlib import Path

from include.core.errors import ConfigurationError
from include.core.settings_sources import Sources
from include.tables.objects import SOURCE_OBJECTS


def check_custom_fields(sources: Sources, folder: Path) -> None:
    """Refuse custom fields of objects that are not read: nothing would ever ask for them.

    Raises:
        ConfigurationError: naming each object in the folder's sources.yaml, and what to do.
    """
    problems = []
    for crm in ("salesforce", "hubspot"):
        known = {source.table for source in SOURCE_OBJECTS if source.crm == crm}
        problems += [
            f"{folder / 'sources.yaml'}: {crm}.custom_fields.{name}: there is no such object."
            for name in sorted(sources.of(crm).custom_fields.keys() - known)
        ]
    if problems:
        raise ConfigurationError(
            "The custom fields are not usable:\n" + "\n".join(problems),
            "\nName objects as docs/tables.md does, such as opportunity; nothing has run.",
        )
