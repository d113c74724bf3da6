"""Work on service requests: first answers, mails, comments, changes of status, and agents' time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company.files import blank
from include.sandbox.company.identifiers import salesforce_ids
from include.sandbox.company.timeline import HOUR, salesforce_times
from include.sandbox.company.world import World

_SEED = 7_003
_MEDIAN_MINUTES = 55
_ANSWERED_RATE = 0.95
_MEDIAN_HANDLE_SECONDS = 540
_DECLINED_EVERY, _CANCELED_EVERY, _TRANSFERRED_EVERY, _NOTED_EVERY = 11, 29, 13, 4
_BY_MAIL = (0, 1, 3)
# Email statuses: read, and sent.
_READ, _SENT = "1", "3"


def work_generator(world: World, kind: str) -> np.random.Generator:
    """A generator of its own: what else is drawn for the company does not depend on it."""
    number = int(world.number(f"blocks of {kind}", 1)[0])
    return np.random.default_rng([world.seed, _SEED, number, *kind.encode()])


def draw_answers(
    world: World, kind: str, created: np.ndarray, resolved: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(when somebody answered first, whether somebody did): before the request was resolved."""
    generator = work_generator(world, f"answers to {kind}")
    count = len(created)
    wait = generator.lognormal(np.log(_MEDIAN_MINUTES * 60), 1.1, count)
    at = created + np.maximum(60, np.minimum(wait, 0.8 * (resolved - created))).astype(np.int64)
    is_given = generator.random(count) < _ANSWERED_RATE
    # Closed when filed: nobody answered anything.
    is_given &= (at < world.timeline.until) & (resolved > created + 120)
    return at, is_given


@dataclass
class Requests:
    """Service requests by position; times are instants, `resolved` the latest closing."""

    customer: np.ndarray
    person: np.ndarray
    created: np.ndarray
    first_resolved: np.ndarray
    resolved: np.ndarray
    is_closed: np.ndarray
    agent: np.ndarray
    priority: np.ndarray
    origin: np.ndarray
    subject: list[str]
    number: np.ndarray
    answered: np.ndarray
    is_answered: np.ndarray

    def only(self, kept: np.ndarray) -> Requests:
        """The requests at these positions."""
        columns = {name: values for name, values in vars(self).items() if name != "subject"}
        return Requests(
            **{name: values[kept] for name, values in columns.items()},
            subject=[self.subject[position] for position in kept.tolist()],
        )


def write_case_work(world: World, cases: Requests, ids: np.ndarray) -> None:
    """Mails, comments, changes of status and agents' work of the cases of a block."""
    generator = work_generator(world, "case work")
    agents = world.staff.salesforce_ids[cases.agent]
    # The automated process confirms every mail at once; that answers nothing.
    robot = world.staff.salesforce_ids[world.staff.integration + 1]
    is_by_mail = np.isin(cases.origin, _BY_MAIL)
    _write_mails(world, cases, ids, np.flatnonzero(is_by_mail), agents, robot)
    _write_comments(world, cases, ids, np.flatnonzero(~is_by_mail), agents)
    _write_history(world, cases, ids, agents)
    _write_agent_work(world, generator, cases, ids)


def _write_mails(
    world: World,
    cases: Requests,
    ids: np.ndarray,
    held: np.ndarray,
    agents: np.ndarray,
    robot: str,
) -> None:
    """The customer's mail, its automatic confirmation, and the first answer."""
    answered = held[cases.is_answered[held]]
    confirmed = held[cases.created[held] + 5 < world.timeline.until]
    case = np.concatenate([held, confirmed, answered])
    at = np.concatenate(
        [cases.created[held], cases.created[confirmed] + 5, cases.answered[answered]]
    )
    kinds = [len(held), len(confirmed), len(answered)]
    stamps = salesforce_times(at)
    world.files.salesforce(
        "EmailMessage",
        len(case),
        {
            "Id": salesforce_ids("EmailMessage", world.number("case mails", len(case))),
            "IsDeleted": False,
            "ParentId": ids[case].tolist(),
            "ActivityId": None,
            "Incoming": np.repeat([True, False, False], kinds).tolist(),
            "Status": np.repeat([_READ, _SENT, _SENT], kinds).tolist(),
            "AutomationType": [None] * kinds[0] + ["AutoResponse"] * kinds[1] + [None] * kinds[2],
            "MessageDate": stamps,
            "CreatedById": [robot] * (kinds[0] + kinds[1]) + agents[answered].tolist(),
            "CreatedDate": stamps,
            "LastModifiedDate": stamps,
            "SystemModstamp": stamps,
        },
    )


def _write_comments(
    world: World, cases: Requests, ids: np.ndarray, held: np.ndarray, agents: np.ndarray
) -> None:
    """An answer by comment, sometimes after a note the customer does not see."""
    answered = held[cases.is_answered[held]]
    noted = answered[cases.number[answered] % _NOTED_EVERY == 0]
    case = np.concatenate([noted, answered])
    middle = (cases.created[noted] + cases.answered[noted]) // 2
    stamps = salesforce_times(np.concatenate([middle, cases.answered[answered]]))
    world.files.salesforce(
        "CaseComment",
        len(case),
        {
            "Id": salesforce_ids("CaseComment", world.number("case comments", len(case))),
            "IsDeleted": False,
            "ParentId": ids[case].tolist(),
            "IsPublished": np.repeat([False, True], [len(noted), len(answered)]).tolist(),
            "CreatedById": agents[case].tolist(),
            "CreatedDate": stamps,
            "LastModifiedDate": stamps,
            "SystemModstamp": stamps,
        },
    )


def _write_history(world: World, cases: Requests, ids: np.ndarray, agents: np.ndarray) -> None:
    """Changes of status: taken up, closed, and opened again before the latest closing."""
    until = world.timeline.until
    is_slow = cases.resolved > cases.created + 120
    taken = np.flatnonzero(cases.is_answered)
    closed = np.flatnonzero((cases.first_resolved < until) & is_slow)
    again = np.flatnonzero((cases.first_resolved < cases.resolved) & (cases.first_resolved < until))
    opened = (cases.first_resolved[again] + cases.resolved[again]) // 2
    again, opened = again[opened < until], opened[opened < until]
    twice = again[cases.resolved[again] < until]
    parts = (
        (taken, cases.answered[taken], "New", "Working"),
        (closed, cases.first_resolved[closed], "Working", "Closed"),
        (again, opened, "Closed", "Working"),
        (twice, cases.resolved[twice], "Working", "Closed"),
    )
    case = np.concatenate([part[0] for part in parts])
    counts = [len(part[0]) for part in parts]
    world.files.salesforce(
        "CaseHistory",
        len(case),
        {
            "Id": salesforce_ids("CaseHistory", world.number("case changes", len(case))),
            "IsDeleted": False,
            "CaseId": ids[case].tolist(),
            "Field": "Status",
            "OldValue": np.repeat([part[2] for part in parts], counts).tolist(),
            "NewValue": np.repeat([part[3] for part in parts], counts).tolist(),
            "CreatedById": agents[case].tolist(),
            "CreatedDate": salesforce_times(np.concatenate([part[1] for part in parts])),
        },
    )


def _write_agent_work(
    world: World, generator: np.random.Generator, cases: Requests, ids: np.ndarray
) -> None:
    """Work routed to agents: a piece a case, some declined or called off before, some handed on."""
    held = np.flatnonzero(cases.is_answered & (cases.answered + 3 * HOUR < world.timeline.until))
    parts = (
        held[cases.number[held] % _DECLINED_EVERY == 3],
        held[cases.number[held] % _CANCELED_EVERY == 7],
        held,
        held[cases.number[held] % _TRANSFERRED_EVERY == 5],
    )
    case = np.concatenate(parts)
    kind = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    is_declined, is_canceled, is_handled = kind == 0, kind == 1, kind >= 2
    seconds = generator.lognormal(np.log(_MEDIAN_HANDLE_SECONDS), 0.6, len(case))
    handle = np.clip(seconds, 45, 3_500).astype(np.int64)
    accepted = cases.answered[case] + np.array([-40, -30, 0, 7_200])[kind]
    closed = accepted + handle
    ended = salesforce_times(np.where(is_handled, closed, accepted))
    # Who declined is the agent before in the list, who took over the one after.
    agents = np.sort(world.staff.agents)
    place = np.searchsorted(agents, cases.agent[case]) + np.array([-1, 0, 0, 1])[kind]
    agent = agents[place % len(agents)]
    world.files.salesforce(
        "AgentWork",
        len(case),
        {
            "Id": salesforce_ids("AgentWork", world.number("agent work", len(case))),
            "IsDeleted": False,
            "UserId": world.staff.salesforce_ids[agent].tolist(),
            "WorkItemId": ids[case].tolist(),
            "Status": np.array(["Declined", "Canceled", "Closed", "Closed"])[kind].tolist(),
            "AcceptDateTime": salesforce_times(accepted, ~is_handled),
            "CloseDateTime": salesforce_times(closed, ~is_handled),
            "DeclineDateTime": salesforce_times(accepted, ~is_declined),
            "CancelDateTime": salesforce_times(accepted, ~is_canceled),
            "HandleTime": blank(handle.tolist(), ~is_handled),
            "ActiveTime": blank((handle * 4 // 5).tolist(), ~is_handled),
            "CreatedDate": salesforce_times(accepted - 20),
            "LastModifiedDate": ended,
            "SystemModstamp": ended,
        },
    )
