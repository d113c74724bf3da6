"""Who gets mail: readers of reports, and those who run the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from babel import Locale, UnknownLocaleError
from pydantic import EmailStr, Field, field_validator

from include.core.strict import Strict


class Report(Strict):
    """Who gets one report, in which locale."""

    recipients: list[EmailStr]
    locale: str

    @field_validator("locale")
    @classmethod
    def known_locale(cls, value: str) -> str:
        """Refuse a locale no number can be written in; else the mail would fail when it is due."""
        try:
            Locale.parse(value)
        except (ValueError, UnknownLocaleError):
            raise ValueError(f"{value!r} is not a locale; use a name such as en_US") from None
        return value


class Operators(Strict):
    """Who is told when a run fails or a report is late, and when it is."""

    recipients: Annotated[list[EmailStr], Field(min_length=1)]
    late_after_hours: Annotated[float, Field(gt=0, le=168)] = 2


class Audiences(Strict):
    """audiences.yaml. Without `ops` nobody is told of failures."""

    sender: str
    reply_to: EmailStr
    allowed_domains: Annotated[list[str], Field(min_length=1)]
    ops: Operators | None = None
    reports: dict[str, Report]


def recipients_outside(audiences: Audiences) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a recipient outside the allowed domains stands in the file, and who it is."""
    allowed = {domain.lower() for domain in audiences.allowed_domains}
    lists: dict[tuple[str, ...], list[str]] = {
        ("reports", name, "recipients"): report.recipients
        for name, report in audiences.reports.items()
    }
    if audiences.ops is not None:
        lists["ops", "recipients"] = audiences.ops.recipients
    for place, recipients in lists.items():
        for position, recipient in enumerate(recipients):
            if recipient.rsplit("@", 1)[-1].lower() not in allowed:
                yield (*place, position), recipient
