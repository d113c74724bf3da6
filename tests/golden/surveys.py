"""How satisfied customers are, and whether they would recommend us.

csat  10, 9, 8, 2, 10 and a skipped question in Salesforce (0 to 10); 2, 2, 1, 0 in HubSpot (0 to 2)
nps   10, 9, 9, 8, 7, 6, 0, and an older 3 of the person who gave the first 9
"""

from __future__ import annotations

from tests.golden.answers import MARCH, Answer
from tests.golden.org import Org, hubspot_stamp, salesforce_stamp

CSAT_SALESFORCE = (10, 9, 8, 2, 10, None)
CSAT_HUBSPOT = (2, 2, 1, 0)
# Respondent, score, day, and which CRM has it where both are read. N1 said 3 to one, 9 to the other.
NPS = (
    ("N0", 10, "2026-03-10", "S"), ("N1", 3, "2026-03-02", "S"), ("N1", 9, "2026-03-20", "H"),
    ("N2", 9, "2026-03-11", "H"), ("N3", 8, "2026-03-12", "S"), ("N4", 7, "2026-03-13", "H"),
    ("N5", 6, "2026-03-14", "S"), ("N6", 0, "2026-03-15", "H"),
)  # fmt: skip

ANSWERS = (
    # 10, 9 and 10 of five answers; the mean of 7.8 is something else.
    Answer("csat", MARCH, numerator=3, denominator=5, excluded=1, crms=("salesforce",)),
    Answer("csat", MARCH, numerator=2, denominator=4, crms=("hubspot",)),
    Answer("csat", MARCH, numerator=3 + 2, denominator=5 + 4, excluded=1, crms=("both",)),
    # 10, 9, 9 less 6, 0 of seven: 100 x (3 - 2) / 7.
    Answer("nps", MARCH, 100 / 7, numerator=100, denominator=7),
)


def fill(org: Org) -> None:
    """Put the respondents and what they said into the org."""
    org.customer("N")
    for name in sorted({name for name, *_ in NPS}):
        org.contact(name, "N", f"{name.lower()}@customer.example")
    if org.is_in("salesforce"):
        for survey, kind in (("Case satisfaction", "CSAT"), ("Recommendation", "NPS")):
            org.salesforce("Survey", survey, "2025-01-01", Name=survey)
            org.salesforce("SurveyQuestion", kind, "2025-01-01", QuestionType=kind)
        for number, score in enumerate(CSAT_SALESFORCE):
            _answer(org, f"CS{number}", "Case satisfaction", "CSAT", "2026-03-16", score, None)
    if org.is_in("hubspot"):
        for number, score in enumerate(CSAT_HUBSPOT):
            _submission(org, f"CH{number}", "CSAT", "2026-03-16", score, None)
    for number, (name, score, day, where) in enumerate(NPS):
        for crm in org.crms(where):
            if crm == "salesforce":
                _answer(org, f"NP{number}", "Recommendation", "NPS", day, score, name)
            else:
                _submission(org, f"NP{number}", "NPS", day, score, name)


def _answer(
    org: Org, name: str, survey: str, kind: str, day: str, score: int | None, contact: str | None
) -> None:
    org.salesforce(
        "SurveyResponse",
        name,
        day,
        SurveyId=org.id("Survey", survey),
        SubmitterId=org.id("Contact", contact),
        Status="Completed",
        CompletionDateTime=salesforce_stamp(day),
    )
    org.salesforce(
        "SurveyQuestionResponse",
        name,
        day,
        ResponseId=org.id("SurveyResponse", name),
        QuestionId=org.id("SurveyQuestion", kind),
        NumberValue=score,
        ResponseValue=None if score is None else str(score),
    )


def _submission(
    org: Org, name: str, kind: str, day: str, score: int | None, contact: str | None
) -> None:
    org.hubspot(
        "feedback_submissions",
        name,
        day,
        hs_survey_id="1" if kind == "CSAT" else "2",
        hs_survey_name=kind,
        hs_survey_type=kind,
        hs_survey_channel="EMAIL",
        hs_value=score,
        hs_response_group=None,
        hs_submission_timestamp=hubspot_stamp(day),
    )
    if contact:
        org.link("feedback_submissions", name, "contacts", contact, 1)
