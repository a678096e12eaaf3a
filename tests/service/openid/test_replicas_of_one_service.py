"""A sign-in that is begun at one replica goes on at another: nothing of it is in a process's memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from kiosk.service.app import build, service_for
from tests.fakes.client import ORIGIN
from tests.fakes.openid import SignedOn, answer_in, wing
from tests.fakes.service import Hospital


@asynccontextmanager
async def replica(hospital: Hospital) -> AsyncIterator[httpx.AsyncClient]:
    """Another service with the same keys on the same database."""
    app, whole = build(service_for(hospital.folder, hospital.db, hospital.clock))
    transport = httpx.ASGITransport(app=whole, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        try:
            yield client
        finally:
            await app.state.hub.stop()


async def test_each_step_may_be_at_another_replica(either: Hospital) -> None:
    made = await wing(either, dpop=True)
    key, one = either.client(), either.http
    async with replica(either) as two:
        sent, verifier = made.app.request()
        pushed = await made.app.post("/oauth/par", {name: sent[name] for name in sent if name != "client_id"})
        either.http = two
        ticket = await made.browser.ticket({"client_id": made.app.id, "request_uri": pushed.json()["request_uri"]})
        said = await made.browser.attest(ticket)
        answer = await made.browser.go_on({"ticket": ticket, "receipt": said["receipt"]})
        either.http = one
        got = SignedOn(answer_in(answer.json()["location"]), verifier)
        tokens = (await made.app.exchange(got, dpop=key)).json()
        either.http = two
        assert (await made.app.introspect(tokens["access_token"]))["active"] is True
        more = await made.app.refresh(tokens["refresh_token"], dpop=key)
        assert more.status_code == 200
        # What is used at one is used at the other, too.
        either.http = one
        assert (await made.app.refresh(tokens["refresh_token"], dpop=key)).json()["error"] == "invalid_grant"
        assert await made.app.introspect(more.json()["access_token"]) == {"active": False}
