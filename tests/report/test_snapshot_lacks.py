"""What most figures of a report lack is one sentence on top, not a riddle over eight cards."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from tests.report.metric_rows import SHAPES, WEEK, healthy_sources, insert, replaced
from tests.report.renderings import Page, Rows, plain, rendered
from tests.stored_values import forget_values


def test_what_most_figures_lack_is_said_once_on_top(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Nothing broke, so no gate holds it; but who reads eight cards has to guess that it is one thing."""
    denied = {"value": None, "status": "PERMISSION_DENIED"}
    lost = {
        "close_rate": "salesforce.opportunity is read without Amount. Ask acme.salesforce.com.",
        "leads_generated": "salesforce.lead has not been loaded: No access. Grant Read.",
        "time_to_resolution": "hubspot.ticket has not been loaded: No access. Grant the scope.",
    }
    for metric_id, reason in lost.items():
        replaced(rows, metric_id, WEEK, status_reason=reason, **denied)
    insert(warehouse, rows)
    healthy_sources(warehouse)
    assert "for one reason" not in plain(rendered(warehouse, berlin).plain_text)

    with warehouse.begin() as connection:
        forget_values(connection)
    replaced(rows, "pipeline_amount", WEEK, status_reason=lost["close_rate"], **denied)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    assert made.gate == "banner"
    said = (
        "4 of 8 figures are not available for one reason: we may not read in HubSpot and Salesforce "
        "what they are made of (ticket, lead, opportunity). An administrator of HubSpot and Salesforce "
        "can grant it."
    )
    assert said in plain(made.plain_text)
    page = Page(made.html).text
    assert page.index(said) < page.index("What changed")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            "NOT_CONFIGURED",
            "what they need is not set up yet. Whoever runs this report can do that",
        ),
        ("INSUFFICIENT_HISTORY", "there is not enough history yet. It comes with time"),
        ("NO_DATA", None),  # a quiet week: nobody has to help
    ],
)
def test_only_what_somebody_can_help_with_is_said_on_top(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, status: str, said: str | None
) -> None:
    for metric_id in list(SHAPES)[1:]:
        replaced(rows, metric_id, WEEK, value=None, status=status)
    insert(warehouse, rows)
    healthy_sources(warehouse)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert ("for one reason" in text) == (said is not None)
    assert (said or "") in text
