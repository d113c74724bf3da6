"""When we are there for customers, and how they rate us: service.yaml."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from include.core.strict import FoldedText, Strict, folded_text

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OPENING = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60


class Opening(NamedTuple):
    """A stretch of a day we are open, in minutes since midnight."""

    opens_minute: int
    closes_minute: int

    def on(self, day: date) -> tuple[datetime, datetime]:
        """When it begins and ends on a day, without a time zone."""
        midnight = datetime(day.year, day.month, day.day)
        return (
            midnight + timedelta(minutes=self.opens_minute),
            midnight + timedelta(minutes=self.closes_minute),
        )


def _opening(value: Any) -> Any:
    """The opening that a text such as 09:00-18:00 means."""
    if isinstance(value, tuple):
        return value
    matched = _OPENING.fullmatch(str(value).strip())
    if matched is None:
        raise ValueError(f"{value!r} is not an opening such as 09:00-18:00")
    hours = [int(part) for part in matched.groups()]
    opening = Opening(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
    if not opening.opens_minute < opening.closes_minute <= _DAY_MINUTES:
        raise ValueError(
            f"{value!r} ends before it begins, or after 24:00; write a night as two, "
            "up to 24:00 and from 00:00"
        )
    return opening


Openings = list[Annotated[Opening, BeforeValidator(_opening)]]


class BusinessHours(Strict):
    """When we are open: openings of each weekday, in `time_zone` or else the reporting one."""

    time_zone: str | None = None
    monday: Openings = Field(default_factory=list)
    tuesday: Openings = Field(default_factory=list)
    wednesday: Openings = Field(default_factory=list)
    thursday: Openings = Field(default_factory=list)
    friday: Openings = Field(default_factory=list)
    saturday: Openings = Field(default_factory=list)
    sunday: Openings = Field(default_factory=list)
    holidays: list[date] = Field(default_factory=list)

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, value: str | None) -> str | None:
        """Refuse a zone the time zone database does not have."""
        if value is not None and value not in available_timezones():
            raise ValueError(
                f"{value!r} is not a time zone; use an IANA name such as Europe/Berlin"
            )
        return value

    @field_validator(*WEEKDAYS)
    @classmethod
    def one_after_the_other(cls, value: list[Opening]) -> list[Opening]:
        """Put the openings of a day in order, and refuse those that overlap."""
        ordered = sorted(value)
        for earlier, later in itertools.pairwise(ordered):
            if later.opens_minute < earlier.closes_minute:
                raise ValueError("two openings of this day overlap")
        return ordered

    @model_validator(mode="after")
    def ever_open(self) -> BusinessHours:
        """Refuse hours without any opening."""
        if not any(getattr(self, name) for name in WEEKDAYS):
            raise ValueError("no day has an opening; add some, or say business_hours: null")
        return self

    def on(self, day: date) -> list[Opening]:
        """The openings of a day, in order; none on a holiday."""
        openings: list[Opening] = getattr(self, WEEKDAYS[day.weekday()])
        return [] if day in self.holidays else openings


class Survey(Strict):
    """What is particular to one survey, named by its id or its name."""

    survey: Annotated[str, Field(min_length=1)]
    type: Literal["nps", "csat", "ces"] | None = None
    scale_max: Literal[2, 5, 7, 10] | None = None
    is_test: bool = False


class Service(Strict):
    """service.yaml. Every key may be left out."""

    business_hours: BusinessHours | None = None
    spam: list[FoldedText] = Field(default_factory=lambda: ["spam"])
    live_origins: list[FoldedText] = Field(default_factory=lambda: ["phone"])
    waiting_statuses: list[FoldedText] = Field(default_factory=list)
    surveys: list[Survey] = Field(default_factory=list)

    @field_validator("surveys")
    @classmethod
    def once_each(cls, value: list[Survey]) -> list[Survey]:
        """Refuse a survey that is listed twice."""
        names = [folded_text(entry.survey) for entry in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name!r} is listed twice; keep one of the two")
        return value
