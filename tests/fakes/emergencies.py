"""An emergency access at a workstation whose programs ask for step-ups."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store import emergencies
from kiosk.service.store.emergencies import EmergencyUse
from tests.fakes.asking import ADA, Ward
from tests.fakes.client import Answer
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital, with_rules

REASON = "patient in danger"
EXPORT = "record.export"
BY_BADGE = {"kind": "uid", "uid": ADA}
RULES = EmergencyRules(stations=("ward-3-a",), unknown=True, step_up=(EXPORT,), step_up_records=20)


class InEmergency(Ward):
    """Ada is said to have an emergency access at a workstation where nobody is signed in; ``session`` is its id."""

    async def asks(self, **more: Any) -> Answer:
        """One of its programs asks."""
        ask = {"action": EXPORT, "resource": "Patient/123", "records": 12, "purpose": "resuscitation"}
        ask |= {"audience": None, "patients": [], **more.pop("ask", {})}
        body = {"ask": ask, "session": self.session, "program": "exporter", "origin": None, "name": ""}
        return await self.station.post("/v1/stepups", {**body, "emergency": True, **more})

    async def approves(self, **ask: Any) -> dict[str, Any]:
        """It asks, Ada proves it with their key; the claims of the token."""
        view = await self.asks(ask=ask)
        assert view.body["state"] == "prove", view.body
        done = await self.by_key(view, "resuscitation")
        assert done.body["state"] == "done", done.body
        return await self.claims(done.body["grant"]["token"])

    async def says(self, action: str, reason: str | None = None) -> None:
        """The workstation reports of it."""
        report = {"id": str(uuid.uuid4()), "action": action, "at": int(self.hospital.clock()), "session": self.session}
        body = {"reports": [{**report, "reason": reason, "detail": {}}]}
        assert (await self.station.post("/v1/reports", body)).status == 204

    async def use(self) -> EmergencyUse:
        """As the service keeps it."""
        found = await self.hospital.db.read(emergencies.find, self.session)
        assert found is not None
        return found


@contextmanager
def allowing(hospital: Hospital, rules: EmergencyRules = RULES) -> Iterator[None]:
    """The hospital has these rules of emergency access for a while."""
    with with_rules(hospital, replace(hospital.service.rules, emergency=rules)):
        yield


async def in_emergency(hospital: Hospital, presented: dict[str, Any] | None = BY_BADGE) -> InEmergency:
    """Emergency access began, by Ada's badge unless another thing is ``presented``."""
    person = await hospital.person("ada")
    await hospital.badge(person, ADA)
    key = await give_key(hospital, person)
    return await begun(Ward(hospital, person, key, await hospital.station(), ""), presented)


async def begun(ward: Ward, presented: dict[str, Any] | None = BY_BADGE) -> InEmergency:
    """The same at the workstation of ``ward``."""
    use = str(uuid.uuid4())
    opened = await ward.station.post("/v1/emergencies", {"id": use, "presented": presented, "reason": REASON})
    assert opened.status == 200, opened.body
    return InEmergency(ward.hospital, ward.person, ward.key, ward.station, use)
