"""The doorbell for web pages: ``POST /step-up`` on loopback, for the origins that the service named, and
``POST /attest`` for the service's own sign-in page (``sign_in_page``); nothing else.

Any page in any browser can send requests here, so each is held against: the exact Host (DNS rebinding), an Origin that
this station allows, JSON's own content type (no "simple" request slips past the preflight), a size and a time. The
answer never holds a token: the page's backend collects it from the service by ``request_id``, under its own key.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from http import HTTPStatus
from socket import SHUT_RDWR, SHUT_WR, create_connection, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer

import h11
import msgspec

from kiosk.agent.doorbell import peers, same_asker
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import MAX_REQUEST, DoorbellRequestError, answer_json, error_json, read, too_large
from kiosk.agent.doorbell.sign_in_page import PATH as ATTEST
from kiosk.agent.doorbell.sign_in_page import SignInPage, no_page, read_page
from kiosk.model.stepup import Asker

PATH = "/step-up"
SLOWEST = 2.0
MAX_HEAD = 16384
"""Bytes of a request before its body, and one read more at the most."""
AT_ONCE = 4096
"""Bytes that are read in one go: ``h11`` looks at the length of a head between two reads alone."""
VERSIONS = (b"1.0", b"1.1")
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


class PortTakenError(Exception):
    """Something else listens on the doorbell's port; the message is a sentence."""


class WebDoor(ThreadingTCPServer):
    """Listens on ``127.0.0.1:port`` (0: any free one). ``origins`` gives those allowed now, from any thread,
    ``programs`` which are browsers, ``page`` what the service's own page may do.

    Raises ``PortTakenError``.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        rings: PendingStepUps,
        owner: peers.Owner,
        origins: Callable[[], Collection[str]],
        programs: Programs = none,
        page: SignInPage | None = None,
    ) -> None:
        self.rings = rings
        self.owner = owner
        self.origins = origins
        self.page = page or no_page()
        self.places = Places()
        self.programs = programs
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise PortTakenError(
                f"Port {port} cannot be used for the doorbell ({error.strerror}). Set another."
            ) from None
        self.port = int(self.server_address[1])
        self.hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        # The base class looks every half second whether to stop; ``close`` wakes it by a connection instead.
        self._thread = threading.Thread(target=self.serve_forever, args=(3600,), name="doorbell-web", daemon=True)
        self._thread.start()

    def hears(self, target: bytes, origin: str) -> bool:
        """Whether a page of ``origin`` may ask at this address now."""
        ours = origin == self.page.origin()
        return ours if target == ATTEST.encode() else ours or origin in self.origins()

    def close(self) -> None:
        """Stop listening; requests under way end by themselves."""
        stopper = threading.Thread(target=self.shutdown, daemon=True)
        stopper.start()
        while stopper.is_alive():
            with contextlib.suppress(OSError):
                create_connection(("127.0.0.1", self.port), 1).close()
            stopper.join(0.05)
        self.server_close()
        self._thread.join(1)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        if not isinstance(request, socket) or not self.places.enter(request, self._user(client_address)):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread is left on this machine: this request is lost, the next one need not be
            self.places.leave(request)
            self.shutdown_request(request)

    def _user(self, client_address: object) -> int:
        """Whose program it is; -1 where that cannot be told (yet)."""
        address = client_address if isinstance(client_address, tuple) else ("", 0)
        with contextlib.suppress(DoorbellRequestError, OSError, ValueError):
            return peers.user_of((str(address[0]), int(address[1])), ("127.0.0.1", self.port))
        return -1

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            if isinstance(request, socket):
                self.places.leave(request)

    def handle_error(self, request: object, client_address: object) -> None:
        log.info("a page's connection broke")


class _Handler(BaseRequestHandler):
    """One request a connection: closed after the answer, whatever else was sent."""

    server: WebDoor
    request: socket

    def setup(self) -> None:
        """The time-out bounds each read and write; the whole request is bounded too, against one byte at a time."""
        self._arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self.request.settimeout(SLOWEST)
        self._hurry = threading.Timer(SLOWEST, self._hang_up)
        self._hurry.daemon = True
        self._hurry.start()

    def finish(self) -> None:
        """What was sent and not read is taken away: else the system resets the connection, and the answer is lost."""
        self._hurry.cancel()
        with contextlib.suppress(OSError):
            self.request.shutdown(SHUT_WR)
            self.request.setblocking(False)
            for _ in range(MAX_REQUEST // AT_ONCE):
                if not self.request.recv(AT_ONCE):
                    break

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.request.shutdown(SHUT_RDWR)

    def handle(self) -> None:
        """Read the head, and answer it. What is no HTTP, or can be read in two ways, is refused by ``h11``."""
        try:
            head = self._next()
        except h11.RemoteProtocolError as error:
            self._refuse(HTTPStatus(error.error_status_hint), "not_allowed")
            return
        except OSError:
            return  # slow, or gone: nobody is there to be told
        if not isinstance(head, h11.Request):
            return
        self._head = head
        if head.http_version not in VERSIONS:
            self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "not_allowed")
        elif head.method == b"POST":
            self._post()
        elif head.method == b"OPTIONS":
            self._preflight()
        else:
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not_allowed")

    def _next(self) -> h11.Event | type[h11.PAUSED]:
        """The next part of the request. Raises ``h11.RemoteProtocolError``, and ``OSError`` where none comes."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self.request.recv(AT_ONCE))
        if isinstance(event, type):
            return h11.PAUSED
        return event

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
            self._refuse(HTTPStatus.FORBIDDEN, "not_allowed")
            return
        headers = [
            ("Access-Control-Allow-Methods", "POST"),
            ("Access-Control-Allow-Headers", "content-type"),
            ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
        ]
        for name in ("Private", "Local"):
            if self._value(f"access-control-request-{name.lower()}-network") == "true":
                headers.append((f"Access-Control-Allow-{name}-Network", "true"))
        self._answer(HTTPStatus.NO_CONTENT, headers, b"", origin)

    def _post(self) -> None:
        origin = self._allowed()
        if origin is None:
            return
        try:
            raw = self._body()
            self._hurry.cancel()
            if not self.server.places.asked(self.request):
                raise DoorbellRequestError("busy", "Too many requests of this user wait for an answer already.")
            answer = self._attested(raw, origin) if self._head.target == ATTEST.encode() else self._rung(raw, origin)
        except DoorbellRequestError as error:
            log.info("doorbell: refused a page: %s", error.code)
            self._send(STATUS.get(error.code, HTTPStatus.CONFLICT), error_json(error), origin)
            return
        if answer is not None:
            self._send(HTTPStatus.OK, answer, origin)

    def _rung(self, raw: bytes, origin: str) -> bytes | None:
        """A page asks for a step-up; the answer, None where it went away. Raises ``DoorbellRequestError``."""
        request = read(raw)
        if request.op != "step_up":
            raise DoorbellRequestError("bad_request", "A page may only ask for a step-up.")
        asker = self._asker(origin)
        answer = self.server.rings.ask(request.ask(), asker, self.request.fileno())
        if answer is None:
            return None
        self._see_again(asker, origin)
        return answer_json(answer, with_token=False)

    def _attested(self, raw: bytes, origin: str) -> bytes:
        """The service's page asks whose workspace this is. Raises ``DoorbellRequestError``."""
        request, asker = read_page(raw), self._asker(origin)
        answer = self.server.page.attest(request, asker)
        self._see_again(asker, origin)
        return msgspec.json.encode(answer)

    def _see_again(self, asker: Asker, origin: str) -> None:
        if replace(self._asker(origin), pid=asker.pid) != asker:
            raise DoorbellRequestError("not_yours", "The program that asked has become another one.")

    def _asker(self, origin: str) -> Asker:
        """Any of a browser's processes may be the one that is named."""
        server = self.server
        return same_asker.browser(
            self.client_address, self._ours(), server.owner, origin, server.programs, self._arrived
        )

    def _allowed(self) -> str | None:
        """The page's origin if it may talk to us; else refuses and gives None."""
        hosts, origins = self._values("host"), self._values("origin")
        kind = self._value("content-type").partition(";")[0].strip().lower()
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            self._refuse(HTTPStatus.FORBIDDEN, "bad_host")
        elif self._head.target not in (PATH.encode(), ATTEST.encode()):
            self._refuse(HTTPStatus.NOT_FOUND, "not_found")
        elif len(origins) != 1 or not self.server.hears(self._head.target, origins[0]):
            self._refuse(HTTPStatus.FORBIDDEN, "bad_origin")
        elif self._head.method == b"POST" and kind != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json")
        else:
            return origins[0]
        return None

    def _body(self) -> bytes:
        """Exactly as long as it says. Raises ``DoorbellRequestError``."""
        length = self._value("content-length")
        if self._values("transfer-encoding") or not length.isascii() or not length.isdigit() or len(length) > 12:
            raise DoorbellRequestError("bad_request", "The request must say its length.")
        if int(length) > MAX_REQUEST:
            raise too_large()
        body = b""
        try:
            while isinstance(part := self._next(), h11.Data):
                body += part.data
        except TimeoutError:
            raise DoorbellRequestError("too_slow", f"The request did not arrive within {SLOWEST:g} s.") from None
        except (h11.RemoteProtocolError, OSError):
            raise DoorbellRequestError("bad_request", "The request ended too early.") from None
        return body

    def _ours(self) -> tuple[str, int]:
        host, port = self.request.getsockname()[:2]
        return str(host), int(port)

    def _refuse(self, status: HTTPStatus, code: str) -> None:
        self._send(status, error_json(DoorbellRequestError(code, status.description or status.phrase)), None)

    def _send(self, status: HTTPStatus, body: bytes, origin: str | None) -> None:
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        self._answer(status, headers, body, origin)

    def _answer(self, status: HTTPStatus, headers: list[tuple[str, str]], body: bytes, origin: str | None) -> None:
        """In one write, so that a page that reads slowly holds it no longer than the time-out."""
        headers = [("Vary", "Origin"), *headers, ("Connection", "close")]
        if origin is not None:
            headers.append(("Access-Control-Allow-Origin", origin))
        send, whole = self._http.send, b""
        with contextlib.suppress(h11.LocalProtocolError):  # a HEAD has no body in its answer
            whole = send(h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())) or b""
            whole += (send(h11.Data(data=body)) or b"") + (send(h11.EndOfMessage()) or b"")
        with contextlib.suppress(OSError):  # the page went away, or does not read
            self.request.sendall(whole)
