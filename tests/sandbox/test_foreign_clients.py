"""The JavaScript clients of both services, unmodified, as an independent opinion on the sandbox."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.server import Sandbox

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
  out.amountType = (await oauth.describe('Opportunity')).fields.find((f) => f.name === 'Amount').type;
  out.objects = (await oauth.describeGlobal()).sobjects.length;
  out.remaining = (await oauth.request('/services/data/v66.0/limits')).DailyApiRequests.Max;
  out.username = (await oauth.identity()).username;
  oauth.bulk2.pollInterval = 50;
  const rows = await (await oauth.bulk2.query('SELECT Id, Region__c FROM Account')).toArray();
  out.bulk = rows.length;
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
        "amountType": "currency",
        "objects": 17,
        "remaining": 100_000,
        "username": "integration@example.com",
        "bulk": 445,
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
        "link": {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"},
        "owners": ["owner1@example.com", "owner2@example.com"],
        "stages": 1,
        "amountType": "number",
        "missing": 404,
    }
