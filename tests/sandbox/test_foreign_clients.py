"""The JavaScript clients of both services, unmodified, as an independent opinion on the sandbox."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.server import Sandbox
from include.tables.salesforce import SALESFORCE_OBJECTS
from tests.sandbox.sandbox_data import salesforce_id

pytestmark = pytest.mark.slow

PACKAGES = ("jsforce@3.10.16", "@hubspot/api-client@13.5.0")

JSFORCE = """
const jsforce = require('jsforce');
(async () => {
  const url = process.argv[2];
  const out = {};
  const oauth = new jsforce.Connection({
    instanceUrl: url, version: '66.0',
    oauth2: { loginUrl: url, clientId: 'sandbox', clientSecret: 'sandbox-secret' },
  });
  await oauth.authorize({ grant_type: 'client_credentials' });
  out.count = (await oauth.query('SELECT COUNT() FROM Account')).totalSize;
  const all = await oauth.query('SELECT Id, IsDeleted FROM Account ORDER BY Id',
    { autoFetch: true, maxFetch: 1000, scanAll: true, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  out.all = all.records.length;
  out.deleted = all.records.filter((record) => record.IsDeleted).length;
  const first = await oauth.query('SELECT Id FROM Account ORDER BY Id',
    { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  const second = await oauth.queryMore(first.nextRecordsUrl);
  const third = await oauth.queryMore(second.nextRecordsUrl);
  out.pages = [first, second, third].map((page) => [page.records.length, page.done]);
  const log = await oauth.sobject('Account').deleted('2026-03-16T00:00:00Z', '2026-03-29T00:00:00Z');
  out.log = log.deletedRecords.map((record) => record.id).sort();
  out.amountType = (await oauth.describe('Opportunity')).fields.find((f) => f.name === 'Amount').type;
  out.objects = (await oauth.describeGlobal()).sobjects.length;
  out.remaining = (await oauth.request('/services/data/v66.0/limits')).DailyApiRequests.Max;
  out.username = (await oauth.identity()).username;
  oauth.bulk2.pollInterval = 50;
  const rows = await (await oauth.bulk2.query('SELECT Id, Region__c FROM Account')).toArray();
  out.bulk = rows.length;
  const every = await oauth.bulk2.query('SELECT Id, IsDeleted FROM Account', { scanAll: true });
  out.bulkAll = (await every.toArray()).length;
  try { await oauth.bulk2.query('SELECT Nmae FROM Account'); } catch (error) { out.bulkError = error.name; }
  out.region = rows.find((row) => row.Region__c).Region__c;
  try { await oauth.query('SELECT Nmae FROM Account'); } catch (error) { out.error = error.errorCode; }
  const soap = new jsforce.Connection({ loginUrl: url, version: '64.0' });
  await soap.login('integration@example.com', 'sandbox-passwordsandbox-security-token');
  out.soap = (await soap.query('SELECT COUNT() FROM Account')).totalSize;
  console.log(JSON.stringify(out));
})().catch((error) => { console.error(error); process.exit(1); });
"""

HUBSPOT = """
const hubspot = require('@hubspot/api-client');
(async () => {
  const client = new hubspot.Client({ accessToken: 'sandbox-token', basePath: process.argv[2] });
  const out = {};
  out.all = (await client.crm.deals.getAll(100, undefined, ['amount'])).length;
  const page = await client.crm.deals.basicApi.getPage(1, undefined, ['amount'], undefined, ['companies']);
  out.company = page.results[0].associations.companies.results[0];
  const found = await client.crm.deals.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'amount', operator: 'LTE', value: '30' }] }],
    sorts: ['-amount'], properties: ['amount'], limit: 200, after: '0',
  });
  out.found = found.results.map((record) => record.properties.amount);
  const batch = await client.crm.deals.batchApi.read(
    { inputs: [{ id: '1' }, { id: '50' }], properties: ['amount'], propertiesWithHistory: [] });
  out.batch = [batch.results.length, batch.numErrors];
  const past = await client.crm.deals.batchApi.read(
    { inputs: [{ id: '1' }], properties: [], propertiesWithHistory: ['dealstage', 'amount'] });
  const history = past.results[0].propertiesWithHistory;
  out.history = [history.dealstage.map((entry) => entry.value), history.amount[0].timestamp instanceof Date];
  const one = await client.crm.deals.basicApi.getById('1', ['amount'], ['dealstage'], ['companies']);
  out.one = [one.properties.amount, one.propertiesWithHistory.dealstage.length, one.associations.companies.results.length];
  const archived = await client.crm.deals.basicApi.getPage(100, undefined, [], undefined, undefined, true);
  out.archived = archived.results.map((record) => record.id);
  const linked = [];
  let after;
  do {
    const page = await client.crm.associations.v4.basicApi.getPage('deals', '2', 'contacts', after, 500);
    linked.push(...page.results); after = page.paging?.next?.after;
  } while (after);
  out.linked = linked.length;
  const second = await client.crm.deals.searchApi.doSearch({
    filterGroups: [], sorts: ['hs_object_id'], properties: [], limit: 200, after: found.paging?.next?.after ?? '200',
  });
  out.second = [second.total, second.results.length, second.results[0].id];
  const links = await client.crm.associations.v4.batchApi.getPage('deals', 'companies', { inputs: [{ id: '1' }] });
  out.link = links.results[0].to[0].associationTypes[0];
  out.owners = (await client.crm.owners.ownersApi.getPage()).results.map((owner) => owner.email);
  out.stages = (await client.crm.pipelines.pipelinesApi.getAll('deals')).results[0].stages.length;
  out.amountType = (await client.crm.properties.coreApi.getByName('deals', 'amount')).type;
  try { await client.crm.deals.basicApi.getById('999'); } catch (error) { out.missing = error.code; }
  console.log(JSON.stringify(out));
})().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both packages installed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1")
    (folder / "package.json").write_text("{}")
    try:
        installed = subprocess.run(
            ["npm", "install", *options, *PACKAGES],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry does not answer")
    if installed.returncode != 0:
        pytest.skip(f"the packages cannot be installed: {installed.stderr[-300:]}")
    return folder


def run(folder: Path, script: str, url: str) -> dict[str, Any]:
    """Run a script against the sandbox; what it prints last is its answer."""
    (folder / "script.js").write_text(script)
    done = subprocess.run(
        ["node", "script.js", url],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_jsforce_reads_the_sandbox(sandbox: Sandbox, node_folder: Path) -> None:
    assert run(node_folder, JSFORCE, sandbox.url) == {
        "count": 445,
        "all": 450,
        "deleted": 5,
        # 445 live ones, 200 to a page.
        "pages": [[200, False], [200, False], [45, True]],
        # Deleted on days 1, 17, 5, 21 and 9 of March: the 100th and the 300th are in the span.
        "log": [salesforce_id("001", 100), salesforce_id("001", 300)],
        "amountType": "currency",
        # With the one that tells our permissions.
        "objects": len(SALESFORCE_OBJECTS) + 1,
        "remaining": 100_000,
        "username": "integration@example.com",
        "bulk": 445,
        "bulkAll": 450,
        "bulkError": "INVALID_FIELD",
        "region": 'He said "NA",\nand left',
        "error": "INVALID_FIELD",
        "soap": 445,
    }


def test_the_javascript_hubspot_client_reads_the_sandbox(
    sandbox: Sandbox, node_folder: Path
) -> None:
    assert run(node_folder, HUBSPOT, sandbox.url) == {
        "all": 245,
        "company": {"id": "1001", "type": "deal_to_company"},
        "found": ["30", "20", "10"],
        "batch": [1, 1],
        "history": [["closedwon"], True],
        "one": ["10", 1, 2],
        "archived": ["50", "100", "150", "200", "250"],
        "linked": 501,
        # 245 are live; the 200th of them is deal 204, as 50, 100, 150 and 200 are archived.
        "second": [245, 45, "205"],
        "link": {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"},
        "owners": ["owner1@example.com", "owner2@example.com"],
        "stages": 1,
        "amountType": "number",
        "missing": 404,
    }
