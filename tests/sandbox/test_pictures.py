"""A mail shown in a browser."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from include.sandbox.pictures import show_mail


def test_a_mail_is_shown_with_its_pictures_in_it(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["To"] = "a@example.com"
    mail.set_content("text")
    mail.add_alternative('<p>é</p><img src="cid:chart@crm">', subtype="html")
    html = mail.get_payload()[-1]
    html.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<chart@crm>")
    kept = tmp_path / "0001-a.eml"
    kept.write_bytes(bytes(mail))

    results = tmp_path / "results"
    results.mkdir()
    copy, page, *_ = show_mail(kept, results)

    assert copy.read_bytes() == kept.read_bytes()
    # 89 50 4E 47 in base64: 100010 010101 000001 001110 010001 11(0000) is i V B O R w ==.
    assert page.read_text() == '<p>é</p><img src="data:image/png;base64,iVBORw==">\n'


def test_a_notice_in_plain_text_has_no_page(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail.set_content("Two checks do not hold.")
    kept = tmp_path / "0001-a.eml"
    kept.write_bytes(bytes(mail))
    results = tmp_path / "results"
    results.mkdir()
    assert show_mail(kept, results) == [results / "0001-a.eml"]
