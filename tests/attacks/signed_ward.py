"""A workstation whose requests are signed, and the trail of what it asked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from kiosk.service.audit import reading
from kiosk.service.audit.event import Event
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.verify import verify
from tests.fakes.archive import cut, forge
from tests.fakes.asking import ADA
from tests.fakes.asking import Ward as Asking
from tests.fakes.client import Answer, Client
from tests.fakes.enrolling import admin_key
from tests.fakes.service import Hospital


@dataclass
class Ward:
    """A workstation at which Ada signed in and approved an export, and the last row that it knows of."""

    hospital: Hospital
    station: Client
    session: str
    ceremony: str

    @property
    def chain(self) -> str:
        return self.station.client_id

    async def report(self) -> VerificationReport:
        return await self.hospital.db.read(verify, self.hospital.folder.keys.checkpoint.public)

    async def why(self) -> str:
        """Why the trail does not hold."""
        finding = (await self.report()).finding
        assert finding is not None, "the forgery was not seen"
        return str(finding)

    async def rows(self) -> list[dict[str, Any]]:
        return [row for row in await self.hospital.trail() if row["chain"] == self.chain]

    async def forge(self, *events: Event, request: str | None = None) -> int:
        return await self.hospital.db.write(forge, self.chain, events, request)

    def granted(self) -> Event:
        detail: dict[str, Any] = {"action": "record.export", "records": 50_000, "purpose": None, "jti": "x"}
        now = self.hospital.clock.now
        return Event("stepup", "success", int(now), ceremony=self.ceremony, acr="urn:kiosk:mfa", detail=detail)

    async def rewrite(self, after: int, *events: Event, request: str | None = None) -> None:
        """Replace every row above ``after``."""
        row = await self.hospital.db.read(reading.row, self.chain, after)
        assert row is not None
        await self.hospital.db.write(cut, self.chain, after, row.hash)
        await self.forge(*events, request=request)

    async def lock(self, reason: str = "button") -> Answer:
        report = {"id": str(uuid.uuid4()), "action": "lock", "at": int(self.hospital.clock.now), "reason": reason}
        whole = {**report, "session": self.session, "detail": {}}
        return await self.station.post("/v1/reports", {"reports": [whole]})


@pytest.fixture
async def ward(either: Hospital) -> Ward:
    person = await either.person("ada")
    await either.badge(person, ADA)
    key = await admin_key(either, "ada")
    station = await either.station()
    begun = Asking(either, person, key, station, await station.open(ADA))
    asked = await begun.station.step_up(begun.session, records=51, patients=["Patient/123"])
    done = await begun.by_key(asked)
    assert done.body["state"] == "done", done.body
    return Ward(either, begun.station, begun.session, asked.body["id"])
