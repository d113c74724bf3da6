"""What people, companies and subjects are called."""

from __future__ import annotations

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Amber Boreal Cedar Delta Ember Falcon Granite Harbor Indigo Juniper Keystone Lumen Maple "
    "Nimbus Onyx Pioneer Quartz Ridge Summit Tidal Umber Vertex Willow Xenon Yellow Zephyr Alpine "
    "Bright Copper Drift Echo Frost Golden Hollow Iron Jade Kinetic Lunar Mosaic North"
)
_SECOND = _words(
    "Analytics Bakery Biotech Builders Chemicals Clinics Components Dynamics Energy Foods Freight "
    "Glass Health Hotels Instruments Insurance Labs Leasing Logistics Machines Marine Media Metals "
    "Mobility Networks Optics Outfitters Paper Partners Pharma Plastics Power Press Robotics "
    "Software Studios Systems Textiles Travel Works"
)
_PLACES = _words(
    "Aurora Bergen Calder Dover Elgin Fargo Geneva Hudson Ithaca Jasper Kent Lisbon Madison "
    "Norwood Oslo Paris Quincy Reno Salem Troy Utica Verona Weston York Zurich"
)
_FORMS = {"United States": "Inc", "United Kingdom": "Ltd", "Germany": "GmbH", "France": "SAS"}

_GIVEN = _words(
    "Ada Alan Amara Anna Ben Carla Chen Daniel Diego Elena Emma Farah Felix Grace Hana Hugo Ines "
    "Ivan Jonas Julia Kai Lara Leo Lina Lucas Maja Marco Maria Max Mei Mila Nadia Nina Noah Nora "
    "Olga Omar Oscar Paula Priya Rosa Ruth Sam Sara Tara Theo Tom Uma Vera Yusuf"
)
_FAMILY = _words(
    "Adams Alvarez Baker Bauer Becker Bennett Brown Carter Castillo Clark Costa Diaz Dubois Evans "
    "Fischer Foster Garcia Green Gupta Hall Hansen Hill Ito Jensen Jones Kaur Keller Khan Kim King "
    "Klein Kowalski Laurent Lee Lopez Martin Meyer Miller Moore Moreau Nguyen Novak Okafor Patel "
    "Petrov Reed Rossi Santos Schmidt Silva Singh Smith Sousa Stone Tanaka Taylor Walker Wang Weber "
    "Wilson Wood Wright Young Zhang Ziegler"
)

_ODD_COMPANIES = (
    '<b>Fish & "Chips"</b> Ltd',
    "株式会社サンプル",
    "Rocket 🚀 Labs",
    "None",
    "Müller & Söhne GmbH",
    "NA",
    "O'Neill, Inc.",
    "null",
    "Český Křišťál s.r.o.",
)
_ODD_PEOPLE = (
    ("José", "Núñez"),
    ("太郎", "山田"),
    ("Zoë", "Null"),
    ("<i>Bob</i>", "O'Hara & Co"),
    ("Łukasz", "Żak"),
    ("None", "Nguyễn"),
)
_ODD_SUBJECTS = (
    'Re: "urgent"\nsecond line',
    "Preis, Angebot; <b>bitte</b> & danke",
    "見積もりの件",
    "NA",
    'He said ""no""\r\n\r\n-- \r\nsent from my phone',
    "Next steps 🚀",
)
TEXT_NOTHINGS = ("NA", "None", "null")


def company_names(numbers: np.ndarray, countries: list[str]) -> tuple[list[str], list[str]]:
    """(names, domains) of companies; every number has a name and a domain of its own."""
    plain, places = len(_FIRST) * len(_SECOND), len(_PLACES)
    names, domains = [], []
    for number, country in zip(np.asarray(numbers).tolist(), countries, strict=True):
        turn, base = divmod(number, plain)
        # 1009 has no factor in common with the number of names, so it runs through all of them.
        second, first = divmod(base * 1_009 % plain, len(_FIRST))
        words = [_FIRST[first], _SECOND[second]]
        if turn:
            words.append(_PLACES[turn % places])
        if turn >= places:
            words.append(str(turn // places + 1))
        domains.append("-".join(words).lower() + ".example")
        names.append(" ".join([*words, _FORMS.get(country, "Inc")]))
    return names, domains


def odd_company_names(sequence: np.ndarray) -> list[str]:
    """Names that break careless code, in turn."""
    return [_ODD_COMPANIES[number % len(_ODD_COMPANIES)] for number in sequence.tolist()]


def person_names(generator: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """(first, last) names; many people share one."""
    first = generator.integers(0, len(_GIVEN), count).tolist()
    last = generator.integers(0, len(_FAMILY), count).tolist()
    return [(_GIVEN[f], _FAMILY[s]) for f, s in zip(first, last, strict=True)]


def odd_person_name(number: int) -> tuple[str, str]:
    """A (first, last) name that breaks careless code."""
    return _ODD_PEOPLE[number % len(_ODD_PEOPLE)]


def subjects(
    generator: np.random.Generator, choices: tuple[str, ...], is_odd: np.ndarray
) -> list[str]:
    """Subjects drawn from the choices, those that are odd from odd ones."""
    picked = generator.integers(0, len(choices), len(is_odd)).tolist()
    return [
        _ODD_SUBJECTS[position % len(_ODD_SUBJECTS)] if odd else choices[pick]
        for position, (pick, odd) in enumerate(zip(picked, is_odd.tolist(), strict=True))
    ]
