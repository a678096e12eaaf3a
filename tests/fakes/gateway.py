"""A gateway that is registered as an application and asks yes or no of tokens, written apart from the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from kiosk.service.store import programs
from tests.fakes.client import Client
from tests.fakes.openid import AUDIENCE, Wing, wing
from tests.fakes.service import Hospital

URI = "https://chart.hospital.example/export?ward=3"
BASE = "https://chart.hospital.example"


@dataclass
class AskedGateway:
    """The application "chart" before its own API. ``basic``: how it shows its secret."""

    wing: Wing
    basic: dict[str, str]

    async def asks(self, token: str, **wanted: Any) -> dict[str, Any]:
        """What ``/v1/verify`` answers, with its status."""
        answer = await self.post("/v1/verify", {"token": token, **wanted})
        return {"status": answer.status_code, **answer.json()}

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """JSON, with the gateway's secret."""
        sent = {**self.basic, **headers}
        answer: httpx.Response = await self.wing.hospital.http.post(path, json=body, headers=sent)
        return answer

    async def approval(self, **asked: Any) -> str:
        """A step-up's token for this gateway, which Ada approved with their key."""
        ward = self.wing.ward
        view = await ward.station.step_up(ward.session, audience=AUDIENCE, **{"records": 51, **asked})
        done = await ward.by_key(view)
        assert done.body["state"] == "done", done.body
        return str(done.body["grant"]["token"])

    async def bound(self) -> tuple[str, Client]:
        """An access token that is bound to a client's key, and that client."""
        holder = self.wing.hospital.client()
        holder.base = BASE
        got = await self.wing.browser.sign_in(self.wing.app)
        prover = self.wing.hospital.client()
        prover.key = holder.key
        answer = await self.wing.app.exchange(got, dpop=prover)
        assert answer.json()["token_type"] == "DPoP", answer.text
        holder.nonce = prover.nonce
        return str(answer.json()["access_token"]), holder


async def gateway(hospital: Hospital, **rules: Any) -> AskedGateway:
    """With a secret, as most gateways; any program may ask for approvals of an export for it."""
    made = await wing(hospital, auth="client_secret_basic", **rules)
    await hospital.db.write(programs.allow, made.app.id, "", "*", int(hospital.clock()))
    return AskedGateway(made, made.app.shown()[1])
