"""What DAGs are wired by and failures told by, also while the configuration has mistakes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from include.core.settings import Calendar, Model, Settings, read_yaml, unusable
from include.core.settings_audiences import Audiences, without_outsiders
from include.core.settings_sources import Sources

CALENDAR, AUDIENCES = "calendar", "audiences"


@dataclass(frozen=True)
class Wiring:
    """What DAGs are wired by and failures told by, there also while other choices have mistakes.

    A DAG that could not be read would start no run, and nobody would hear that there is none: it is to
    run and to fail. `sources` is None where its file is what has mistakes, `audiences` where its file
    has, and never was right.
    """

    calendar: Calendar
    sources: Sources | None
    audiences: Audiences | None

    def is_read(self, crm: str) -> bool:
        """Whether a CRM is switched on, as far as is known."""
        return self.sources is None or self.sources.of(crm).enabled

    @property
    def lag_minutes(self) -> int:
        """After how many minutes both CRMs show what there is; a usual lag where none is known."""
        return 15 if self.sources is None else self.sources.lag_minutes


def load_wiring(folder: Path, in_force: Path) -> Wiring:
    """Read what is usable; what is not of calendar and audiences, as it was when it was last right.

    So days stay days of the same time zone, and who is to be told of the mistake is.

    Raises:
        ConfigurationError: calendar.yaml is not usable, and never was; a schedule in a time zone that
            was guessed would start runs over other days.
    """
    problems: list[str] = []
    calendar = read_yaml(folder / "calendar.yaml", Calendar, problems)
    calendar = calendar or _last_right(in_force, CALENDAR, Calendar)
    if calendar is None:
        raise unusable(problems)
    sources = read_yaml(folder / "sources.yaml", Sources, problems)
    audiences = read_yaml(folder / "audiences.yaml", Audiences, problems)
    audiences = audiences and without_outsiders(audiences)
    if audiences is None or audiences.ops is None:
        audiences = _last_right(in_force, AUDIENCES, Audiences) or audiences
    return Wiring(calendar, sources, audiences)


def keep_in_force(settings: Settings, folder: Path) -> None:
    """Keep the calendar and the audiences of a configuration that is right as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chosen in ((CALENDAR, settings.calendar), (AUDIENCES, settings.audiences)):
        # A DAG file may be read at any moment, and another run keep the same.
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, delete=False
        ) as unfinished:
            unfinished.write(chosen.model_dump_json(indent=2))
        Path(unfinished.name).replace(_path(folder, name))


def _last_right(folder: Path, name: str, model: type[Model]) -> Model | None:
    """What was kept; None where nothing was, or a newer release asks for more."""
    try:
        return model.model_validate_json(_path(folder, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
