"""A program that asks its gate without end keeps the print server from no other workspace.

The server takes a hundred connections, and is everybody's. Whoever hung up used to be asked for all the same.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.stage.printing import gate as g
from kiosk.stage.printing import ipp
from kiosk.stage.printing.asked import AWAY, Queue
from kiosk.stage.printing.budget import Budget
from kiosk.stage.printing.gate import Gate
from kiosk.stage.printing.ipp import Group, IppMessage
from kiosk.stage.printing.main import MAX_ASKING, MAX_COUNT, Guests
from kiosk.stage.printing.upstream import Server
from kiosk.stage.printing.web import Reader
from tests.fakes.process_table import until


class Hung:
    """A print server that answers nobody until it is let go, and hangs up on everybody then."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._let_go = threading.Event()
        self._lock = threading.Lock()
        self.open = self.most = self.every = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen(200)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.open += 1
                self.every += 1
                self.most = max(self.most, self.open)
            threading.Thread(target=self._hold, args=(connection,), daemon=True).start()

    def _hold(self, connection: socket.socket) -> None:
        self._let_go.wait()
        with self._lock:
            self.open -= 1
        connection.close()

    def let_go(self) -> None:
        self._let_go.set()

    def close(self) -> None:
        self.let_go()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[Hung]:
    server = Hung(tmp_path / "cups.sock")
    yield server
    server.close()


def question() -> bytes:
    body = ipp.write(IppMessage(g.GET_PRINTERS, 1, (Group(ipp.OPERATION, ()),)))
    head = f"POST / HTTP/1.1\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def status(connection: socket.socket) -> int:
    """Of the answer that comes on it."""
    reader, got = Reader(connection), bytearray()
    head = reader.head()
    assert head is not None and head.start[1] == "200"
    reader.body(head.headers, got.extend)
    return ipp.read(bytes(got))[0].code


def test_a_hundred_questions_at_once(hung: Hung) -> None:
    budget = Budget()
    guests = Guests(Gate("ada", (Queue("ward"),), Server(hung.address), budget), budget)
    ours: list[socket.socket] = []

    def ask(number: int) -> None:
        for _ in range(number):
            mine, theirs = socket.socketpair()
            ours.append(mine)
            mine.sendall(question())
            guests.admit(theirs)

    ask(MAX_COUNT)
    until("the server is asked", lambda: hung.open >= MAX_ASKING)
    for connection in ours:
        connection.close()  # whoever hangs up is asked for no less
    crowd = threading.Thread(target=ask, args=(100 - MAX_COUNT,))
    crowd.start()
    until("more come", lambda: len(ours) > MAX_COUNT)
    hung.let_go()
    crowd.join()
    assert hung.most <= MAX_ASKING
    mine, theirs = socket.socketpair()
    with mine:
        mine.sendall(question())
        guests.admit(theirs)
        assert status(mine) == AWAY
    for connection in ours:
        connection.close()
