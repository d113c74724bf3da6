"""What the company sells, how its deals proceed, and where its customers come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Product:
    """A product; prices in US cents, `billing` as HubSpot names it, None for once."""

    name: str
    code: str
    family: str
    price_cents: int
    cost_cents: int
    billing: str | None
    weight: float
    is_active: bool = True


PRODUCTS = (
    Product("Starter seat", "CRM-SEAT-S", "Seats", 300_00, 42_00, "annually", 0.18),
    Product("Professional seat", "CRM-SEAT-P", "Seats", 720_00, 90_00, "annually", 0.20),
    Product("Enterprise seat", "CRM-SEAT-E", "Seats", 1_440_00, 160_00, "annually", 0.10),
    Product("Platform", "PLT-BASE", "Platform", 950_00, 210_00, "monthly", 0.10),
    Product("Data add-on", "PLT-DATA", "Platform", 240_00, 55_00, "monthly", 0.08),
    Product("Analytics", "PLT-ANL", "Platform", 600_00, 130_00, "quarterly", 0.07),
    Product("Premium support", "SUP-PREM", "Services", 1_900_00, 900_00, "annually", 0.06),
    Product("Onboarding", "SRV-ONB", "Services", 2_400_00, 1_500_00, None, 0.07),
    Product("Training day", "SRV-TRN", "Services", 1_350_00, 700_00, None, 0.05),
    Product("Sensor hub", "HW-HUB", "Hardware", 780_00, 410_00, None, 0.05),
    Product('Cable & "adapter" set <2 m', "HW-CBL", "Hardware", 45_50, 12_25, None, 0.03),
    Product("Gateway (old)", "HW-GTW-1", "Hardware", 1_150_00, 640_00, None, 0.01, False),
)
# How often each product is billed in a year; 0 for what is sold once.
BILLS_A_YEAR = np.array(
    [{"monthly": 12, "quarterly": 4, "annually": 1}.get(p.billing or "", 0) for p in PRODUCTS]
)
PRODUCT_WEIGHTS = np.array([product.weight for product in PRODUCTS])

# Salesforce stages: (name, probability in percent, closed, won, forecast category and its label).
STAGES = (
    ("Prospecting", 10, False, False, "Pipeline", "Pipeline"),
    ("Qualification", 20, False, False, "Pipeline", "Pipeline"),
    ("Needs Analysis", 40, False, False, "Pipeline", "Pipeline"),
    ("Proposal/Price Quote", 60, False, False, "BestCase", "Best Case"),
    ("Negotiation/Review", 80, False, False, "Forecast", "Commit"),
    ("Closed Won", 100, True, True, "Closed", "Closed"),
    ("Closed Lost", 0, True, False, "Omitted", "Omitted"),
)
OPEN_STAGES, WON_STAGE, LOST_STAGE = 5, 5, 6

# HubSpot pipelines: id, label, (stage id, label, probability) in the order of STAGES.
DEAL_PIPELINES = (
    (
        "default",
        "Sales Pipeline",
        (
            ("appointmentscheduled", "Appointment Scheduled", "0.1"),
            ("qualifiedtobuy", "Qualified To Buy", "0.2"),
            ("presentationscheduled", "Presentation Scheduled", "0.4"),
            ("decisionmakerboughtin", "Decision Maker Bought-In", "0.6"),
            ("contractsent", "Contract Sent", "0.8"),
            ("closedwon", "Closed Won", "1.0"),
            ("closedlost", "Closed Lost", "0.0"),
        ),
    ),
    (
        "71094201",
        "Partner Pipeline",
        (
            ("138200101", "Registered", "0.1"),
            ("138200102", "Accepted", "0.2"),
            ("138200103", "Scoping", "0.4"),
            ("138200104", "Quote out", "0.6"),
            ("138200105", "Legal", "0.8"),
            ("138200106", "Partner won", "1.0"),
            ("138200107", "Partner lost", "0.0"),
        ),
    ),
)
TICKET_STAGES = (
    ("1", "New", "OPEN"),
    ("2", "Waiting on contact", "OPEN"),
    ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)


@dataclass(frozen=True)
class Channel:
    """Where customers come from: share of people, values in each CRM, effect on the win rate."""

    name: str
    weight: float
    lead_sources: tuple[str, ...]
    analytics_source: str
    win_effect: float
    salesforce_campaign: str | None = None
    hubspot_campaign: str | None = None
    cost_per_deal: float = 0.0


CHANNELS = (
    Channel("paid_search", 0.17, ("Google Ads", "Paid Search"), "PAID_SEARCH", -0.02, "Google Ads", "Search", 900.0),
    Channel("paid_social", 0.10, ("Paid Social", "Social Ads"), "PAID_SOCIAL", -0.05, "Social Ads", "Social ads", 800.0),
    Channel("organic_search", 0.16, ("Organic Search", "Web"), "ORGANIC_SEARCH", 0.01),
    Channel("organic_social", 0.05, ("Social",), "SOCIAL_MEDIA", -0.03, None, "Community", 150.0),
    Channel("email", 0.09, ("Newsletter", "Email"), "EMAIL_MARKETING", 0.02, "Email", "Newsletter", 200.0),
    Channel("referral_web", 0.06, ("Web Referral", "External Referral"), "REFERRALS", 0.05),
    Channel("ai_referral", 0.02, ("Web Referral",), "AI_REFERRALS", 0.03),
    Channel("direct", 0.08, ("Direct",), "DIRECT_TRAFFIC", 0.0),
    Channel("event", 0.08, ("Trade Show", "Webinar", "Conference"), "OFFLINE", 0.03, "Trade Show", None, 1_300.0),
    Channel("partner", 0.07, ("Partner", "Partner Referral"), "OFFLINE", 0.10),
    Channel("outbound", 0.08, ("Cold Call", "Outbound", "Purchased List"), "OFFLINE", -0.07),
    Channel("other_campaign", 0.04, ("Advertisement",), "OTHER_CAMPAIGNS", -0.02, "Advertisement", None, 500.0),
)  # fmt: skip
CHANNEL_WEIGHTS = np.array([channel.weight for channel in CHANNELS])
WIN_EFFECTS = np.array([channel.win_effect for channel in CHANNELS])
UNMAPPED_SOURCE = "Blog"


@dataclass(frozen=True)
class Market:
    """A country we sell to, as people type it in, with the currency it is invoiced in."""

    country: str
    spellings: tuple[str, ...]
    currency: str
    price_factor: float
    region: str
    weight: float


MARKETS = (
    Market("United States", ("United States", "USA", "US", "U.S."), "USD", 1.0, "AMER", 0.66),
    Market("Canada", ("Canada",), "USD", 1.0, "AMER", 0.07),
    Market("United Kingdom", ("United Kingdom", "UK"), "GBP", 0.80, "EMEA", 0.08),
    Market("Germany", ("Germany", "Deutschland"), "EUR", 0.92, "EMEA", 0.07),
    Market("France", ("France",), "EUR", 0.92, "EMEA", 0.05),
    Market("Japan", ("Japan", "日本"), "USD", 1.0, "APAC", 0.04),
    Market("Australia", ("Australia",), "USD", 1.0, "APAC", 0.03),
)
# US dollars that one unit is worth, in both CRMs all the time.
EXCHANGE_RATES = {"EUR": 1.10, "GBP": 1.27}
MARKET_WEIGHTS = np.array([market.weight for market in MARKETS])
INDUSTRIES = ("Manufacturing", "Software", "Healthcare", "Retail", "Finance", "Logistics", "NA")
