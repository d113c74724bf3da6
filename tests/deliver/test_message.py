"""The mail as a mail client reads it."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from include.deliver.message import Letter, message, message_id
from tests.deliver.smtp_servers import PIXEL

SENDER = "CRM metrics <reports@example.com>"
SENT_AT = datetime(2025, 11, 17, 7, tzinfo=ZoneInfo("Europe/Berlin"))


def letter(**changes: object) -> Letter:
    values = {
        "report_id": "executive_weekly",
        "period_id": "2025-W46",
        "revision": 1,
        "subject": "Week 46: won revenue €412k",
        "html": '<p>€412k</p><img src="cid:revenue@report">',
        "plain_text": "Won revenue €412k\n",
        "images": {"revenue@report": PIXEL},
    }
    return Letter(**{**values, **changes})  # type: ignore[arg-type]


def test_clients_find_text_html_and_picture_where_they_look() -> None:
    mail = message(letter(), "ana@example.com", SENDER, "revops@example.com", SENT_AT)
    text, page = mail.iter_parts()
    html, picture = page.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert text.get_content_type() == "text/plain"
    assert page.get_content_type() == "multipart/related"
    assert html.get_content_type() == "text/html"
    assert picture["Content-ID"] == "<revenue@report>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == base64.b64decode(PIXEL)


def test_headers_say_what_it_is_and_how_to_stop_it() -> None:
    mail = message(letter(), "ana@example.com", SENDER, "revops@example.com", SENT_AT)
    assert mail["Date"] == "Mon, 17 Nov 2025 07:00:00 +0100"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<executive-weekly.example.com>"
    assert mail["List-Unsubscribe"] == (
        "<mailto:revops@example.com?subject=Stop%20executive_weekly>"
    )
    assert mail["Reply-To"] == "revops@example.com"
    assert mail["X-Report-Key"] == "executive_weekly/2025-W46/r1"


def test_the_way_to_stop_it_is_readable_whatever_the_address_is() -> None:
    """From twenty characters on it was sent as `=?utf-8?q?=3Cmailto=3A...`, which no client reads."""
    domain = "notifications.international-holdings.example.com"
    sender, reply_to = f"CRM <reports@{domain}>", f"revenue-operations@{domain}"
    sent = message(letter(), f"ana@{domain}", sender, reply_to, SENT_AT).as_bytes()
    lines = sent.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert f"List-Unsubscribe: <mailto:{reply_to}?subject=Stop%20executive_weekly>" in lines
    assert f"List-Id: <executive-weekly.{domain}>" in lines
    assert not any("=?utf-8" in line for line in lines if not line.startswith("Subject"))


def test_one_mail_has_one_id_on_every_try_and_no_other_mail_has_it() -> None:
    ids = {
        message_id(letter(**changes), recipient, SENDER)
        for changes in ({}, {"period_id": "2025-W47"}, {"revision": 2}, {"report_id": "sales"})
        for recipient in ("ana@example.com", "ben@example.com")
    }
    assert len(ids) == 8
    assert message_id(letter(), "ana@example.com", SENDER) == message_id(
        letter(subject="rendered anew"), "Ana@example.com", SENDER
    )


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=400))
def test_any_text_survives_seven_bit_transport(words: str) -> None:
    sent = message(
        letter(html=f"<p>{words}</p>", plain_text=f"{words}\n.\n", images={}),
        "ana@example.com",
        SENDER,
        "revops@example.com",
        SENT_AT,
    ).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.splitlines())) <= 998
    read = email.message_from_bytes(sent, policy=email.policy.default)
    text, html = read.iter_parts()
    assert text.get_content().splitlines() == f"{words}\n.\n".splitlines()
    assert html.get_content().splitlines() == f"<p>{words}</p>".splitlines()
