"""What real accounts hold breaks no critical rule: it is counted, or left out, and withholds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from include.core.canonical import STRING
from include.tables import facts, source_object
from include.validate.batch import checked_frame
from include.validate.expectations import Checker, context_with_files
from include.validate.facts import validate_facts
from include.validate.rules import record_rules
from tests.facts.builders import (
    Version,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    member,
    opportunity,
    person_of,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

NOW = at("2026-04-01T01:00")
TABLES = (
    *(facts.deal, facts.deal_credit, facts.deal_touch, facts.stage_transition, facts.lead),
    *(facts.prospect, facts.ticket, facts.activity, facts.agent_work, facts.billing),
    *(facts.record_created, facts.survey_response),
)


def hubspot(kind: str, key: str, **values: object) -> Version:
    return version(
        f"hubspot.{kind}", key, "2026-03-20", **{"created_at": at("2026-03-01"), **values}
    )


def won_ahead() -> Iterator[object]:
    """Won in March, with the last day of April as its close date, by a company that was a lead."""
    yield from stages()
    yield member("salesforce", "W", "salesforce:W")
    yield opportunity(
        "O", "2026-03-02", "2026-04-30", "won", account_id="W", modified="2026-03-20"
    )  # fmt: skip
    yield version(
        "salesforce.account", "W", "2026-03-01", account_name="W", created_at=at("2026-03-01"),
        owner_user_id="005A",
    )  # fmt: skip
    yield version(
        "salesforce.lead", "L", "2026-03-01", created_at=at("2026-03-01"), lead_status="New",
        is_converted=False,
    )  # fmt: skip
    yield person_of("salesforce", "lead", "L", "salesforce:lead:L", "salesforce:W")


def logged_ahead() -> Iterator[object]:
    """Calls and mails that somebody logged for a day to come, and said to be done."""
    times = {"owner_id": "9", "call_at": at("2026-04-20")}
    yield hubspot("call", "1", call_status="COMPLETED", call_direction="INBOUND", **times)
    yield hubspot("call", "2", call_status="COMPLETED", call_direction="OUTBOUND", **times)
    yield hubspot("email", "3", email_direction="EMAIL", sent_at=at("2026-04-20"))
    yield hubspot("task", "4", task_status="COMPLETED", completed_at=at("2026-04-20"))


def tickets_ahead() -> Iterator[object]:
    """Requests that an import dated ahead: when they were filed, and when they were closed."""
    yield hubspot("ticket", "1", stage_id="1", create_at=at("2026-04-20"))
    yield hubspot("ticket", "2", stage_id="1", is_closed=True, closed_at=at("2026-04-20"))
    yield hubspot(
        "ticket", "3", stage_id="1", is_closed=True, create_at=at("2026-04-20"),
        closed_at=at("2026-03-10"),
    )  # fmt: skip


def odd_durations() -> Iterator[object]:
    """What took less than nothing, or nothing, or days."""
    for key, milliseconds in (("1", -1000), ("2", 0), ("3", 900_000_000)):
        yield hubspot(
            "call", key, call_status="COMPLETED", call_direction="INBOUND",
            call_at=at("2026-03-10"), call_duration_milliseconds=milliseconds,
        )  # fmt: skip
    yield hubspot("meeting", "4", start_at=at("2026-03-10"), end_at=at("2026-03-09"))
    yield hubspot("ticket", "5", stage_id="1", is_closed=True, closed_at=at("2026-02-01"))


def odd_deals() -> Iterator[object]:
    """Amounts of nothing and less, dates before creation, and what nobody filled in."""
    yield from (*stages(), *hubspot_stages())
    for number, amount in enumerate((-500, 0, None, 0.01)):
        yield opportunity(f"O{number}", "2026-03-02", "2026-02-01", "won", amount, 30)
    yield opportunity("O8", "2026-03-02", "1970-01-01", "lost", 10, 100)
    yield opportunity("O9", "2026-03-02", "2100-01-01", "open", 10, 0, owner_user_id="005GONE")
    yield hubspot_deal("1", "2026-03-02", None, "2026-03-03", stage_id=None, pipeline_id=None)
    yield hubspot_deal("2", "2026-03-05", "2026-02-01", "2026-03-01", is_won=True, is_closed=True)
    yield hubspot_deal("3", "2026-03-05", None, "2026-03-06", is_won=True, is_closed=False)
    yield hubspot_deal("4", "2026-03-05", None, "2026-03-06", create_at=at("2026-06-01"))


@pytest.mark.parametrize(
    "records", [won_ahead, logged_ahead, tickets_ahead, odd_durations, odd_deals]
)
def test_odd_records_withhold_nothing(warehouse, settings, tmp_path: Path, records) -> None:
    put(warehouse, user_of("U9", hubspot_owner_id="9"), *records())
    built(warehouse, with_choices(settings), *TABLES)
    outcomes = validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    broken = [each for each in outcomes if not each.is_success]
    assert [each.rule.words for each in broken if each.rule.severity == "critical"] == []


def record(object_id: str, **values: str | None) -> pd.DataFrame:
    """One record as landed, with what its object requires and some values by the CRM's names."""
    source = source_object(object_id)
    usual = {"timestamp": "2026-03-01T00:00:00Z", "date": "2026-03-01", "boolean": "false"}
    given = {field.source: usual.get(field.type, "1") for field in source.fields if field.required}
    paths: dict[str, str | None] = dict.fromkeys(
        [source.key, *(field.source for field in source.fields)]
    )
    landed = {**paths, **given, source.key: "1"}
    for name, value in values.items():
        (path,) = [path for path in paths if path.removeprefix("properties.") == name]
        landed[path] = value
    return pd.DataFrame({path: pd.Series([value], dtype=STRING) for path, value in landed.items()})


@pytest.mark.parametrize(
    ("object_id", "values", "told"),
    [
        # What has no end: programs need some day, and take one that nobody sees come.
        ("salesforce.campaign", {"EndDate": "4000-12-31"}, "end_date is of type date"),
        ("salesforce.contract", {"EndDate": "2999-12-31"}, "last_date is of type date"),
        ("salesforce.service_contract", {"EndDate": "2999-12-31"}, "last_date is of type date"),
        ("salesforce.contract_line_item", {"EndDate": "2999-12-31"}, "last_date is of type date"),
        ("salesforce.asset_state_period", {"EndDate": "4000-12-31T00:00:00.000+0000"},
         "end_at is of type timestamp"),
        ("hubspot.campaign", {"hs_end_date": "2999-12-31"}, "end_date is of type date"),
        ("hubspot.line_item", {"hs_recurring_billing_end_date": "9999-12-31"},
         "billing_end_date is of type date"),
        ("hubspot.subscription", {"hs_recurring_billing_end_date": "9999-12-31"},
         "billing_end_date is of type date"),
        # The first and the last rate of a currency.
        ("salesforce.dated_conversion_rate", {"StartDate": "0001-01-01"},
         "start_date is of type date"),
        ("salesforce.dated_conversion_rate", {"NextStartDate": "9999-12-31"},
         "next_start_date is of type date"),
        # What is put off for good.
        ("salesforce.task", {"ActivityDate": "4000-12-31"}, "activity_date is of type date"),
        ("hubspot.task", {"hs_timestamp": "4000-12-31T00:00:00Z"}, "due_at is of type timestamp"),
        # What programs leave out.
        ("salesforce.case", {"Status": None}, "case_status is given"),
        ("hubspot.deal", {"dealstage": None}, "stage_id is given"),
        ("hubspot.ticket", {"hs_pipeline_stage": None}, "stage_id is given"),
    ],
)  # fmt: skip
def test_what_real_records_hold_or_lack_is_told_and_let_in(
    tmp_path: Path, object_id: str, values: dict[str, str | None], told: str
) -> None:
    source = source_object(object_id)
    checker = Checker(source.id, record_rules(source), context_with_files(tmp_path))
    checker.check(checked_frame(record(object_id, **values), source, source.fields))
    broken = [outcome.rule for outcome in checker.outcomes if not outcome.is_success]
    assert told in [rule.words for rule in broken]
    assert {rule.severity for rule in broken} == {"warning"}
