"""A run is watched for as long as something of it moves, however slow the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.core.errors import RetryableError
from include.sandbox import airflow_server
from include.sandbox.airflow_server import AirflowServer


class Told(AirflowServer):
    """Tells what it was made to tell, a look after the other, and the last of it for ever."""

    looks: Iterator[list[dict[str, Any]]]
    last: list[dict[str, Any]]

    def state(self, dag_id: str, run_id: str) -> str:
        self.__dict__["last"] = next(self.looks, self.last)
        return "running" if self.last else "success"

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self.last


def told(*looks: list[dict[str, Any]]) -> Told:
    server = Told("http://127.0.0.1:1", "password")
    server.__dict__["looks"] = iter(looks)
    server.__dict__["last"] = []
    return server


def task(state: str | None, tries: int = 1) -> dict[str, Any]:
    return {"task_id": "facts", "map_index": -1, "try_number": tries, "state": state}


@pytest.fixture(autouse=True)
def time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleeping takes the seconds it is told to, at once."""
    clock = [0.0]
    monkeypatch.setattr(airflow_server.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(airflow_server.time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s))
    monkeypatch.setattr(airflow_server, "STANDS_STILL_SECONDS", 10)


def test_each_change_is_shown_once_until_the_run_ends() -> None:
    """Of two seconds each: 8 looks without a change in all, yet never more than four in a row."""
    queued, running, again = [task("queued")], [task("running")], [task("running", 2)]
    looks = [*[queued] * 5, *[running] * 5, again, []]
    assert list(told(*looks).watch("crm_daily", "run")) == [queued, running, again]


def test_a_run_that_stands_still_is_given_up() -> None:
    with pytest.raises(
        RetryableError, match=r"crm_daily run is running, .* 10 s\. Not done: facts \(running\)"
    ):
        list(told([task("queued")], [task("running")]).watch("crm_daily", "run"))


def test_a_task_without_a_state_is_looked_at_like_others() -> None:
    assert list(told([task(None)], [task("queued")], []).watch("crm_daily", "run")) == [
        [task(None)],
        [task("queued")],
    ]
