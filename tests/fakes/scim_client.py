"""A client of the SCIM doors: ``scim2-client`` over httpx, as ``scim2-tester`` wants it.

Imported by who uses it, when they do: ``scim2-client`` reads its own source for each of its models, among all modules
that a test process has, and that took a quarter of the time in which each process collects the tests.
"""

from __future__ import annotations

from typing import Any

import httpx
from scim2_client.client import BaseSyncSCIMClient


class OverHttpx(BaseSyncSCIMClient):
    """``scim2-client`` on the connections of an ``httpx.Client``, as its own engines are on theirs."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self.http = http

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return self.http.build_request("GET", endpoint).url.host == self.http.base_url.host

    def _parse_json(self, response: Any) -> Any:
        return response.json()

    def request(self, method: str, url: str, **kwargs: Any) -> Any:
        return self.http.request(method, url, **kwargs)
