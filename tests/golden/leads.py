"""The leads of January, and which of them had become customers by the end of March.

L1  won on the 10th of February         L5  the same person as L1, in other letters
L2  to be won on the 20th of April      L6  deleted
L3  converted, and no more              L7  open
L4  open                                L8  won on the 30th of January
"""

from __future__ import annotations

from tests.golden.answers import JANUARY, Answer
from tests.golden.opportunities import Deal, put
from tests.golden.org import WON, Org, hubspot_stamp

# Name, mail address, day, which CRM has it where both are read, and the company it became.
LEADS = (
    ("L1", "a@x.example", "2026-01-05", "SH", "LC1"), ("L2", "b@x.example", "2026-01-06", "S", "LC2"),
    ("L3", "c@x.example", "2026-01-07", "S", "LC3"), ("L4", "d@x.example", "2026-01-08", "H", None),
    ("L5", "A@X.example ", "2026-01-09", "H", None), ("L6", "e@x.example", "2026-01-10", "SH", None),
    ("L7", "f@x.example", "2026-01-11", "S", None), ("L8", "g@x.example", "2026-01-12", "H", "LC8"),
)  # fmt: skip
DEALS = {
    "L1": Deal("D1", "2026-01-20", "2026-02-10", WON, 100, "LC1"),
    "L2": Deal("D2", "2026-01-20", "2026-04-20", "Proposal", 100, "LC2", where="S"),
    "L8": Deal("D8", "2026-01-15", "2026-01-30", WON, 100, "LC8", where="H"),
}

ANSWERS = (
    # L5 is L1 and L6 is deleted; L1 and L8 have won.
    Answer("leads_generated", JANUARY, 6),
    Answer("lead_to_customer_rate", JANUARY, numerator=2, denominator=6),
    Answer("conversion_rate", JANUARY, numerator=2, denominator=6),
    # L8 after 18 days, L1 after 36.
    Answer("conversion_rate_30d", JANUARY, numerator=1, denominator=6),
    Answer("conversion_rate_90d", JANUARY, numerator=2, denominator=6),
)


def fill(org: Org) -> None:
    """Put the leads, the companies they became and the deals into the org."""
    for name, email, day, where, company in LEADS:
        deal = DEALS.get(name)
        if company:
            org.customer(company, where=where, created="2026-01-14")
        if deal:
            put(org, deal)
        for crm in org.crms(where):
            if crm == "salesforce":
                org.salesforce(
                    "Lead",
                    name,
                    day,
                    IsDeleted=name == "L6",
                    MasterRecordId=None,
                    Email=email,
                    Name=name,
                    Company=name,
                    Status="Closed - Converted" if company else "Open",
                    LeadSource=None,
                    Country=None,
                    IsConverted=company is not None,
                    ConvertedDate="2026-01-20" if company else None,
                    ConvertedAccountId=org.id("Account", company),
                    ConvertedContactId=None,
                    ConvertedOpportunityId=org.id("Opportunity", deal.name if deal else None),
                    OwnerId=org.id("User", "U1"),
                    CreatedById=org.id("User", "U1"),
                )
            else:
                org.hubspot(
                    "contacts",
                    name,
                    day,
                    is_archived=name == "L6",
                    history={"lifecyclestage": [(day, "lead")]},
                    email=email,
                    lastname=name,
                    lifecyclestage="lead",
                    hs_v2_date_entered_lead=hubspot_stamp(day),
                    associatedcompanyid=org.id("companies", company),
                    salesforceleadid=org.synced("Lead", name, where),
                    hs_object_source="SALESFORCE" if org.is_synced(where) else "FORM",
                    hubspot_owner_id=org.id("owners", "U1"),
                )
