"""Imported by every Airflow process; its folder is on PYTHONPATH for that.

The scheduler and the Celery worker fork their tasks, and the DAG processor each parse of a file. What
they have imported before, all of these have at once: Great Expectations alone takes eight seconds of
CPU to import, the pipeline's own code with the database driver a quarter of one for each object of
each run, and the tables half of one for each parse. Own code that was edited since is imported anew
by the next task or parse, so that an edit needs no restart.
"""

import sys

_RUNS_TASKS = sys.argv[1:2] == ["scheduler"] or sys.argv[1:3] == ["celery", "worker"]

if _RUNS_TASKS:
    import logging

    # It reports every function it registers, 213 lines of them, at INFO.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)

    import babel  # noqa: F401
    import great_expectations  # noqa: F401
    import hubspot.crm.objects  # noqa: F401
    import orjson  # noqa: F401
    import pandas  # noqa: F401
    import psycopg  # noqa: F401
    import pyarrow.csv
    import pyarrow.pandas_compat  # noqa: F401
    import simple_salesforce  # noqa: F401
    import sqlalchemy  # noqa: F401

    import include.extract.credentials
    import include.extract.hubspot
    import include.extract.salesforce
    import include.land.landing
    import include.stage.load
    import include.validate.batch

if _RUNS_TASKS or sys.argv[1:2] == ["dag-processor"]:
    import os

    from airflow.sdk import CronDataIntervalTimetable, Param, dag, task  # noqa: F401

    import include.core.settings
    import include.core.warehouse
    import include.tables  # noqa: F401

    def _changed_at(path: str) -> int | None:
        """When a file was written last; None where it is gone."""
        try:
            return os.stat(path).st_mtime_ns  # noqa: PTH116 - a hundred of them for every task
        except OSError:
            return None

    _OWN = {
        name: (module.__file__, _changed_at(module.__file__))
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "include" and module.__file__
    }

    def _forget_edited_code() -> None:
        """In a process that was forked: let it import all own code anew when some of it was edited."""
        if any(_changed_at(path) != changed_at for path, changed_at in _OWN.values()):
            for name in _OWN:
                sys.modules.pop(name, None)

    os.register_at_fork(after_in_child=_forget_edited_code)
