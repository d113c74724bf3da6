"""A company of any size, staged set-based as if read from Salesforce over three years.

Every record and value is a function of the record's number, so two of one size are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from include.core.settings import Cost, Settings, load_settings
from include.tables import SOURCE_OBJECTS, ops
from include.tables.stage import CURRENT, VERSION

START_DATE, DAYS = date(2023, 7, 1), 1080
AS_OF_AT = datetime(2026, 6, 16, tzinfo=UTC)
ROLES, CAMPAIGNS, PRODUCTS = 10, 40, 20
# Records per deal.
ACTIVITIES, ACCOUNTS, LEADS, CASES, MEMBERS = 5, 0.2, 0.3, 0.2, 0.3

PREFIX = {
    "user": "005",
    "user_role": "00E",
    "account": "001",
    "opportunity": "006",
    "opportunity_line_item": "00k",
    "opportunity_history": "008",
    "product": "01t",
    "task": "00T",
    "lead": "00Q",
    "case": "500",
    "campaign": "701",
    "campaign_member": "00v",
    "login": "0Ya",
    "opportunity_stage": "01J",
}
STAGES = ("Qualification", "Proposal", "Negotiation", "Verbal")


def pick(salt: int, count: int, of: str = "n") -> str:
    """SQL of a number from 0 to before `count` that looks random in `of`."""
    return f"((hashint8extended({of}, {salt}) & 1073741823) % {count})"


def id_of(name: str, number: str = "n") -> str:
    """SQL of the id of an object's record of a number, from 0 on."""
    return f"('{PREFIX[name]}' || lpad(({number})::text, 12, '0') || 'AAA')"


def one_of(salt: int, *values: str) -> str:
    """SQL of one of some texts."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"(array[{quoted}])[1 + {pick(salt, len(values))}]"


NOW = f"timestamptz '{AS_OF_AT.isoformat()}'"
CREATED = f"(timestamptz '{START_DATE}' + make_interval(days => {pick(1, DAYS)}::int, secs => 30000 + {pick(2, 30000)}::int))"


def company_settings(project: Path) -> Settings:
    """The settings shipped, with costs of each month."""
    months = [date(2023 + number // 12, number % 12 + 1, 15) for number in range(6, 42)]
    costs = tuple(
        Cost(
            cost_date=day,
            amount=Decimal(amount),
            currency_code="USD",
            category=category,
            channel=channel,
            campaign_id=None,
            note=None,
        )
        for day in months
        for amount, category, channel in (
            (10000, "acquisition", "paid_search"),
            (30000, "acquisition", None),
            (5000, "retention", None),
        )
    )
    settings = load_settings(project / "include" / "config")
    calendar = settings.calendar.model_copy(update={"time_zone": "UTC", "currency": "USD"})
    return replace(settings, calendar=calendar, costs=costs)


def stage_company(connection: sa.Connection, deals: int) -> None:
    """Fill the staging tables of Salesforce, and say that everything is loaded."""
    accounts, leads, users = int(deals * ACCOUNTS), int(deals * LEADS), max(10, deals // 5000)
    owner = id_of("user", pick(3, users))
    whole = {"created_at": CREATED, "modified_at": CREATED}
    _stage(
        connection,
        "user_role",
        ROLES,
        {"role_name": "'Role ' || n", "modified_at": f"timestamptz '{START_DATE}'"},
    )
    _stage(
        connection,
        "user",
        users,
        {
            "username": "'u' || n || '@example.com'",
            "user_name": "'User ' || n",
            "email": "'u' || n || '@example.com'",
            "is_active": "n % 20 <> 0",
            "user_type": "'Standard'",
            "role_id": id_of("user_role", f"n % {ROLES}"),
            "created_at": f"timestamptz '{START_DATE}'",
            "modified_at": f"timestamptz '{START_DATE}'",
        },
    )
    for number, name in enumerate((*STAGES, "Closed Won", "Closed Lost")):
        is_open = number < len(STAGES)
        _stage(
            connection,
            "opportunity_stage",
            1,
            {
                "salesforce_opportunity_stage_id": id_of("opportunity_stage", str(number)),
                "stage_label": f"'{name}'",
                "stage_name": f"'{name}'",
                "is_closed": str(not is_open).lower(),
                "is_won": str(name == "Closed Won").lower(),
                "probability_percent": str(number * 20 + 10 if is_open else 0),
                "sort_order": str(number),
                "modified_at": f"timestamptz '{START_DATE}'",
            },
        )
    _stage(
        connection,
        "campaign",
        CAMPAIGNS,
        whole
        | {
            "campaign_name": "'Campaign ' || n",
            "campaign_type": one_of(4, "Webinar", "Email", "Advertisement"),
            "start_date": f"date '{START_DATE}'",
        },
    )
    _stage(
        connection,
        "product",
        PRODUCTS,
        whole
        | {
            "product_name": "'Product ' || n",
            "is_active": "true",
            "installment_period": "case when n % 2 = 0 then 'Monthly' end",
            "installment_count": "case when n % 2 = 0 then 12 end",
        },
    )
    _stage(
        connection,
        "account",
        accounts,
        whole
        | {
            "account_name": "'Account ' || n",
            "website": "'https://www.company' || n || '.com'",
            "country": one_of(5, "Chile", "France", "Japan", "Kenya", "Peru"),
            "employee_count": f"{pick(6, 2000)}",
            "account_source": one_of(7, "Web", "Event", "Partner", "Other"),
            "owner_user_id": owner,
        },
    )
    _stage_deals(connection, deals, accounts, owner)
    done = f"{CREATED} + make_interval(mins => {pick(8, 7200)}::int)"
    is_done = f"({pick(9, 20)} > 0 and {done} < {NOW})"
    _stage(
        connection,
        "task",
        deals * ACTIVITIES,
        {
            "task_subtype": one_of(10, "Task", "Call", "Email"),
            "task_status": f"case when {is_done} then 'Completed' else 'Open' end",
            "is_closed": is_done,
            "completed_at": f"case when {is_done} then {done} end",
            "is_recurrence": "false",
            "owner_user_id": owner,
            "created_by_user_id": owner,
            "created_at": CREATED,
            "modified_at": f"case when {is_done} then {done} else {CREATED} end",
        },
    )
    is_converted = f"({pick(11, 5)} = 0)"
    _stage(
        connection,
        "lead",
        leads,
        {
            "email": "'lead' || n || '@mail' || n || '.com'",
            "lead_status": "'Open'",
            "lead_source": one_of(12, "Web", "Event", "Partner", "Google Ads", "Other"),
            "is_converted": is_converted,
            "converted_date": f"case when {is_converted} then ({CREATED})::date + 10 end",
            "converted_account_id": f"case when {is_converted} then "
            f"{id_of('account', pick(13, max(1, accounts)))} end",
            "owner_user_id": owner,
            "created_at": CREATED,
            "modified_at": CREATED,
        },
    )
    closed = f"{CREATED} + make_interval(mins => 10 + {pick(14, 14400)}::int)"
    _stage(
        connection,
        "case",
        int(deals * CASES),
        {
            "case_number": "n::text",
            "account_id": id_of("account", pick(15, accounts)),
            "case_status": f"case when {closed} < {NOW} then 'Closed' else 'New' end",
            "priority": one_of(16, "High", "Medium", "Low"),
            "origin": one_of(17, "Email", "Phone", "Web"),
            "is_closed": f"{closed} < {NOW}",
            "is_closed_on_create": "false",
            "closed_at": f"case when {closed} < {NOW} then {closed} end",
            "owner_user_id": owner,
            "created_at": CREATED,
            "modified_at": f"case when {closed} < {NOW} then {closed} else {CREATED} end",
        },
    )
    _stage(
        connection,
        "campaign_member",
        int(deals * MEMBERS),
        whole
        | {
            "campaign_id": id_of("campaign", pick(18, CAMPAIGNS)),
            "lead_id": id_of("lead", pick(19, leads)),
            "member_status": "'Sent'",
            "has_responded": f"{pick(20, 3)} = 0",
            "first_responded_date": f"case when {pick(20, 3)} = 0 then ({CREATED})::date + 5 end",
        },
    )
    _stage(
        connection,
        "login",
        users * DAYS,
        {
            "user_id": id_of("user", f"n % {users}"),
            "login_at": f"timestamptz '{START_DATE}' + make_interval(days => (n / {users})::int, hours => 8)",
            "login_status": "'Success'",
            "login_type": "'Application'",
            "modified_at": f"timestamptz '{START_DATE}' + make_interval(days => (n / {users})::int, hours => 8)",
        },
    )
    connection.execute(
        ops.extract_window.insert(),
        [
            {
                "batch_id": source.id,
                "crm": source.crm,
                "object_name": source.table,
                "mode": "snapshot",
                "window_start_at": datetime(1970, 1, 1, tzinfo=UTC),
                "window_end_at": AS_OF_AT + timedelta(days=3650),
                "status": "loaded",
                "is_unified": True,
                "is_in_facts": True,
                "run_id": "benchmark",
                "extracted_at": AS_OF_AT,
            }
            for source in SOURCE_OBJECTS
            if source.crm == "salesforce"
        ],
    )


def _stage_deals(connection: sa.Connection, deals: int, accounts: int, owner: str) -> None:
    """Opportunities: half of them read from the first day on, half only after they had closed."""
    close_date = f"(({CREATED})::date + 1 + {pick(21, 120)}::int)"
    closed_at = f"({close_date} + time '12:00') at time zone 'UTC'"
    is_closed = f"({pick(22, 10)} > 0 and {closed_at} < {NOW})"
    is_won = f"({is_closed} and {pick(23, 5)} < 2)"
    amount = f"case when {pick(24, 33)} > 0 then 100 * (1 + {pick(25, 200)}) end"
    open_stage = one_of(26, *STAGES[1:])
    values = {
        "opportunity_name": "'Deal ' || n",
        "account_id": id_of("account", pick(27, accounts)),
        "amount_original": amount,
        "close_date": close_date,
        "opportunity_type": one_of(28, "New Business", "Existing Business"),
        "record_type_id": one_of(29, "012000000000001AAA", "012000000000002AAA"),
        "lead_source": one_of(12, "Web", "Event", "Partner", "Google Ads", "Other"),
        "campaign_id": f"case when {pick(30, 3)} = 0 then {id_of('campaign', pick(31, CAMPAIGNS))} end",
        "owner_user_id": owner,
        "created_by_user_id": owner,
        "created_at": CREATED,
    }
    first = values | {
        "stage_name": f"'{STAGES[0]}'",
        "probability_percent": "10",
        "is_closed": "false",
        "is_won": "false",
        "modified_at": CREATED,
    }
    last = values | {
        "stage_name": f"case when {is_won} then 'Closed Won' when {is_closed} then 'Closed Lost' "
        f"else {open_stage} end",
        "probability_percent": f"case when {is_won} then 100 when {is_closed} then 0 else 50 end",
        "is_closed": is_closed,
        "is_won": is_won,
        "modified_at": f"case when {is_closed} then {closed_at} else {CREATED} + interval '1 hour' end",
    }
    _insert(connection, VERSION["salesforce.opportunity"], deals, first, where="n % 2 = 0")
    _stage(connection, "opportunity", deals, last)
    history = CURRENT["salesforce.opportunity_history"]
    for number, state in enumerate((first, last)):
        at = state["modified_at"]
        _insert(
            connection,
            history,
            deals,
            {
                "salesforce_opportunity_history_id": id_of(
                    "opportunity_history", f"2 * n + {number}"
                ),
                "opportunity_id": id_of("opportunity"),
                **{
                    name: state[name]
                    for name in (
                        "stage_name", "amount_original", "probability_percent", "close_date",
                    )
                },
                "created_at": at,
                "modified_at": at,
            },
        )  # fmt: skip
    _stage(
        connection,
        "opportunity_line_item",
        deals,
        {
            "opportunity_id": id_of("opportunity"),
            "product_id": id_of("product", pick(32, PRODUCTS)),
            "quantity": "1",
            "unit_price_amount_original": f"100 * (1 + {pick(25, 200)})",
            "total_price_amount_original": f"100 * (1 + {pick(25, 200)})",
            "created_at": CREATED,
            "modified_at": CREATED,
        },
    )


def change(connection: sa.Connection, deals: int, rate: float, at: datetime) -> int:
    """Give so many of the deals, and of the activities, another version of an instant; how many."""
    every, changed = round(1 / rate), 0
    changes = {
        "opportunity": {"amount_original": "coalesce(amount_original, 0) + 1"},
        "task": {"is_closed": "true", "completed_at": "coalesce(completed_at, :at)"},
    }
    for name, values in changes.items():
        version, current = VERSION[f"salesforce.{name}"], CURRENT[f"salesforce.{name}"]
        key = next(iter(current.primary_key.columns)).name
        values = values | {"modified_at": ":at", "row_hash": "row_hash || '+'"}
        columns = [column.name for column in current.c]
        is_changed = f"substr({key}, 4, 12)::bigint % {every} = 0"
        selected = ", ".join(values.get(column, column) for column in columns)
        statement = (
            f"insert into stage.{version.name} ({', '.join(columns)}) "
            f"select {selected} from stage.{current.name} where {is_changed}"
        )
        changed += connection.execute(sa.text(statement), {"at": at}).rowcount
        assigned = ", ".join(f"{column} = {value}" for column, value in values.items())
        update = f"update stage.{current.name} set {assigned} where {is_changed}"
        connection.execute(sa.text(update), {"at": at})
    return changed


def _stage(connection: sa.Connection, name: str, count: int, values: Mapping[str, str]) -> None:
    """One version of each of so many records, which is also its current one."""
    for tables in (VERSION, CURRENT):
        _insert(connection, tables[f"salesforce.{name}"], count, values)


def _insert(
    connection: sa.Connection,
    table: sa.Table,
    count: int,
    values: Mapping[str, str],
    where: str = "true",
) -> None:
    """Rows of a table from SQL of the record's number `n`; the key and bookkeeping are given."""
    key = next(iter(table.primary_key.columns)).name
    name = table.name.removesuffix("_version").removeprefix("salesforce__")
    every = {
        key: id_of(name),
        "extracted_at": NOW,
        "batch_id": "'benchmark'",
        "row_hash": f"md5(n::text || '{table.name}' || ({values['modified_at']})::text)",
        **values,
    }
    connection.exec_driver_sql(
        f"insert into stage.{table.name} ({', '.join(every)}) "
        f"select {', '.join(every.values())} from generate_series(0, {count - 1}) as series(n) "
        f"where {where}".replace("%", "%%")
    )
    connection.exec_driver_sql(f"analyze stage.{table.name}")
