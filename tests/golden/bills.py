"""What was billed: orders in Salesforce, invoices in HubSpot, of the same names and amounts.

        amount  billed                              amount  billed
    B1    1000  March the 5th           B4    9999  never: drafted
    B2     400  March the 20th          B5    9999  deleted after March the 7th
    B3     250  February the 27th       B6    9999  voided; in Salesforce drafted

An invoice bills a fifth more, which is taxes. In Salesforce 150 of B1 are taken back on March the
25th. In an org with both CRMs an invoice is the
same sale as the order of its name, and nothing says so: Salesforce, the system of record, counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.golden.answers import FEBRUARY, MARCH, Answer
from tests.golden.org import Org, hubspot_stamp, salesforce_stamp


@dataclass(frozen=True)
class Bill:
    """An order and an invoice, entered in February; `billed` is None for what never was."""

    name: str
    amount: float
    billed: str | None
    owner: str = "U1"
    status: str = "draft"
    deleted: str | None = None


BILLS = (
    Bill("B1", 1000, "2026-03-05"),
    Bill("B2", 400, "2026-03-20", owner="U2"),
    Bill("B3", 250, "2026-02-27"),
    Bill("B4", 9999, None),
    Bill("B5", 9999, "2026-03-06", deleted="2026-03-07"),
    Bill("B6", 9999, None, status="voided"),
)
OF_ORDERS, OF_INVOICES = ("salesforce", "both"), ("hubspot",)

ANSWERS = (
    # 1000 + 400 - 150.
    Answer("revenue_billed", MARCH, 1250, sample=3, excluded=0, status="OK", crms=("salesforce",)),
    # Two invoices of March are told of and not added.
    Answer("revenue_billed", MARCH, 1250, sample=3, excluded=2, status="PARTIAL", crms=("both",)),
    Answer("revenue_billed", MARCH, 1400, sample=2, excluded=0, status="OK", crms=OF_INVOICES),
    Answer("revenue_billed", "2026-03-25", -150, crms=OF_ORDERS),
    Answer("revenue_billed", "2026-03-25", 0, crms=OF_INVOICES),
    # 1000 - 150 and 400.
    Answer("revenue_billed", MARCH, 850, cut="owner", member="U1", crms=OF_ORDERS),
    Answer("revenue_billed", MARCH, 1000, cut="owner", member="U1", crms=OF_INVOICES),
    Answer("revenue_billed", MARCH, 400, cut="owner", member="U2"),
    Answer("revenue_billed", "2026-03-05", 1000),
    Answer("revenue_billed", FEBRUARY, 250),
)


def fill(org: Org) -> None:
    """Put the orders and invoices into the org."""
    org.customer("B")
    for bill in BILLS:
        for crm in org.crms():
            (_order if crm == "salesforce" else _invoice)(org, bill)
    if org.is_in("salesforce"):
        taken_back = Bill("B1 in part", -150, "2026-03-25")
        _order(org, taken_back, IsReductionOrder=True, OriginalOrderId=org.id("Order", "B1"))


def _order(org: Org, bill: Bill, **fields: object) -> None:
    status = "Activated" if bill.billed else "Draft"
    org.salesforce(
        "Order",
        bill.name,
        "2026-02-26",
        bill.deleted or bill.billed,
        **{
            "IsDeleted": bill.deleted is not None,
            "AccountId": org.id("Account", "B"),
            "OpportunityId": None,
            "OriginalOrderId": None,
            "OrderNumber": bill.name,
            "Status": status,
            "StatusCode": status,
            "EffectiveDate": "2026-02-26",
            "ActivatedDate": salesforce_stamp(bill.billed),
            "TotalAmount": bill.amount,
            "IsReductionOrder": False,
            "OwnerId": org.id("User", bill.owner),
            **fields,
        },
    )


def _invoice(org: Org, bill: Bill) -> None:
    org.hubspot(
        "invoices",
        bill.name,
        "2026-02-26",
        bill.deleted or bill.billed,
        is_archived=bill.deleted is not None,
        hs_number=bill.name,
        hs_invoice_status="paid" if bill.billed else bill.status,
        hs_amount_billed=bill.amount * 1.2,
        hs_amount_billed_pre_tax=bill.amount,
        hs_taxes_total=bill.amount * 0.2,
        hs_balance_due=0 if bill.billed else bill.amount * 1.2,
        hs_currency="USD",
        hs_invoice_date=hubspot_stamp("2026-02-26"),
        hs_payment_date=hubspot_stamp(bill.billed),
        hubspot_owner_id=org.id("owners", bill.owner),
    )
    org.link("invoices", bill.name, "companies", "B", 179)
