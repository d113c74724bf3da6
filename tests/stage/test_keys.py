"""Keys that records of two CRMs may share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from include.stage import keys


def spell(
    warehouse: sa.Engine, expression: Callable[[sa.ColumnElement[Any]], Any], value: str | None
) -> Any:
    with warehouse.connect() as connection:
        return connection.scalar(sa.select(expression(sa.literal(value, sa.Text))))


def test_registrable_domains(warehouse: sa.Engine) -> None:
    expected = {
        "acme.com": "acme.com",
        "https://www.Acme.com:8443/en/?q=1#top": "acme.com",
        "http://user:secret@shop.acme.co.uk/path": "acme.co.uk",
        "WWW2.ACME.DE.": "acme.de",
        "acme.com.au": "acme.com.au",
        "www.com.de": "com.de",
        # A hospital, a ministry, a city and a school, each of which is one of many.
        "www.leedsth.nhs.uk": "leedsth.nhs.uk",
        "interieur.gouv.fr": "interieur.gouv.fr",
        "www.city.osaka.lg.jp": "osaka.lg.jp",
        "https://north.school.nz/": "north.school.nz",
        "acme.vimeo.com": None,
        " acme.com, acme.de": "acme.com",
        "müller-söhne.de": "müller-söhne.de",
        "mail.google.com": None,
        "acme.myshopify.com": None,
        "gmail.com": None,
        "192.168.0.1": None,
        "localhost": None,
        "n/a": None,
        "": None,
        None: None,
    }
    assert {
        value: spell(warehouse, keys.registrable_domain, value) for value in expected
    } == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [(" Ann@Acme.com ", "ann@acme.com"), ("ann", None), ("@", None), ("", None), (None, None)],
)
def test_mail_addresses(warehouse: sa.Engine, address: str | None, expected: str | None) -> None:
    assert spell(warehouse, keys.mail_address, address) == expected


def test_names_lose_case_punctuation_and_legal_form(warehouse: sa.Engine) -> None:
    expected = {
        "ACME, Inc.": "acme",
        "Acme Holding GmbH & Co. KG": "acme",
        "Müller-Söhne AG": "müller söhne",
        "GmbH": "gmbh",
        "!!": None,
    }
    assert {name: spell(warehouse, keys.plain_name, name) for name in expected} == expected
