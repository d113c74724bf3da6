"""Record ids as each CRM issues them."""

from __future__ import annotations

import numpy as np

_DIGITS = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8
)
_SUFFIX = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_INSTANCE = "8d0"

# The three characters every Salesforce id of an object begins with.
PREFIXES = {
    "Organization": "00D",
    "User": "005",
    "UserLogin": "0Yw",
    "UserRole": "00E",
    "Profile": "00e",
    "Queue": "00G",
    "RecordType": "012",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "OpportunityLineItem": "00k",
    "OpportunityStage": "01J",
    "Product2": "01t",
    "Campaign": "701",
    "CampaignMember": "00v",
    "Case": "500",
    "Task": "00T",
    "Event": "00U",
    "LoginHistory": "0Ya",
    "ServiceContract": "810",
    "ContractLineItem": "811",
    "OpportunityContactRole": "00K",
    "CampaignInfluenceModel": "6bM",
    "CampaignInfluence": "6bC",
    "ForecastingQuota": "0J9",
    "Period": "026",
    "CaseComment": "00a",
    "CaseHistory": "017",
    "EmailMessage": "02s",
    "AgentWork": "0Bz",
    "Survey": "0Kd",
    "SurveyInvitation": "0Ki",
    "SurveyQuestion": "0Kt",
    "SurveyResponse": "0Kw",
    "SurveyQuestionResponse": "0Kx",
    "SurveySubject": "0Ky",
    "WebCart": "0a6",
    "Order": "801",
    "WebStore": "0ZE",
    "CurrencyType": "01L",
    "DatedConversionRate": "04w",
}

# HubSpot numbers each object separately; the first numbers are far apart, so that an id tells
# which object it is of.
_FIRST_NUMBERS = {
    "companies": 8_200_000_000,
    "contacts": 51_000_000_000,
    "deals": 17_400_000_000,
    "line_items": 6_300_000_000,
    "tickets": 2_100_000_000,
    "feedback_submissions": 330_000_000_000,
    "calls": 41_000_000_000,
    "meetings": 43_000_000_000,
    "emails": 45_000_000_000,
    "tasks": 47_000_000_000,
    "carts": 390_000_000_000,
    "orders": 410_000_000_000,
    "subscriptions": 430_000_000_000,
    "invoices": 450_000_000_000,
    "goal_targets": 87_000_000_000,
    "products": 1_150_000_000,
    "owners": 41_600_000,
    "users": 9_580_000,
    "logins": 700_000_000,
}
_STEP = 7


def salesforce_ids(object_name: str, sequence: np.ndarray) -> list[str]:
    """18-character ids of the records with these sequence numbers, case-safe suffix included."""
    sequence = np.asarray(sequence, dtype=np.int64)
    characters = np.empty((len(sequence), 18), dtype=np.uint8)
    characters[:, :6] = np.frombuffer((PREFIXES[object_name] + _INSTANCE).encode(), dtype=np.uint8)
    rest = sequence + 62**5
    for position in range(14, 5, -1):
        characters[:, position] = _DIGITS[rest % 62]
        rest = rest // 62
    is_upper = (characters[:, :15] >= ord("A")) & (characters[:, :15] <= ord("Z"))
    weights = 1 << np.arange(5)
    for chunk in range(3):
        bits = is_upper[:, chunk * 5 : chunk * 5 + 5] @ weights
        characters[:, 15 + chunk] = _SUFFIX[bits]
    return [value.decode() for value in characters.view("S18").ravel().tolist()]


def hubspot_ids(object_name: str, sequence: np.ndarray) -> list[str]:
    """Numeric ids, as text, of the records with these sequence numbers."""
    numbers = _FIRST_NUMBERS[object_name] + np.asarray(sequence, dtype=np.int64) * _STEP
    return [str(number) for number in numbers.tolist()]
