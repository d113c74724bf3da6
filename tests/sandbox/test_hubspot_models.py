"""HubSpot's own models take every answer of the sandbox's HubSpot, and complain of none.

They are told to check what they read: fields that must be there, closed lists of values. Forms are
left out: the data folder holds whole definitions of them or parts, as a test likes.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import hubspot
import pytest
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.deals import BatchReadInputSimplePublicObjectId, PublicObjectSearchRequest
from hubspot.crm.deals.exceptions import ApiException
from hubspot.crm.deals.models import Error

from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import condition

Call = Callable[[hubspot.Client], Any]


def batch(*keys: str) -> BatchReadInputSimplePublicObjectId:
    return BatchReadInputSimplePublicObjectId(
        inputs=[{"id": key} for key in keys],
        properties=["amount", "region"],
        properties_with_history=["dealstage"],
    )


def parents(*keys: str) -> BatchInputPublicFetchAssociationsBatchRequest:
    return BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": key} for key in keys])


def error_of(client: hubspot.Client, exception: ApiException) -> Error:
    """The body of a refusal, read by the model of errors."""
    answer = SimpleNamespace(data=exception.body)
    return client.crm.deals.basic_api.api_client.deserialize(answer, Error)


# How many results each is to hold, None where an answer is one thing.
ANSWERS: list[tuple[int | None, Call]] = [
    (
        100,
        lambda c: c.crm.deals.basic_api.get_page(limit=100, associations=["companies", "contacts"]),
    ),
    (50, lambda c: c.crm.deals.basic_api.get_page(limit=50, properties_with_history=["dealstage"])),
    (5, lambda c: c.crm.deals.basic_api.get_page(archived=True)),
    (None, lambda c: c.crm.deals.basic_api.get_by_id("1", associations=["companies"])),
    (0, lambda c: c.crm.objects.basic_api.get_page("orders")),
    (0, lambda c: c.crm.objects.feedback_submissions.basic_api.get_page()),
    (2, lambda c: c.crm.deals.batch_api.read(batch("1", "2"))),
    (1, lambda c: c.crm.deals.batch_api.read(batch("1", "50"))),
    (5, lambda c: c.crm.deals.search_api.do_search(PublicObjectSearchRequest(limit=5))),
    (1, lambda c: c.crm.associations.v4.batch_api.get_page("deals", "contacts", parents("2", "3"))),
    (500, lambda c: c.crm.associations.v4.basic_api.get_page("deals", "2", "contacts")),
    (2, lambda c: c.crm.associations.v4.schema.definitions_api.get_all("deals", "companies")),
    (2, lambda c: c.crm.owners.owners_api.get_page()),
    (1, lambda c: c.crm.owners.owners_api.get_page(archived=True)),
    (None, lambda c: c.crm.owners.owners_api.get_by_id(1)),
    (1, lambda c: c.crm.pipelines.pipelines_api.get_all("deals")),
    (None, lambda c: c.crm.pipelines.pipelines_api.get_by_id("deals", "default")),
    (1, lambda c: c.crm.pipelines.pipeline_stages_api.get_all("deals", "default")),
    (
        None,
        lambda c: c.crm.pipelines.pipeline_stages_api.get_by_id("deals", "default", "closedwon"),
    ),
    (23, lambda c: c.crm.properties.core_api.get_all("deals")),
    (None, lambda c: c.crm.properties.core_api.get_by_name("deals", "amount")),
    (1, lambda c: c.crm.properties.groups_api.get_all("deals")),
    (None, lambda c: c.crm.properties.groups_api.get_by_name("deals", "information")),
    (0, lambda c: c.crm.schemas.core_api.get_all()),
    (
        None,
        lambda c: c.oauth.tokens_api.create(
            grant_type="refresh_token",
            client_id="sandbox",
            client_secret="sandbox-secret",
            refresh_token="sandbox-refresh-token",
        ),
    ),
]


@pytest.fixture
def strict(sandbox: Sandbox) -> hubspot.Client:
    return hubspot.Client.create(
        access_token="sandbox-token", host=sandbox.url, client_side_validation=True
    )


@pytest.mark.parametrize(("count", "call"), ANSWERS)
def test_the_models_take_every_answer(
    strict: hubspot.Client, count: int | None, call: Call
) -> None:
    answer = call(strict)
    assert answer is not None
    if count is not None:
        assert len(answer.results) == count


@pytest.mark.parametrize("after", ["text", "number", "opaque"])
def test_the_models_take_every_way_of_writing_a_cursor(
    sandbox: Sandbox, strict: hubspot.Client, after: str
) -> None:
    sandbox.control.trouble("hubspot", after=after)
    assert strict.crm.deals.basic_api.get_page().paging.next.after


@pytest.mark.parametrize(
    ("status", "prepare", "call"),
    [
        (400, {}, lambda c: c.crm.deals.basic_api.get_page(limit=101)),
        (404, {}, lambda c: c.crm.deals.basic_api.get_by_id("999")),
        (401, {"refuses_token": True}, lambda c: c.crm.deals.basic_api.get_page()),
        (
            500,
            {},
            lambda c: c.crm.deals.search_api.do_search(
                PublicObjectSearchRequest(
                    filter_groups=[{"filters": [condition("closedate", "GT", "0")]}]
                )
            ),
        ),
    ],
)
def test_the_models_take_every_error(
    sandbox: Sandbox,
    strict: hubspot.Client,
    status: int,
    prepare: dict[str, Any],
    call: Call,
) -> None:
    sandbox.control.trouble("hubspot", **prepare)
    with pytest.raises(ApiException) as caught:
        call(strict)
    assert caught.value.status == status
    error = error_of(strict, caught.value)
    assert error.message
    assert error.category
    assert error.correlation_id


def test_the_models_take_a_missing_scope(sandbox: Sandbox, strict: hubspot.Client) -> None:
    sandbox.control.hide("hubspot", "deals")
    with pytest.raises(ApiException) as caught:
        strict.crm.deals.basic_api.get_page()
    error = error_of(strict, caught.value)
    assert error.category == "MISSING_SCOPES"
    assert error.errors[0].context == {"requiredGranularScopes": ["crm.objects.deals.read"]}
