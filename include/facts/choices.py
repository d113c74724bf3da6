"""The choices in include/config that a fact rests on, to tell what it meant before another choice.

Not what is data in files: rates, costs, quotas, holidays. Those come to be known, and change what
was reckoned as late records do. Nor what facts are only cut by, and no sum is made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_customers import Customers
from include.core.settings_deals import Deals
from include.core.settings_service import Service
from include.facts.build import Rows
from include.facts.records import tables_read
from include.tables import facts
from include.tables.ops import CHOICES_OF

# Sums are made of what these give to few metrics, which name them for themselves: money of the rates,
# and what came from marketing of the channels.
NAMED_BY_METRICS = (facts.exchange_rate, facts.channel, facts.channel_source)
CURRENCY, CHANNELS = "currency", "channels"

# By fact, what is chosen under which name.
Choices = dict[sa.Table, dict[str, Any]]


def choices_made(settings: Settings, rows: Mapping[sa.Table, Rows]) -> dict[str, str]:
    """By fact, under CHOICES_OF, a hash of its own choices and of those of the facts it is made of.

    `rows` are in the order facts are made in. What is as usual has no part in it: an upgrade that
    brings another choice to make, or reads another fact, changes no hash by that.
    """
    own, usual, made = own_choices(settings), own_choices(_as_usual(settings)), {}
    for table in (facts.business_hours, *rows):
        made[table] = {"time_zone": settings.calendar.time_zone}
        for name, value in own.get(table, {}).items():
            if name in (CURRENCY, CHANNELS) or value != usual[table][name]:
                made[table][f"{table.name}.{name}"] = value
        for other in tables_read(rows.get(table)).intersection(made).difference(NAMED_BY_METRICS):
            made[table] |= made[other]
    return {
        CHOICES_OF + table.name: hashlib.sha256(repr(sorted(each.items())).encode()).hexdigest()[
            :16
        ]
        for table, each in made.items()
    }


def own_choices(settings: Settings) -> Choices:
    """The choices that the rows of a fact are made by, besides the time zone, where there are any."""
    customers, service, sources = settings.customers, settings.service, settings.sources
    recurring, crms = customers.recurring, (sources.salesforce, sources.hubspot)
    deals_of = {"system_of_record": sources.system_of_record.deals}
    tickets_of = {"system_of_record": sources.system_of_record.tickets}
    programs = {"integration_users": [sorted(crm.integration_users) for crm in crms]}
    days = {
        "contract": customers.contract_grace_days,
        "transactional": customers.active_window_days,
    }
    not_counted = sorted(settings.deals.lost_reasons_not_counted)
    reasons = (settings.deals.salesforce, settings.deals.hubspot) if not_counted else ()
    channels = (
        (each.id, each.marketing, sorted(each.sources)) for each in settings.channels.channels
    )
    hours = service.business_hours
    return {
        facts.exchange_rate: {CURRENCY: settings.calendar.currency},
        facts.channel: {CHANNELS: sorted(channels)},
        facts.business_hours: {"hours": hours and hours.model_dump(exclude={"holidays"})},
        facts.user: programs,
        facts.deal: {
            "sales_pipelines": [sorted(crm.sales_pipelines) for crm in crms],
            "lost_reasons_not_counted": not_counted,
            "lost_reason_field": [fields.lost_reason_field for fields in reasons],
            **deals_of,
        },
        facts.lead: programs,
        facts.prospect: programs,
        facts.activity: programs,
        facts.record_created: programs,
        facts.deal_line: {
            "frequency_field": recurring.salesforce_frequency_field,
            "billing_frequencies": sorted(recurring.billing_frequencies.items()),
        },
        facts.recurring_line: {
            "salesforce": recurring.salesforce,
            "hubspot": recurring.hubspot,
            "renewal_types": sorted(recurring.renewal_types),
        },
        facts.customer: deals_of,
        facts.mrr_customer_month: {
            "customer_model": (customers.customer_model, days.get(customers.customer_model)),
        },
        facts.term: {"renewal_grace_days": customers.renewal_grace_days},
        facts.cart: customers.carts.model_dump(),
        facts.billing: deals_of,
        facts.ticket: {
            "spam": sorted(service.spam),
            "live_origins": sorted(service.live_origins),
            "waiting_statuses": sorted(service.waiting_statuses),
            **programs,
            **tickets_of,
        },
        facts.survey_response: {
            "surveys": sorted(repr(each.model_dump()) for each in service.surveys),
            **tickets_of,
        },
        facts.quota: deals_of,
    }


def _as_usual(settings: Settings) -> Settings:
    """The settings as they are where nobody chose anything."""
    sources = settings.sources
    nothing: dict[str, list[str]] = {"sales_pipelines": [], "integration_users": []}
    of_record = {"deals": "salesforce", "tickets": "salesforce"}
    return replace(
        settings,
        customers=Customers(),
        deals=Deals(),
        service=Service(),
        sources=sources.model_copy(
            update={
                "salesforce": sources.salesforce.model_copy(update=nothing),
                "hubspot": sources.hubspot.model_copy(update=nothing),
                "system_of_record": sources.system_of_record.model_copy(update=of_record),
            }
        ),
    )
