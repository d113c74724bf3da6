"""People are forgotten: no trace of them is left, and what their records count for is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.__main__ import main
from include.core.batch import file_sha256, read_frames, read_manifest
from include.core.settings import Settings
from include.facts.refresh import refresh_facts
from include.stage.unify import unify
from include.tables import metadata
from include.tables.objects import SOURCE_OBJECTS
from include.tables.personal import ADDRESSES, NAMES, PEOPLE, PERSON_NAME
from include.tables.raw import set_aside_record
from tests.stage.landed_batches import Landing, at, rows

# A build of facts each hour.
HOURS = (datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=n) for n in itertools.count())
# Her contact went with the lead it was made of, and the sync had made a third record.
LEAD, CONTACT, COPY = "salesforce.lead:00QJ", "salesforce.contact:003J", "hubspot.contact:21"
ALL = (LEAD, CONTACT, COPY)
TRACES = ("jane", "doe", "head of", "vegetarian", "lilac")
Forget = Callable[..., tuple[int, str, str]]


def of_salesforce(id_: str, day: int, **values: Any) -> dict[str, Any]:
    stamps = {
        "CreatedDate": "2026-01-01T00:00:00Z",
        "SystemModstamp": f"2026-01-{day:02d}T00:00:00Z",
    }
    return {"Id": id_, "IsDeleted": "false", "LeadSource": "Web", **stamps, **values}


def of_hubspot(id_: str, day: int, **properties: Any) -> dict[str, Any]:
    stamps = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": f"2026-01-{day:02d}T00:00:00Z"}
    changed = {"lastmodifieddate": stamps["updatedAt"], "lifecyclestage": "lead"}
    return {"id": id_, "archived": False, **stamps, "properties": changed | properties}


@pytest.fixture
def landing(warehouse: sa.Engine, tmp_path: Path) -> Landing:
    """Jane Doe in three records, and somebody who has the address of her desk as well."""
    landing = Landing(warehouse, tmp_path / "landing")

    def take(object_id: str, day: int, *records: dict[str, Any], **how: Any) -> None:
        landing.load(landing.land(object_id, records, at(day), **how))

    take("salesforce.account", 2, of_salesforce("001A", 1, Name="Acme", Website="acme.com"))
    lead = {"Company": "Lilac Doe Ltd", "Status": "New", "IsConverted": "false"}
    take(
        "salesforce.lead", 4,
        of_salesforce("00QJ", 3, Name="Jane Doe", Email="Jane.Doe@acme.com", **lead),
        of_salesforce("00QX", 3, Name="Max", Email="desk@acme.com", **lead | {"Company": "Acme"}),
    )  # fmt: skip
    contact = {"AccountId": "001A", "Name": 'Jane "JD" Doe', "Title": "Head of\nSales"}
    take(
        "salesforce.contact", 5,
        of_salesforce("003J", 4, Email="jane.doe@acme.com", Diet__c="vegetarian", **contact),
        of_salesforce("003X", 4, Email="max@acme.com", Name="Max", Title="", AccountId="001A", Diet__c=""),
        part_format="csv", custom_fields=("Diet__c",),
    )  # fmt: skip
    synced = {"firstname": "Jane", "hs_additional_emails": "jane@private.example; desk@acme.com"}
    # Another address first, and the one that ties her to the lead later.
    take(
        "hubspot.contact", 6, of_hubspot("21", 5, email="j.doe@acme.com", lastname="Doe", **synced)
    )
    take(
        "hubspot.contact",
        8,
        of_hubspot("21", 7, email="jane.doe@acme.com", **synced),
        of_hubspot("22", 7),
    )
    with warehouse.begin() as connection:
        connection.execute(
            set_aside_record.insert().values(
                batch_id="b", row_number=0, crm="hubspot", object_name="contact", record_id="21",
                reasons=["broken"], payload={"email": "jane.doe@acme.com"}, set_aside_at=at(6),
            )
        )  # fmt: skip
    return landing


def let_go(landing: Landing) -> None:
    """Both CRMs have deleted her, and full readings have found that."""
    keep = of_salesforce(
        "00QX",
        3,
        Name="Max",
        Email="desk@acme.com",
        Company="Acme",
        Status="New",
        IsConverted="false",
    )
    for object_id, record in (
        ("salesforce.lead", keep),
        ("salesforce.contact", of_salesforce("003X", 4, Email="max@acme.com", AccountId="001A")),
        ("hubspot.contact", of_hubspot("22", 7)),
    ):
        landing.load(landing.land(object_id, [record], at(10), mode="snapshot"))


@pytest.fixture
def forget(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Forget:
    """The command on the warehouse and the files of the test: exit code, output, errors."""
    url = landing.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", url)
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(landing.folder.parent))

    def run(*records: str) -> tuple[int, str, str]:
        code = main(["forget", *records])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def people(engine: sa.Engine) -> list[Any]:
    """Who is whom."""
    return rows(engine, "stage.person", "crm", "record_id", "person_id", "customer_id", "rule")


def counted(engine: sa.Engine, settings: Settings) -> dict[str, list[Any]]:
    """What metrics are reckoned from of these records, all of it built anew."""
    unify(engine, settings)
    refresh_facts(engine, settings, next(HOURS), "the test wants all of it")
    return {"people": people(engine)} | {
        name: rows(engine, f"facts.{name}") for name in ("lead", "prospect", "customer")
    }


def traces(landing: Landing) -> list[str]:
    """Where anything of her is left: tables and files."""
    found = []
    with landing.engine.connect() as connection:
        for table in metadata.sorted_tables:
            words = sa.func.lower(sa.cast(sa.literal_column(f'"{table.name}"'), sa.Text))
            is_left = sa.or_(*(words.contains(trace) for trace in TRACES))
            if connection.scalar(sa.select(sa.func.count()).select_from(table).where(is_left)):
                found.append(table.fullname)
    for path in landing.folder.rglob("part-*"):
        if any(trace in path.read_text().lower() for trace in TRACES):
            found.append(str(path.relative_to(landing.folder)))
    return found


def test_nothing_is_left_of_a_person_and_every_figure_is(
    landing: Landing, forget: Forget, settings: Settings
) -> None:
    let_go(landing)
    before = counted(landing.engine, settings)
    her = {row[2] for row in before["people"] if row[1] in ("00QJ", "003J", "21")}
    assert len(her) == 1
    assert len(traces(landing)) > 6
    code, printed, _ = forget(*ALL)
    assert code == 0
    assert "hubspot.contact: 1 records, 3 versions, 2 landed files." in printed
    # She shared it with somebody who is there.
    assert "desk@acme.com stays, for salesforce.lead:00QX has it too" in printed
    assert counted(landing.engine, settings) == before
    assert traces(landing) == []
    # The next full reading lacks her as the last one did.
    let_go(landing)
    unify(landing.engine, settings)
    assert people(landing.engine) == before["people"]
    assert traces(landing) == []


def test_landed_files_are_whole_and_others_are_as_they_were(
    landing: Landing, forget: Forget
) -> None:
    let_go(landing)
    untouched = {
        path: path.read_bytes() for path in (landing.folder / "salesforce/account").rglob("*.*")
    }
    assert forget(*ALL)[0] == 0
    assert {path: path.read_bytes() for path in untouched} == untouched
    for folder in landing.folder.glob("*/*/*"):
        manifest = read_manifest(folder)
        for part in manifest.parts:
            path = folder / part.name
            assert (file_sha256(path), path.stat().st_size) == (part.sha256, part.byte_count)
    (folder,) = (path.parent for path in landing.folder.rglob("*.csv"))
    (frame,) = read_frames(
        folder, read_manifest(folder), ["Id", "Name", "Email", "Title", "Diet__c"]
    )
    jane, other = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    assert other == ["003X", "Max", "max@acme.com", None, None]
    assert jane[:1] + jane[3:] == ["003J", None, None]
    assert jane[1].startswith("forgotten-")
    assert jane[2].endswith("@acme.com")


def test_forgetting_again_changes_nothing(landing: Landing, forget: Forget) -> None:
    let_go(landing)
    assert forget(*ALL)[0] == 0
    before = rows(landing.engine, "stage.hubspot__contact_version")
    assert forget(*ALL)[0] == 0
    assert rows(landing.engine, "stage.hubspot__contact_version") == before


def test_a_copy_that_stays_keeps_what_ties_it_to_the_others(
    landing: Landing, forget: Forget, settings: Settings
) -> None:
    let_go(landing)
    before = counted(landing.engine, settings)
    code, printed, _ = forget(LEAD)
    assert code == 0
    assert "jane.doe@acme.com stays, for " in printed
    forgotten, other = rows(landing.engine, "stage.salesforce__lead", "lead_name")
    assert (forgotten[:10], other) == ("forgotten-", "Max")
    assert counted(landing.engine, settings) == before


def test_who_wrote_from_the_mailbox_of_a_desk_stays_one_person(
    landing: Landing, forget: Forget, settings: Settings
) -> None:
    """Only her name ties Ann's records there: Bob, who stays, writes from it as well, and Cy did."""
    desk, gone = {"Email": "info@acme.com"}, {"IsDeleted": "true"}
    lead = desk | {"Company": "Acme", "Status": "New", "IsConverted": "false"}
    ann = {"email": "info@acme.com", "firstname": "Ann", "lastname": "LOW"}
    for day, left, archived in ((3, {}, False), (5, gone, True)):
        leads = [
            of_salesforce("00QA", day, Name="Ann Low", **lead | left),
            of_salesforce("00QC", day, Name="Cy Even", **lead | left),
        ]
        landing.load(landing.land("salesforce.lead", leads, at(day + 6)))
        copy = of_hubspot("31", day, **ann) | {"archived": archived}
        landing.load(landing.land("hubspot.contact", [copy], at(day + 6)))
    bob = of_salesforce("003B", 4, Name="Bob High", AccountId="001A", **desk)
    landing.load(landing.land("salesforce.contact", [bob], at(9)))
    before = counted(landing.engine, settings)
    who = {row[1]: row[2] for row in before["people"]}
    assert who["00QA"] == who["31"]
    assert len({who["00QA"], who["00QC"], who["003B"]}) == 3
    assert forget("salesforce.lead:00QA", "salesforce.lead:00QC", "hubspot.contact:31")[0] == 0
    assert counted(landing.engine, settings) == before


def test_what_cannot_be_forgotten_is_told_and_nothing_done(
    landing: Landing, forget: Forget
) -> None:
    before = traces(landing)
    for records, words in (
        (("hubspot.contact:21",), "hubspot.contact 21 is still in hubspot, and would come back"),
        (("salesforce.contact:003",), "no salesforce.contact 003 in the warehouse"),
        (("salesforce.account:001A",), "salesforce.account names people. Name records of "),
        (("21",), "21 names no record. Write crm.object:id"),
    ):
        code, _, told = forget(*records)
        assert (code, words in told) == (1, True), told
    assert traces(landing) == before


def test_every_text_that_is_read_of_people_is_erased_or_known_to_name_none() -> None:
    """A field that is read in addition has to be put on one side or the other."""
    names_nobody = {
        "additional_source", "account_id", "analytics_source", "company_id", "converted_account_id",
        "converted_contact_id", "converted_opportunity_id", "country", "created_by_user_id",
        "hubspot_owner_id", "lead_source", "lead_status", "lifecycle_stage", "merged_contact_ids",
        "merged_object_ids", "object_source", "owner_id", "owner_user_id", "salesforce_contact_id",
        "salesforce_lead_id",
    }  # fmt: skip
    for source in SOURCE_OBJECTS:
        if source.id in PEOPLE:
            texts = {field.column for field in source.fields if field.type == "text"}
            named = {*NAMES[source.id], PERSON_NAME[source.id], *ADDRESSES}
            assert texts - named <= names_nobody, source.id
        columns = {field.column for field in source.fields}
        assert columns.issuperset(NAMES.get(source.id, ()))
