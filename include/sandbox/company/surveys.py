"""Salesforce surveys: how satisfied customers were with a case, and whether they would recommend us."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company.files import Column
from include.sandbox.company.identifiers import salesforce_ids
from include.sandbox.company.service_work import work_generator
from include.sandbox.company.timeline import DAY, HOUR, salesforce_times
from include.sandbox.company.world import World

_ANSWERED_RATE, _ASKED_AGAIN_EVERY, _SKIPPED_EVERY = 0.3, 4, 37
# An answer follows the invitation: after an hour at the earliest, or after twenty days.
_INVITED_SECONDS, _INVITED_AGAIN_DAYS = 600, 20
# Both of Salesforce's questions are answered from 0 to 10.
_SATISFACTION = [0.01, 0.01, 0.01, 0.01, 0.02, 0.03, 0.03, 0.04, 0.06, 0.30, 0.48]
_LOYALTY = [0.02, 0.01, 0.01, 0.02, 0.02, 0.04, 0.06, 0.14, 0.20, 0.24, 0.24]


@dataclass
class Closed:
    """Closed cases: their ids, who asked, and when they were closed."""

    ids: np.ndarray
    contact_ids: np.ndarray
    at: np.ndarray


def write_surveys(world: World) -> None:
    """The two surveys and their questions."""
    start = salesforce_times(np.full(2, world.timeline.start))
    stamps = {"CreatedDate": start, "LastModifiedDate": start, "SystemModstamp": start}
    for name, columns in (
        ("Survey", {"Name": ["Case satisfaction", "Relationship"]}),
        ("SurveyQuestion", {"QuestionType": ["CSAT", "NPS"]}),
    ):
        ids = salesforce_ids(name, np.arange(2))
        world.files.salesforce(name, 2, {"Id": ids, "IsDeleted": False, **columns, **stamps})


def write_survey_answers(world: World, closed: Closed) -> None:
    """Answers about closed cases, and of some who asked about us as a whole."""
    generator = work_generator(world, "surveys")
    count = len(closed.ids)
    asked = np.flatnonzero(generator.random(count) < _ANSWERED_RATE)
    loyal = asked[::_ASKED_AGAIN_EVERY]
    case = np.concatenate([asked, loyal])
    kind = np.repeat([0, 1], [len(asked), len(loyal)])
    wait = np.where(
        kind == 0,
        generator.integers(HOUR, 3 * DAY, len(case)),
        generator.integers(20 * DAY, 90 * DAY, len(case)),
    )
    at = closed.at[case] + wait
    score = np.where(
        kind == 0,
        generator.choice(11, len(case), p=_SATISFACTION),
        generator.choice(11, len(case), p=_LOYALTY),
    )
    kept = at < world.timeline.until
    _write_invitations(world, closed, asked, loyal, np.split(at, [len(asked)]))
    case, kind, at, score = case[kept], kind[kept], at[kept], score[kept]
    count = len(case)
    number = world.number("survey answers", count)
    is_skipped = (number % _SKIPPED_EVERY == 5).tolist()
    response_ids = salesforce_ids("SurveyResponse", number)
    stamps = salesforce_times(at)
    shared: dict[str, Column] = {
        "IsDeleted": False,
        "CreatedDate": stamps,
        "LastModifiedDate": stamps,
        "SystemModstamp": stamps,
    }
    surveys = np.array(salesforce_ids("Survey", np.arange(2)), dtype=object)
    questions = np.array(salesforce_ids("SurveyQuestion", np.arange(2)), dtype=object)
    world.files.salesforce(
        "SurveyResponse",
        count,
        {
            "Id": response_ids,
            "SurveyId": surveys[kind].tolist(),
            "SubmitterId": closed.contact_ids[case].tolist(),
            "Status": "Completed",
            "CompletionDateTime": stamps,
            **shared,
        },
    )
    world.files.salesforce(
        "SurveyQuestionResponse",
        count,
        {
            "Id": salesforce_ids("SurveyQuestionResponse", number),
            "ResponseId": response_ids,
            "QuestionId": questions[kind].tolist(),
            "NumberValue": [
                None if skipped else float(value)
                for skipped, value in zip(is_skipped, score.tolist(), strict=True)
            ],
            "ResponseValue": [
                None if skipped else str(value)
                for skipped, value in zip(is_skipped, score.tolist(), strict=True)
            ],
            **shared,
        },
    )
    about = np.flatnonzero(kind == 0)
    world.files.salesforce(
        "SurveySubject",
        len(about),
        {
            "Id": salesforce_ids("SurveySubject", number[about]),
            "SurveyResponseId": [response_ids[position] for position in about.tolist()],
            "SubjectId": closed.ids[case[about]].tolist(),
            "IsDeleted": False,
            **{
                name: [stamps[position] for position in about.tolist()]
                for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")
            },
        },
    )


def _write_invitations(
    world: World,
    closed: Closed,
    asked: np.ndarray,
    loyal: np.ndarray,
    answered_at: list[np.ndarray],
) -> None:
    """An invitation for each closed case, and to some to say what they think of us as a whole.

    `answered_at` has the instants of the answers of `asked` and of `loyal`; who is not among them
    did not answer.
    """
    every = np.arange(len(closed.ids))
    others = np.setdiff1d(every[:: _ASKED_AGAIN_EVERY * 2], loyal)
    case = np.concatenate([every, loyal, others])
    kind = np.repeat([0, 1], [len(every), len(loyal) + len(others)])
    never = np.iinfo(np.int64).max
    answer = np.full(len(case), never)
    answer[asked] = answered_at[0]
    answer[len(every) : len(every) + len(loyal)] = answered_at[1]
    sent = closed.at[case] + np.where(kind == 0, _INVITED_SECONDS, _INVITED_AGAIN_DAYS * DAY)
    kept = sent < world.timeline.until
    case, kind, answer, sent = case[kept], kind[kept], answer[kept], sent[kept]
    is_answered = answer < world.timeline.until
    changed = salesforce_times(np.where(is_answered, answer, sent))
    surveys = np.array(salesforce_ids("Survey", np.arange(2)), dtype=object)
    number = world.number("survey invitations", len(case))
    world.files.salesforce(
        "SurveyInvitation",
        len(case),
        {
            "Id": salesforce_ids("SurveyInvitation", number),
            "IsDeleted": False,
            "SurveyId": surveys[kind].tolist(),
            "ParticipantId": closed.contact_ids[case].tolist(),
            "ResponseStatus": np.where(is_answered, "Completed", "NotStarted").tolist(),
            "CreatedDate": salesforce_times(sent),
            "LastModifiedDate": changed,
            "SystemModstamp": changed,
        },
    )
