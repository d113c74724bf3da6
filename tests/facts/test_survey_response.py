"""facts.survey_response."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from include.core.settings_service import Service
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    member,
    person_of,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def questions() -> list[Version]:
    """The questions and surveys of a small Salesforce org."""
    return [
        *(
            version("salesforce.survey_question", kind, "2025-01-01", question_type=kind)
            for kind in ("CSAT", "NPS", "FreeText", "Rating")
        ),
        version("salesforce.survey", "0KdA", "2025-01-01", survey_name="After the case"),
        version("salesforce.survey", "0KdB", "2025-01-01", survey_name="Trial run"),
    ]


def response(
    key: str,
    scores: dict[str, float | None],
    answered: str = "2026-03-05",
    contact: str | None = None,
    **values,
) -> list[Version]:
    """A Salesforce survey filled in, with the answers to its questions by their kind."""
    modified = values.pop("modified", answered)
    deleted = values.pop("deleted", False)
    given = {
        "created_at": at(answered),
        "completed_at": at(answered),
        "response_status": "Completed",
        "survey_id": "0KdA",
        "submitter_id": contact,
        **values,
    }
    filled = version("salesforce.survey_response", key, modified, deleted=deleted, **given)
    if modified != answered:
        return [filled]
    return [
        filled,
        *(
            version(
                "salesforce.survey_question_response",
                f"{key}{kind}",
                answered,
                survey_response_id=key,
                survey_question_id=kind,
                number_value=score,
                created_at=at(answered),
            )
            for kind, score in scores.items()
        ),
    ]


def submission(
    key: str,
    kind: str,
    score: float | None,
    answered: str = "2026-03-05",
    contact: str | None = None,
    ticket: str | None = None,
    **values,
) -> list[Version]:
    """A HubSpot feedback submission and what it is tied to."""
    given = {
        "created_at": at(answered),
        "submitted_at": at(answered),
        "survey_type": kind,
        "score": score,
        "survey_id": "90001",
        "survey_name": "How did we do?",
        **values,
    }
    rows = [version("hubspot.feedback_submission", key, answered, **given)]
    if contact:
        rows.append(link("hubspot.feedback_submission_contact", key, contact, answered))
    if ticket:
        rows.append(link("hubspot.feedback_submission_ticket", key, ticket, answered))
    return rows


def flat(*rows: list[Version]) -> list[Version]:
    return [row for each in rows for row in each]


def with_service(settings, **choices):
    service = Service.model_validate(choices)
    return dataclasses.replace(with_choices(settings), service=service)


def satisfied(rows) -> tuple[int, int]:
    scored = [row for row in rows if row.is_counted and row.is_scored]
    return sum(row.is_satisfied for row in scored), len(scored)


def test_golden_satisfaction(warehouse, settings):
    """5, 4, 3, 2, 5 and none to a rating in Salesforce; 2, 2, 1, 0 in HubSpot."""
    given = (5, 4, 3, 2, 5, None)
    put(
        warehouse,
        *questions(),
        *flat(*(response(f"S{n}", {"Rating": score}) for n, score in enumerate(given))),
        *flat(*(submission(f"{n}", "CSAT", score) for n, score in enumerate((2, 2, 1, 0)))),
    )
    chosen = with_service(settings, surveys=[{"survey": "0KdA", "type": "csat"}])
    rows = built(warehouse, chosen, facts.survey_response)
    salesforce = [row for row in rows if row.crm == "salesforce"]
    # 5, 4 and 5 of five scored: 0.6. The mean of 3.8 is not it.
    assert satisfied(salesforce) == (3, 5)
    skipped = [row for row in salesforce if not row.is_scored]
    assert [(row.survey_response_id, row.score) for row in skipped] == [
        ("salesforce:csat:S5", None)
    ]
    row = skipped[0]
    assert (row.is_satisfied, row.is_passive, row.is_detractor) == (False, False, False)
    # The two of 2, of four: 0.5.
    assert satisfied(row for row in rows if row.crm == "hubspot") == (2, 4)
    first = salesforce[0]
    assert (first.survey_id, first.survey_name, first.survey_type, first.scale_max) == (
        "salesforce:0KdA", "After the case", "csat", 5,
    )  # fmt: skip
    assert (first.responded_at, first.responded_date) == (at("2026-03-05"), date(2026, 3, 5))


def test_golden_promoters(warehouse, settings):
    """The latest of each person: 10, 9, 9, 8, 7, 6, 0; an older 3 of the second is superseded."""
    put(
        warehouse,
        *questions(),
        *(person_of("salesforce", "contact", f"003{n}", f"P{n}") for n in range(7)),
        *flat(*(
            response(f"S{n}", {"NPS": score}, "2026-03-20", f"003{n}")
            for n, score in enumerate((10, 9, 9, 8, 7, 6, 0))
        )),
        *response("older", {"NPS": 3}, "2026-02-10", "0031"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.survey_response)
    latest = [row for row in as_of(rows, APRIL).values() if row.superseded_date is None]
    promoters = sum(row.is_promoter for row in latest)
    detractors = sum(row.is_detractor for row in latest)
    # (3 - 2) / 7 = 14.3 of 100.
    assert (promoters, detractors, len(latest)) == (3, 2, 7)
    assert {row.score for row in latest if row.is_passive} == {7, 8}
    assert as_of(rows, APRIL)["nps:older"].superseded_date == date(2026, 3, 20)
    # Until the next answer came, it was the latest.
    assert as_of(rows, "2026-03-19")["nps:older"].superseded_date is None
    assert set(as_of(rows, "2026-03-19")) == {"nps:older"}


@pytest.mark.parametrize(
    ("kind", "groups"),
    [
        ("NPS", {"for": (9, 10), "neither": (7, 8), "against": (0, 6)}),
        ("CES", {"for": (6, 7), "neither": (4, 5), "against": (1, 3)}),
        ("CSAT", {"for": (2, 2), "neither": (1, 1), "against": (0, 0)}),
    ],
)
def test_the_groups_of_hubspot(warehouse, settings, kind, groups):
    scores = {f"{group}{score}": score for group, ends in groups.items() for score in ends}
    put(warehouse, *flat(*(submission(key, kind, score) for key, score in scores.items())))
    rows = built(warehouse, with_choices(settings), facts.survey_response)
    for key, row in as_of(rows, APRIL).items():
        group = key.rstrip("0123456789")
        told = (row.is_promoter, row.is_passive, row.is_detractor)
        assert told == tuple(group == each for each in ("for", "neither", "against")), key
        assert row.is_satisfied == (group == "for")


def test_surveys_of_another_scale_or_kind(warehouse, settings):
    put(
        warehouse,
        *questions(),
        # By name, and on 1 to 7.
        *response("five", {"CSAT": 5}),
        *response("six", {"CSAT": 6}),
        # A rating counts once the survey's kind is given.
        *response("rating", {"Rating": 5}, survey_id="0KdC"),
        *submission("odd", "CUSTOM", 5, survey_id="90009", survey_name="Odd"),
        *submission("other", "CUSTOM", 5, survey_id="90010"),
    )
    chosen = with_service(
        settings,
        surveys=[
            {"survey": "after THE case", "scale_max": 7},
            {"survey": "0KdC", "type": "csat"},
            {"survey": "90009", "type": "csat", "scale_max": 5},
        ],
    )
    rows = as_of(built(warehouse, chosen, facts.survey_response), APRIL)
    found = {key: (row.survey_type, row.scale_max, row.is_satisfied) for key, row in rows.items()}
    assert found == {
        # 6 and 7 of seven satisfy.
        "csat:five": ("csat", 7, False),
        "csat:six": ("csat", 7, True),
        "csat:rating": ("csat", 5, True),
        "odd": ("csat", 5, True),
    }
    # By itself a rating, or a survey of HubSpot's users' own, is none of the three kinds.
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    assert set(rows) == {"csat:five", "csat:six"}


def test_a_score_in_salesforce_is_from_0_to_10(warehouse, settings):
    """Its question CSAT is the Score of the builder; 5 of it is not the best, nor 6 off the scale."""
    given = {0: False, 4: False, 5: False, 6: False, 8: False, 9: True, 10: True}
    put(warehouse, *questions(), *flat(*(response(str(n), {"CSAT": n}) for n in given)))
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    found = {row.score: row.is_satisfied for row in rows.values()}
    assert found == given
    assert {(row.scale_max, row.is_scored) for row in rows.values()} == {(10, True)}
    # So it is in a survey that service.yaml calls something else; not so a rating there.
    put(
        warehouse,
        *flat(*(response(kind, {kind: 6}, survey_id="0KdB") for kind in ("CSAT", "Rating"))),
    )
    chosen = with_service(settings, surveys=[{"survey": "Trial run", "type": "ces"}])
    rows = as_of(built(warehouse, chosen, facts.survey_response), APRIL)
    assert (rows["ces:CSAT"].scale_max, rows["ces:Rating"].scale_max) == (10, 7)


@pytest.mark.parametrize("score", [-1, 11, 100])
def test_an_answer_off_the_scale_is_not_scored(warehouse, settings, score):
    put(warehouse, *questions(), *response("S", {"CSAT": score}))
    (row,) = built(warehouse, with_choices(settings), facts.survey_response)
    assert (row.is_scored, row.is_satisfied, row.is_detractor) == (False, False, False)


def test_a_survey_with_several_questions_gives_one_answer_of_a_kind(warehouse, settings):
    put(
        warehouse,
        *questions(),
        version("salesforce.survey_question", "CSAT2", "2025-01-01", question_type="CSAT"),
        *response("S", {"CSAT": 1, "CSAT2": 5, "NPS": 9, "FreeText": None}),
        # Of two questions of a kind, one that was answered.
        *response("T", {"CSAT": None, "CSAT2": 4}),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    found = {key: row.score for key, row in rows.items()}
    assert found == {"csat:S": 1, "nps:S": 9, "csat:T": 4}


def test_who_answered_about_what(warehouse, settings):
    put(
        warehouse,
        *questions(),
        user_of("salesforce:005A", salesforce_user_id="005A", role_id="R"),
        user_of("salesforce:005B", salesforce_user_id="005B"),
        user_of("hubspot:9", hubspot_owner_id="9"),
        member("salesforce", "001A", "salesforce:001A"),
        person_of("salesforce", "contact", "003A", "P", "salesforce:001B"),
        person_of("hubspot", "contact", "31", "Q", "hubspot:77"),
        *(
            version(
                "salesforce.case",
                "500A",
                modified,
                created_at=at("2026-03-01"),
                case_status="x",
                account_id="001A",
                owner_user_id=owner,
                product_id="01T",
            )
            for modified, owner in (
                ("2026-03-01", "005B"),
                ("2026-03-03", "005A"),
                ("2026-03-09", "005B"),
            )
        ),
        version(
            "salesforce.survey_subject",
            "subject",
            "2026-03-05",
            survey_response_id="S",
            subject_id="500A",
        ),
        version("hubspot.ticket", "7", "2026-03-01", created_at=at("2026-03-01"), owner_id="9"),
        *response("S", {"CSAT": 5}, contact="003A"),
        *submission("H", "CSAT", 2, contact="31", ticket="7", survey_channel="EMAIL"),
        *submission("anonymous", "CSAT", 2),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    first = rows["csat:S"]
    # The customer of the request, and its owner when it was answered.
    assert (first.respondent_id, first.customer_id) == ("P", "salesforce:001A")
    assert (first.ticket_id, first.agent_user_id, first.role_id) == (
        "salesforce:500A", "salesforce:005A", "R",
    )  # fmt: skip
    assert first.product_id == "salesforce:01T"
    second = rows["H"]
    assert (second.respondent_id, second.customer_id, second.channel) == (
        "Q",
        "hubspot:77",
        "email",
    )
    assert (second.ticket_id, second.agent_user_id) == ("hubspot:7", "hubspot:9")
    third = rows["anonymous"]
    assert (third.respondent_id, third.customer_id, third.ticket_id) == (None, None, None)
    assert third.is_counted


def test_anonymous_answers_supersede_nobodys(warehouse, settings):
    put(
        warehouse,
        *submission("1", "NPS", 3, "2026-03-05"),
        *submission("2", "NPS", 9, "2026-03-06"),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    assert {row.superseded_date for row in rows.values()} == {None}


def test_what_supersedes_an_answer(warehouse, settings):
    put(
        warehouse,
        *questions(),
        person_of("salesforce", "contact", "003A", "P"),
        person_of("hubspot", "contact", "31", "P"),
        *response("first", {"NPS": 3}, "2026-03-01", "003A"),
        # Neither another kind of survey nor a skipped question does.
        *response("kind", {"CSAT": 5}, "2026-03-02", "003A"),
        *response("skipped", {"NPS": None}, "2026-03-03", "003A"),
        *response("trial", {"NPS": 1}, "2026-03-04", "003A", survey_id="0KdB"),
        # The same person in the other CRM does, until it is deleted.
        *submission("later", "NPS", 9, "2026-03-10", contact="31"),
        version(
            "hubspot.feedback_submission", "later", "2026-03-20", deleted=True,
            created_at=at("2026-03-10"), submitted_at=at("2026-03-10"),
            survey_type="NPS", score=9, survey_id="90001", survey_name="How did we do?",
        ),
    )  # fmt: skip
    chosen = with_service(settings, surveys=[{"survey": "Trial run", "is_test": True}])
    rows = built(warehouse, chosen, facts.survey_response)
    told = {
        instant: as_of(rows, instant)["nps:first"].superseded_date
        for instant in ("2026-03-09", "2026-03-15", APRIL)
    }
    assert told == {"2026-03-09": None, "2026-03-15": date(2026, 3, 10), APRIL: None}
    counted = {key for key, row in as_of(rows, APRIL).items() if row.is_counted}
    assert counted == {"nps:first", "csat:kind", "nps:skipped"}


def test_an_answer_both_crms_hold_counts_once(warehouse, settings):
    put(
        warehouse,
        *questions(),
        person_of("salesforce", "contact", "003A", "P"),
        person_of("hubspot", "contact", "31", "P"),
        version(
            "salesforce.case",
            "500A",
            "2026-03-01",
            created_at=at("2026-03-01"),
            case_status="x",
        ),
        version(
            "salesforce.survey_subject",
            "subject",
            "2026-03-05",
            survey_response_id="about",
            subject_id="500A",
        ),
        version(
            "hubspot.ticket",
            "7",
            "2026-03-01",
            created_at=at("2026-03-01"),
            salesforce_case_id="500A",
        ),
        version("hubspot.ticket", "8", "2026-03-01", created_at=at("2026-03-01")),
        *response("about", {"CSAT": 2}, "2026-03-05T10:00", "003A"),
        *submission("copy", "CSAT", 2, "2026-03-05T11:00", contact="31", ticket="7"),
        # About another request, on another day, with another grade.
        *submission("request", "CSAT", 2, "2026-03-05T11:00", contact="31", ticket="8"),
        *submission("day", "CSAT", 2, "2026-03-06", contact="31", ticket="7"),
        *submission("grade", "CSAT", 1, "2026-03-05T11:00", contact="31", ticket="7"),
        # Anonymous ones are nobody's.
        *response("anonymous", {"CSAT": 2}, "2026-03-05T10:00"),
        *submission("nobody", "CSAT", 2, "2026-03-05T11:00"),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.survey_response), APRIL)
    assert {key for key, row in rows.items() if not row.is_counted} == {"copy"}
    # The system of record decides which.
    hubspot = with_choices(settings, tickets="hubspot")
    rows = as_of(built(warehouse, hubspot, facts.survey_response), APRIL)
    assert {key for key, row in rows.items() if not row.is_counted} == {"csat:about"}


def test_a_survey_is_answered_when_it_is_completed(warehouse, settings):
    started = {"created_at": at("2026-03-01"), "completed_at": None, "response_status": "Paused"}
    done = {"created_at": at("2026-03-01"), "completed_at": at("2026-03-05")}
    put(
        warehouse,
        *questions(),
        *response("begun", {"CSAT": 5}, "2026-03-01", **started),
        *response(
            "S", {"CSAT": 5}, "2026-03-02", **{**started, **done, "response_status": "Completed"}
        ),
        *response("S", {}, "2026-03-02", modified="2026-03-20", deleted=True, **done),
    )
    (row,) = built(warehouse, with_choices(settings), facts.survey_response)
    assert row.survey_response_id == "salesforce:csat:S"
    # Not before it was given though the record is older, nor after it was deleted.
    assert (row.valid_from_at, row.valid_to_at) == (at("2026-03-05"), at("2026-03-20"))
