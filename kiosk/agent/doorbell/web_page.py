"""What a web page may ask at the doorbell: ``POST /step-up``, ``POST /attest`` (``sign_in_page``), and the browser's
question before it whether it may.

Any page in any browser can send requests here, so each is held against: the exact Host (DNS rebinding), an Origin that
this station allows, JSON's own content type (no "simple" request slips past the preflight), a size and a time. The
answer never holds a token: the page's backend collects it from the service by ``request_id``, under its own key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from http import HTTPStatus
from socket import socket

import h11
import msgspec

from kiosk.agent.doorbell import peers, same_asker
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs
from kiosk.agent.doorbell.request import DoorbellRequestError, answer_json, error_json, read
from kiosk.agent.doorbell.sign_in_page import PATH as ATTEST
from kiosk.agent.doorbell.sign_in_page import SignInPage, read_page
from kiosk.agent.doorbell.web_exchange import HttpExchange
from kiosk.model.stepup import Asker

PATH = "/step-up"
PREFLIGHT_SECONDS = "60"
log = logging.getLogger("kiosk.agent.doorbell")
STATUS = {
    "bad_json": HTTPStatus.BAD_REQUEST,
    "bad_request": HTTPStatus.BAD_REQUEST,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "not_yours": HTTPStatus.FORBIDDEN,
    "not_a_browser": HTTPStatus.FORBIDDEN,
    "not_itself": HTTPStatus.FORBIDDEN,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class PageRules:
    """What pages are held against. ``origins``: those allowed now, from any thread; ``programs``: which are browsers;
    ``page``: what the service's own page may do; ``hosts``: the names by which the door is called;
    ``inside``: whose workspace it is in, where it is in one."""

    rings: PendingStepUps
    owner: peers.Owner
    origins: Callable[[], Collection[str]]
    programs: Programs
    page: SignInPage
    places: Places
    hosts: frozenset[str]
    inside: peers.InsideNetwork | None = None

    def hears(self, target: bytes, origin: str) -> bool:
        """Whether a page of ``origin`` may ask at this address now."""
        ours = origin == self.page.origin()
        return ours if target == ATTEST.encode() else ours or origin in self.origins()


class AskingPage:
    """One page on one connection; ``peer``: its address and port."""

    _head: h11.Request

    def __init__(self, rules: PageRules, connection: socket, peer: tuple[str, int]) -> None:
        self._arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._rules = rules
        self._connection = connection
        self._peer = peer
        self._exchange = HttpExchange(connection)

    def serve(self) -> None:
        """Read what it asks, and answer it. Raises nothing for anything that a page does."""
        try:
            head = self._exchange.head()
            if head is not None:
                self._head = head
                self._hear()
        finally:
            self._exchange.finish()

    def _hear(self) -> None:
        match self._head.method:
            case b"POST":
                self._post()
            case b"OPTIONS":
                self._preflight()
            case _:
                self._exchange.refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not_allowed")

    def _values(self, name: str) -> list[str]:
        """Of every header of that name."""
        return [value.decode("latin-1") for key, value in self._head.headers if key == name.encode()]

    def _value(self, name: str) -> str:
        """Of the one header of that name; empty where there is none, or several."""
        values = self._values(name)
        return values[0] if len(values) == 1 else ""

    def _preflight(self) -> None:
        """CORS preflight (Fetch standard section 4.8), with Private / Local Network Access."""
        origin = self._allowed()
        if origin is None:
            return
        wanted = ",".join(self._values("access-control-request-headers")).lower()
        if self._value("access-control-request-method") != "POST" or wanted not in ("", "content-type"):
            self._exchange.refuse(HTTPStatus.FORBIDDEN, "not_allowed")
            return
        headers = [
            ("Access-Control-Allow-Methods", "POST"),
            ("Access-Control-Allow-Headers", "content-type"),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
        ]
        for name in ("Private", "Local"):
            if self._value(f"access-control-request-{name.lower()}-network") == "true":
                headers.append((f"Access-Control-Allow-{name}-Network", "true"))
        self._exchange.answer(HTTPStatus.NO_CONTENT, headers, b"", origin)

    def _post(self) -> None:
        origin = self._allowed()
        if origin is None:
            return
        try:
            raw = self._exchange.body("" if self._values("transfer-encoding") else self._value("content-length"))
            self._exchange.arrived()
            if not self._rules.places.asked(self._connection):
                raise DoorbellRequestError("busy", "Too many requests of this user wait for an answer already.")
            answer = self._attested(raw, origin) if self._head.target == ATTEST.encode() else self._rung(raw, origin)
        except DoorbellRequestError as error:
            log.info("doorbell: refused a page: %s", error.code)
            self._exchange.send(STATUS.get(error.code, HTTPStatus.CONFLICT), error_json(error), origin)
            return
        if answer is not None:
            self._exchange.send(HTTPStatus.OK, answer, origin)

    def _rung(self, raw: bytes, origin: str) -> bytes | None:
        """A page asks for a step-up; the answer, None where it went away. Raises ``DoorbellRequestError``."""
        request = read(raw)
        if request.op != "step_up":
            raise DoorbellRequestError("bad_request", "A page may only ask for a step-up.")
        asker = self._asker(origin)
        answer = self._rules.rings.ask(request.ask(), asker, self._connection.fileno())
        if answer is None:
            return None
        self._see_again(asker, origin)
        return answer_json(answer, with_token=False)

    def _attested(self, raw: bytes, origin: str) -> bytes:
        """The service's page asks whose workspace this is. Raises ``DoorbellRequestError``."""
        request, asker = read_page(raw), self._asker(origin)
        answer = self._rules.page.attest(request, asker)
        self._see_again(asker, origin)
        return msgspec.json.encode(answer)

    def _see_again(self, asker: Asker, origin: str) -> None:
        if replace(self._asker(origin), pid=asker.pid) != asker:
            raise DoorbellRequestError("not_yours", "The program that asked has become another one.")

    def _asker(self, origin: str) -> Asker:
        """Any of a browser's processes may be the one that is named."""
        host, port = self._connection.getsockname()[:2]
        ours, rules = (str(host), int(port)), self._rules
        return same_asker.browser(self._peer, ours, rules.owner, origin, rules.programs, self._arrived, rules.inside)

    def _allowed(self) -> str | None:
        """The page's origin if it may talk to us; else refuses and gives None."""
        hosts, origins = self._values("host"), self._values("origin")
        kind = self._value("content-type").partition(";")[0].strip().lower()
        if len(hosts) != 1 or hosts[0].lower() not in self._rules.hosts:
            self._exchange.refuse(HTTPStatus.FORBIDDEN, "bad_host")
        elif self._head.target not in (PATH.encode(), ATTEST.encode()):
            self._exchange.refuse(HTTPStatus.NOT_FOUND, "not_found")
        elif len(origins) != 1 or not self._rules.hears(self._head.target, origins[0]):
            self._exchange.refuse(HTTPStatus.FORBIDDEN, "bad_origin")
        elif self._head.method == b"POST" and kind != "application/json":
            self._exchange.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json")
        else:
            return origins[0]
        return None
