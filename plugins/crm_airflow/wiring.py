"""What a DAG file and a notice need to know of the configuration, also where it has mistakes."""

from __future__ import annotations

import logging

from crm_airflow import steps
from include.core.errors import ConfigurationError
from include.core.paths import paths_from_environment
from include.core.settings_wiring import Wiring, load_wiring

log = logging.getLogger(__name__)


def wiring() -> Wiring:
    """What DAGs are wired by and failures told by, of a configuration that need not be usable.

    `prepare` refuses one that is not, so that the run turns red and says where the mistake is.

    Raises:
        ConfigurationError: calendar.yaml is not usable, and never was.
    """
    try:
        chosen = steps.settings()
    except ConfigurationError as error:
        log.error("%s", error)
        paths = paths_from_environment()
        return load_wiring(paths.config, paths.in_force)
    return Wiring(chosen.calendar, chosen.sources, chosen.audiences)
