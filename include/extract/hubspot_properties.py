"""Which properties an account has of an object, asked anew for every reading."""

from __future__ import annotations

from collections.abc import Sequence

from include.core.errors import AccessError, ConfigurationError
from include.extract.hubspot_client import HubSpotClient
from include.tables.source_object import SourceObject

# Properties that hold sensitive data are shown only to those who ask for them as such.
SENSITIVITIES = ("sensitive", "highly_sensitive")


def object_properties(
    client: HubSpotClient, source: SourceObject, custom_fields: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Properties to ask for, and those of `source` this account does not show.

    The first are the object's own, then the configured ones.

    Raises:
        ConfigurationError: the account lacks a configured property.
        AccessError: the account lacks the object, or the app its scope.
    """
    wanted = [
        field.source.removeprefix("properties.")
        for field in source.fields
        if field.source.startswith("properties.")
    ]
    existing = property_names(client, source.name)
    if not existing.issuperset(custom_fields):
        _find_sensitive(client, source, set(custom_fields) - existing)
    asked = dict.fromkeys([*(name for name in wanted if name in existing), *custom_fields])
    return list(asked), [name for name in wanted if name not in asked]


def property_names(client: HubSpotClient, type_: str, sensitivity: str = "") -> set[str]:
    """Internal names of the properties of a type, those of a sensitivity where one is named."""
    parameters = {"dataSensitivity": sensitivity} if sensitivity else None
    answer = client.get(client.path("properties", type=type_), parameters)
    return {str(property_["name"]) for property_ in answer["results"]}


def _find_sensitive(client: HubSpotClient, source: SourceObject, names: set[str]) -> None:
    """Make sure that configured properties which are not plain ones are there as sensitive ones."""
    for sensitivity in SENSITIVITIES:
        try:
            names = names - property_names(client, source.name, sensitivity)
        except AccessError:
            continue
    if names:
        raise ConfigurationError(
            f"HubSpot's {source.name} have no property {', '.join(sorted(names))}, or none that "
            "this app may see.",
            f"Correct hubspot.custom_fields.{source.table} in sources.yaml (internal names, not "
            "labels), create the property in HubSpot, or, when it is a sensitive one, grant the "
            f"app the scope crm.objects.{source.name}.sensitive.read.",
        )
