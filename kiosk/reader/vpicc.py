"""The reader's side of the vpicc protocol: a card at the other end of a socket.

Two bytes of length (big-endian), then the payload. From us one byte is a control (1 power on, 2 reset: no
answer; 4 asks for the answer to reset), more is a command APDU. Closing is the lift.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from kiosk.reader.card import CardCancelledError, CardGoneError, CardMuteError, split, verifies_pin

PATIENCE = 30.0
"""Seconds a card may take for one answer; a FIDO2 key over NFC answers within one."""
RESET_PATIENCE = 2.0
"""Seconds for the answer to reset."""
ON, RESET, ASK_ATR = b"\x01", b"\x02", b"\x04"


class VpiccConnection:
    """The connection to one card; an exchange at a time, from any thread."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._line.fileno()

    def control(self, code: bytes) -> None:
        """Raises ``CardGoneError``."""
        with self._lock:
            try:
                self._send(code)
            except OSError as error:
                raise CardGoneError from error

    def exchange(self, payload: bytes, patience: float = PATIENCE) -> bytes:
        """The answer. Raises ``CardGoneError``, or ``CardMuteError`` after ``patience`` seconds, when it hangs up
        too."""
        with self._lock:
            try:
                self._line.settimeout(patience)
                self._send(payload)
                return self._receive(struct.unpack(">H", self._receive(2))[0])
            except TimeoutError as error:
                # A late answer would be taken for that of the next command.
                self.hang_up()
                raise CardMuteError from error
            except OSError as error:
                raise CardGoneError from error

    def hang_up(self) -> None:
        """Both sides see the end; the descriptor stays until ``close``."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        with self._lock:
            self._line.close()

    def _send(self, payload: bytes) -> None:
        self._line.sendall(struct.pack(">H", len(payload)) + payload)

    def _receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._line.recv(count - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data


class SocketCard:
    """A ``OpenCard`` at the other end of a line, which stays open when the card is let go."""

    def __init__(self, line: VpiccConnection, reader: str, atr: bytes) -> None:
        self.reader = reader
        self.atr = atr
        self._line = line
        self._open = True
        self._pin_verified = False

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if not self._open:
            raise CardCancelledError
        if len(apdu) < 4:
            raise ValueError("a command APDU has at least four bytes (ISO 7816-3 section 12)")
        self._pin_verified |= verifies_pin(apdu)
        return split(self._line.exchange(apdu))

    def cancel(self) -> None:
        self._open = False

    def close(self) -> None:
        self._open = False
        if self._pin_verified:
            self._pin_verified = False
            with suppress(CardGoneError):
                self._line.control(RESET)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
