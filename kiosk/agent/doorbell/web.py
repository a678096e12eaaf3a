"""The doorbell for web pages: ``POST /step-up`` on loopback, for the origins that the service named, nothing else.

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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, create_connection, socket

from kiosk.agent.doorbell import peers, same_asker
from kiosk.agent.doorbell.open_requests import Rings
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import LARGEST, BadRequest, answer_json, error_json, read, too_large
from kiosk.model.stepup import Asker

PATH = "/step-up"
SLOWEST = 2.0
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


class PortTaken(Exception):
    """Something else listens on the doorbell's port; the message is a sentence."""


class WebDoor(ThreadingHTTPServer):
    """Listens on ``127.0.0.1:port`` (0: any free one). ``origins`` gives those allowed now, from any thread,
    ``programs`` which are browsers.

    Raises ``PortTaken``.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        rings: Rings,
        owner: peers.Owner,
        origins: Callable[[], Collection[str]],
        programs: Programs = none,
    ) -> None:
        self.rings = rings
        self.owner = owner
        self.origins = origins
        self.places = Places()
        self.programs = programs
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise PortTaken(f"Port {port} cannot be used for the doorbell ({error.strerror}). Set another.") from None
        self.port = int(self.server_address[1])
        self.hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        # The base class looks every half second whether to stop; ``close`` wakes it by a connection instead.
        self._thread = threading.Thread(target=self.serve_forever, args=(3600,), name="doorbell-web", daemon=True)
        self._thread.start()

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
        with contextlib.suppress(BadRequest, OSError, ValueError):
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


class _Handler(BaseHTTPRequestHandler):
    """One request a connection (HTTP/1.0: closed after the answer)."""

    server: WebDoor
    timeout = SLOWEST
    server_version = "kiosk"
    sys_version = ""

    def setup(self) -> None:
        """``timeout`` bounds each read; the whole request is bounded too, against one byte at a time."""
        super().setup()
        self._arrived = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._hurry = threading.Timer(SLOWEST, self._hang_up)
        self._hurry.daemon = True
        self._hurry.start()

    def finish(self) -> None:
        self._hurry.cancel()
        with contextlib.suppress(OSError):  # it went away, or does not read
            super().finish()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def do_OPTIONS(self) -> None:
        """CORS preflight (Fetch standard section 4.8), with Private / Local Network Access."""
        origin = self._allowed()
        if origin is None:
            return
        wanted = self.headers.get("Access-Control-Request-Headers", "")
        if self.headers.get("Access-Control-Request-Method") != "POST" or wanted.lower() not in ("", "content-type"):
            self._refuse(HTTPStatus.FORBIDDEN, "not_allowed")
            return
        self.send_response(HTTPStatus.NO_CONTENT)
        self._cors(origin)
        self.send_header("Access-Control-Allow-Methods", "POST")
        self.send_header("Access-Control-Allow-Headers", "content-type")
        self.send_header("Access-Control-Max-Age", PREFLIGHT_SECONDS)
        for name in ("Private", "Local"):
            if self.headers.get(f"Access-Control-Request-{name}-Network") == "true":
                self.send_header(f"Access-Control-Allow-{name}-Network", "true")
        self.end_headers()

    def do_POST(self) -> None:
        origin = self._allowed()
        if origin is None:
            return
        try:
            request = read(self._body())
            self._hurry.cancel()
            if not self.server.places.asked(self.connection):
                raise BadRequest("busy", "Too many requests of this user wait for an answer already.")
            if request.op != "step_up":
                raise BadRequest("bad_request", "A page may only ask for a step-up.")
            asker = self._asker(origin)
            answer = self.server.rings.ask(request.ask(), asker, self.connection.fileno())
            if answer is not None and replace(self._asker(origin), pid=asker.pid) != asker:
                raise BadRequest("not_yours", "The program that asked has become another one.")
        except BadRequest as error:
            log.info("doorbell: refused a page: %s", error.code)
            self._send(STATUS[error.code], error_json(error), origin)
            return
        if answer is not None:
            self._send(HTTPStatus.OK, answer_json(answer, with_token=False), origin)

    def _asker(self, origin: str) -> Asker:
        """Any of a browser's processes may be the one that is named."""
        server = self.server
        return same_asker.browser(
            self.client_address, self._ours(), server.owner, origin, server.programs, self._arrived
        )

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class refuses: a method without a ``do_``, or something that is no HTTP."""
        del message, explain
        status = HTTPStatus(code)
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED if status is HTTPStatus.NOT_IMPLEMENTED else status, "not_allowed")

    def _allowed(self) -> str | None:
        """The page's origin if it may talk to us; else refuses and gives None."""
        hosts, origins = self.headers.get_all("Host", []), self.headers.get_all("Origin", [])
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            self._refuse(HTTPStatus.FORBIDDEN, "bad_host")
        elif self.path != PATH:
            self._refuse(HTTPStatus.NOT_FOUND, "not_found")
        elif len(origins) != 1 or origins[0] not in self.server.origins():
            self._refuse(HTTPStatus.FORBIDDEN, "bad_origin")
        elif self.command == "POST" and kind != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json")
        else:
            return origins[0]
        return None

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not length.isascii() or not length.isdigit() or len(length) > 12:
            raise BadRequest("bad_request", "The request must say its length.")
        if int(length) > LARGEST:
            raise too_large()
        try:
            body = self.rfile.read(int(length))
        except TimeoutError:
            raise BadRequest("too_slow", f"The request did not arrive within {SLOWEST:g} s.") from None
        if len(body) != int(length):
            raise BadRequest("bad_request", "The request ended too early.")
        return body

    def _ours(self) -> tuple[str, int]:
        host, port = self.connection.getsockname()[:2]
        return str(host), int(port)

    def _refuse(self, status: HTTPStatus, code: str) -> None:
        self._send(status, error_json(BadRequest(code, status.description or status.phrase)), None)

    def _send(self, status: HTTPStatus, body: bytes, origin: str | None) -> None:
        with contextlib.suppress(OSError):  # the page went away
            self.send_response(status)
            self._cors(origin)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

    def _cors(self, origin: str | None) -> None:
        self.send_header("Vary", "Origin")
        if origin is not None:
            self.send_header("Access-Control-Allow-Origin", origin)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Request lines may hold anything: they are not logged."""
