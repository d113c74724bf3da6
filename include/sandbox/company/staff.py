"""Who works at the company: Salesforce users with roles and managers, the same people in HubSpot.

Among them are those that are easily counted wrong: the integration user of the native sync, an
automated process, two portal users, a user who left, one without a role, one who never logged in
and one who only ever failed to, until she was frozen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.names import person_names
from include.sandbox.company.timeline import DAY, HOUR, Timeline

INTEGRATION_USERNAME = "integration@example.com"
MAIL_DOMAIN = "example.com"

# Role, and the role above it.
ROLES = (
    ("CEO", None),
    ("VP Sales", "CEO"),
    ("VP Marketing", "CEO"),
    ("VP Customer Success", "CEO"),
    ("Sales Manager AMER", "VP Sales"),
    ("Sales Manager EMEA", "VP Sales"),
    ("Account Executive AMER", "Sales Manager AMER"),
    ("Account Executive EMEA", "Sales Manager EMEA"),
    ("Sales Development", "VP Sales"),
    ("Marketing", "VP Marketing"),
    ("Support Agent", "VP Customer Success"),
)
_ROLE_NUMBERS = {name: number for number, (name, _) in enumerate(ROLES)}
_HEADS = ("CEO", "VP Sales", "VP Marketing", "VP Customer Success", "Sales Manager AMER", "Sales Manager EMEA")  # fmt: skip
_FIRST_TEAM_ID = 200
_DEPARTMENTS = {"CEO": "Executive", "Marketing": "Marketing", "VP Marketing": "Marketing"}


@dataclass(frozen=True)
class Person:
    """One user. `hired`, `left` and `frozen` are instants.

    A program or a portal user is not an employee.
    """

    first: str
    last: str
    email: str
    role: str | None
    manager: int | None
    hired: int
    left: int | None = None
    frozen: int | None = None
    user_type: str = "Standard"
    logs_in: str = "normally"

    @property
    def is_employee(self) -> bool:
        """A person on the payroll, who is a HubSpot owner as well."""
        return self.user_type == "Standard" and self.email != INTEGRATION_USERNAME

    @property
    def department(self) -> str:
        """Department as typed in."""
        if self.role is None:
            return ""
        if self.role == "Support Agent" or self.role == "VP Customer Success":
            return "Customer Success"
        return _DEPARTMENTS.get(self.role, "Sales")

    @property
    def team(self) -> str:
        """HubSpot team."""
        return self.department or "Sales"


class Staff:
    """Everybody by number: heads first, then sellers, developers, agents, marketing, the special.

    `sellers` and `agents` are in the order they were hired. `forecast_managers` are the heads, by role.
    """

    def __init__(self, timeline: Timeline, size: int, seed: int) -> None:
        generator = np.random.default_rng([seed, 1])
        sellers = int(np.clip(size // 120, 6, 240))
        others = max(2, sellers // 3)
        roles: list[str | None] = [*_HEADS]
        self.forecast_managers = {role: number for number, role in enumerate(_HEADS)}
        roles += ["Account Executive EMEA" if n % 3 == 2 else "Account Executive AMER" for n in range(sellers)]  # fmt: skip
        roles += ["Sales Development"] * others + ["Support Agent"] * others + ["Marketing"] * 2
        first_seller = len(_HEADS)
        self.sellers = np.arange(first_seller, first_seller + sellers)
        self.developers = np.arange(first_seller + sellers, first_seller + sellers + others)
        self.agents = self.developers + others
        self.people = _employees(generator, timeline, roles, self.sellers)
        self._add_special(timeline)
        numbers = np.arange(len(self.people))
        self.salesforce_ids = np.array(salesforce_ids("User", numbers), dtype=object)
        self.owner_ids = np.array(hubspot_ids("owners", numbers), dtype=object)
        self.hubspot_user_ids = [int(value) for value in hubspot_ids("users", numbers)]
        self._hired = np.array([person.hired for person in self.people])
        self._left = np.array(
            [person.left if person.left else timeline.until for person in self.people]
        )
        self.skill = generator.normal(0, 0.04, len(self.people))

    def _add_special(self, timeline: Timeline) -> None:
        manager = _HEADS.index("Sales Manager AMER")
        recently = timeline.until - 20 * DAY
        start = timeline.start
        self.integration = len(self.people)
        self.people += [
            Person("HubSpot", "Integration", INTEGRATION_USERNAME, None, None, start, logs_in="as a program"),
            Person("Automated", "Process", f"autoproc@{MAIL_DOMAIN}", None, None, start, user_type="AutomatedProcess", logs_in="never"),
            Person("Pat", "Portal", "pat@alpine-foods.example", None, None, recently, user_type="PowerCustomerSuccess"),
            Person("Kim", "Portal", "kim@cedar-media.example", None, None, start, user_type="CspLitePortal", logs_in="never"),
            Person("Nell", "Newcomer", f"nell.newcomer@{MAIL_DOMAIN}", "Sales Development", manager, recently, logs_in="never"),
            Person("Fay", "Forgetful", f"fay.forgetful@{MAIL_DOMAIN}", "Sales Development", manager, recently, frozen=timeline.until - 5 * DAY, logs_in="in vain"),
        ]  # fmt: skip

    def team_id(self, team: str) -> str:
        """HubSpot's id of a team."""
        teams = sorted({person.team for person in self.people if person.is_employee})
        return str(_FIRST_TEAM_ID + teams.index(team))

    def working(
        self, generator: np.random.Generator, among: np.ndarray, instants: np.ndarray
    ) -> np.ndarray:
        """One of `among` who worked here at each instant, long-serving ones a bit more often."""
        hired = np.sort(self._hired[among])
        order = among[np.argsort(self._hired[among], kind="stable")]
        available = np.maximum(np.searchsorted(hired, instants, side="right"), 1)
        picked = (generator.random(len(instants)) ** 1.15 * available).astype(np.int64)
        has_left = self._left[order[picked]] <= instants
        picked = np.where(has_left, (picked + 1) % available, picked)
        return order[picked]


def _employees(
    generator: np.random.Generator,
    timeline: Timeline,
    roles: list[str | None],
    sellers: np.ndarray,
) -> list[Person]:
    """One person per role; the second seller left, the third has no role."""
    names = person_names(generator, len(roles))
    hired = timeline.start + np.where(
        generator.random(len(roles)) < 0.6, HOUR, generator.integers(HOUR, 900 * DAY, len(roles))
    )
    hired[: len(_HEADS)] = timeline.start + HOUR
    hired[sellers[:2]] = timeline.start + HOUR
    people = []
    for number, (role, (first, last)) in enumerate(zip(roles, names, strict=True)):
        people.append(
            Person(
                first=first,
                last=last,
                email=f"{first}.{last}.{number}@{MAIL_DOMAIN}".lower(),
                role=None if number == sellers[2] else role,
                manager=_manager(role),
                hired=int(hired[number]),
                left=timeline.until - 240 * DAY if number == sellers[1] else None,
            )
        )
    return people


def _manager(role: str | None) -> int | None:
    """Number of the head in the role above."""
    above = ROLES[_ROLE_NUMBERS[role]][1] if role else None
    return _HEADS.index(above) if above else None
