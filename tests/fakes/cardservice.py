"""A real pcscd for tests, private to this test process, with six virtual readers.

Loaded for every test by ``tests/conftest.py``, so just ask for the fixture:

    def test_a_badge_is_seen(card_service: VirtualCardService) -> None:
        with lay_card(card_service, slot=0, answer=lambda apdu: b"\\x04\\x01\\x02\\x03\\x90\\x00") as card:
            ...                      # a card lies on READERS[0]; card.lift() or leaving the block takes it away

or, for plastic of ``kiosk.simulator`` or anything that speaks the vpicc protocol, take the bare socket:
``card_service.connect(slot)``. Programs started by a test inherit the right environment (``os.environ``).

libpcsclite reads PCSCLITE_CSOCK_NAME once a process, at its first SCardEstablishContext; so this module sets
it when it is loaded, before pcscd exists, and no test ever talks to the machine's own pcscd. A test may
``stop()``, ``kill9()`` or ``restart()`` the service: the fixture starts it again for the next test.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import until
from kiosk.model.card import ReaderState
from kiosk.reader import health

READERS = tuple(f"Virtual PCD {entry}00 {slot}" for entry in ("", "2 ", "3 ") for slot in ("00", "01"))
"""Names of slots 0 to 5."""
ATR = bytes.fromhex("3B80800101")
"""A contactless card without historical bytes, as PC/SC part 3 builds it."""
MUTE_ATR = b"\x3b" * 40
"""Longer than an answer to reset can be (33 bytes, ISO 7816-3 section 8.2.1), so pcscd calls the card mute. vpcd takes
an empty one for no card at all."""
GARBAGE_ATR = b"\xff\xff\xff"
"""pcscd shows a card with it, but cannot connect to it."""

# Only a name: most test processes never start the service, and should leave nothing behind.
_directory = Path(tempfile.gettempdir()) / f"kiosk-cards-{os.getpid()}-{secrets.token_hex(4)}"
_service = VirtualCardService(readers=len(READERS), directory=_directory)
os.environ.update(_service.environment)


class LaidCard:
    """The card side of a vpicc connection: answers APDUs on a thread of its own until it is lifted.

    ``answer`` gets one command APDU and returns data and status word; raising
    ``ConnectionAbortedError`` there lifts the card in the middle of the exchange.
    """

    def __init__(self, line: socket.socket, answer: Callable[[bytes], bytes], atr: bytes = ATR) -> None:
        self._line = line
        self._answer = answer
        self._atr = atr
        self.controls: list[int] = []
        """What the reader did to the card, besides asking for the answer to reset: 0 off, 1 on, 2 reset."""
        self._thread = threading.Thread(target=self._serve, name="laid card")
        self._thread.start()

    def lift(self) -> None:
        """Take the card away; returns once its line is closed. May be called twice."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                message = self._receive(struct.unpack(">H", self._receive(2))[0])
                if message == b"\x04":
                    self._send(self._atr)
                elif len(message) > 1:
                    self._send(self._answer(message))
                else:
                    self.controls.extend(message)
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def _receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            if self._line.family == socket.AF_INET:
                # Without it pcscd waits 40 ms for each acknowledgement (Nagle against delayed ACK).
                self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._line.recv(count - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data

    def _send(self, data: bytes) -> None:
        self._line.sendall(struct.pack(">H", len(data)) + data)


def lay_card(
    service: VirtualCardService,
    slot: int = 0,
    answer: Callable[[bytes], bytes] = lambda apdu: b"\x90\x00",
    atr: bytes = ATR,
) -> LaidCard:
    """Lay a throw-away card on reader ``slot``."""
    return LaidCard(service.connect(slot), answer, atr)


@pytest.fixture(scope="session")
def one_card_service() -> Iterator[VirtualCardService]:
    """For ``card_service`` alone: tests ask for that one."""
    _directory.mkdir(mode=0o700)
    try:
        with _service:
            yield _service
    finally:
        shutil.rmtree(_directory)


@pytest.fixture
def card_service(one_card_service: VirtualCardService) -> Iterator[VirtualCardService]:
    """A running private pcscd with the readers ``READERS``, all of them empty."""
    if not one_card_service.is_running():
        one_card_service.start()
    # pcscd looks at its readers every 400 ms, so it may not know yet that the last test's card is lifted.
    until("the readers to be empty", lambda: all(reader.state is ReaderState.READY for reader in health().readers))
    yield one_card_service
    if not one_card_service.is_running():  # whoever comes next may ask for it by way of a hospital
        one_card_service.start()
