"""F-OPP: eleven deals, and what is won, closed and open because of them.

  created  close   stage  amount  %                created  close   stage  amount  %
O1  01-02  02-01   won      1000            O6       03-01  04-15   open     4000  50
O2  01-10  03-11   won      3000            O7       01-15  02-28   open     1000  20
O3  02-01  03-03   lost     2000            O8       02-20  03-05   won      9999, deleted
O4  02-15  03-17   won      2000            O9       03-25  05-01   open     none  10
O5  03-05  03-10   won       500            O10      03-20  03-10   won       500
                                            O11      03-02  03-04   lost      700, a duplicate
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from include.core.settings import Settings
from include.core.settings_deals import Deals
from include.core.settings_ledgers import ProductCost
from tests.golden.answers import FEBRUARY, JANUARY, MARCH, Answer
from tests.golden.org import EPOCH, LOST, MASTER, STAGES, WON, Org, hubspot_stamp, stage_key


@dataclass(frozen=True)
class Deal:
    """A deal as both CRMs hold it; `past` are the changes before its last: instant, stage, amount,
    expected close. Without a past it was created as it is, or at Qualification if it has closed.
    """

    name: str
    created: str
    close: str
    stage: str
    amount: float | None
    customer: str
    owner: str = "U1"
    where: str = "SH"
    probability: int | None = None
    past: tuple[tuple[str, str, float | None, str], ...] = ()
    changed: str | None = None
    is_deleted: bool = False
    pipeline: str = MASTER
    kind: str = "New Business"
    campaign: str | None = None
    creator: str | None = None
    forecast: str = "Pipeline"
    reason: str | None = None
    competitor: str | None = None


# Customers by where they came from: the words of Salesforce and of HubSpot.
CUSTOMERS = {"V": None, "W": "Conference|OTHER_CAMPAIGNS", "X": "Paid Social|PAID_SOCIAL",
             "Y": "Referral|REFERRALS", "Z": "Cold Call|OFFLINE"}  # fmt: skip

DEALS = (
    Deal("O1", "2026-01-02", "2026-02-01", WON, 1000, "W", where="S"),
    # Expected on the first of March: 8000 at 80 %, by March the 20th.
    Deal("O2", "2026-01-10", "2026-03-11", WON, 3000, "X", campaign="K1",
         past=(("2026-01-10", "Qualification", 8000, "2026-03-20"),
               ("2026-02-10", "Negotiation", 8000, "2026-03-20"))),
    # 1000 at 10 %.
    Deal("O3", "2026-02-01", "2026-03-03", LOST, 2000, "V", reason="Price", competitor="Acme",
         past=(("2026-02-01", "Qualification", 1000, "2026-03-20"),)),
    # 2000 at 50 %.
    Deal("O4", "2026-02-15", "2026-03-17", WON, 2000, "Y", owner="U2", campaign="K2",
         past=(("2026-02-15", "Proposal", 2000, "2026-03-17"),)),
    Deal("O5", "2026-03-05", "2026-03-10", WON, 500, "Z"),
    Deal("O6", "2026-03-01", "2026-04-15", "Proposal", 4000, "W", where="S", probability=50,
         forecast="Most Likely"),
    Deal("O7", "2026-01-15", "2026-02-28", "Qualification", 1000, "W", owner="U2", where="H",
         probability=20),
    Deal("O8", "2026-02-20", "2026-03-05", WON, 9999, "V", is_deleted=True, changed="2026-03-06",
         past=(("2026-02-20", "Qualification", 9999, "2026-04-20"),)),
    Deal("O9", "2026-03-25", "2026-05-01", "Qualification", None, "Y", where="H", probability=10,
         creator="U3"),
    # Closed ten days before it was entered.
    Deal("O10", "2026-03-20", "2026-03-10", WON, 500, "X", owner="U2", where="H",
         changed="2026-03-20", creator="U2"),
    # No deal at all.
    Deal("O11", "2026-03-02", "2026-03-04", LOST, 700, "V", reason="Duplicate"),
)  # fmt: skip

ANSWERS = (
    # 3000 + 2000 + 500 + 500; O8 is deleted, O3 lost.
    Answer("revenue", MARCH, 6000, sample=4, excluded=0),
    Answer("revenue", FEBRUARY, 1000),
    Answer("revenue", "2026-03-10", 1000),  # O5 and O10
    Answer("revenue", "2026-03-11", 3000),
    Answer("revenue", "2026-03-17", 2000),
    Answer("revenue", "2026-W11", 4000),  # from Monday the 9th: 1000 + 3000
    Answer("revenue", "2026-W12", 2000),
    Answer("revenue", "2026-Q1", 7000),
    # (6000 - 1000) / 1000, and nothing in January to compare February with.
    Answer("sales_growth", MARCH, 5.0),
    Answer("sales_growth", FEBRUARY, None, status="ZERO_DENOMINATOR"),
    # 6000 / 4; of 500, 500, 2000, 3000 the middle is (500 + 2000) / 2.
    Answer("avg_purchase_value", MARCH, 1500, median=1250),
    # O2, O4, O5, O10 of those and O3; by amount 6000 / (6000 + 2000). O11 is left out.
    Answer("close_rate", MARCH, numerator=4, denominator=5, excluded=1),
    Answer("close_rate_by_amount", MARCH, numerator=6000, denominator=8000, excluded=1),
    Answer("close_rate", MARCH, cut="competitor", member="acme", numerator=0, denominator=1),
    Answer("deals_lost", MARCH, 1, excluded=1),
    Answer("deals_lost", MARCH, 1, cut="lost_reason", member="price"),
    # O2 60 days, O4 30, O5 5; O10 closed before it was created. 95 / 3 and 30.
    Answer("sales_cycle_days", MARCH, 30, mean=95 / 3, median=30, sample=3, excluded=1),
    # O6 4000, O7 1000, O9 without an amount; 4000 x 0.5 + 1000 x 0.2.
    Answer("pipeline_amount", MARCH, 5000, sample=2, excluded=1),
    Answer("pipeline_weighted_amount", MARCH, 2200),
    Answer("pipeline_overdue_count", MARCH, 1),  # O7
    # A: O2 and O5; B: O4 and O10.
    Answer("sales_performance", MARCH, 3500, cut="owner", member="U1", sample=2),
    Answer("sales_performance", MARCH, 2500, cut="owner", member="U2", sample=2),
    # 3 open x 0.8 won x 1500 / (95 / 3 days) = 3600 / 31.667
    Answer("sales_velocity", MARCH, 3600 * 3 / 95),
    # On March the 1st 8000 x 0.8 + 1000 x 0.1 + 2000 x 0.5 = 7500; won were 6000: 1 - 1500 / 6000.
    Answer("forecast_at_start", MARCH, 7500),
    Answer("forecast_accuracy", MARCH, numerator=4500, denominator=6000),
    Answer("revenue", JANUARY, 0),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the deals and their customers into the org."""
    for name, source in CUSTOMERS.items():
        org.customer(name, source)
    for deal in DEALS:
        put(org, deal)
    # 500 for what costs 100: a margin of 0.8.
    line(org, "O5.1", "O5", "SH", quantity=1, price=500, cost=100)


def choose(settings: Settings) -> Settings:
    """What the line costs, which Salesforce does not say, and what is told of lost deals."""
    cost = ProductCost(
        product="O5.1",
        valid_from_date=date(2026, 1, 1),
        unit_cost_amount=Decimal(100),
        currency_code="USD",
    )
    return dataclasses.replace(with_losses(settings), product_costs=(cost,))


def with_losses(settings: Settings) -> Settings:
    """The fields that tell why deals were lost and to whom, and duplicates left out."""
    sources = settings.sources
    told = {
        "salesforce": {"opportunity": ["Loss_Reason__c", "Competitor__c"]},
        "hubspot": {"deal": ["competitor"]},
    }
    sources = sources.model_copy(
        update={
            crm: sources.of(crm).model_copy(update={"custom_fields": fields})
            for crm, fields in told.items()
        }
    )
    deals = Deals.model_validate(
        {
            "salesforce": {
                "lost_reason_field": "Loss_Reason__c", "competitor_field": "Competitor__c"
            },
            "hubspot": {"competitor_field": "competitor"},
            "lost_reasons_not_counted": ["Duplicate"],
        }
    )  # fmt: skip
    return dataclasses.replace(settings, sources=sources, deals=deals)


def line(
    org: Org, name: str, deal: str, where: str, *, quantity: int, price: float, cost: float | None
) -> None:
    """A line of a deal, of a product of its own."""
    for crm in org.crms(where):
        if crm == "salesforce":
            org.salesforce(
                "Product2", name, EPOCH, Name=name, ProductCode=name, Family=None, IsActive=True
            )
            org.salesforce(
                "OpportunityLineItem",
                name,
                "2026-03-05",
                OpportunityId=org.id("Opportunity", deal),
                Product2Id=org.id("Product2", name),
                Quantity=quantity,
                UnitPrice=price,
                TotalPrice=quantity * price,
                ServiceDate=None,
                HasRevenueSchedule=False,
            )
        else:
            org.hubspot(
                "line_items",
                name,
                "2026-03-05",
                name=name,
                hs_product_id=None,
                quantity=quantity,
                price=price,
                amount=quantity * price,
                hs_cost_of_goods_sold=cost,
            )
            org.link("deals", deal, "line_items", name, 19)


def put(org: Org, deal: Deal) -> None:
    """Put one deal into the CRMs that hold it."""
    _, is_closed, is_won = STAGES[deal.stage]
    past = deal.past or (
        ((deal.created, "Qualification", deal.amount, deal.close),) if is_closed else ()
    )
    changed = deal.changed or (f"{deal.close}T13:00" if is_closed else deal.created)
    changes = (*past, (changed, deal.stage, deal.amount, deal.close))
    if deal.created > deal.close:
        changes = changes[-1:]
    default = STAGES[deal.stage][0]
    probability = default if deal.probability is None else deal.probability
    for crm in org.crms(deal.where):
        if crm == "salesforce":
            org.salesforce(
                "Opportunity",
                deal.name,
                deal.created,
                changed,
                IsDeleted=deal.is_deleted,
                Name=deal.name,
                AccountId=org.id("Account", deal.customer),
                StageName=deal.stage,
                Amount=deal.amount,
                Probability=probability,
                CloseDate=deal.close,
                IsClosed=is_closed,
                IsWon=is_won,
                Type=deal.kind,
                RecordTypeId=org.id("RecordType", None if deal.pipeline == MASTER else deal.pipeline),
                LeadSource=None,
                ForecastCategoryName=deal.forecast,
                CampaignId=org.id("Campaign", deal.campaign),
                ContractId=None,
                Loss_Reason__c=deal.reason,
                Competitor__c=deal.competitor,
                OwnerId=org.id("User", deal.owner),
                CreatedById=org.id("User", deal.creator or deal.owner),
            )  # fmt: skip
            for number, (at, stage, amount, close) in enumerate(changes):
                is_last = number == len(changes) - 1
                org.salesforce(
                    "OpportunityHistory",
                    f"{deal.name}.{number}",
                    at,
                    OpportunityId=org.id("Opportunity", deal.name),
                    StageName=stage,
                    Amount=amount,
                    Probability=probability if is_last else STAGES[stage][0],
                    CloseDate=close,
                    ForecastCategory="Pipeline",
                    CreatedById=org.id("User", deal.owner),
                )
        else:
            org.hubspot(
                "deals",
                deal.name,
                deal.created,
                changed,
                is_archived=deal.is_deleted,
                history={
                    "dealstage": _told(
                        [(at, stage_key(deal.pipeline, stage)) for at, stage, _, _ in changes]
                    ),
                    "pipeline": [(deal.created, deal.pipeline)],
                    "amount": _told([(at, _text(amount)) for at, _, amount, _ in changes]),
                    "closedate": _told(
                        [(at, hubspot_stamp(close) or "") for at, _, _, close in changes]
                    ),
                },
                dealname=deal.name,
                amount=deal.amount,
                dealstage=stage_key(deal.pipeline, deal.stage),
                pipeline=deal.pipeline,
                closedate=hubspot_stamp(deal.close),
                hs_is_closed=is_closed,
                hs_is_closed_won=is_won,
                hs_deal_stage_probability=probability / 100,
                hs_manual_forecast_category=deal.forecast.upper().replace(" ", "_"),
                dealtype={"New Business": "newbusiness"}.get(deal.kind, deal.kind.lower()),
                closed_lost_reason=deal.reason,
                competitor=deal.competitor,
                hs_analytics_source=None,
                hs_campaign=org.id("campaigns", deal.campaign),
                hs_salesforceopportunityid=org.synced("Opportunity", deal.name, deal.where),
                hs_created_by_user_id=org.id("users", deal.creator or deal.owner),
                hs_object_source="SALESFORCE" if org.is_synced(deal.where) else "CRM_UI",
                hubspot_owner_id=org.id("owners", deal.owner),
            )
            org.link("deals", deal.name, "companies", deal.customer)


def _told(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A property's history holds only its changes."""
    return [
        entry
        for number, entry in enumerate(entries)
        if number == 0 or entry[1] != entries[number - 1][1]
    ]


def _text(amount: float | None) -> str:
    return "" if amount is None else str(amount)
