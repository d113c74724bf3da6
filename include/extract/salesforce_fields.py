"""Which fields of an object are asked for, and the SOQL that asks."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.core.errors import AccessError, StopError
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_currency import OWN_CURRENCY, own_currency
from include.extract.salesforce_permissions import SHOWN_IN_PART, held_permissions, require_all
from include.tables.source_object import SourceObject

# An address is read by its parts (BillingCountry), and nobody counts files.
_COMPOUND_TYPES = ("address", "location", "base64")


@dataclass(frozen=True)
class Selection:
    """The fields of one object that exist in this org and are asked for.

    `custom_names` are the configured ones among `names`, `missing_names` what we need besides and
    the org does not show. `told` are values of ours that no query gives, the same of every record.
    `has_deletion_log` says that the org tells which records were deleted for good.
    """

    names: tuple[str, ...]
    custom_names: tuple[str, ...]
    missing_names: tuple[str, ...]
    has_deletion_log: bool
    told: Mapping[str, str]


def select_fields(
    client: SalesforceClient, source: SourceObject, custom_fields: Sequence[str]
) -> Selection:
    """What the org's description of the object and our need have in common.

    Raises as `selection`; AccessError also when the object is not shown to us, or only in part.
    """
    description = client.json("GET", f"sobjects/{source.name}/describe")
    if source.name in SHOWN_IN_PART:
        require_all(source.name, held_permissions(client))
    chosen = selection(description, source, custom_fields)
    if OWN_CURRENCY not in chosen.missing_names:
        return chosen
    code = own_currency(client)
    if code is None:
        return chosen
    missing_names = tuple(name for name in chosen.missing_names if name != OWN_CURRENCY)
    return replace(chosen, missing_names=missing_names, told={OWN_CURRENCY: code})


def selection(
    description: Mapping[str, Any], source: SourceObject, custom_fields: Sequence[str]
) -> Selection:
    """What an object's description and our need have in common.

    A needed field that the edition or the user's permissions do not show is left out.

    Raises:
        AccessError: the object may not be queried, or its key or its cursor is not shown to us.
        StopError: the cursor cannot be filtered by; a configured custom field does not exist or
            has no value of its own.
    """
    if not description.get("queryable", True):
        raise AccessError(
            f"Salesforce does not let us query {source.name}.",
            "Give the integration user read access to it in a permission set.",
        )
    types = {field["name"]: field["type"] for field in description["fields"]}
    fixed = {field["name"] for field in description["fields"] if not field.get("filterable", True)}
    needed = (
        source.key,
        source.cursor,
        source.deleted,
        source.merged_into,
        *(field.source for field in source.fields),
    )
    for name in (source.key, source.cursor):
        if name and name not in types:
            raise AccessError(
                f"{source.name} does not show us {name}, without which it cannot be read.",
                "Give the integration user read access to the field in a permission set.",
            )
    if source.cursor in fixed:
        raise StopError(
            f"Salesforce does not let us filter {source.name} by {source.cursor}.",
            "Give the object no cursor and mode full in include/tables: it is read whole each time.",
        )
    for name in custom_fields:
        _check_custom_field(source, name, types)
    names = [name for name in needed if name and types.get(name, "base64") not in _COMPOUND_TYPES]
    return Selection(
        names=tuple(dict.fromkeys([*names, *custom_fields])),
        custom_names=tuple(dict.fromkeys(custom_fields)),
        missing_names=tuple(name for name in needed if name and name not in types),
        has_deletion_log=bool(description.get("replicateable")) and source.deleted is not None,
        told={},
    )


def _check_custom_field(source: SourceObject, name: str, types: dict[str, Any]) -> None:
    """Refuse a configured field that cannot be asked for.

    Raises:
        StopError: naming the field and the nearest that exists.
    """
    setting = f"custom_fields of {source.table} in sources.yaml"
    if name not in types:
        nearest = difflib.get_close_matches(name, types, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise StopError(
            f"{source.name} has no field {name}, or does not show it to us.{hint}",
            f"Correct {setting}, or give the integration user read access to the field.",
        )
    if types[name] in _COMPOUND_TYPES:
        raise StopError(
            f"{source.name}.{name} is of type {types[name]} and has no value of its own.",
            f"Name its parts in {setting} instead.",
        )
