"""Ada, whose export of 600 records wants a second person, and Ben, who may be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes.asking import Ward, make
from tests.fakes.client import Answer, Client
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

BEN, CHLOE = "04B1B2B3", "04C1C2C3"
KEY_HELD = {"kind": "fido2", "aaguid": "0" * 32, "has_pin": True, "built_in_uv": False}
"""A key that was held to a reader, and has not said whose it is."""
MANY: dict[str, Any] = {"records": 600, "resource": "Ward/3", "purpose": "transfer of care"}


@dataclass
class Colleague:
    """Somebody with a badge and a key, signed in at ``station`` where they have a session."""

    person: str
    login: str
    badge: str
    key: SoftKey
    station: Client
    session: str


@dataclass
class Pair:
    """Ada at one workstation, and Ben at another."""

    ward: Ward
    ben: Colleague

    @property
    def hospital(self) -> Hospital:
        return self.ward.hospital

    async def waits(self, **ask: Any) -> Answer:
        """Ada asks and proves the first part; the view of a step-up that wants somebody else now."""
        view = await self.ward.station.step_up(self.ward.session, **{**MANY, **ask})
        assert view.body["state"] == "prove", view.body
        first = await self.ward.by_key(view)
        assert (first.body["state"], first.body["why"], first.body["offers"]) == ("prove", "second", []), first.body
        assert first.body["second"] is not None and first.body["grant"] is None
        return first

    async def tapped(self, first: Answer, badge: str = BEN) -> Answer:
        """Somebody holds a badge to Ada's reader."""
        body = {"presented": {"uid": badge, "kind": "uid"}, "login": "", "tap": 7}
        return await self.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)

    async def typed(self, first: Answer, login: str = "ben") -> Answer:
        """Ada types a colleague's login."""
        body = {"presented": None, "login": login, "tap": 0}
        return await self.ward.station.post(f"/v1/ceremonies/{first.body['id']}/second", body)

    async def finish(self, first: Answer) -> Answer:
        """Ada's workstation asks what came of it."""
        return await self.ward.station.post(f"/v1/ceremonies/{first.body['id']}/finish", None)

    async def shown(self, who: Colleague | None = None, **bent: Any) -> Answer:
        """What waits for Ben is shown where Ben works."""
        ben = who or self.ben
        questions = (await ben.station.get(f"/v1/sessions/{ben.session}/asked")).body["questions"]
        found = next(question for question in questions if question["of"] is not None)
        body = {
            "ask": found["ask"],
            "session": ben.session,
            "program": found["program"],
            "name": found["name"],
            "sha256": found["sha256"],
            "origin": found["origin"],
            "asked": found["id"],
        }
        return await ben.station.post("/v1/stepups", {**body, **bent})

    async def here(self, first: Answer, who: Colleague | None = None) -> Answer:
        """Ben taps at Ada's workstation and proves who taps, by a key."""
        ben = who or self.ben
        view = await self.tapped(first, ben.badge)
        assert view.body["purpose"] == "second", view.body
        return await by_key(self.ward.station, ben.key, view)


async def by_key(station: Client, key: SoftKey, view: Answer) -> Answer:
    """A proof by ``key`` at ``station``."""
    challenge = await station.challenge(view.body["id"], "fido2")
    assert challenge.status == 200, challenge.body
    return await station.prove(view.body["id"], key.sign(challenge.body))


async def colleague(hospital: Hospital, login: str, name: str, badge: str, station: str, *roles: str) -> Colleague:
    """Somebody else, at work at a workstation of their own."""
    person = await hospital.person(login, name, *roles)
    await hospital.badge(person, badge)
    client = await hospital.station(station, "Ward 4")
    session = await client.open(badge)
    key = await give_key(hospital, person, name=f"{login}'s key", told=True)
    return Colleague(person, login, badge, key, client, session)


async def pair(hospital: Hospital, *roles: str) -> Pair:
    """Both of them."""
    ward = await make(hospital)
    ward.key = await give_key(hospital, ward.person, name="ada's key", told=True)
    return Pair(ward, await colleague(hospital, "ben", "Ben Okafor", BEN, "ward-4-a", *roles))
