"""facts.agent_work."""

from __future__ import annotations

from datetime import date
from statistics import mean

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    member,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"
AGENT = user_of(
    "salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="9", role_id="R", team_name="T"
)


def work(key: str, item: str | None, closed: str | None, seconds: int | None, **values) -> Version:
    """A piece of work accepted on 5 March at 9:00 and read when it ended."""
    return version(
        "salesforce.agent_work",
        key,
        values.pop("modified", closed or "2026-03-05T09:00"),
        deleted=values.pop("deleted", False),
        **{
            "created_at": at("2026-03-05T08:59"),
            "accepted_at": at("2026-03-05T09:00"),
            "closed_at": at(closed) if closed else None,
            "handle_seconds": seconds,
            "work_item_id": item,
            "agent_user_id": "005A",
            "work_status": "Closed" if closed else "Opened",
            **values,
        },
    )


def case(key: str, **values) -> Version:
    return version(
        "salesforce.case",
        key,
        "2026-03-05",
        created_at=at("2026-03-05"),
        case_status="x",
        is_closed=False,
        **values,
    )


def test_golden_handle_times(warehouse, settings):
    """300, 600, 900, and 120 + 180 of a case that was handed on; one declined."""
    ended = "2026-03-05T10:00"
    put(
        warehouse,
        AGENT,
        member("salesforce", "001A", "salesforce:001A"),
        case("500c1", account_id="001A", origin=" Web ", priority="High", product_id="01T"),
        *(case(f"500c{n}") for n in range(2, 6)),
        work("W1", "500c1", ended, 300, active_seconds=240),
        work("W2", "500c2", ended, 600),
        work("W3", "500c3", ended, 900),
        work("W4", "500c4", ended, 120),
        work("W5", "500c4", "2026-03-05T11:00", 180),
        work("W6", "500c5", None, None, work_status="Declined", declined_at=at(ended)),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.agent_work), APRIL)
    handled = {key: row for key, row in rows.items() if row.is_handled}
    seconds = [row.handle_seconds for row in handled.values()]
    # 300 + 600 + 900 + 120 + 180 = 2100; over 5 pieces of work 420, over 4 cases 525.
    assert mean(seconds) == 420
    assert sum(seconds) / len({row.ticket_id for row in handled.values()}) == 525
    first = rows["work:W1"]
    assert (first.ticket_id, first.customer_id, first.channel) == (
        "salesforce:500c1", "salesforce:001A", "web",
    )  # fmt: skip
    assert (first.agent_user_id, first.role_id, first.team_name) == ("salesforce:005A", "R", "T")
    assert (first.priority, first.product_id) == ("high", "salesforce:01T")
    assert (first.closed_date, first.active_seconds) == (date(2026, 3, 5), 240)
    assert not any(row.is_proxy for row in rows.values())
    declined = rows["work:W6"]
    assert (declined.is_handled, declined.closed_date, declined.handle_seconds) == (
        False, None, None,
    )  # fmt: skip


def test_refused_work_is_not_handled_though_it_ended(warehouse, settings):
    ended = "2026-03-05T10:00"
    put(
        warehouse,
        work("by time", None, ended, 60, declined_at=at(ended)),
        work("called off", None, ended, 60, canceled_at=at(ended)),
        work("by status", None, ended, 60, work_status="Canceled"),
        # Its agent went offline while it waited; another piece of work was made of it.
        work("offline", None, ended, None, accepted_at=None, work_status="Unavailable"),
        work("done", None, ended, 60),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.agent_work), APRIL)
    assert {key for key, row in rows.items() if row.is_handled} == {"work:done"}
    assert {key for key, row in rows.items() if row.closed_date} == {"work:done"}


def test_work_has_not_ended_before_its_end(warehouse, settings):
    put(
        warehouse,
        work("A", None, "2026-03-05T10:00", 60, modified="2026-03-09"),
        work("B", None, "2026-03-05T10:00", 60),
        work("B", None, "2026-03-05T10:00", 60, modified="2026-03-07", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.agent_work)
    assert not any(row.is_handled for row in as_of(rows, "2026-03-05T09:59").values())
    assert all(row.is_handled for row in as_of(rows, "2026-03-05T10:00").values())
    assert set(as_of(rows, APRIL)) == {"work:A"}


def test_without_a_handle_time_it_is_from_accepting_to_closing(warehouse, settings):
    put(
        warehouse,
        work("A", None, "2026-03-05T09:10", None),
        # Accepted after it was closed: not known, and not less than nothing.
        work("B", None, "2026-03-05T08:00", None, modified="2026-03-05T09:30"),
        work("C", None, "2026-03-05T09:10", None, accepted_at=None),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.agent_work), APRIL)
    found = {key: row.handle_seconds for key, row in rows.items()}
    assert found == {"work:A": 600, "work:B": None, "work:C": None}
    assert all(row.is_handled for row in rows.values())


def test_work_on_a_merged_case_is_of_the_one_that_lives_on(warehouse, settings):
    put(
        warehouse,
        case("500A"),
        version(
            "salesforce.case",
            "500B",
            "2026-03-06",
            deleted=True,
            merged_into="500A",
            created_at=at("2026-03-05"),
            case_status="x",
        ),
        work("1", "500B", "2026-03-05T10:00", 60),
        # A chat, say, has no request.
        work("2", "0MwChat", "2026-03-05T10:00", 60),
        # Ids may come with 18 characters.
        case("500000000000001AAA"),
        work("3", "500000000000001", "2026-03-05T10:00", 60),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.agent_work), APRIL)
    assert {key: row.ticket_id for key, row in rows.items()} == {
        "work:1": "salesforce:500A",
        "work:2": None,
        "work:3": "salesforce:500000000000001AAA",
    }


def test_calls_of_customers_stand_for_work_in_hubspot(warehouse, settings):
    def call(key: str, status: str, direction: str | None, milliseconds: int | None) -> Version:
        return version(
            "hubspot.call",
            key,
            "2026-03-06",
            created_at=at("2026-03-05"),
            call_at=at("2026-03-05T10:00"),
            call_status=status,
            call_direction=direction,
            call_duration_milliseconds=milliseconds,
            owner_id="9",
        )

    put(
        warehouse,
        AGENT,
        call("taken", "COMPLETED", "INBOUND", 90_999),
        call("missed", "NO_ANSWER", "INBOUND", None),
        # Selling is not service.
        call("made", "COMPLETED", "OUTBOUND", 60_000),
        call("unknown", "COMPLETED", None, 60_000),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.agent_work), APRIL)
    assert {key: row.is_handled for key, row in rows.items()} == {
        "call:taken": True, "call:missed": False,
    }  # fmt: skip
    taken = rows["call:taken"]
    assert (taken.handle_seconds, taken.is_proxy, taken.channel) == (90, True, "phone")
    assert (taken.agent_user_id, taken.closed_date) == ("salesforce:005A", date(2026, 3, 5))
