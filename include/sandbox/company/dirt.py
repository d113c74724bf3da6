"""What is wrong with the company's records on purpose, and how often.

Dirt is laid on by position, not by chance: of the records it can concern (`among`), it strikes the
one numbered `first` and every `every`-th after that. So a test knows exactly how much of it there
is in a company of any size, and a company of a few hundred deals has some of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt: what it is, and which records of a running count it strikes."""

    what: str
    among: str
    every: int
    first: int

    def strikes(self, sequence: np.ndarray) -> np.ndarray:
        """Mask of the records it strikes, by their numbers from 0."""
        past = np.asarray(sequence) - self.first
        return (past >= 0) & (past % self.every == 0)


# Customers and people, in both CRMs
ODD_NAME = Dirt("markup, CJK, emoji, or None, NA and null as a name", "customers", 53, 5)
NO_WEBSITE = Dirt("no website in Salesforce, no domain in HubSpot", "customers", 41, 8)
NO_SOURCE = Dirt("no lead source, or one nobody mapped", "people", 17, 4)
NO_EMAIL = Dirt("no mail address", "people", 43, 6)
FREE_MAIL = Dirt("a free mail address, which says nothing about the company", "people", 31, 9)
ODD_PERSON_NAME = Dirt("accents, CJK, markup or Null as a person's name", "people", 47, 7)

# Salesforce
ACCOUNT_MERGED = Dirt("a second account, merged into it", "Salesforce customers", 61, 3)
CONTACT_MERGED = Dirt("a second contact, merged into it", "Salesforce contacts", 89, 10)
LEAD_DUPLICATE = Dirt(
    "a second lead with the same address in other case and with spaces",
    "Salesforce leads of prospects",
    40,
    11,
)
LEAD_DELETED = Dirt("deleted", "Salesforce leads", 101, 17)
LEAD_COMPANY_TEXT = Dirt("NA, None or null as the company", "Salesforce leads of prospects", 71, 13)
OPPORTUNITY_NO_AMOUNT = Dirt("no amount and no lines", "opportunities", 59, 12)
OPPORTUNITY_NEGATIVE = Dirt("a negative amount: a credit note", "opportunities", 239, 18)
OPPORTUNITY_BACKDATED = Dirt("closed days before it was created", "opportunities", 83, 14)
OPPORTUNITY_DELETED = Dirt("deleted, with its lines", "opportunities", 97, 21)
OPPORTUNITY_NO_ACCOUNT = Dirt(
    "its account was purged: the id leads nowhere", "opportunities", 307, 25
)
OPPORTUNITY_NO_STAGE = Dirt("no stage: sets the record aside", "opportunities", 997, 40)
OPPORTUNITY_PROBABILITY = Dirt(
    "a probability of 250: sets the record aside", "opportunities", 1_009, 55
)
CASE_CLOSED_ON_CREATE = Dirt("closed when filed", "cases", 31, 5)
CASE_NEGATIVE = Dirt("closed before it was filed", "cases", 499, 20)
CASE_MERGED = Dirt("a second case, merged into it", "cases", 89, 9)
CASE_QUEUE = Dirt("owned by a queue", "cases", 27, 3)
ODD_SUBJECT = Dirt(
    "newlines, quotes, markup or emoji in the subject", "activities, cases and tickets", 23, 2
)
TASK_NO_COMPLETION = Dirt("closed without the time of completion", "tasks of deals", 61, 4)
TASK_RELATED_GONE = Dirt("the deal it is about was purged", "tasks of deals", 401, 30)
TASK_DELETED = Dirt("deleted", "tasks of deals", 131, 22)
TASK_SERIES = Dirt("the template of a series", "tasks of deals", 307, 16)
TASK_SYNCED = Dirt(
    "a copy as a Salesforce task, made by the integration user",
    "HubSpot calls, meetings and mails of customers tied by sync ids",
    2,
    0,
)
EVENT_INVITEE = Dirt("an invitee's copy of the meeting", "events of deals", 6, 1)
LOGIN_FAILED = Dirt("a failed attempt", "attempts to log in, of each CRM", 25, 3)

# HubSpot
COMPANY_MERGED = Dirt("lists a company merged into it, which is gone", "companies", 73, 4)
COMPANY_DOMAINS = Dirt("a second domain", "companies", 31, 2)
COMPANY_EMPLOYEES_TEXT = Dirt("a range as the number of employees", "companies", 503, 30)
CONTACT_VIDS = Dirt("lists a contact merged into it, which is gone", "HubSpot contacts", 97, 8)
CONTACT_EMAILS = Dirt("a second address", "HubSpot contacts", 37, 3)
CONTACT_SOURCE = Dirt(
    "a source that somebody wrote over the first", "HubSpot contacts with a source", 29, 6
)
CONTACT_CLEARED = Dirt("a country cleared to an empty text", "HubSpot contacts", 23, 1)
DEAL_NO_AMOUNT = Dirt("no amount and no lines", "HubSpot's own deals", 53, 10)
DEAL_NEGATIVE = Dirt("a negative amount: a credit note", "HubSpot's own deals", 251, 19)
DEAL_BACKDATED = Dirt("closed days before it was created", "HubSpot's own deals", 79, 13)
DEAL_ARCHIVED = Dirt("archived", "HubSpot's own deals", 89, 7)
DEAL_MERGED = Dirt("lists a deal merged into it, which is gone", "HubSpot's own deals", 113, 15)
DEAL_OWNER_GONE = Dirt(
    "its owner was removed: the id leads nowhere", "HubSpot's own deals", 409, 26
)
DEAL_NO_COMPANY = Dirt("linked to no company", "HubSpot's own deals", 71, 6)
DEAL_NO_STAGE = Dirt("no stage: open, whatever it was", "HubSpot's own deals", 991, 35)
DEAL_PROBABILITY = Dirt(
    "a probability of 2.5: sets the record aside", "HubSpot's own deals", 1_013, 42
)
LINE_NO_COST = Dirt("no unit cost", "HubSpot line items", 11, 5)
TICKET_CLOSED_ON_CREATE = Dirt("closed when filed", "HubSpot's own tickets", 31, 6)
TICKET_MERGED = Dirt(
    "lists a ticket merged into it, which is gone", "HubSpot's own tickets", 107, 12
)
TICKET_ARCHIVED = Dirt("archived", "HubSpot's own tickets", 103, 9)
SCORE_SKIPPED = Dirt("answered without a score", "feedback submissions", 29, 4)
CART_EMPTY = Dirt("nothing in it", "carts", 19, 2)

ALL_DIRT: dict[str, Dirt] = {
    name: value for name, value in globals().items() if isinstance(value, Dirt)
}
