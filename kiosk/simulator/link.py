"""Puts a card on a reader: the virtual reader's protocol (vpicc), spoken over a socket.

Two bytes of length, then the payload. From the reader a payload of one byte is a control (0 power off,
1 power on, 2 reset: no answer; 4: the answer to reset is asked for); anything longer is a command APDU.

Errors::

    LinkError          a sentence to show
    ├── NoReaderError    nothing listens there
    └── ReaderBusyError  it does not take the card: another one lies there
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from kiosk.simulator.simulated_card import CardVanishedError, SimulatedCard

HOST = "127.0.0.1"
FIRST_PORT = 35963
SLOTS_AN_ENTRY = 2
TOO_LONG_AN_ATR = bytes(40)
"""An answer to reset ends at 33 bytes (ISO/IEC 7816-3 section 8.2.1)."""
READER_NAME = re.compile(r"Virtual PCD(?: (?P<entry>[1-9][0-9]?))? 00 0(?P<slot>[01])")
CONTROL_OFF, CONTROL_ON, CONTROL_RESET, CONTROL_ATR = 0, 1, 2, 4


class LinkError(Exception):
    """The card could not be placed; the text is a sentence for a person."""


class NoReaderError(LinkError):
    """Nothing listens at that address."""


class ReaderBusyError(LinkError):
    """The reader does not take the card."""


def port_of(reader: str) -> int:
    """The port behind a virtual reader's PC/SC name: every entry of vpcd's configuration has two slots.

    ``Virtual PCD 00 00`` 35963, ``Virtual PCD 00 01`` 35964, ``Virtual PCD 2 00 00`` 35965 and so on.
    Raises ``NoReaderError`` for any other name.
    """
    found = READER_NAME.fullmatch(reader)
    if found is None:
        raise NoReaderError(
            f'"{reader}" is no virtual reader. Name one such as "Virtual PCD 00 00", or give its --port.'
        )
    return FIRST_PORT + SLOTS_AN_ENTRY * (int(found["entry"] or 1) - 1) + int(found["slot"])


def connect(host: str = HOST, port: int = FIRST_PORT, timeout: float = 5.0) -> socket.socket:
    """A connection to vpcd's slot. Raises ``NoReaderError``. ``timeout``: seconds for connecting only."""
    try:
        sock = socket.create_connection((host, port), timeout)
    except OSError as error:
        raise NoReaderError(
            f"There is no virtual reader at {host}:{port}. Is pcscd running with vsmartcard-vpcd?"
        ) from error
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def connect_in_process(path: Path) -> socket.socket:
    """A connection to an in-process reader's Unix socket. Raises ``NoReaderError``."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(str(path))
    except OSError as error:
        sock.close()
        raise NoReaderError(f"There is no reader at {path}. Is the program that offers it running?") from error
    return sock


def place(card: SimulatedCard, sock: socket.socket, seen: Callable[[], None] = lambda: None) -> None:
    """Let ``card`` answer on ``sock`` until the reader hangs up or ``sock`` is shut down.

    ``seen`` is called at every control byte of the reader, first of all when it notices the card.
    The socket is closed on return.
    """
    card.power_cycle()
    with sock, contextlib.suppress(ConnectionError, CardVanishedError):
        while (payload := _receive(sock)) is not None:
            if len(payload) != 1:
                _send(sock, card.answer(payload))
                continue
            if payload[0] == CONTROL_ATR:
                _send(sock, card.atr or _silence(sock))
            elif payload[0] in (CONTROL_OFF, CONTROL_ON, CONTROL_RESET):
                card.power_cycle()
            seen()


class Placed:
    """A card on a reader, answered by a thread of its own, until ``lift``. A context manager."""

    def __init__(self, card: SimulatedCard, sock: socket.socket, over: Callable[[], None] = lambda: None) -> None:
        """Takes over ``sock``. ``over`` is called, in the card's thread, when the reader hung up."""
        self.card = card
        self._sock = sock
        self._on_over = over
        self._noticed = False
        self._news = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="plastic", daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        try:
            place(self.card, self._sock, self._notice)
        finally:
            self._over.set()
            self._news.set()
            self._on_over()

    def _notice(self) -> None:
        self._noticed = True
        self._news.set()

    @property
    def lying(self) -> bool:
        """Whether the card is still on the reader."""
        return not self._over.is_set()

    def wait_seen(self, timeout: float = 5.0) -> bool:
        """Whether the reader noticed the card within ``timeout`` seconds, before it hung up."""
        self._news.wait(timeout)
        return self._noticed

    def wait_over(self, timeout: float | None = None) -> bool:
        """Whether the reader hung up within ``timeout`` seconds."""
        return self._over.wait(timeout)

    def lift(self) -> None:
        """Take the card away. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5.0)

    def __enter__(self) -> Placed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()


def _silence(sock: socket.socket) -> bytes:
    """How a mute card answers to reset: vpcd takes an empty answer for an empty reader, a too long one for none."""
    return TOO_LONG_AN_ATR if sock.family == socket.AF_INET else b""


def _send(sock: socket.socket, payload: bytes) -> None:
    sock.sendall(len(payload).to_bytes(2, "big") + payload)


def _receive(sock: socket.socket) -> bytes | None:
    """One payload, or None when the reader hung up."""
    head = _exactly(sock, 2)
    return None if head is None else _exactly(sock, int.from_bytes(head, "big"))


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        _acknowledge_at_once(sock)
        piece = sock.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def _acknowledge_at_once(sock: socket.socket) -> None:
    """vpcd writes the length and the APDU apart: Nagle there and delayed ACK here cost 40 ms an APDU.

    Linux forgets the option after a while, so it is set again before every read.
    """
    if sock.family == socket.AF_INET and hasattr(socket, "TCP_QUICKACK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
