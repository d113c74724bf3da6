"""A mail as a person sees it: its HTML with the images in it, and a picture where a browser is at hand."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from pathlib import Path

from include.core.browser_html import browser_html

# In the order of what a machine is likely to have; the picture is a help, not a need.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH_PIXELS, HEIGHT_PIXELS = 760, 3400


def show_mail(mail: Path, folder: Path) -> list[Path]:
    """Copy a mail to a folder as .eml, beside it its HTML part, and a .png with a browser's help.

    A notice to those who run the pipeline has no HTML.
    """
    kept = folder / mail.name
    shutil.copyfile(mail, kept)
    if _html_part(mail.read_bytes())[1] is None:
        return [kept]
    page = kept.with_suffix(".html")
    page.write_text(standalone_html(mail.read_bytes()), encoding="utf-8")
    picture = kept.with_suffix(".png")
    return [kept, page, *([picture] if _photograph(page, picture) else [])]


def standalone_html(mail: bytes) -> str:
    """The HTML part of a mail, its images by content id replaced by the images themselves."""
    message, html_part = _html_part(mail)
    assert html_part is not None
    images = {
        part["Content-ID"].strip("<>"): base64.b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
        for part in message.walk()
        if part["Content-ID"]
    }
    return browser_html(html_part.get_content(), images)


def _html_part(mail: bytes) -> tuple[EmailMessage, MIMEPart | None]:
    """A mail, and its HTML part if it has one."""
    message = BytesParser(policy=policy.default).parsebytes(mail)
    assert isinstance(message, EmailMessage)
    return message, message.get_body(("html",))


def _photograph(page: Path, picture: Path) -> bool:
    """Whether a headless browser could make a picture of the page."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH_PIXELS},{HEIGHT_PIXELS}",
            f"--screenshot={picture}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=60, check=True)
        except (subprocess.SubprocessError, OSError):
            return False
    return picture.exists()
