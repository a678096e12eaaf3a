"""A workstation that decides by itself: a real ticket of a real service, its own folder, clocks to set, a soft key."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kiosk.agent.own_decisions import OwnDecisions
from kiosk.model.ceremony import CeremonyView
from kiosk.model.people import StationView
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method
from tests.fakes.client import Answer, Client, Clock
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

KEY = Fido2Presented("00" * 16, has_pin=True, built_in_uv=False)
PRESENTED = {"kind": "fido2", "aaguid": "00" * 16, "has_pin": True, "built_in_uv": False, "uid": None}


def private(client: Client) -> ec.EllipticCurvePrivateKey:
    """The workstation's key."""
    key = load_pem_private_key(client.key.as_pem(private=True), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class Apart:
    """``person`` has ``key``, and signed in at ``station``. ``wall``, ``steady``: its clocks."""

    def __init__(self, hospital: Hospital, station: Client, person: str, key: SoftKey, home: Path) -> None:
        self.hospital, self.station, self.person, self.key, self.home = hospital, station, person, key, home
        self.wall, self.steady = Clock(hospital.clock.now), Clock(1000.0)
        self.known: StationView | None = None
        self.ticket = ""
        self.own = self.started()

    def started(self) -> OwnDecisions:
        """The station's program, started anew."""
        self.own = OwnDecisions(
            self.home, private(self.station), self.station.client_id, lambda: self.known, self.wall, self.steady
        )
        return self.own

    def pass_by(self, seconds: float) -> None:
        """Time goes on, for everybody."""
        for clock in (self.wall, self.steady, self.hospital.clock):
            clock.pass_by(seconds)

    async def sign_in(self) -> str:
        """With the key, the service being there; the session."""
        begun = await self.station.post("/v1/ceremonies", {"presented": PRESENTED, "tap": 1})
        ceremony = begun.body["id"]
        asked = (await self.station.challenge(ceremony, "fido2_tap")).body
        done = await self.station.prove(ceremony, self.key.sign(asked))
        if done.body["state"] == "prove":
            asked = (await self.station.challenge(ceremony, "fido2")).body
            done = await self.station.prove(ceremony, self.key.sign(asked))
        assert done.body["state"] == "done", done.body
        self.known = msgspec.convert((await self.station.get("/v1/workstation")).body, StationView)
        self.own.heard(self.known)
        self.ticket = done.body["session"]["ticket"]
        self.own.keep(self.ticket)
        return str(done.body["session"]["id"])

    def sign(self, view: CeremonyView, method: Method, **bent: Any) -> CeremonyView:
        """One proof by the key, checked by the station itself."""
        asked = self.own.desk.challenge(view.id, method)
        return self.own.desk.prove(view.id, Fido2Proof(**self.key.sign(asdict(asked), **bent)))

    def reopen(self, *, waits: bool = True, **bent: Any) -> CeremonyView:
        """The key is tapped, its PIN typed, and it is held again. ``waits``: their work waits here."""
        view = self.own.desk.begin(KEY, [self.person] if waits else [])
        view = self.sign(view, Method.FIDO2_TAP)
        return self.sign(view, Method.FIDO2, **bent) if view.state == "prove" else view

    async def replay(self) -> list[Answer]:
        """Everything is told, as the station's program does it; the answers."""
        answers: list[Answer] = []
        while (batch := self.own.journal.batch()) is not None and len(answers) < 50:
            answer = await self.station.post("/v1/offline", msgspec.to_builtins(batch))
            answers.append(answer)
            assert answer.status == 200, answer.body
            if answer.body["state"] == "ok":
                self.own.journal.taken(answer.body["taken"])
            else:
                self.own.journal.renew(answer.body["taken"])
        self.own.save()
        return answers


async def apart(hospital: Hospital, home: Path, name: str = "ward-3-a") -> Apart:
    """Ada with a key, at a new workstation, signed in."""
    person = await hospital.person("ada")
    key = await give_key(hospital, person, told=True)
    made = Apart(hospital, await hospital.station(name), person, key, home)
    await made.sign_in()
    return made
