"""One workspace's gate to the printers, a process of its own: ``main SERVER LOGIN NAME[=raw] …``.

It listens on descriptor ``LISTENER``, which the stage made: where that workspace sees it, and nobody else. A document
is read whole, into memory, before the print server hears of it: whoever is stopped halfway has printed nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from kiosk.stage.printing import ipp, web
from kiosk.stage.printing.asked import TOO_LARGE, Document, Queue
from kiosk.stage.printing.budget import MAX_DOCUMENT, Budget
from kiosk.stage.printing.gate import Gate
from kiosk.stage.printing.shown import answer
from kiosk.stage.printing.upstream import NoServerError, Server

LISTENER = 3
MAX_COUNT = 16
"""Connections at a time; for a newcomer the oldest goes that is not being answered."""
MAX_ASKING = 4
"""Questions to the print server at a time: it is every workspace's, and takes a hundred connections."""
_MEMORY = 384 << 20
_HEARD_OUT = 1 << 30
"""Bytes of what is too large anyway."""
_DESCRIPTION = re.compile(r"/printers/([A-Za-z0-9_.-]{1,127})\.ppd")
_IPP = "application/ipp"
Asking = Callable[[socket.socket], contextlib.AbstractContextManager[None]]
"""While a connection's question is answered."""


class Spool:
    """The body of one request: a file in memory that has no name, and that nobody else can open."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.size = 0
        self.too_large = False
        self._thrown_away = 0
        self.descriptor = os.memfd_create("document", os.MFD_CLOEXEC)

    def take(self, piece: bytes) -> None:
        """One more. What is too much is not kept, and heard out: a program that is hung up on reads no answer.

        Raises ``TooLargeError`` where there is no end to it."""
        self._thrown_away += len(piece) if self.too_large else 0
        if self._thrown_away > _HEARD_OUT:
            raise web.TooLargeError
        if self.too_large or not self._budget.hold(len(piece)):
            self.too_large = True
            return
        self.size += len(piece)
        while piece:
            piece = piece[os.write(self.descriptor, piece) :]

    def close(self) -> None:
        """It is printed, or never will be."""
        self._budget.let_go(self.size)
        os.close(self.descriptor)


class Guests:
    """The connections there are, each with a thread of its own."""

    def __init__(self, gate: Gate, budget: Budget) -> None:
        self._gate, self._budget = gate, budget
        self._changed = threading.Condition()
        self._there: list[socket.socket] = []
        self._answered: set[socket.socket] = set()
        self._asking = threading.Semaphore(MAX_ASKING)

    def admit(self, connection: socket.socket) -> None:
        """Once there is a place for it: whoever hangs up while they are answered is still asked for."""
        with self._changed:
            self._changed.wait_for(self._make_room)
            self._there.append(connection)
        try:
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()
        except RuntimeError:  # no thread is left: this one comes again
            self._leave(connection)

    def _make_room(self) -> bool:
        idle = next((guest for guest in self._there if guest not in self._answered), None)
        if len(self._there) >= MAX_COUNT and idle is not None:
            with contextlib.suppress(OSError):
                idle.shutdown(socket.SHUT_RDWR)
            self._there.remove(idle)
        return len(self._there) < MAX_COUNT

    @contextlib.contextmanager
    def asking(self, connection: socket.socket) -> Iterator[None]:
        """Whoever is being answered keeps their place, and waits for their turn at the print server."""
        with self._changed:
            if connection not in self._there:
                raise ConnectionAbortedError
            self._answered.add(connection)
        try:
            with self._asking:
                yield
        finally:
            with self._changed:
                self._answered.discard(connection)
                self._changed.notify()

    def _attend(self, connection: socket.socket) -> None:
        try:
            reader = web.Reader(connection)
            while _serve(connection, reader, self._gate, self._budget, self.asking):
                pass
        except web.BadPrintRequestError:
            with contextlib.suppress(OSError):
                connection.sendall(web.answer("400 Bad Request", last=True))
        except OSError:
            pass  # it went away
        finally:
            self._leave(connection)

    def _leave(self, connection: socket.socket) -> None:
        with self._changed:
            if connection in self._there:
                self._there.remove(connection)
            self._changed.notify()
        connection.close()


def _serve(connection: socket.socket, reader: web.Reader, gate: Gate, budget: Budget, asking: Asking) -> bool:
    """One request; whether another may follow. Raises ``BadPrintRequestError``, ``OSError``."""
    head = reader.head()
    if head is None:
        return False
    method, target, _ = head.start
    if head.headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    spool = Spool(budget)
    try:
        reader.body(head.headers, spool.take)
        if method == "POST" and head.headers.get("content-type", "").lower() == _IPP:
            with asking(connection):
                said = web.answer("200 OK", _IPP, _asked(spool, gate))
        elif method == "GET" and (found := _DESCRIPTION.fullmatch(target)):
            with asking(connection):
                said = _description(gate, found[1])
        else:
            said = web.answer("403 Forbidden")
        connection.sendall(said)
    except web.TooLargeError:
        return False
    finally:
        spool.close()
    return "close" not in head.headers.get("connection", "").lower()


def _asked(spool: Spool, gate: Gate) -> bytes:
    try:
        message, length = ipp.read(os.pread(spool.descriptor, ipp.MAX_COUNT, 0))
    except ipp.BadMessageError:
        raise web.BadPrintRequestError from None
    if spool.too_large:
        said = f"A document may have {MAX_DOCUMENT >> 20} MiB, together with what this workspace prints beside it."
        return ipp.write(answer(message, TOO_LARGE, said=said))
    return ipp.write(gate.answer(message, Document(spool.descriptor, length, spool.size)))


def _description(gate: Gate, name: str) -> bytes:
    try:
        found = gate.description(name)
    except NoServerError:
        return web.answer("503 Service Unavailable")
    return web.answer("404 Not Found") if found is None else web.answer("200 OK", "application/vnd.cups-ppd", found)


def _queue(word: str) -> Queue:
    name, _, kind = word.partition("=")
    return Queue(name, kind == "raw")


def main(arguments: list[str]) -> int:
    """Until it is killed."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    threading.stack_size(1 << 20)
    server, login, *words = arguments
    budget = Budget()
    guests = Guests(Gate(login, tuple(map(_queue, words)), Server(server), budget), budget)
    with socket.socket(fileno=LISTENER) as listener:
        while True:
            connection, _ = listener.accept()
            guests.admit(connection)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
