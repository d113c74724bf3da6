"""Who logged in, who created what, and what was done."""

from __future__ import annotations

from tests.golden.org import Org


def people(org: Org) -> None:
    """U1 to U7 of the examples: U5 has left, and U6 is the integration."""
    org.user("U1", "AE", last_login="2026-03-29T10:00", changed="2026-03-29T10:00")
    org.user("U2", "AE", last_login="2026-03-23T09:00", changed="2026-03-23T09:00")
    org.user("U3", "SDR", last_login="2026-03-24T00:00", changed="2026-03-24T00:00")
    org.user("U4")
    org.user("U5", is_active=False, last_login="2026-03-30T08:00", changed="2026-03-30T09:00")
    org.user("U6", last_login="2026-03-30T23:00", changed="2026-03-30T23:00")
    org.user("U7", last_login="2026-03-11T08:00", changed="2026-03-11T08:00")


def fill(org: Org) -> None:
    """Put the people into the org."""
    people(org)


ANSWERS = ()
