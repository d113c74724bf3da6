"""The ways records come, each by our client and by the bare transport that writes the same file.

Run as a process of its own per way, so that its CPU time and memory are its own:
`python -m tests.benchmarks.extract_ways WAY SIDE URL DATABASE`. It prints one JSON object.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import requests
import urllib3

from include.core.settings import load_settings
from include.core.window import Window
from include.extract import hubspot, salesforce
from include.extract.limiter import Limiter, Policy
from include.tables.source_object import SourceObject
from tests.benchmarks.extract_data import HUBSPOT, SALESFORCE, WINDOW

WAYS = ("salesforce_bulk", "salesforce_rest", "hubspot_list", "hubspot_delta")
SETTINGS = load_settings(Path(__file__).parents[2] / "include" / "config").sources
TOKEN = "sandbox-token"


class Unlimited(Limiter):
    """A limiter that lets everything through: what is measured is the client."""

    def __init__(self) -> None:
        """Needs no warehouse."""

    def take(self, account: str, policy: Policy) -> None:
        """Return at once."""


# Our client


def ours(way: str, url: str, spool: Path) -> int:
    """Read everything by one way; how many records came."""
    if way.startswith("salesforce"):
        # Otherwise so many records would go over to a Bulk job.
        salesforce.REST_RECORD_LIMIT = 10**9  # type: ignore[attr-defined]
        credentials = salesforce.SalesforceCredentials(
            consumer_key="sandbox", consumer_secret="sandbox-secret", domain="acme.my", base_url=url
        )
        client = salesforce.connect(credentials, SETTINGS.salesforce)
        mode = "snapshot" if way == "salesforce_bulk" else "delta"
        reading = salesforce.read(client, SALESFORCE, WINDOW, mode, spool)
    else:
        portal = hubspot.connect(
            hubspot.HubSpotCredentials(TOKEN, url), SETTINGS.hubspot, Unlimited()
        )
        mode = "snapshot" if way == "hubspot_list" else "delta"
        reading = hubspot.read(portal, HUBSPOT, WINDOW, mode, spool)
    return sum(page.record_count for page in reading.pages)


def read_for(source: SourceObject, url: str, limiter: Limiter, mode: Any, spool: Path) -> int:
    """One object of HubSpot at the rate a limiter allows; how many records came."""
    portal = hubspot.connect(hubspot.HubSpotCredentials(TOKEN, url), SETTINGS.hubspot, limiter)
    reading = hubspot.read(portal, source, WINDOW, mode, spool)
    return sum(page.record_count for page in reading.pages)


# The floor: the same requests and the same file, and nothing else


def bare(way: str, url: str, spool: Path) -> int:
    """As `ours`, by hand."""
    with (spool / "floor").open("wb") as stream:
        return _BARE[way](url, stream)


def _salesforce_session(url: str) -> requests.Session:
    session = requests.Session()
    token = session.post(
        f"{url}/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": "sandbox",
            "client_secret": "sandbox-secret",
        },
    ).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session


def _soql(window: Window | None) -> str:
    names = [SALESFORCE.key, SALESFORCE.cursor, SALESFORCE.deleted]
    names += [field.source for field in SALESFORCE.fields]
    query = (
        f"SELECT {', '.join(dict.fromkeys(name for name in names if name))} FROM {SALESFORCE.name}"
    )
    if window is None:
        return query
    bounds = (window.start, window.end)
    first, last = (f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in bounds)
    return f"{query} WHERE {SALESFORCE.cursor} >= {first} AND {SALESFORCE.cursor} < {last}"


def _bare_bulk(url: str, stream: Any) -> int:
    session, base = _salesforce_session(url), f"{url}/services/data/v66.0/jobs/query"
    job = session.post(base, json={"operation": "queryAll", "query": _soql(None)}).json()["id"]
    while session.get(f"{base}/{job}").json()["state"] != "JobComplete":
        time.sleep(0.5)
    count, locator = 0, ""
    while locator != "null":
        parameters = {"maxRecords": "50000"} | ({"locator": locator} if locator else {})
        with session.get(f"{base}/{job}/results", params=parameters, stream=True) as answer:
            for chunk in answer.iter_content(1 << 20):
                stream.write(chunk)
            count += int(answer.headers["Sforce-NumberOfRecords"])
            locator = answer.headers["Sforce-Locator"]
    return count


def _bare_rest(url: str, stream: Any) -> int:
    session, count = _salesforce_session(url), 0
    path = f"/services/data/v66.0/queryAll/?q={requests.utils.quote(_soql(WINDOW))}"
    while path:
        answer = orjson.loads(session.get(url + path).content)
        count += _write(answer["records"], stream)
        path = answer.get("nextRecordsUrl", "")
    return count


def _bare_list(url: str, stream: Any) -> int:
    pool, count, after = _pool(), 0, ""
    names = ",".join(field.source.removeprefix("properties.") for field in HUBSPOT.fields)
    while True:
        address = f"{url}/crm/v3/objects/contacts?limit=100&properties={names}{after}"
        answer = orjson.loads(pool.request("GET", address).data)
        count += _write(answer["results"], stream)
        if "paging" not in answer:
            return count
        after = f"&after={answer['paging']['next']['after']}"


def _bare_delta(url: str, stream: Any) -> int:
    pool, count = _pool(), 0
    names = [field.source.removeprefix("properties.") for field in HUBSPOT.fields]
    for ids in _bare_search(pool, url):
        for start in range(0, len(ids), 100):
            inputs = [{"id": id_} for id_ in ids[start : start + 100]]
            body = orjson.dumps({"inputs": inputs, "properties": names})
            address = f"{url}/crm/v3/objects/contacts/batch/read"
            answer = orjson.loads(pool.request("POST", address, body=body).data)
            count += _write(answer["results"], stream)
    return count


def _bare_search(pool: urllib3.PoolManager, url: str) -> Iterator[list[bytes]]:
    last, milliseconds = "0", [int(i.timestamp() * 1000) for i in (WINDOW.start, WINDOW.end)]
    while True:
        between = {
            "propertyName": HUBSPOT.search_cursor,
            "operator": "BETWEEN",
            "value": str(milliseconds[0]),
            "highValue": str(milliseconds[1] - 1),
        }
        above = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
        body = {
            "filterGroups": [{"filters": [between, above]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": 200,
        }
        address = f"{url}/crm/v3/objects/contacts/search"
        data = pool.request("POST", address, body=orjson.dumps(body)).data
        ids = [match.decode() for match in re.findall(rb'"id":"(\d+)"', data)]
        yield ids
        if b'"paging"' not in data:
            return
        last = ids[-1]


def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(
        headers={
            "Authorization": f"Bearer {TOKEN}",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json",
        }
    )


def _write(records: list[Any], stream: Any) -> int:
    for record in records:
        stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
    return len(records)


_BARE: dict[str, Callable[[str, Any], int]] = {
    "salesforce_bulk": _bare_bulk,
    "salesforce_rest": _bare_rest,
    "hubspot_list": _bare_list,
    "hubspot_delta": _bare_delta,
}


def main(way: str, side: str, url: str) -> None:
    """Measure one side of one way: records, CPU microseconds per record, peak memory in MiB."""
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as folder:
        began_seconds = time.process_time()
        count = (ours if side == "ours" else bare)(way, url, Path(folder))
        cpu_seconds = time.process_time() - began_seconds
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "record_count": count,
                "cpu_us_per_record": cpu_seconds / count * 1e6,
                "grown_mib": peak_mib - before_mib,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
