"""The column shapes facts share."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import amount, instant, text


def state_columns(event_id: str, comment: str) -> list[sa.Column]:
    """The event's id and the interval over which the row holds."""
    return [
        text(event_id, comment, primary_key=True),
        instant("valid_from_at", "First instant of this state.", primary_key=True),
        instant(
            "valid_to_at",
            "First instant after this state; 9999-12-31 while it holds.",
            nullable=False,
        ),
        text(
            "crm", "The CRM that issued the event: salesforce, hubspot, or ledger.", nullable=False
        ),
    ]


def money_columns(name: str, what: str) -> list[sa.Column]:
    """An amount in the reporting currency, and as it was entered."""
    return [
        amount(
            f"{name}_amount",
            f"{what}, in the reporting currency at the rate of the event's date; "
            "NULL when not entered, or when no rate is known.",
        ),
        amount(f"{name}_amount_original", f"{what}, as entered."),
    ]


def currency_column() -> sa.Column[str]:
    """The currency of the amounts as entered."""
    return text("currency_code", "ISO 4217 code of the amounts as entered.")
