"""A phone as the service sees it: what its browser reads from a QR code, and a passkey that signs what a test wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx

from kiosk.model.binding import b64u, unb64u
from kiosk.service.proofs.registration import Begun
from tests.fakes.asking import Ward
from tests.fakes.attested import NewKey
from tests.fakes.client import ORIGIN, Answer
from tests.fakes.enrolling import Wizard, admin_key, in_session
from tests.fakes.keys import SoftKey
from tests.fakes.service import Hospital

Json = dict[str, Any]
FEW = 12
"""Records whose export two factors are enough for."""


@dataclass
class SoftPhone:
    """``passkey``: None until it is paired. ``language``: of its browser."""

    hospital: Hospital
    passkey: SoftKey | None = None
    language: str = "en"
    new: NewKey = field(default_factory=lambda: NewKey(None, bytes(16)))

    async def post(self, path: str, body: Json, **headers: str) -> httpx.Response:
        """What the page's script sends."""
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Accept-Language": self.language, **headers}
        answer: httpx.Response = await self.hospital.http.post(f"/phone/{path}", json=body, headers=sent)
        return answer

    async def look(self, code: str) -> Json:
        answer = await self.post("look", {"code": code})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def register(self, code: str, **bent: Any) -> httpx.Response:
        """It makes a passkey for what the code asks. ``bent``: as of ``NewKey.answer``, and origin, rp_id."""
        wish = (await self.look(code))["pair"]
        asked = SimpleNamespace(
            options=SimpleNamespace(
                challenge=unb64u(wish["challenge"]), rp=SimpleNamespace(id=bent.pop("rp_id", wish["rp_id"]))
            ),
            origin=bent.pop("origin", ORIGIN),
        )
        client, attestation = self.new.answer(cast(Begun, asked), "none", **bent)
        self.passkey = SoftKey(self.new.key, b64u(self.new.credential_id), unb64u(wish["user_handle"]))
        made = {"client_data": b64u(client), "attestation_object": b64u(attestation)}
        return await self.post("registered", {"code": code, "made": made})

    def sign(self, options: Json, **bent: Any) -> Json:
        """An assertion, its user verified."""
        assert self.passkey is not None
        return self.passkey.sign({"challenge": options["challenge"], "user_verification": "required"}, **bent)

    async def pair(self, code: str, **bent: Any) -> str:
        """A passkey is made and tried; the number that it shows. ``bent``: how it signs, as of ``SoftKey.sign``."""
        options = await self.register(code)
        assert options.status_code == 200, options.text
        tried = await self.post("tried", {"code": code, "proof": self.sign(options.json(), **bent)})
        assert tried.status_code == 200, tried.text
        return str(tried.json()["number"])

    async def type(self, code: str, number: str) -> Json:
        answer = await self.post("number", {"code": code, "number": number})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def approve(self, asked: Json, **bent: Any) -> str:
        """Scan, type the number, approve; the outcome. ``asked``: the ``phone`` of a challenge."""
        code, number = code_of(asked["uri"]), asked["number"]
        shown = await self.type(code, number)
        proof = self.sign(shown["asked"]["approve"], **bent)
        return await self.outcome("approve", {"code": code, "number": number, "proof": proof})

    async def report(self, asked: Json, **bent: Any) -> str:
        """“Not me”, without the number."""
        code = code_of(asked["uri"])
        options = (await self.look(code))["report"]
        return await self.outcome("report", {"code": code, "proof": self.sign(options, **bent)})

    async def outcome(self, path: str, body: Json) -> str:
        answer = await self.post(path, body)
        assert answer.status_code in (200, 404), answer.text
        return str(answer.json().get("outcome") or answer.json()["code"])


def code_of(uri: str) -> str:
    """What a phone reads from the QR code."""
    page, _, code = uri.partition("#")
    assert page == f"{ORIGIN}/phone", page
    return code


@dataclass
class OnPhone:
    """Ada, signed in at ``ward.station``, with a key and a phone."""

    ward: Ward
    phone: SoftPhone

    @property
    def hospital(self) -> Hospital:
        return self.ward.hospital

    async def asks(self, **ask: Any) -> Answer:
        """A program asks for what two factors are enough for."""
        view = await self.ward.station.step_up(self.ward.session, **{"records": FEW, **ask})
        assert view.status == 200, view.body
        return view

    async def on_phone(self, view: Answer, purpose: str | None = None) -> Json:
        """The station asks the phone; what its screen shows for it."""
        challenge = await self.ward.station.challenge(view.body["id"], "phone", purpose)
        assert challenge.status == 200, challenge.body
        return dict(challenge.body["phone"])

    async def collect(self, view: Answer, purpose: str | None = None) -> Answer:
        """The station comes for the answer."""
        return await self.ward.station.prove(view.body["id"], {"method": "phone"}, purpose)

    async def told(self) -> list[tuple[str | None, str | None]]:
        """What the station was told by phones: (reason, ceremony)."""
        from sqlalchemy import select

        from kiosk.service.store.schema import station_event

        wanted = select(station_event).where(station_event.c.kind == "phone").order_by(station_event.c.id)
        rows = await self.hospital.db.read(lambda conn: conn.execute(wanted).all())
        return [(row.reason, row.where_) for row in rows]


async def offered_to_pair(hospital: Hospital, login: str = "ada", station: str = "ward-3-a") -> tuple[Wizard, str]:
    """Somebody with a key is at the enrolment of a phone; the wizard, and the code in its QR code."""
    await hospital.person(login)
    own = await admin_key(hospital, login)
    here = Wizard(await hospital.station(station))
    await here.begin(
        {"aaguid": "00" * 16, "has_pin": True, "built_in_uv": False, "uid": None, "kind": "fido2"}, "phone"
    )
    await here.key(own)
    return here, await begin_pairing(here)


async def begin_pairing(here: Wizard) -> str:
    """From MAKE to the QR code; its code."""
    assert here.step == "make", here.view
    await here.made({"kind": "seen"})
    assert here.step == "try", here.view
    return code_of(here.view["make"]["phone"]["uri"])


async def on_phone(ward: Ward, **bent: Any) -> OnPhone:
    """The person of ``ward`` pairs a phone in their session, on their key. ``bent``: as of ``pair``."""
    here = Wizard(ward.station)
    await here.begin(in_session(ward.session), "phone")
    await here.key(ward.key)
    phone = SoftPhone(ward.hospital)
    number = await phone.pair(await begin_pairing(here), **bent)
    await here.type(number)
    assert here.step == "done", here.view
    return OnPhone(ward, phone)
