"""One Airflow for all tests of this folder: to start another takes a minute of CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core import embedded
from include.core.warehouse import engine_for
from include.sandbox import demo as launcher
from include.sandbox.airflow_server import AirflowServer
from tests.postgres import wait_for_no_disk

# Where it is neither about midnight nor shortly before: runs would wait for the CRMs to show the day
# that has just ended, and the scheduler would start that of the next one among those of the tests.
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
ZONE = NEW_YORK if 1 <= datetime.now(NEW_YORK).hour < 22 else BERLIN
LATE_AFTER_SECONDS = 20
# So few that three years have some twenty days with won deals: what the values of all history take
# grows with the company, and nothing here is about many records.
DEALS = 60


@dataclass
class Installation:
    """A running demo, the day it was started on, and the mails that came from it."""

    demo: launcher.Demo
    server: AirflowServer
    midnight: datetime
    environment: dict[str, str]

    @property
    def warehouse(self) -> sa.Engine:
        """The warehouse the tasks write to."""
        url = embedded.start(self.demo.folder / "postgres")
        return engine_for(sa.make_url(url).set(database="warehouse"))

    def wait(self, dag_id: str, run_id: str) -> str:
        """The state a run ends in."""
        for _ in self.server.watch(dag_id, run_id):
            pass
        if (state := self.server.state(dag_id, run_id)) == "failed":
            failed = [
                (task["task_id"], task.get("rendered_map_index"))
                for task in self.server.task_instances(dag_id, run_id)
                if task["state"] == "failed"
            ]
            pytest.fail(f"{dag_id} {run_id} failed in {failed}")
        return state

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox CRMs listen: the first line they printed."""
        return (self.demo.processes.logs / "server.log").read_text().splitlines()[0]

    def mails(self) -> list[Path]:
        """Reports the SMTP server took so far."""
        return sorted(self.demo.mailbox.glob("*-executives@example.com.eml"))

    def notices(self, words: str) -> list[EmailMessage]:
        """The mails with these words in the subject."""
        parser = BytesParser(policy=policy.default)
        mails = [parser.parsebytes(p.read_bytes()) for p in sorted(self.demo.mailbox.glob("*.eml"))]
        return [mail for mail in mails if words in mail["Subject"]]


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A started demo with a small company, nothing read yet, and reports that are late soon.

    Gone with the tests of this folder: an idle Airflow takes a quarter of a core from all others.
    """
    demo = launcher.Demo(tmp_path_factory.mktemp("installation"))
    now = datetime.now(UTC)
    configure = launcher._company_config

    def late_soon(demo: launcher.Demo, *arguments: Any) -> dict[str, str]:
        told = configure(demo, *arguments)
        audiences = demo.config / "audiences.yaml"
        late = f"late_after_hours: {LATE_AFTER_SECONDS / 3600}"
        audiences.write_text(audiences.read_text().replace("late_after_hours: 2", late))
        calendar = demo.config / "calendar.yaml"
        calendar.write_text(calendar.read_text().replace(NEW_YORK.key, ZONE.key))
        return told

    try:
        wait_for_no_disk(embedded.start(demo.postgres))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(launcher, "_company_config", late_soon)
            server = launcher.start(demo, now, deals=DEALS, environment={})
        midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        scheduler = next(
            process for process in demo.processes.running() if "scheduler" in process.cmdline()
        )
        yield Installation(demo, server, midnight, scheduler.environ())
    finally:
        launcher.stop(demo)
