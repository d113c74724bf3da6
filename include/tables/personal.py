"""What is read of people, and what stands for it once a person is to be forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from include.tables.source_object import SourceObject

PEOPLE = ("salesforce.lead", "salesforce.contact", "hubspot.contact")
# By them records are of one person, and people of one company.
ADDRESSES = ("email", "additional_emails")
# By it those who share the mailbox of a desk are told apart.
PERSON_NAME = {
    "salesforce.lead": "lead_name",
    "salesforce.contact": "contact_name",
    "hubspot.contact": "last_name",
}
# What names people besides, by object; nothing reads it but a person's whole name.
NAMES: Mapping[str, tuple[str, ...]] = {
    "salesforce.lead": ("company_name",),
    "salesforce.contact": ("title",),
    "hubspot.contact": ("first_name",),
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

    kept: frozenset[str] = frozenset()
    _made: dict[str, str] = field(default_factory=dict)

    def of_name(self, name: str) -> str:
        """What stands for a name."""
        return self._made.setdefault(f"name {name}", by_chance())

    def of(self, text: str) -> str:
        """Addresses, separated by semicolons, each with what stands for it."""
        return ";".join(self._of_one(address) for address in text.split(";"))

    def _of_one(self, address: str) -> str:
        plain = bare(address)
        if not plain or plain in self.kept or plain.startswith(FORGOTTEN):
            return address
        _, at_sign, domain = plain.rpartition("@")
        return self._made.setdefault(plain, f"{by_chance()}{at_sign}{domain if at_sign else ''}")


@dataclass(frozen=True)
class Erasure:
    """Records of one object of which nothing is to name a person any more.

    `called` has, by id, what stands for the name of the person.
    """

    source: SourceObject
    record_ids: frozenset[str]
    pseudonyms: Pseudonyms
    called: Mapping[str, str]

    @property
    def is_of_people(self) -> bool:
        """The records stand for people; others only mention some."""
        return self.source.id in PEOPLE

    @property
    def names(self) -> dict[str, str]:
        """Record paths of what is emptied, by column."""
        return self._paths(NAMES[self.source.id])

    @property
    def person_name(self) -> dict[str, str]:
        """Record path of the name that something stands for, by column; none where it is of no person."""
        return self._paths((PERSON_NAME.get(self.source.id, ""),))

    @property
    def addresses(self) -> dict[str, str]:
        """Record paths of mail addresses, by column."""
        return self._paths(ADDRESSES if self.is_of_people else ())

    def _paths(self, columns: tuple[str, ...]) -> dict[str, str]:
        return {each.column: each.source for each in self.source.fields if each.column in columns}


def by_chance() -> str:
    """Something that stands for what is forgotten, and tells nothing of it."""
    return f"{FORGOTTEN}{secrets.token_hex(8)}"


def bare(address: str) -> str:
    """A mail address as addresses are compared."""
    return address.strip().lower()
