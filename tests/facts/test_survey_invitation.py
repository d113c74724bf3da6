"""facts.survey_invitation."""

from __future__ import annotations

import dataclasses
from datetime import date

from include.core.settings_service import Service
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    person_of,
    put,
    version,
    with_choices,
)
from tests.facts.test_survey_response import questions


def invitation(
    key: str, sent: str, status: str = "NotStarted", modified: str | None = None, **values
) -> Version:
    return version(
        "salesforce.survey_invitation",
        key,
        modified or sent,
        **{
            "created_at": at(sent),
            "survey_id": "0KdA",
            "participant_id": "003A",
            "response_status": status,
            **values,
        },
    )


def test_an_invitation_is_answered_once_the_survey_is_done(warehouse, settings):
    put(
        warehouse,
        *questions(),
        person_of("salesforce", "contact", "003A", "ada", "salesforce:ACME"),
        invitation("A", "2026-03-05"),
        invitation("B", "2026-03-05", "Completed", modified="2026-03-09"),
        invitation("C", "2026-03-06", "PartiallyCompleted", modified="2026-03-09"),
        # A link for everybody says nothing of a rate.
        invitation("L", "2026-03-07", "Completed", participant_id=None),
    )
    rows = built(warehouse, with_choices(settings), facts.survey_invitation)
    april = as_of(rows, "2026-04-01")
    assert {key: (row.is_answered, row.is_counted) for key, row in april.items()} == {
        "A": (False, True),
        "B": (True, True),
        "C": (False, True),
        "L": (True, False),
    }
    first = april["A"]
    assert (first.survey_id, first.survey_name) == ("salesforce:0KdA", "After the case")
    assert (first.sent_date, first.customer_id) == (date(2026, 3, 5), "salesforce:ACME")
    assert first.recipient_id == "ada"
    # Read for the first time when it was answered already: until then it was not.
    assert not as_of(rows, "2026-03-08")["B"].is_answered
    assert as_of(rows, "2026-03-09")["B"].is_answered


def test_a_test_survey_does_not_count(warehouse, settings):
    put(warehouse, *questions(), invitation("A", "2026-03-05", survey_id="0KdB"))
    service = Service.model_validate({"surveys": [{"survey": "Trial run", "is_test": True}]})
    chosen = dataclasses.replace(with_choices(settings), service=service)
    (row,) = built(warehouse, chosen, facts.survey_invitation)
    assert not row.is_counted
