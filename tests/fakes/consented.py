"""A wish on its whole way: what the service says of it, the session shows, the agent checks, and what is granted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec

from kiosk.agent.binding_check import check
from kiosk.client.answers import decode
from kiosk.model.ceremony import CeremonyView
from kiosk.model.challenge import Challenge
from kiosk.model.consent import Consent, ConsentLine, lines
from kiosk.model.people import StationView
from kiosk.model.proof import Method
from kiosk.model.stepup import Asker, StepUpAsk, StepUpIn
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.ceremony_orders import AskChallenge
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.session.facts.screens import StepUp
from kiosk.session.facts.state import State
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from kiosk.session.step_up.consent import consent_of, pages_of
from tests.fakes.asking import Ward
from tests.fakes.client import Answer


class Consented:
    """``view``: the service's answer to ``ask``. ``shown``: key and value of every line that the person has before them
    before a method is offered, beside the proof or page by page."""

    def __init__(self, ward: Ward, ask: dict[str, Any], view: Answer, station: StationView) -> None:
        self.ward = ward
        self.station = station
        self.view = decode(msgspec.json.encode(view.body), CeremonyView)
        whole = {"records": 12, "resource": "Patient/123", "purpose": "transfer of care", "action": "record.export"}
        known = {**whole, **{name: value for name, value in ask.items() if name in StepUpAsk.__dataclass_fields__}}
        known |= {name: tuple(known[name]) for name in ("patients", "lost") if name in known}
        request = StepUpIn(StepUpAsk(**known), ward.session, ask.get("program", "exporter"), ask.get("origin"))
        assert self.view.person is not None
        session = OpenSession(ward.session, self.view.person, _none(), 0, _none(), 0, None)
        mode = StepUpMode(
            session, 1, request, Asker(request.program, 1, 0), 60, view=self.view, purpose=known["purpose"]
        )
        self.state = State(status=StationStatus(station=station.name), mode=mode)
        self.consent: Consent = consent_of(self.state, mode)

    @property
    def shown(self) -> list[tuple[str, str]]:
        mode = self.state.mode
        assert isinstance(mode, StepUpMode)
        paged = pages_of(self.state, mode)
        if not paged:
            screen = screen_for(self.state)
            assert isinstance(screen, StepUp)
            return [(line.key, line.value) for line in screen.lines]
        whole: list[ConsentLine] = []
        for page in paged:
            for piece in page:
                if piece.goes_on:
                    whole[-1] = replace(whole[-1], value=whole[-1].value + "".join(piece.values))
                else:
                    whole += [ConsentLine(piece.key, value) for value in piece.values]
        return [(line.key, line.value) for line in whole]

    async def challenge(self, language: str = "en") -> dict[str, Any]:
        """The statement that the key is to sign, once the agent has held it against the screen."""
        sent = {"method": "fido2", "purpose": self.consent.purpose, "language": language}
        answer = await self.ward.station.post(f"/v1/ceremonies/{self.view.id}/challenge", sent)
        assert answer.status == 200, answer.body
        self.made = answer.body
        order = AskChallenge(1, self.view.id, Method.FIDO2, None, self.consent, self.consent.login, language)
        check(decode(msgspec.json.encode(answer.body), Challenge), order, self.station)
        return dict(json.loads(answer.body["statement"]))

    async def token(self) -> dict[str, Any]:
        """The claims of the token, once the key has signed what ``challenge`` gave."""
        done = await self.ward.station.prove(self.view.id, self.ward.key.sign(self.made), self.consent.purpose)
        assert done.body["state"] == "done", done.body
        return await self.ward.claims(done.body["grant"]["token"])


async def consented(ward: Ward, **ask: Any) -> Consented:
    """A program asks; the service takes it."""
    view = await ward.station.step_up(ward.session, **ask)
    assert view.body.get("state") == "prove", view.body
    station = decode(msgspec.json.encode((await ward.station.get("/v1/workstation")).body), StationView)
    return Consented(ward, ask, view, station)


def all_lines(consent: Consent) -> list[tuple[str, str]]:
    """Key and value of every line of ``consent``."""
    return [(line.key, line.value) for line in lines(consent)]


def _none() -> Any:
    """Of a session, what no step-up looks at."""
    return None
