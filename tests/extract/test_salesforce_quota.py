"""Requests stop before the org's allowance is used up, and say when there will be more."""

from __future__ import annotations

import pytest

from include.core.errors import QuotaError
from include.extract.salesforce import connect
from include.sandbox.faults import Fault
from tests.extract.salesforce_org import SETTINGS, credentials
from tests.extract.salesforce_readings import EVERYTHING


def test_requests_stop_at_the_configured_share_of_the_day_s(sandbox):
    settings = SETTINGS.model_copy(update={"daily_quota_share": 0.5})
    client = connect(credentials(sandbox.url), settings)
    sandbox.control.limit(salesforce_daily=10)
    for _ in range(5):
        client.json("GET", "limits/")
    with pytest.raises(QuotaError, match=r"5 of the org's 10 .* daily_quota_share 0\.5"):
        client.json("GET", "limits/")
    assert sandbox.limits.salesforce_used == 5


def test_the_guard_names_the_instant_by_which_the_count_is_reset(sandbox, client):
    sandbox.control.limit(salesforce_daily=0)
    headers = {"Date": "Sun, 22 Nov 2026 06:30:00 GMT"}
    sandbox.control.inject(Fault("limits", status=200, body={}, headers=headers))
    client.json("GET", "limits/")
    # 24 hours after the count was read.
    with pytest.raises(QuotaError, match="reset to nothing on 2026-11-23 at 06:30 UTC"):
        client.json("GET", "limits/")


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        (
            400,
            "EXCEEDED_MAX",
            "Max bulk v2 query jobs (10000) per 24 hrs has been reached",
        ),
    ],
)
def test_an_allowance_used_up_names_the_instant_by_which_there_is_more(
    sandbox, client, status, code, message
):
    body = [{"errorCode": code, "message": message}]
    headers = {"Date": "Sun, 22 Nov 2026 06:30:00 GMT"}
    sandbox.control.inject(Fault("limits", status=status, body=body, headers=headers))
    with pytest.raises(QuotaError, match="2026-11-23 at 06:30 UTC"):
        client.json("GET", "limits/")


def test_the_day_s_requests_used_up_is_a_matter_of_quota(sandbox, client):
    sandbox.control.limit(salesforce_daily=0)
    with pytest.raises(QuotaError, match="last 24 hours"):
        client.json("GET", "limits/")


def test_the_quota_guard_stops_in_the_middle_of_a_reading(sandbox, read):
    sandbox.control.limit(salesforce_daily=sandbox.limits.salesforce_used + 3)
    with pytest.raises(QuotaError, match="daily_quota_share"):
        read()


def test_a_bulk_job_outlives_the_quota_so_that_a_later_try_goes_on(sandbox, read, small_pages):
    refused = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    sandbox.control.inject(Fault("results", skip=2, status=403, body=refused))
    with pytest.raises(QuotaError, match="24 hours"):
        read(mode="snapshot", window=EVERYTHING)
    assert len(sandbox.salesforce.bulk.jobs()) == 1
