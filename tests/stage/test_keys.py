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
        # A name under which anybody may register is nobody's own.
        "www.com.de": None,
        "co.uk": None,
        "www.alpine-foods.example": "alpine-foods.example",
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


def test_registries_of_their_own_kind(warehouse: sa.Engine) -> None:
    """Under each of these, two names are two owners, though no general rule tells."""
    expected = {
        # Trades in Brazil and Turkey, a city in Poland, one in Ukraine, a province of Canada.
        "www.acme.ind.br": "acme.ind.br",
        "acme.av.tr": "acme.av.tr",
        "acme.waw.pl": "acme.waw.pl",
        "shop.acme.kiev.ua": "acme.kiev.ua",
        "acme.on.ca": "acme.on.ca",
        # Three labels, any name under one, and the exceptions from that.
        "acme.sp.gov.br": "acme.sp.gov.br",
        "www.acme.shibuya.tokyo.jp": "acme.shibuya.tokyo.jp",
        "www.acme.co.ck": "acme.co.ck",
        "hall.city.kobe.jp": "city.kobe.jp",
        # Registries and hosts of a company's own.
        "acme.uk.com": "acme.uk.com",
        # As machines spell a registry of companies in China.
        "www.acme.公司.cn": "acme.公司.cn",
        "www.acme.xn--55qx5d.cn": "acme.xn--55qx5d.cn",
        "acme.web.app": "acme.web.app",
        "web.app": None,
    }
    assert {
        value: spell(warehouse, keys.registrable_domain, value) for value in expected
    } == expected


def test_websites_as_people_type_them(warehouse: sa.Engine) -> None:
    typed = (
        *("http:/acme.com", "http//acme.com", "http:\\\\acme.com", "https:///acme.com/x"),
        *("htp://acme.com", "http://http://acme.com", "https://https//acme.com", "//acme.com"),
        *("(acme.com)", '"acme.com"', "<acme.com>", "acme.com|acme.de", "acme.com & acme.de"),
        *("info@acme.com", "mailto:info@acme.com", "www.acme.com.", "\u200bacme.com\u00a0"),
        *("acme.com\tacme.de", "acme.com.:8080", "acme.com\\en"),
    )
    assert {
        value: spell(warehouse, keys.registrable_domain, value) for value in typed
    } == dict.fromkeys(typed, "acme.com")


def test_domains_that_are_nobodys_own(warehouse: sa.Engine) -> None:
    shared = (
        # Mailboxes, whatever the country.
        *("yahoo.com.mx", "yahoo.co.id", "hotmail.be", "live.com.au", "outlook.com.br", "gmx.fr"),
        *("wp.pl", "seznam.cz", "bk.ru", "telenet.be", "shaw.ca", "bol.com.br", "docomo.ne.jp"),
        *("optusnet.com.au", "blueyonder.co.uk", "mail.web.de", "mailinator.com"),
        # Pages on somebody else's website.
        *("maps.google.de/acme", "amazon.co.uk/acme", "fb.com/acme", "t.me/acme", "g.page/acme"),
        *("joe.wixsite.com/acme", "acme.github.io", "acme.odoo.com", "acme.business.site"),
        *("hubs.ly/acme", "is.gd/acme", "acme.company.site", "acme.mercadolibre.com.ar"),
        *("www.tripadvisor.de/acme", "acme.mybigcommerce.com", "acme.canva.site"),
        # No website at all.
        *("none.com", "test.com", "n.a.", "n.a", "not.available", "Dr.Oetker", "acme.local"),
    )
    assert {
        value: spell(warehouse, keys.registrable_domain, value) for value in shared
    } == dict.fromkeys(shared)


@pytest.mark.parametrize(
    ("address", "expected"),
    [(" Ann@Acme.com ", "ann@acme.com"), ("ann", None), ("@", None), ("", None), (None, None)],
)
def test_mail_addresses(warehouse: sa.Engine, address: str | None, expected: str | None) -> None:
    assert spell(warehouse, keys.mail_address, address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *(("noreply@acme.com", True), ("test@test.com", True), ("none@none.com", True)),
        *(("ann@example.com", True), ("na@acme.com", True)),
        # A mailbox of the company is what its only contact may well have.
        *(("info@acme.com", False), ("acme@acme.com", False), ("tester@test.com.br", False)),
        *(("ann@gmail.com", False),),
    ],
)
def test_placeholders(warehouse: sa.Engine, address: str, expected: bool) -> None:
    assert spell(warehouse, keys.is_placeholder, address) is expected


def test_names_lose_case_punctuation_and_legal_form(warehouse: sa.Engine) -> None:
    expected = {
        "ACME, Inc.": "acme",
        "Acme Holding GmbH & Co. KG": "acme",
        "Müller-Söhne AG": "müller söhne",
        "GmbH": "gmbh",
        "!!": None,
    }
    assert {name: spell(warehouse, keys.plain_name, name) for name in expected} == expected
