"""Somebody at an office PC: a browser outside every workspace, which signs in by the hospital's own provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx

from kiosk.service.platform.upstream_settings import UpstreamSettings
from kiosk.service.upstream.going import CALLBACK
from kiosk.service.upstream.provider_line import ProviderLine
from tests.fakes.bent_provider import BentProvider
from tests.fakes.client import ORIGIN
from tests.fakes.openid import OpenIdApp, SignedOn, answer_in, ticket_in
from tests.fakes.service import Hospital


@contextmanager
def believing(hospital: Hospital, settings: UpstreamSettings | None) -> Iterator[None]:
    """The hospital with that provider for a while."""
    app, before = hospital.app, hospital.service
    line = app.state.upstream
    app.state.service = hospital.service = replace(before, upstream=settings)
    app.state.upstream = None if settings is None else ProviderLine(settings)
    try:
        yield
    finally:
        app.state.service = hospital.service = before
        app.state.upstream = line


@dataclass
class OfficeBrowser:
    """``jar``: its cookies of the service."""

    hospital: Hospital
    jar: dict[str, str] = field(default_factory=dict)

    def _cookies(self) -> dict[str, str]:
        found = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return {"Cookie": found} if found else {}

    async def page(self, sent: dict[str, str]) -> str:
        """The sign-in page's HTML."""
        where = f"/oauth/authorize?{urlencode(sent)}"
        answer: httpx.Response = await self.hospital.http.get(where, headers=self._cookies())
        self.jar |= dict(answer.cookies)
        self.hospital.http.cookies.clear()
        assert answer.status_code == 200, (answer.headers.get("location"), answer.text)
        return answer.text

    async def go(self, ticket: str, **headers: str) -> httpx.Response:
        """What the page's button asks for."""
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **self._cookies(), **headers}
        answer: httpx.Response = await self.hospital.http.post("/oauth/upstream", json={"ticket": ticket}, headers=sent)
        return answer

    async def back(self, sent: dict[str, str]) -> httpx.Response:
        """The provider sends the browser back."""
        answer: httpx.Response = await self.hospital.http.get(f"{CALLBACK}?{urlencode(sent)}", headers=self._cookies())
        return answer


@dataclass
class Office:
    """A browser, an application and a provider."""

    hospital: Hospital
    app: OpenIdApp
    provider: BentProvider
    browser: OfficeBrowser

    async def sent_there(self, **bent: str | None) -> tuple[str, str]:
        """Where the browser goes, and the PKCE verifier of the application."""
        sent, verifier = self.app.request(**bent)
        answer = await self.browser.go(ticket_in(await self.browser.page(sent)))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["location"]), verifier

    async def came_back(self, bend: dict[str, str] | None = None, **bent: str | None) -> tuple[httpx.Response, str]:
        """The whole way. ``bend``: of what the browser brings back."""
        where, verifier = await self.sent_there(**bent)
        answer = await self.browser.back({**self.provider.authorized(where), **(bend or {})})
        return answer, verifier

    async def tokens(self, **bent: str | None) -> dict[str, Any]:
        """Of a sign-in."""
        answer, verifier = await self.came_back(None, **bent)
        assert answer.status_code == 303, answer.text
        got = await self.app.exchange(SignedOn(answer_in(answer.headers["location"]), verifier))
        assert got.status_code == 200, got.text
        return dict(got.json())

    async def reasons(self) -> list[str | None]:
        """Of the trail's rows about sign-ins to applications."""
        return [row["reason"] for row in await self.hospital.trail("app_sign_in")]
