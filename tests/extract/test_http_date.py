"""A reading tells what time it was by the service's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.core.window import Window
from include.extract import hubspot
from include.extract.http_date import http_date
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import consume, link, record

HALF_PAST_SIX = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
HEADERS = {"Date": "Sun, 22 Nov 2026 06:30:00 GMT"}
LATER = {"Date": "Sun, 22 Nov 2026 09:00:00 GMT"}
DAY = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("headers", "instant"),
    [
        (HEADERS, HALF_PAST_SIX),
        ({"Date": "Sun, 22 Nov 2026 06:30:00 -0000"}, HALF_PAST_SIX),
        ({"Date": "Sun, 22 Nov 2026 07:30:00 +0100"}, HALF_PAST_SIX),
        ({"Date": "soon"}, None),
        ({}, None),
    ],
)
def test_the_server_s_clock_is_read_from_its_answers(headers, instant):
    assert http_date(headers) == instant


def test_salesforce_tells_the_time_when_a_reading_begins(sandbox, read):
    sandbox.control.inject(Fault("/describe", headers=HEADERS))
    sandbox.control.inject(Fault("/query", headers=LATER, times=9))
    reading, _ = read()
    assert reading.served_at == HALF_PAST_SIX


@pytest.mark.parametrize("object_id", ["hubspot.deal", "hubspot.deal_contact"])
def test_hubspot_tells_the_time_when_a_reading_begins(portal, connected, tmp_path: Path, object_id):
    """Links are asked for without a question before."""
    portal.write("deals", [record(1)])
    portal.write("associations", [link(1, 7, 3)])
    running = portal.serve()
    running.control.inject(Fault("/", headers=HEADERS, times=9))
    reading = hubspot.read(
        connected(running), source_object(object_id), DAY, "snapshot", tmp_path / "spool"
    )
    consume(reading)
    assert reading.served_at == HALF_PAST_SIX
