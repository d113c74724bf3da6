"""The doctor's look as tasks take it: through Airflow's connections, into the task's log."""

from __future__ import annotations

import io

from crm_airflow import connections, steps
from include.core.errors import StopError
from include.core.paths import paths_from_environment


def examine() -> bool:
    """Look at everything the metrics need, print and store what was found; whether all is in order.

    Raises nothing for what is not in order: the findings say it.
    """
    from include.doctor.examine import examine as look
    from include.doctor.lineage import Lineage
    from include.doctor.page import write_page
    from include.doctor.store import store_findings
    from include.doctor.verdict import is_in_order, verdicts
    from include.metrics.catalogue import CATALOGUE

    settings, warehouse = steps.settings(), connections.warehouse_engine()
    landing = paths_from_environment().landing
    findings = look(settings, connections.find_connection, warehouse, landing)
    store_findings(warehouse, findings, steps.now())
    page = io.StringIO()
    write_page(findings, verdicts(CATALOGUE, findings, Lineage(settings)), settings, page)
    # Line by line: Airflow's log shows a line as one entry.
    for line in page.getvalue().splitlines():
        print(line)
    return is_in_order(findings)


def examine_strictly() -> None:
    """The same, for somebody who waits for the answer.

    Raises:
        StopError: a connection does not work, or an object that is not optional is not readable.
    """
    if not examine():
        raise StopError(
            "A connection does not work, or an object that the metrics need is not readable.",
            "The log of this task lists what to do.",
        )
