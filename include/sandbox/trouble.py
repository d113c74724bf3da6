"""Settings of what goes wrong in a service, by name, until they are changed or taken back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Trouble:
    """A service's settings; what is not set is as the real service does it on a good day."""

    def set(self, **settings: Any) -> None:
        """Change settings by name; the others keep their values.

        Raises:
            AttributeError: there is no such setting.
        """
        known = {setting.name for setting in fields(self)}
        for name, value in settings.items():
            if name not in known:
                raise AttributeError(f"there is no setting {name}: {', '.join(sorted(known))}")
            setattr(self, name, value)

    def clear(self) -> None:
        """Put every setting back."""
        for setting in fields(self):
            setattr(self, setting.name, getattr(type(self)(), setting.name))
