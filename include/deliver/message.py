"""The mail for one recipient."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from urllib.parse import quote


class _OneLineHeader(UnstructuredHeader, BaseHeader):
    """A header of ASCII that software reads. Its words must not be folded apart.

    A line may have 998 characters, but from 78 on the standard library encodes a word that has no
    place to fold at, as if it were for people, and whoever looks for a URL finds none.
    """

    def fold(self, *, policy: Policy) -> str:
        """The header as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("list-id", "list-unsubscribe"):
    _HEADERS.map_to_type(_name, _OneLineHeader)

# Every server takes 7-bit mail; not every one takes 8-bit.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)


@dataclass(frozen=True)
class Letter:
    """One revision of one report, as rendered; `images` are base64 PNG by content id."""

    report_id: str
    period_id: str
    revision: int
    subject: str
    html: str
    plain_text: str
    images: Mapping[str, str]

    @property
    def key(self) -> str:
        """Report, period and revision in one word."""
        return f"{self.report_id}/{self.period_id}/r{self.revision}"


def message_id(letter: Letter, recipient: str, sender: str) -> str:
    """The Message-ID: one per report, period, revision and recipient, the same on every try."""
    digest = hashlib.sha256(f"{letter.key}/{recipient.lower()}".encode()).hexdigest()
    return f"<{digest[:32]}@{_domain(sender)}>"


def message(
    letter: Letter, recipient: str, sender: str, reply_to: str, sent_at: datetime
) -> EmailMessage:
    """alternative(text, related(HTML, inline pictures)), addressed to one recipient."""
    mail = EmailMessage(policy=POLICY)
    list_name = letter.report_id.replace("_", "-")
    mail["Subject"] = letter.subject
    mail["From"] = sender
    mail["To"] = recipient
    mail["Reply-To"] = reply_to
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = message_id(letter, recipient, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"<{list_name}.{_domain(sender)}>"
    stop = quote(f"Stop {letter.report_id}")
    mail["List-Unsubscribe"] = f"<mailto:{reply_to}?subject={stop}>"
    mail["X-Report-Key"] = letter.key
    mail.set_content(letter.plain_text)
    mail.add_alternative(letter.html, subtype="html")
    _, page = mail.iter_parts()
    assert isinstance(page, EmailMessage)
    for content_id, picture in letter.images.items():
        page.add_related(
            base64.b64decode(picture),
            "image",
            "png",
            cid=f"<{content_id}>",
            disposition="inline",
            filename=f"{content_id.partition('@')[0]}.png",
        )
    return mail


def _domain(sender: str) -> str:
    """Domain of a sender such as `Name <name@domain>`."""
    return parseaddr(sender)[1].rpartition("@")[2].lower()
