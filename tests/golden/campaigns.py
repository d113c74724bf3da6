"""O2 was touched by K1, its primary campaign, and K2; O4 by K2; O5 and O10 by none."""

from __future__ import annotations

from tests.golden.answers import MARCH, Answer
from tests.golden.org import EPOCH, Org

# HubSpot says of a deal one campaign and no more.
TOUCHES_KNOWN = ("salesforce", "both")
NONE = "(no campaign)"

ANSWERS = (
    # O2 and O4, and 500 + 500 without a campaign.
    Answer("revenue_per_campaign", MARCH, 3000, cut="campaign", member="K1"),
    Answer("revenue_per_campaign", MARCH, 2000, cut="campaign", member="K2"),
    Answer("revenue_per_campaign", MARCH, 1000, cut="campaign", member=NONE),
    Answer("revenue_per_campaign", MARCH, 6000),
    # O2 by halves: 1500, and 1500 + 2000.
    Answer("revenue_per_campaign_even", MARCH, 1500, cut="campaign", member="K1", crms=TOUCHES_KNOWN),
    Answer("revenue_per_campaign_even", MARCH, 3500, cut="campaign", member="K2", crms=TOUCHES_KNOWN),
    Answer("revenue_per_campaign_even", MARCH, 1000, cut="campaign", member=NONE),
    Answer("revenue_per_campaign_even", MARCH, 6000),
    # K1 was there on the 20th of January, K2 on the 1st of February.
    Answer("revenue_per_campaign_first", MARCH, 3000, cut="campaign", member="K1"),
    Answer("revenue_per_campaign_last", MARCH, 3000 + 2000, cut="campaign", member="K2", crms=TOUCHES_KNOWN),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the campaigns, and the buyer of O2 who was in both, into the org."""
    for name in ("K1", "K2"):
        campaign(org, name)
    if org.is_in("salesforce"):
        org.contact("buyer", "X", "buyer@customer.example", where="S")
        org.salesforce(
            "OpportunityContactRole",
            "buyer",
            "2026-01-10",
            OpportunityId=org.id("Opportunity", "O2"),
            ContactId=org.id("Contact", "buyer"),
            IsPrimary=True,
        )
        for name, day in (("K1", "2026-01-20"), ("K2", "2026-02-01")):
            member(org, f"buyer of {name}", name, "buyer", day, has_responded=False)


def campaign(org: Org, name: str) -> None:
    """A campaign without costs."""
    if org.is_in("salesforce"):
        org.salesforce(
            "Campaign",
            name,
            EPOCH,
            Name=name,
            Type=None,
            Status="In Progress",
            StartDate=None,
            EndDate=None,
            ActualCost=None,
            BudgetedCost=None,
            NumberSent=0,
            ParentId=None,
            OwnerId=org.id("User", "U1"),
            CreatedById=org.id("User", "U1"),
        )
    if org.is_in("hubspot"):
        org.hubspot("campaigns", name, EPOCH, hs_name=name)


def member(
    org: Org, name: str, campaign: str, contact: str, day: str, *, has_responded: bool
) -> None:
    """A contact whom a campaign reached."""
    org.salesforce(
        "CampaignMember",
        name,
        day,
        CampaignId=org.id("Campaign", campaign),
        LeadId=None,
        ContactId=org.id("Contact", contact),
        Status="Responded" if has_responded else "Sent",
        HasResponded=has_responded,
        FirstRespondedDate=day if has_responded else None,
    )
