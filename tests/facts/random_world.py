"""A random company, staged: every object there is, in small islands of records that name each other.

Fields and references come from the table definitions, so that a new field, object or link is in the
company as soon as it is defined. A change now and then names a record of another island.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.field import Field
from include.facts.records import NAMED_OBJECTS, SHARED_OBJECTS
from include.tables import SOURCE_OBJECTS, source_object
from include.tables.source_object import SourceObject
from include.tables.stage import CURRENT, VERSION
from tests.facts.random_words import WORDS

BEGAN_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
USERS = ("005A", "005B", "005C", "005D")
OWNERS = ("71", "72", "73")
UNREAD = {"salesforce.profile"}
# Of these there is one record, and it says in which currency amounts are that name none.
ALONE = {"salesforce.organization", "hubspot.account"}


@dataclass
class Record:
    """A record and its versions: values, modified_at, is_deleted, merged_into_id."""

    object_id: str
    key: str
    island: int
    versions: list[tuple[dict[str, Any], datetime, bool, str | None]] = field(default_factory=list)


class World:
    """A company, and how it changes; all of it follows from the seed."""

    def __init__(self, seed: int, islands: int) -> None:
        self.chance, self.islands = random.Random(seed), islands
        self.records: dict[tuple[str, str], Record] = {}
        self.clock = BEGAN_AT
        self.objects = [
            source for source in SOURCE_OBJECTS if source.id not in SHARED_OBJECTS | UNREAD | ALONE
        ]
        self._add_shared()
        for island in range(islands):
            # Twice, so that the first ones of an island can be named by all others.
            for source in (*self.objects, *self.objects):
                if self.chance.random() < 0.6:
                    self.add(source, island)
            self._split_deals(island)

    def stage(self, engine: sa.Engine) -> None:
        """Put all of it into staging, in the place of what is there."""
        with engine.begin() as connection:
            for source in SOURCE_OBJECTS:
                records = [r for r in self.records.values() if r.object_id == source.id]
                versions = [self._row(r, n) for r in records for n in range(len(r.versions))]
                current = [self._row(r, len(r.versions) - 1) for r in records]
                for table, rows in ((VERSION[source.id], versions), (CURRENT[source.id], current)):
                    connection.execute(sa.delete(table))
                    if rows:
                        connection.execute(sa.insert(table), rows)

    def add(self, source: SourceObject, island: int, **given: Any) -> Record:
        """A new record."""
        number = len(self.records)
        values = {f.column: self._value(source, f, island) for f in source.fields} | given
        if source.is_of_parents:
            ends = [values[f.column] for f in source.fields[:2]]
            key = f"{ends[0] or number}:{ends[1] or '*'}"
        else:
            key = f"{self._prefix(source)}{number:012d}AAA"
            if source.crm == "hubspot":
                key = str(10_000 + number)
        if "created_at" in values:
            values["created_at"] = self.clock - timedelta(hours=self.chance.randrange(500))
        record = self.records.setdefault((source.id, key), Record(source.id, key, island))
        record.versions.append((values, self._next_instant(), False, None))
        return record

    def _split_deals(self, island: int) -> None:
        """Share one deal of each CRM between two owners, as shares drawn apart seldom do."""
        for deal, share, column, owners, given in (
            (
                "salesforce.opportunity",
                "salesforce.opportunity_split",
                "owner_user_id",
                USERS,
                {"split_percent": Decimal(50), "split_type_id": "14900000000000RAAA"},
            ),
            (
                "hubspot.deal",
                "hubspot.deal_split",
                "owner_id",
                OWNERS,
                {"split_rate": Decimal("0.5")},
            ),
        ):
            source = source_object(share)
            found = [record.key for record in self.of(deal) if record.island == island]
            if found:
                split = {source.fields[0].column: self.chance.choice(found), **given}
                for owner in self.chance.sample(owners, 2):
                    self.add(source, island, **split, **{column: owner})

    def change(self) -> str:
        """Let something happen; what."""
        kinds: list[Callable[[], str]] = [self._alter] * 8
        kinds += [self._delete, self._merge, self._create, self._create, self._forget, self._vanish]
        kinds += [self._alter_shared]
        return self.chance.choice(kinds)()

    def of(self, object_id: str) -> list[Record]:
        """Records of an object."""
        return [record for record in self.records.values() if record.object_id == object_id]

    def alter(self, record: Record, **values: Any) -> None:
        """A new version with some other values."""
        last = dict(record.versions[-1][0])
        record.versions.append((last | values, self._next_instant(), False, None))

    def _any(self) -> Record:
        mine = {source.id for source in self.objects}
        return self.chance.choice([r for r in self.records.values() if r.object_id in mine])

    def _alter(self) -> str:
        record = self._any()
        source = source_object(record.object_id)
        island = record.island
        if self.chance.random() < 0.3:
            island = self.chance.randrange(self.islands)
        fields = [f for f in source.fields if f.column != "created_at"]
        if source.is_of_parents:
            fields = fields[2:]
        chosen = self.chance.sample(fields, min(len(fields), self.chance.randint(1, 4)))
        values = {f.column: self._value(source, f, island) for f in chosen}
        self.alter(record, **values)
        return f"alter {record.object_id} {record.key}: {values}"

    def _delete(self) -> str:
        record = self._any()
        values = record.versions[-1][0]
        record.versions.append((values, self._next_instant(), True, None))
        return f"delete {record.object_id} {record.key}"

    def _merge(self) -> str:
        names = ("salesforce.account", "salesforce.contact", "salesforce.lead", "salesforce.case")
        record = self.chance.choice(self.of(self.chance.choice(names)))
        others = [other for other in self.of(record.object_id) if other is not record]
        survivor = self.chance.choice(others)
        values = record.versions[-1][0]
        record.versions.append((values, self._next_instant(), True, survivor.key))
        return f"merge {record.object_id} {record.key} into {survivor.key}"

    def _create(self) -> str:
        source = self.chance.choice(self.objects)
        record = self.add(source, self.chance.randrange(self.islands))
        return f"create {record.object_id} {record.key}: {record.versions[-1][0]}"

    def _forget(self) -> str:
        """The last version of a record turns out never to have been."""
        record = self._any()
        if len(record.versions) > 1:
            record.versions.pop()
        return f"forget the last of {record.object_id} {record.key}"

    def _vanish(self) -> str:
        record = self._any()
        del self.records[record.object_id, record.key]
        return f"vanish {record.object_id} {record.key}"

    def _alter_shared(self) -> str:
        """Something happens to a record others look up, of a kind that need not build all of them."""
        object_id, name, words = self.chance.choice(
            (
                ("salesforce.user", "role_id", ("00E1", "00E2", None)),
                ("salesforce.user", "email", ("u1@us.example", "u3@us.example", None)),
                ("salesforce.user", "last_login_at", (self.clock,)),
                ("hubspot.owner", "team_name", ("North", "South")),
                ("hubspot.owner", "email", ("u1@us.example", "u9@us.example")),
                ("salesforce.campaign", "owner_user_id", USERS),
                ("salesforce.campaign", "campaign_type", ("Webinar", "Email", "Partner")),
                ("salesforce.product", "product_name", ("Another", "Some")),
            )
        )
        record = self.chance.choice(self.of(object_id))
        self.shared(object_id, record.key, **{name: self.chance.choice(words)})
        return f"alter {object_id} {record.key}: {record.versions[-1][0]}"

    def _next_instant(self) -> datetime:
        self.clock += timedelta(minutes=7)
        return self.clock

    def _value(self, source: SourceObject, told: Field, island: int) -> Any:
        """A value of a field, as staging would hold it; of one that has to be there, not none."""
        value = None
        for _ in range(20 if told.required else 1):
            value = self._drawn(source, told, island)
            if value is not None:
                break
        return value

    def _drawn(self, source: SourceObject, told: Field, island: int) -> Any:
        chance = self.chance
        if targets := self._targets(source, told):
            named = [
                record.key
                for target in targets
                for record in self.of(target)
                if record.island == island
            ]
            if not named or (chance.random() < 0.2 and not source.is_of_parents):
                return None
            key = chance.choice(named)
            return key[:15] if told.column.startswith("salesforce_") else key
        if told.column in WORDS and not (told.references and not WORDS[told.column]):
            return chance.choice(WORDS[told.column])
        if told.column in {"owner_user_id", "agent_user_id"} or told.references == "user":
            return chance.choice((*USERS, None))
        if told.column in {"owner_id"}:
            return chance.choice((*OWNERS, None))
        if told.column in {"created_by_user_id", "hubspot_user_id"}:
            return chance.choice(("81", "82", None))
        if told.values:
            return chance.choice((*told.values, None))
        if told.column in {"website", "domain"}:
            return f"www.company{island}.com"
        if told.column == "email":
            return f"p{chance.randrange(3)}@company{island}.com"
        return self._of_type(told)

    def _of_type(self, told: Field) -> Any:
        chance = self.chance
        day = date(2026, 1, 10) + timedelta(days=chance.randrange(120))
        return {
            "text": lambda: chance.choice(("one", "two", None)),
            "boolean": lambda: chance.choice((True, False, None)),
            "integer": lambda: chance.choice((1, 12, 300, None)),
            "decimal": lambda: chance.choice((Decimal(1), Decimal("4.5"), Decimal(9), None)),
            "money": lambda: chance.choice((Decimal(100), Decimal(250), Decimal("99.99"), None)),
            "date": lambda: chance.choice((day, day, None)),
            "timestamp": lambda: chance.choice(
                (datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC), None)
            ),
        }[told.type]()

    def _targets(self, source: SourceObject, told: Field) -> list[str]:
        """Objects of the islands that a field names."""
        targets = list(NAMED_OBJECTS.get((source.id, told.column), ()))
        if told.references:
            targets.append(f"{source.crm}.{told.references}")
        if source.crm == "hubspot" and told.column.startswith("salesforce_"):
            targets.append(f"salesforce.{told.column.removeprefix('salesforce_')[:-3]}")
        return [target for target in targets if target not in SHARED_OBJECTS]

    def _prefix(self, source: SourceObject) -> str:
        return f"{[s.id for s in SOURCE_OBJECTS].index(source.id):03d}"

    def _row(self, record: Record, number: int) -> dict[str, Any]:
        values, modified_at, is_deleted, merged_into_id = record.versions[number]
        return {
            **{f.column: None for f in source_object(record.object_id).fields},
            **values,
            source_object(record.object_id).key_column: record.key,
            "modified_at": modified_at,
            "is_deleted": is_deleted,
            "merged_into_id": merged_into_id,
            "extracted_at": self.clock,
            "batch_id": "batch",
            "row_hash": hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest(),
        }

    def shared(self, object_id: str, key: str, **values: Any) -> None:
        """A record of an object that many others look up, or another version of it."""
        record = self.records.setdefault((object_id, key), Record(object_id, key, -1))
        last = dict(record.versions[-1][0]) if record.versions else {}
        if "created_at" in {f.column for f in source_object(object_id).fields}:
            last.setdefault("created_at", BEGAN_AT)
        record.versions.append((last | values, self._next_instant(), False, None))

    def _add_shared(self) -> None:
        for number, key in enumerate(USERS):
            self.shared(
                "salesforce.user",
                key,
                username=f"u{number}@us.example",
                email=f"u{number}@us.example",
                user_name=f"User {number}",
                is_active=True,
                user_type="Standard",
                role_id="00E1" if number % 2 else "00E2",
            )
        for number, key in enumerate(OWNERS):
            self.shared(
                "hubspot.owner",
                key,
                email=f"u{number + 1}@us.example",
                owner_type="PERSON",
                hubspot_user_id=str(81 + number),
                team_name="North",
            )
        for key in ("00E1", "00E2"):
            self.shared("salesforce.user_role", key, role_name=f"Role {key}")
        for order, (name, is_closed, is_won) in enumerate(
            (
                ("Prospecting", False, False),
                ("Negotiation", False, False),
                ("Closed Won", True, True),
                ("Closed Lost", True, False),
            )
        ):
            self.shared(
                "salesforce.opportunity_stage",
                f"01J{order}",
                stage_name=name,
                stage_label=name,
                is_closed=is_closed,
                is_won=is_won,
                sort_order=order,
                probability_percent=Decimal(25 * order),
            )
        for order, (name, rate) in enumerate(
            (("appointment", 0.2), ("closedwon", 1), ("closedlost", 0))
        ):
            self.shared(
                "hubspot.deal_stage",
                f"default:{name}",
                pipeline_id="default",
                stage_id=name,
                stage_label=name,
                sort_order=order,
                is_closed=rate in (0, 1),
                probability_rate=Decimal(str(rate)),
            )
        for name, state in (("new", "OPEN"), ("solved", "CLOSED")):
            self.shared(
                "hubspot.ticket_stage",
                f"support:{name}",
                pipeline_id="support",
                stage_id=name,
                stage_label=name,
                ticket_state=state,
            )
        for number in (1, 2):
            self.shared(
                "salesforce.campaign",
                f"70100000000000{number}AAA",
                campaign_name=f"Campaign {number}",
                campaign_type=("Webinar", "Email")[number - 1],
                actual_cost_amount_original=Decimal(300),
                start_date=date(2026, 2, 1),
                end_date=date(2026, 2, 3),
            )
            self.shared(
                "salesforce.product",
                f"01t00000000000{number}AAA",
                product_name=f"Product {number}",
                installment_period="Monthly" if number == 1 else None,
                installment_count=12 if number == 1 else None,
            )
            self.shared(
                "salesforce.survey_question",
                f"0Kq00000000000{number}AAA",
                question_type=("NPS", "CSAT")[number - 1],
            )
        self.shared("salesforce.survey", "0Kd000000000001AAA", survey_name="How are we")
        self.shared("salesforce.campaign_influence_model", "0M2000000000001AAA", is_default=True)
        for key, is_total in (("R", True), ("O", False)):
            self.shared(
                "salesforce.opportunity_split_type",
                f"14900000000000{key}AAA",
                split_field="Amount",
                is_total_validated=is_total,
                is_active=True,
            )
        self.shared("salesforce.organization", "00D000000000001AAA", default_currency_code="EUR")
        self.shared("hubspot.account", "1", currency_code="USD")
        self.shared(
            "salesforce.currency_type", "01L1", currency_code="USD", conversion_rate=Decimal("1.25")
        )
        self.shared(
            "salesforce.currency_type", "01L2", currency_code="EUR", conversion_rate=Decimal(1)
        )
