"""Who gets mail: readers of reports, and those who run the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import InvalidHeaderDefect
from email.policy import SMTP
from typing import Annotated

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, EmailStr, Field, field_validator, validate_email

from include.core.strict import Strict

REPORTS = frozenset({"executive_weekly"})


def _plain(address: str) -> str:
    """Refuse an address that not every mail server takes; else the mail would fail when it is due."""
    if not address.isascii():
        raise ValueError(f"{address} is not plain ASCII, which not every mail server takes")
    return address


Address = Annotated[EmailStr, AfterValidator(_plain)]


class Report(Strict):
    """Who gets one report, in which locale."""

    recipients: list[Address]
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

    recipients: Annotated[list[Address], Field(min_length=1)]
    late_after_hours: Annotated[float, Field(gt=0, le=168)] = 2


class Audiences(Strict):
    """audiences.yaml. Without `ops` nobody is told of failures."""

    sender: str
    reply_to: Address
    allowed_domains: Annotated[list[str], Field(min_length=1)]
    ops: Operators | None = None
    reports: dict[str, Report]

    @field_validator("sender")
    @classmethod
    def one_address(cls, value: str) -> str:
        """Refuse a sender that is read as several addresses, or none: mail would come from a word of it."""
        header = SMTP.header_factory("From", value)
        is_odd = any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
        if is_odd or len(header.addresses) != 1 or len(value.splitlines()) != 1:
            raise ValueError(
                f"{value!r} is not one address with a name before it; write a name with a comma, "
                'colon or bracket as in "CRM, metrics" <reports@example.com>'
            )
        _plain(validate_email(header.addresses[0].addr_spec)[1])
        return value

    @field_validator("reports")
    @classmethod
    def known_reports(cls, value: dict[str, Report]) -> dict[str, Report]:
        """Refuse a report there is none of: its readers would get nothing, and it be told on the day."""
        unknown = value.keys() - REPORTS
        if unknown:
            raise ValueError(
                f"there is no report {', '.join(sorted(unknown))}; name {', '.join(sorted(REPORTS))}"
            )
        return value


def without_outsiders(audiences: Audiences) -> Audiences:
    """The same without recipients outside the allowed domains, who get no mail whatever is wrong."""
    outside = {recipient for _, recipient in recipients_outside(audiences)}

    def inside(recipients: list[str]) -> dict[str, list[str]]:
        return {"recipients": [each for each in recipients if each not in outside]}

    ops = audiences.ops and audiences.ops.model_copy(update=inside(audiences.ops.recipients))
    reports = {
        name: report.model_copy(update=inside(report.recipients))
        for name, report in audiences.reports.items()
    }
    is_anybody_told = ops is not None and ops.recipients
    return audiences.model_copy(
        update={"ops": ops if is_anybody_told else None, "reports": reports}
    )


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
