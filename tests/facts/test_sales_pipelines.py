"""Sales pipelines that are named and that there are none of."""

from __future__ import annotations

import pytest

from include.core.errors import ConfigurationError
from include.facts.refresh import refresh_facts
from tests.facts.builders import at, hubspot_stages, opportunity, put, stages, with_choices

BUILT_AT = at("2026-04-01")


def test_a_pipeline_by_its_label_is_refused(warehouse, settings):
    choices = with_choices(settings, hubspot={"sales_pipelines": ["default", "Sales Pipeline"]})
    # Of nothing that was read nobody knows.
    refresh_facts(warehouse, choices, BUILT_AT)
    put(warehouse, *hubspot_stages())
    with pytest.raises(
        ConfigurationError, match=r"hubspot.sales_pipelines: Sales Pipeline: there are default"
    ):
        refresh_facts(warehouse, choices, BUILT_AT)
    choices = with_choices(settings, hubspot={"sales_pipelines": ["default"]})
    refresh_facts(warehouse, choices, at("2026-04-02"))


def test_record_types_no_deal_is_of_are_refused(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("A", "2026-03-01", "2026-05-01", "open", record_type_id="012300000000001AAA"),
        opportunity("B", "2026-03-01", "2026-05-01", "open"),
    )
    named = ["012300000000009", "012300000000008AAA"]
    with pytest.raises(
        ConfigurationError, match=r"012300000000009, .*AAA: there are 012000000000000, 0123"
    ):
        refresh_facts(
            warehouse, with_choices(settings, salesforce={"sales_pipelines": named}), BUILT_AT
        )
    # One of several may be new, and no deal of it yet.
    named.append("012300000000001")
    refresh_facts(
        warehouse, with_choices(settings, salesforce={"sales_pipelines": named}), BUILT_AT
    )
