"""The station's own print server, CUPS, at its Unix socket; asked by the gates, and by ``kiosk doctor``."""

from __future__ import annotations

import os
import socket

from kiosk.stage.printing import ipp
from kiosk.stage.printing.ipp import IppMessage
from kiosk.stage.printing.web import BadPrintRequestError, Reader, TooLargeError

SOCKET = "/run/cups/cups.sock"
_PATIENCE = 60.0
"""Seconds without a byte: a server writes a large document to its spool meanwhile."""
_MAX_COUNT = 4 << 20
GET_PRINTER = 0x000B


class NoServerError(Exception):
    """It is not there, does not answer, or answers no IPP; the message says which."""


class Server:
    """At ``path``. Raises ``NoServerError``, each of its functions. Thread-safe: a connection a question."""

    def __init__(self, path: str = SOCKET, patience: float = _PATIENCE) -> None:
        self._path, self._patience = path, patience

    def ask(self, message: IppMessage, resource: str = "/", document: tuple[int, int, int] | None = None) -> IppMessage:
        """Its answer. ``document``: a descriptor, where in it the document begins, and where it ends."""
        head = ipp.write(message)
        length = len(head) + (document[2] - document[1] if document else 0)
        lines = [f"POST {resource} HTTP/1.1", "Host: localhost", "Content-Type: application/ipp"]
        lines += [f"Content-Length: {length}", "Connection: close", "", ""]
        status, body = self._exchange("\r\n".join(lines).encode() + head, document)
        if status != "200":
            raise NoServerError(f"the print server answered {status[:3]}")
        try:
            return ipp.read(body)[0]
        except ipp.BadMessageError:
            raise NoServerError("what the print server answered is no IPP") from None

    def fetch(self, resource: str) -> bytes | None:
        """The file of that name; None where it has none."""
        lines = [f"GET {resource} HTTP/1.1", "Host: localhost", "Connection: close", "", ""]
        status, body = self._exchange("\r\n".join(lines).encode(), None)
        return body if status == "200" else None

    def _exchange(self, request: bytes, document: tuple[int, int, int] | None) -> tuple[str, bytes]:
        got = bytearray()

        def take(piece: bytes) -> None:
            if len(got) + len(piece) > _MAX_COUNT:
                raise TooLargeError
            got.extend(piece)

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(self._patience)
                line.connect(self._path)
                line.sendall(request)
                if document is not None:
                    _send(line, *document)
                reader = Reader(line)
                while (head := reader.head()) is not None and head.start[1] == "100":
                    pass
                if head is None:
                    raise NoServerError("the print server hung up")
                reader.body(head.headers, take, to_the_end=True)
                return head.start[1], bytes(got)
        except (BadPrintRequestError, TooLargeError):
            raise NoServerError("what the print server answered is no HTTP, or endless") from None
        except TimeoutError:
            raise NoServerError(f"the print server said nothing for {self._patience:g} s") from None
        except OSError as error:
            raise NoServerError(f"{self._path}: {error.strerror or type(error).__name__}") from None


def _send(line: socket.socket, descriptor: int, begin: int, end: int) -> None:
    while begin < end:
        piece = os.pread(descriptor, min(end - begin, 1 << 16), begin)
        if not piece:
            break
        line.sendall(piece)
        begin += len(piece)


def queue_uri(queue: str) -> str:
    """As CUPS names it."""
    return f"ipp://localhost/printers/{queue}"


def question(queue: str, wanted: tuple[tuple[int, bytes], ...] = (), request: int = 1) -> IppMessage:
    """What is the queue like? ``wanted``: names of attributes, as values; none for all."""
    asked = [*beginning(), ipp.text("printer-uri", queue_uri(queue), ipp.URI)]
    asked += [ipp.Attribute("requested-attributes", wanted)] if wanted else []
    return IppMessage(GET_PRINTER, request, (ipp.Group(ipp.OPERATION, tuple(asked)),))


def beginning() -> tuple[ipp.Attribute, ...]:
    """Of every operation. [RFC 8011, section 4.1.4]"""
    return (
        ipp.text("attributes-charset", "utf-8", ipp.CHARSET),
        ipp.text("attributes-natural-language", "en", ipp.LANGUAGE),
    )
