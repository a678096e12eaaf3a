"""A help desk in this process: colleagues with keys at one workstation, who approve by step-ups as programs ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest_asyncio

from kiosk.service.store import messages
from tests.fakes.client import Answer, Client
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

SEEN = "passport, face"


@dataclass
class Colleague:
    """Somebody with a badge and a key. ``id``: of the person."""

    login: str
    id: str
    uid: str
    key: SoftKey


class Counter:
    """``dora`` and ``dirk`` of the help desk, ``eve`` a supervisor, ``ben`` and ``ada`` nurses; everybody has a key."""

    def __init__(self, hospital: Hospital, station: Client, people: dict[str, Colleague]) -> None:
        self.hospital = hospital
        self.station = station
        self.people = people

    def __getitem__(self, login: str) -> Colleague:
        return self.people[login]

    async def sign_in(self, login: str, station: Client | None = None) -> str:
        """The session of whoever works at the station now."""
        return await (station or self.station).open(self[login].uid)

    async def token(
        self,
        login: str,
        action: str,
        resource: str,
        purpose: str | None = SEEN,
        station: Client | None = None,
        lost: tuple[str, ...] = (),
    ) -> str:
        """The token of a step-up that ``login`` approves with their key."""
        at = station or self.station
        session = await self.sign_in(login, at)
        view = await at.step_up(session, action=action, resource=resource, records=0, purpose=purpose, lost=[*lost])
        assert view.body["state"] == "prove", view.body
        challenge = await at.challenge(view.body["id"], "fido2", purpose)
        done = await at.prove(view.body["id"], self[login].key.sign(challenge.body), purpose)
        assert done.body["state"] == "done", done.body
        return str(done.body["grant"]["token"])

    async def reset(self, login: str, whose: str, purpose: str = SEEN, lost: tuple[str, ...] = ()) -> Answer:
        """``login`` begins a reset of ``whose``."""
        token = await self.token(login, "factor.reset", f"Person/{whose}", purpose, lost=lost)
        return await self.station.post("/v1/resets", {"token": token, "lost": list(lost)})

    async def approve(self, login: str, reset: str) -> Answer:
        token = await self.token(login, "reset.approve", f"Reset/{reset}", None)
        return await self.station.post(f"/v1/resets/{reset}/approve", {"token": token})

    async def code(self, login: str, reset: str) -> Answer:
        token = await self.token(login, "reset.code", f"Reset/{reset}", None)
        return await self.station.post(f"/v1/resets/{reset}/code", {"token": token})

    async def told(self) -> list[tuple[str, str]]:
        """(login, kind) of every message that waits."""
        return [(login, message.kind) for message, login in await self.hospital.db.read(messages.unsent)]

    async def refusals(self) -> list[str]:
        """Why the help desk was told no, as the trail has it."""
        return [row["reason"] for row in await self.hospital.trail("reset") if row["result"] == "refused"]


async def open_counter(hospital: Hospital) -> Counter:
    people: dict[str, Colleague] = {}
    roles: dict[str, str] = {
        "dora": "help_desk",
        "dirk": "help_desk",
        "eve": "supervisor",
        "ben": "nurse",
        "ada": "nurse",
    }
    for number, (login, role) in enumerate(roles.items()):
        person = await hospital.person(login, login.title(), role)
        uid = f"04A1B2{number:02X}"
        await hospital.badge(person, uid)
        people[login] = Colleague(login, person, uid, await give_key(hospital, person))
        await hospital.db.write(messages.set_contact, person, f"mailto:{login}@home.example")
    return Counter(hospital, await hospital.station("desk", "Help desk"), people)


@pytest_asyncio.fixture
async def counter(service: Hospital) -> Any:
    """On SQLite."""
    return await open_counter(service)


@pytest_asyncio.fixture
async def on_either(either: Hospital) -> Any:
    """On SQLite, then on PostgreSQL."""
    return await open_counter(either)


__all__ = ["SEEN", "Colleague", "Counter", "counter", "on_either"]
