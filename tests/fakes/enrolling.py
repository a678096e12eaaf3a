"""Enrolments as a workstation drives them, with plastic that signs whatever a test wants."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Connection

from kiosk.model.binding import b64u, unb64u
from kiosk.service.admin import cards as card_acts
from kiosk.service.admin import metadata
from kiosk.service.admin.act import Admin
from kiosk.service.proofs.registration import Begun
from kiosk.service.store import sessions, start_codes
from tests.fakes import attested
from tests.fakes.attested import KeyMaker, NewKey
from tests.fakes.client import NOW, ORIGIN, Answer, Client
from tests.fakes.keys import SoftKey, SoftPiv, SoftPkoc, der, give_key
from tests.fakes.service import RP_ID, Hospital

Json = dict[str, Any]


def uid(number: str) -> Json:
    return {"uid": number, "kind": "uid"}


def login(text: str) -> Json:
    return {"login": text, "kind": "login"}


def start_code(code: str) -> Json:
    return {"code": code, "kind": "start_code"}


def in_session(session: str) -> Json:
    return {"session": session, "kind": "session"}


KEY_PRESENTED: Json = {"aaguid": "00" * 16, "has_pin": True, "built_in_uv": False, "uid": None, "kind": "fido2"}
"""A FIDO2 key, which says nothing of whose it is."""


@dataclass
class Plastic:
    """A key that is about to be enrolled. ``made``: the body of what it answered."""

    new: NewKey
    signer: SoftKey
    uid: str | None = None

    @classmethod
    def blank(cls, maker: KeyMaker | None = None, aaguid: bytes = bytes(16), uid: str | None = None) -> Plastic:
        new = NewKey(maker, maker.aaguid if maker else aaguid)
        return cls(new, SoftKey(new.key, b64u(new.credential_id)), uid)

    def made(self, options: Json, fmt: str = "none", **bent: Any) -> Json:
        """The answer to ``KeyOptions``. ``bent``: as for ``NewKey.answer``, and origin, rp_id, challenge."""
        asked = SimpleNamespace(
            options=SimpleNamespace(
                challenge=unb64u(bent.pop("challenge", options["challenge"])),
                rp=SimpleNamespace(id=bent.pop("rp_id", options["rp_id"])),
            ),
            origin=bent.pop("origin", options["origin"]),
        )
        self.signer.user_handle = unb64u(options["user_handle"])
        client, attestation = self.new.answer(cast(Begun, asked), fmt, **bent)
        return {
            "client_data": b64u(client),
            "attestation_object": b64u(attestation),
            "discoverable": True,
            "built_in_uv": False,
            "uid": self.uid,
            "kind": "key",
        }


@dataclass
class Wizard:
    """One enrolment at ``station``. ``view``: the last answer."""

    station: Client
    view: Json = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/enrolments/{self.view['id']}"

    @property
    def step(self) -> str:
        return str(self.view["step"])

    @property
    def refused(self) -> str | None:
        """The code of the last failed try, or of the refusal that ended it."""
        return (self.view.get("refusal") or {}).get("code")

    @property
    def offered(self) -> list[str]:
        return [offer["method"] for offer in self.view["ceremony"]["offers"]]

    async def begin(self, who: Json, kind: str | None = None, **more: Any) -> Json:
        body = {"who": who, "tap": 1, "kind": kind, "act": "add", "new": None, "factor": None, **more}
        return self.take(await self.station.post("/v1/enrolments", body))

    async def look(self) -> Json:
        return self.take(await self.station.get(self.path))

    async def send(self, what: str, body: Json) -> Json:
        return self.take(await self.station.post(f"{self.path}/{what}", body))

    async def kind(self, kind: str | None) -> Json:
        return await self.send("kind", {"kind": kind})

    async def second(self, presented: Json) -> Json:
        return await self.send("second", {"presented": presented, "tap": 2})

    async def made(self, made: Json) -> Json:
        return await self.send("made", {"made": made})

    async def tried(self, tried: Json) -> Json:
        return await self.send("try", {"tried": tried})

    async def cancel(self, reason: str = "refused_by_person") -> Answer:
        return await self.station.post(f"{self.path}/cancel", {"reason": reason})

    def take(self, answer: Answer) -> Json:
        assert answer.status == 200, answer.body
        self.view = answer.body
        return self.view

    # Proofs, their own or the second person's: whichever is under way.

    async def prove(self, proof: Json) -> Json:
        """One proof; the ceremony's view."""
        answer = await self.station.prove(self.view["ceremony"]["id"], proof)
        assert answer.status == 200, answer.body
        await self.look()
        return cast(Json, answer.body)

    async def pin(self, pin: str = "123456") -> Json:
        return await self.prove({"pin": pin, "method": "pin"})

    async def otp(self, code: str) -> Json:
        return await self.prove({"code": code, "method": "otp"})

    async def recovery(self, code: str) -> Json:
        [offer] = [offer for offer in self.view["ceremony"]["offers"] if offer["method"] == "recovery"]
        return await self.prove({"number": offer["number"], "code": code, "method": "recovery"})

    async def key(self, key: SoftKey, **bent: Any) -> Json:
        asked = await self.station.challenge(self.view["ceremony"]["id"], "fido2")
        assert asked.status == 200, asked.body
        return await self.prove(key.sign(asked.body, **bent))

    async def vouch(self, badge: str, key: SoftKey) -> Json:
        """A second person taps a badge and signs with their key."""
        await self.second(uid(badge))
        assert self.step == "vouch", self.view
        return await self.key(key)

    # The new factor.

    async def badge(self, number: str) -> Json:
        """A badge is made and tried."""
        await self.made({"presented": uid(number), "kind": "badge"})
        return await self.try_badge(number)

    async def try_badge(self, number: str) -> Json:
        return await self.tried({"presented": uid(number), "kind": "badge"})

    async def challenge(self) -> Json:
        answer = await self.station.post(f"{self.path}/challenge", {})
        assert answer.status == 200, answer.body
        return cast(Json, answer.body)

    async def new_key(self, plastic: Plastic, fmt: str = "none", **bent: Any) -> Json:
        """A key is made and tried."""
        await self.made(plastic.made(self.view["make"]["key"], fmt, **bent))
        return await self.try_key(plastic) if self.step == "try" else self.view

    async def try_key(self, plastic: Plastic, **bent: Any) -> Json:
        signed = plastic.signer.sign(await self.challenge(), **bent)
        return await self.tried({"proof": signed, "kind": "key"})

    async def new_card(self, card: SoftPiv, number: str | None = None) -> Json:
        """A PIV card is made and tried by 9A."""
        await self.made(card_made(card, number))
        if self.step != "try":
            return self.view
        return await self.tried({"proof": card.sign(await self.challenge(), "9A"), "kind": "piv"})

    async def new_pkoc(self, badge: SoftPkoc, size: int = 32, **bent: Any) -> Json:
        """A PKOC badge is made and tried."""
        await self.made(badge.made)
        if self.step != "try":
            return self.view
        return await self.try_pkoc(badge, size, **bent)

    async def try_pkoc(self, badge: SoftPkoc, size: int = 32, **bent: Any) -> Json:
        signed = badge.sign(await self.challenge(), size, **bent)
        return await self.tried({"proof": signed, "kind": "pkoc"})

    async def pkoc(self, badge: SoftPkoc, **bent: Any) -> Json:
        """A PKOC badge says who it is."""
        asked = await self.station.challenge(self.view["ceremony"]["id"], "pkoc_tap")
        assert asked.status == 200, asked.body
        return await self.prove(badge.sign(asked.body, **bent))

    async def type(self, text: str) -> Json:
        return await self.tried({"text": text, "kind": "typed"})

    async def new_pin(self, pin: str) -> Json:
        """A PIN is made and typed again."""
        await self.made({"pin": pin, "kind": "pin"})
        return await self.type(pin) if self.step == "try" else self.view


def card_made(card: SoftPiv, number: str | None = None) -> Json:
    return {
        "presented": {**card.presented, "uid": number},
        "certificate_9a": b64u(der(card.cert_9a)),
        "kind": "piv",
    }


async def supervisor(hospital: Hospital, badge: str = "04DDDDDDDDDDDD", *roles: str) -> SoftKey:
    """Somebody who may vouch, with a badge and a key."""
    boss = await hospital.person(f"boss-{uuid.uuid4().hex[:6]}", "Dora Boss", *(roles or ("supervisor",)))
    await hospital.badge(boss, badge)
    return await give_key(hospital, boss)


async def give_start_code(hospital: Hospital, person: str) -> str:
    keys = hospital.folder.keys.badge
    return await hospital.db.write(start_codes.issue, keys, person, "the help desk", "first day", int(hospital.clock()))


async def take_metadata_in(hospital: Hospital, *entries: Any) -> None:
    """FIDO metadata that lists these models."""
    mds, now = attested.MetadataService.new(NOW), int(hospital.clock())
    blob = metadata.verified(mds.blob(*entries), now, mds.root_pem, None)
    await hospital.db.write(metadata.take_in, Admin("root", 0, now), hospital.service.rules.keys, blob)


async def admin_key(hospital: Hospital, login: str) -> SoftKey:
    """A key that an administrator enrolled, with its row in the trail."""
    rules, now = hospital.service.rules.keys, int(hospital.clock())
    begun = await hospital.db.read(card_acts.begin_key, login, ORIGIN, RP_ID, now, rules)
    new = NewKey(None, bytes(16))
    made = card_acts.verify_key(begun, *new.answer(begun, "none"), now)
    more: dict[str, Any] = {"discoverable": True, "built_in": False, "uid": None, "rules": rules}
    admin, keys = Admin("root", 0, now), hospital.folder.keys.badge
    await hospital.db.write(card_acts.add_key, admin, keys, login, "Key", made, **more)
    return SoftKey(new.key, made.credential_id, begun.options.user.id)


def end_session(conn: Connection, session_id: str, now: int) -> None:
    """A session that is there is over for good."""
    found = sessions.find(conn, session_id)
    assert found is not None
    sessions.end(conn, found, now)
