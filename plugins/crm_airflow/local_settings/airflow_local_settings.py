"""Imported by every Airflow process; its folder is on PYTHONPATH for that.

The scheduler and the Celery worker fork their tasks. What they have imported before, each task has
at once: Great Expectations alone takes eight seconds of CPU to import. Of the pipeline's own code only
the tables are imported here, a third of a second for every task; the rest is not, so that an edit
needs no restart.
"""

import sys

if sys.argv[1:2] == ["scheduler"] or sys.argv[1:3] == ["celery", "worker"]:
    import logging

    # It reports every function it registers, 213 lines of them, at INFO.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)

    import great_expectations  # noqa: F401
    import hubspot  # noqa: F401
    import orjson  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.csv  # noqa: F401
    import simple_salesforce  # noqa: F401
    import sqlalchemy  # noqa: F401

    import include.tables  # noqa: F401
