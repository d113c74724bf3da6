"""Every mail, kept as it was handed to the server."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from include.core.browser_html import browser_html
from include.core.errors import StopError
from include.deliver.message import Letter


def archive(folder: Path, letter: Letter, recipient: str, mail: EmailMessage) -> Path:
    """Write mail.eml, mail.html and mail.txt of one mail; the folder they are in.

    Written before the mail leaves, so that none leaves unarchived; a later try overwrites it with
    what that try sends.

    Raises:
        StopError: the archive cannot be written.
    """
    # An address may hold a slash.
    place = folder / letter.report_id / letter.period_id / f"r{letter.revision}"
    place = place / quote(recipient, safe="@+")
    try:
        # What is in a mail is for its reader, and not for whoever else logs in to this machine.
        place.mkdir(0o700, parents=True, exist_ok=True)
        (place / "mail.eml").write_bytes(mail.as_bytes())
        (place / "mail.html").write_text(browser_html(letter.html, letter.images), encoding="utf-8")
        (place / "mail.txt").write_text(letter.plain_text, encoding="utf-8")
    except OSError as error:
        raise StopError(
            f"The mail archive {place} cannot be written ({error.strerror}); "
            "the mails not yet archived were not sent.",
            "Make the folder writable and run the delivery again; nobody gets a mail twice.",
        ) from error
    return place
