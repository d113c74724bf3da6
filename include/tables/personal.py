"""What is read of people, and what stands for it once a person is to be forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from include.tables.source_object import SourceObject

PEOPLE = ("salesforce.lead", "salesforce.contact", "hubspot.contact")
# By them records are of one person, and people of one company.
ADDRESSES = ("email", "additional_emails")
# What names people besides, by object; no metric reads it.
NAMES: Mapping[str, tuple[str, ...]] = {
    "salesforce.lead": ("lead_name", "company_name"),
    "salesforce.contact": ("contact_name", "title"),
    "hubspot.contact": ("first_name", "last_name"),
    "salesforce.task": ("subject",),
    "salesforce.event": ("subject",),
    "salesforce.case": ("subject",),
    "hubspot.ticket": ("subject",),
}
FORGOTTEN = "forgotten-"


@dataclass(frozen=True)
class Pseudonyms:
    """What stands for mail addresses: something by chance at the same domain, the same each time.

    So whatever an address tied stays tied. Those in `kept` stay as they are.
    """

    kept: frozenset[str]
    _made: dict[str, str] = field(default_factory=dict)

    def of(self, text: str) -> str:
        """Addresses, separated by semicolons, each with what stands for it."""
        return ";".join(self._of_one(address) for address in text.split(";"))

    def _of_one(self, address: str) -> str:
        plain = bare(address)
        if not plain or plain in self.kept or plain.startswith(FORGOTTEN):
            return address
        local = f"{FORGOTTEN}{secrets.token_hex(8)}"
        _, at_sign, domain = plain.rpartition("@")
        return self._made.setdefault(plain, f"{local}{at_sign}{domain if at_sign else ''}")


@dataclass(frozen=True)
class Erasure:
    """Records of one object of which nothing is to name a person any more."""

    source: SourceObject
    record_ids: frozenset[str]
    pseudonyms: Pseudonyms

    @property
    def is_of_people(self) -> bool:
        """The records stand for people; others only mention some."""
        return self.source.id in PEOPLE

    @property
    def names(self) -> dict[str, str]:
        """Record paths of what is emptied, by column."""
        return self._paths(NAMES[self.source.id])

    @property
    def addresses(self) -> dict[str, str]:
        """Record paths of mail addresses, by column."""
        return self._paths(ADDRESSES if self.is_of_people else ())

    def _paths(self, columns: tuple[str, ...]) -> dict[str, str]:
        return {each.column: each.source for each in self.source.fields if each.column in columns}


def bare(address: str) -> str:
    """A mail address as addresses are compared."""
    return address.strip().lower()
