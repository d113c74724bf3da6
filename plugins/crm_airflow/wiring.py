"""What a DAG file and a notice need to know of the configuration, also where it has mistakes."""

from __future__ import annotations

import logging

from crm_airflow import steps
from include.core.errors import ConfigurationError
from include.core.paths import paths_from_environment
from include.core.settings import Wiring, load_wiring

log = logging.getLogger(__name__)


def wiring() -> Wiring:
    """What DAGs are wired by and failures told by, of a configuration that need not be usable.

    `prepare` refuses one that is not, so that the run turns red and says where the mistake is.

    Raises:
        ConfigurationError: not even calendar.yaml is usable.
    """
    try:
        chosen = steps.settings()
    except ConfigurationError as error:
        log.error("%s", error)
        return load_wiring(paths_from_environment().config)
    return Wiring(chosen.calendar, chosen.sources, chosen.audiences)
