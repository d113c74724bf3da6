"""Daily quotas by the sandbox's clock: Salesforce's rolls, HubSpot's ends at midnight."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.sandbox.clock import Clock
from include.sandbox.rate_limits import RateLimits


@pytest.fixture
def clock() -> Clock:
    return Clock(lambda: datetime(2026, 3, 30, 3, 59, tzinfo=UTC))


def test_hubspots_day_ends_at_the_accounts_midnight(clock: Clock) -> None:
    # New York is four hours behind UTC in March.
    limits = RateLimits(clock, "America/New_York")
    limits.set(hubspot_daily=1)
    assert limits.count_hubspot(is_search=False) is None
    refused = limits.count_hubspot(is_search=False)
    assert refused is not None
    assert b'"policyName":"DAILY"' in refused.body
    clock.advance(60)
    assert limits.hubspot_used == 0
    assert limits.count_hubspot(is_search=False) is None


def test_salesforces_calls_are_forgotten_a_day_later(clock: Clock) -> None:
    limits = RateLimits(clock)
    limits.salesforce_used = 2
    clock.advance(3600)
    assert limits.count_salesforce()
    assert limits.salesforce_used == 3
    clock.advance(23 * 3600)
    assert limits.salesforce_used == 1
    clock.advance(3600)
    assert limits.salesforce_used == 0


def test_only_limits_can_be_set(clock: Clock) -> None:
    limits = RateLimits(clock)
    for name in ("nothing", "clock", "_recent"):
        with pytest.raises(AttributeError, match="there is no limit named"):
            limits.set(**{name: 1})
    assert not limits.enforced


def test_hubspots_limits_are_enforced_when_one_is_set(clock: Clock) -> None:
    limits = RateLimits(clock)
    limits.set(salesforce_daily=5)
    assert not limits.enforced
    limits.set()
    assert limits.enforced
    limits.set(enforced=False, hubspot_daily=1)
    assert not limits.enforced
