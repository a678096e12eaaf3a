"""Somebody who has gone from their workstation, with their phone; and a server that asks them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from sqlalchemy import Connection

from kiosk.service.away import delivering, waking
from kiosk.service.platform.phone_settings import PhoneSettings
from kiosk.service.shared.risk_rules import risk_rules_from
from kiosk.service.store import manifests, phone_questions, sessions
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.phone_questions import WaitingQuestion
from tests.fakes.asking import ADA
from tests.fakes.backchannel import Asking, asking
from tests.fakes.keys import give_key
from tests.fakes.phones import OnPhone, SoftPhone, on_phone
from tests.fakes.service import Hospital

Json = dict[str, Any]
SHOWS = "Pharmacy, window 2"
RULES = BackchannelRules(actions=("record.export",), phones=True)


@contextmanager
def allowed(hospital: Hospital, *, risk: bool = False, **settings: Any) -> Iterator[None]:
    """Phones answer servers here. ``risk``: it is weighed; ``settings``: more of ``[phone]``."""
    app, before = hospital.app, hospital.service
    rules = replace(before.rules, enrol=replace(before.rules.enrol, phone_approval=True))
    weighed = risk_rules_from({"enabled": risk})
    made = replace(before, rules=rules, risk=weighed, phone=PhoneSettings(servers=True, **settings))
    app.state.service = hospital.service = made
    try:
        yield
    finally:
        app.state.service = hospital.service = before


@dataclass
class Away:
    """Ada, active nowhere, with a paired phone; and the server of the application "chart". ``number``: that it was
    given last."""

    asking: Asking
    paired: OnPhone
    number: str = ""

    @property
    def hospital(self) -> Hospital:
        return self.asking.hospital

    @property
    def phone(self) -> SoftPhone:
        return self.paired.phone

    @property
    def person(self) -> str:
        return self.asking.ward.person

    async def ask(self, **bent: str | None) -> httpx.Response:
        """The server asks; what it is given to show is kept."""
        answer = await self.asking.ask(**{"binding_message": SHOWS, **bent})
        self.number = str(answer.json().get("kiosk_number", ""))
        return answer

    async def asked(self, **bent: str | None) -> str:
        """It asks, and the service looks whose phone is to be asked; its ``auth_req_id``."""
        answer = await self.ask(**bent)
        assert answer.status_code == 200, answer.text
        await self.look()
        return str(answer.json()["auth_req_id"])

    async def look(self) -> None:
        """What the service does twice a second."""
        await delivering.offer(self.hospital.service)

    async def opened(self, phone: SoftPhone | None = None, **bent: Any) -> httpx.Response:
        """The page “Waiting requests”, opened by a passkey. ``bent``: how it signs."""
        by = phone or self.phone
        begun = await by.post("waiting/begin", {})
        assert begun.status_code == 200, begun.text
        proof = by.sign(begun.json()["sign"], **bent)
        return await by.post("waiting/open", {"nonce": begun.json()["nonce"], "proof": proof})

    async def waits(self, phone: SoftPhone | None = None) -> Json:
        """What the page shows then."""
        answer = await self.opened(phone)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def type(self, page: Json, number: str | None = None) -> Json:
        """The number is typed."""
        body = {"code": page["code"], "number": self.number if number is None else number}
        answer = await self.phone.post("waiting/number", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def approve(self, page: Json, **bent: Any) -> str:
        """Number, lines, passkey; the outcome."""
        shown = await self.type(page)
        proof = self.phone.sign(shown["asked"]["approve"], **bent)
        body = {"code": page["code"], "number": self.number, "proof": proof}
        return await self.phone.outcome("waiting/approve", body)

    async def report(self, page: Json) -> str:
        """“Not me”."""
        proof = self.phone.sign(page["report"])
        return await self.phone.outcome("waiting/report", {"code": page["code"], "proof": proof})

    async def refuse(self, page: Json) -> str:
        """No."""
        return await self.phone.outcome("waiting/refuse", {"code": page["code"]})

    async def subscribe(self, asked: Json, phone: SoftPhone | None = None, **bent: Any) -> httpx.Response:
        """The page has subscribed, and the passkey signs it. ``bent``: replaces parts of what is sent then."""
        by = phone or self.phone
        begun = await by.post("push/begin", asked)
        if begun.status_code != 200:
            return begun
        proof = by.sign(begun.json()["sign"])
        return await by.post("push/keep", {**asked, "nonce": begun.json()["nonce"], "proof": proof, **bent})

    async def wake(self) -> None:
        """What the service does twice a second."""
        await waking.wake(self.hospital.service)

    async def stored(self) -> list[WaitingQuestion]:
        """Every question that went to a phone or was looked at, oldest first."""

        def read(conn: Connection) -> list[WaitingQuestion]:
            from sqlalchemy import select

            from kiosk.service.store.schema import phone_question

            ids = conn.execute(select(phone_question.c.id).order_by(phone_question.c.created)).scalars()
            found = [phone_questions.by_id(conn, each) for each in ids]
            return [each for each in found if each is not None]

        return await self.hospital.db.read(read)

    async def leave(self) -> None:
        """They are active nowhere any more."""
        await self.hospital.db.write(end_sessions, self.person, int(self.hospital.clock()))

    async def come_back(self) -> str:
        """They tap in at their workstation; the session."""
        self.asking.ward.session = await self.asking.ward.station.open(ADA)
        return self.asking.ward.session


def end_sessions(conn: Connection, person: str, now: int) -> None:
    """Whatever they have open ends."""
    manifests.lock(conn, person)
    for found in sessions.in_the_way(conn, person, ""):
        sessions.end(conn, found, now)


async def away(hospital: Hospital, rules: BackchannelRules = RULES, **more: Any) -> Away:
    """All of it; Ada has paired their phone and gone."""
    made = await asking(hospital, rules, **more)
    made.ward.key = await give_key(hospital, made.ward.person, told=True)
    here = Away(made, await on_phone(made.ward))
    await here.leave()
    return here
