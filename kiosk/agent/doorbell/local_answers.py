"""What the local socket answers: by whom a request is, and which operation it wants."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import msgspec

from kiosk.agent.doorbell import peers, same_asker
from kiosk.agent.doorbell.one_line import receive
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs
from kiosk.agent.doorbell.request import DoorbellRequestError, Request, answer_json, error_json, read
from kiosk.model.kerberos import KerberosView
from kiosk.model.stepup import Asker, StepUpAnswer, StepUpAsk

Token = Callable[[Request, Asker, Callable[[StepUpAsk], StepUpAnswer | None]], object]
"""Gives a person's own program a token, or the ``StepUpAnswer`` that is a no; None where the program went away."""
Kerberos = Callable[[Request, Asker], KerberosView]
"""Asks the service for a certificate for the asker's workspace, on the thread of whoever asked."""
log = logging.getLogger("kiosk.agent.doorbell")


class LocalAnswers:
    """``status``, ``help_desk``, ``programs``, ``token``, ``kerberos``: as in ``LocalDoor``."""

    def __init__(
        self,
        rings: PendingStepUps,
        owner: peers.Owner,
        programs: Programs,
        status: Callable[[], object],
        help_desk: Callable[[Request], object] | None,
        token: Token | None,
        kerberos: Kerberos | None,
    ) -> None:
        self._rings, self._owner, self._programs, self._status = rings, owner, programs, status
        self._help_desk = help_desk or _no_help_desk
        self._token = token or _no_tokens
        self._kerberos = kerberos or _no_kerberos

    def reply(self, connection: socket.socket, login: str | None, places: Places) -> bytes | None:
        """The line to answer with; None where the program went away. ``login``: whose workspace's door it is."""
        try:
            asker = peers.of_socket(connection, self._owner, login, self._programs)
            request = read(receive(connection, asker.pid))
            if not places.asked(connection):
                raise DoorbellRequestError("busy", "Too many requests of this program wait already.")
            self._still(connection, asker)
            return self._answer(connection, request, asker)
        except DoorbellRequestError as error:
            log.info("doorbell: refused %s", error.code)
            return error_json(error)

    def _still(self, connection: socket.socket, asker: Asker) -> None:
        """It is the program that asked, as before. Raises ``DoorbellRequestError``."""
        same_asker.same_program(connection, asker, self._owner, self._programs)

    def _answer(self, connection: socket.socket, request: Request, asker: Asker) -> bytes | None:
        match request.op:
            case "status":
                return msgspec.json.encode(self._status_for(asker.login))
            case "help_desk":
                return msgspec.json.encode(self._help_desk(request))
            case "kerberos":
                view = self._kerberos(request, asker)
                self._still(connection, asker)
                return msgspec.json.encode(view)
            case "token":
                given = self._token(request, asker, lambda ask: self._rings.ask(ask, asker, connection.fileno()))
                self._still(connection, asker)
                return None if given is None else _said(given)
        answer = self._rings.ask(request.ask(), asker, connection.fileno())
        if answer is None:
            return None
        self._still(connection, asker)
        return answer_json(answer, with_token=True)

    def _status_for(self, login: str | None) -> object:
        """A workspace's programs are not told of anybody else's session: to them the station is locked meanwhile."""
        said = self._status()
        if login is None or not isinstance(said, dict) or said.get("person") in (None, login):
            return said
        return {**said, "state": "locked", "step": None, "person": None, "name": None, "assurance": None}


def _said(given: object) -> bytes:
    """A token; or a no, without the step-up's own."""
    if isinstance(given, StepUpAnswer):
        return answer_json(given, with_token=False)
    return msgspec.json.encode(given)


def _no_tokens(_request: Request, _asker: Asker, _prove: object) -> object:
    raise DoorbellRequestError("bad_request", "No tokens are given at this doorbell.")


def _no_kerberos(_request: Request, _asker: Asker) -> KerberosView:
    raise DoorbellRequestError("bad_request", "There is no Kerberos at this doorbell.")


def _no_help_desk(_request: Request) -> object:
    raise DoorbellRequestError("bad_request", "There is no help desk at this doorbell.")
