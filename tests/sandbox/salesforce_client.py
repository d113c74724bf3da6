"""The unmodified simple-salesforce, sent to the sandbox whatever host it names."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest, Response
from simple_salesforce import Salesforce

from include.sandbox.server import Sandbox

CLIENT_CREDENTIALS = {
    "consumer_key": "sandbox",
    "consumer_secret": "sandbox-secret",
    "domain": "acme.my",
}


class ToSandbox(HTTPAdapter):
    """Sends every https request to the sandbox instead, whatever host it names."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        assert request.url is not None
        request.url = self._url + "/" + request.url.split("/", 3)[3]
        return super().send(request, *args, **kwargs)


def connect(sandbox: Sandbox, **kwargs: Any) -> Salesforce:
    session = requests.Session()
    session.mount("https://", ToSandbox(sandbox.url))
    kwargs = {"version": "66.0", **(kwargs or CLIENT_CREDENTIALS)}
    return Salesforce(session=session, **kwargs)
