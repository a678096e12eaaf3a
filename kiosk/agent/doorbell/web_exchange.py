"""One HTTP request on one connection to the doorbell for web pages, and its answer: read by ``h11``, within its time.

Nothing is decided here but what is no HTTP, too long or too slow; ``web_page`` says what a page may ask.
"""

from __future__ import annotations

import contextlib
import threading
from http import HTTPStatus
from socket import SHUT_RDWR, SHUT_WR, socket

import h11

from kiosk.agent.doorbell.request import MAX_REQUEST, DoorbellRequestError, error_json, too_large

SLOWEST = 2.0
"""Seconds for each read and write, and for a request as a whole."""
MAX_HEAD = 16384
"""Bytes of a request before its body, and one read more at the most."""
AT_ONCE = 4096
"""Bytes that are read in one go: ``h11`` looks at the length of a head between two reads alone."""
VERSIONS = (b"1.0", b"1.1")


class HttpExchange:
    """One request a connection: closed after the answer, whatever else was sent.

    The time-out bounds each read and write; the whole request is bounded too, against one byte at a time.
    """

    def __init__(self, connection: socket) -> None:
        self.connection = connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        connection.settimeout(SLOWEST)
        self._hurry = threading.Timer(SLOWEST, self._hang_up)
        self._hurry.daemon = True
        self._hurry.start()

    def arrived(self) -> None:
        """The whole request is here: whoever asked may wait for the answer as long as it takes."""
        self._hurry.cancel()

    def finish(self) -> None:
        """What was sent and not read is taken away: else the system resets the connection, and the answer is lost."""
        self._hurry.cancel()
        with contextlib.suppress(OSError):
            self.connection.shutdown(SHUT_WR)
            self.connection.setblocking(False)
            for _ in range(MAX_REQUEST // AT_ONCE):
                if not self.connection.recv(AT_ONCE):
                    break

    def head(self) -> h11.Request | None:
        """The head of the request. None where it is none, and was refused if anybody is there to be told.

        What is no HTTP, or can be read in two ways, is refused by ``h11``.
        """
        try:
            head = self._next()
        except h11.RemoteProtocolError as error:
            self.refuse(HTTPStatus(error.error_status_hint), "not_allowed")
            return None
        except OSError:
            return None  # slow, or gone: nobody is there to be told
        if not isinstance(head, h11.Request):
            return None
        if head.http_version not in VERSIONS:
            self.refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "not_allowed")
            return None
        return head

    def body(self, length: str) -> bytes:
        """Exactly as long as ``length`` says, the value of its header. Raises ``DoorbellRequestError``."""
        if not length.isascii() or not length.isdigit() or len(length) > 12:
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

    def refuse(self, status: HTTPStatus, code: str) -> None:
        """Say in JSON that this is not done, to whatever asked."""
        self.send(status, error_json(DoorbellRequestError(code, status.description or status.phrase)), None)

    def send(self, status: HTTPStatus, body: bytes, origin: str | None) -> None:
        """An answer in JSON; ``origin`` may read it, nobody where it is None."""
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        self.answer(status, headers, body, origin)

    def answer(self, status: HTTPStatus, headers: list[tuple[str, str]], body: bytes, origin: str | None) -> None:
        """In one write, so that a page that reads slowly holds it no longer than the time-out."""
        headers = [("Vary", "Origin"), *headers, ("Connection", "close")]
        if origin is not None:
            headers.append(("Access-Control-Allow-Origin", origin))
        send, whole = self._http.send, b""
        with contextlib.suppress(h11.LocalProtocolError):  # a HEAD has no body in its answer
            whole = send(h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())) or b""
            whole += (send(h11.Data(data=body)) or b"") + (send(h11.EndOfMessage()) or b"")
        with contextlib.suppress(OSError):  # the page went away, or does not read
            self.connection.sendall(whole)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def _next(self) -> h11.Event | type[h11.PAUSED]:
        """The next part of the request. Raises ``h11.RemoteProtocolError``, and ``OSError`` where none comes."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self.connection.recv(AT_ONCE))
        if isinstance(event, type):
            return h11.PAUSED
        return event
