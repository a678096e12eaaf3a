"""A server that asks people by OpenID CIBA, written apart from the service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import httpx

from kiosk.service.openid import backchannel_delivery
from kiosk.service.store import backchannel_clients
from kiosk.service.store.backchannel_clients import BackchannelRules
from tests.fakes.asking import Ward, make
from tests.fakes.client import Answer, Client
from tests.fakes.openid import OpenIdApp, register
from tests.fakes.service import Hospital

CIBA = "urn:openid:params:grant-type:ciba"


@dataclass
class Asking:
    """Ada at a workstation, and the server of the application "chart"."""

    ward: Ward
    app: OpenIdApp

    @property
    def hospital(self) -> Hospital:
        return self.ward.hospital

    async def ask(self, **bent: str | None) -> httpx.Response:
        """The server asks; ``bent`` replaces parameters, None removes one."""
        sent = {"scope": "openid profile", "login_hint": "ada", **bent}
        return await self.app.post("/oauth/backchannel", {k: v for k, v in sent.items() if v is not None})

    async def asked(self, **bent: str | None) -> str:
        """Its ``auth_req_id``."""
        answer = await self.ask(**bent)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["auth_req_id"])

    async def poll(self, auth_req_id: str, *, dpop: Client | None = None) -> httpx.Response:
        """The server comes for the answer."""
        return await self.app.post("/oauth/token", {"grant_type": CIBA, "auth_req_id": auth_req_id}, dpop=dpop)

    async def waiting(self) -> list[dict[str, Any]]:
        """What the workstation is told of."""
        answer = await self.ward.station.get(f"/v1/sessions/{self.ward.session}/asked")
        assert answer.status == 200, answer.body
        return list(answer.body["questions"])

    async def show(self, **bent: Any) -> Answer:
        """The workstation shows the question that waits, as the agent does."""
        question = (await self.waiting())[0]
        body = {"ask": question["ask"], "session": self.ward.session, "program": "", "asked": question["id"], **bent}
        return await self.ward.station.post("/v1/stepups", body)

    async def approve(self) -> Answer:
        """The person approves with their key."""
        view = await self.show()
        assert view.body["state"] == "prove", view.body
        done = await self.ward.by_key(view)
        assert done.body["state"] == "done", done.body
        return done

    async def refuse(self) -> None:
        """The person refuses."""
        view = await self.show()
        ended = f"/v1/ceremonies/{view.body['id']}/cancel"
        assert (await self.ward.station.post(ended, {"reason": "refused_by_person"})).status == 204


async def asking(hospital: Hospital, rules: BackchannelRules | None = None, **more: Any) -> Asking:
    """A hospital with all of it."""
    ward = await make(hospital)
    app = await register(hospital, **{"redirect_uris": (), **more})
    await hospital.db.write(backchannel_clients.put, app.id, rules or BackchannelRules(), int(hospital.clock()))
    return Asking(ward, app)


async def look(hospital: Hospital, **settings: Any) -> None:
    """What the service does twice a second."""
    openid = replace(hospital.service.openid, **settings)
    await backchannel_delivery.once(replace(hospital.service, openid=openid))
