"""A thin wrapper over ``smartcard.scard``: return codes become errors of ``card``, bit fields become names.

libpcsclite reads ``PCSCLITE_CSOCK_NAME`` once, at the first context.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from smartcard import scard

from kiosk.reader.card import (
    CardCancelledError,
    CardError,
    CardExclusiveError,
    CardGoneError,
    CardMuteError,
    CardServiceDeniedError,
    CardServiceStoppedError,
    ReaderGoneError,
)
from kiosk.reader.states import ReaderSnapshot

PNP = r"\\?PnP?\Notification"
"""The pseudo-reader whose state changes when readers come and go."""
UNAWARE: int = scard.SCARD_STATE_UNAWARE
FOREVER: int = scard.INFINITE

_ABSENT = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_CHANGED: int = scard.SCARD_STATE_CHANGED
ERRORS: dict[int, type[CardError]] = {
    scard.SCARD_E_NO_SMARTCARD: CardGoneError,
    scard.SCARD_W_REMOVED_CARD: CardGoneError,
    # What pcscd says of an exchange that broke off, before its next look at the reader finds the card gone.
    scard.SCARD_E_NOT_TRANSACTED: CardGoneError,
    scard.SCARD_E_COMM_DATA_LOST: CardGoneError,
    scard.SCARD_W_UNRESPONSIVE_CARD: CardMuteError,
    scard.SCARD_W_UNPOWERED_CARD: CardMuteError,
    scard.SCARD_W_UNSUPPORTED_CARD: CardMuteError,
    scard.SCARD_E_PROTO_MISMATCH: CardMuteError,
    scard.SCARD_E_INVALID_ATR: CardMuteError,
    scard.SCARD_E_CARD_UNSUPPORTED: CardMuteError,
    scard.SCARD_E_SHARING_VIOLATION: CardExclusiveError,
    scard.SCARD_W_RESET_CARD: CardExclusiveError,
    scard.SCARD_E_READER_UNAVAILABLE: ReaderGoneError,
    scard.SCARD_E_UNKNOWN_READER: ReaderGoneError,
    scard.SCARD_E_CANCELLED: CardCancelledError,
    scard.SCARD_W_SECURITY_VIOLATION: CardServiceDeniedError,
}

DYING = (0, 0.05, 0.1, 0.2)
"""Seconds until it is asked again, each time. A killed process may take that long to end where much else runs."""


def _check(code: int, otherwise: type[CardError]) -> None:
    """Raise the error that ``code`` means; ``otherwise`` for a code that has no meaning of its own there."""
    if code != scard.SCARD_S_SUCCESS:
        raise ERRORS.get(code, otherwise)


def _check_admitted(code: int) -> None:
    """The same for a request that polkit never judges: "access denied" there means that the card service died."""
    _check(scard.SCARD_E_NO_SERVICE if code == scard.SCARD_W_SECURITY_VIOLATION else code, CardServiceStoppedError)


@dataclass(frozen=True, slots=True)
class Raw:
    """One reader's state as PC/SC gives it. ``state``: to be fed back to the next wait."""

    reader: str
    state: int
    atr: bytes

    @property
    def known(self) -> bool:
        """False for a reader that is no longer there."""
        return not self.state & _ABSENT

    @property
    def changed(self) -> bool:
        return bool(self.state & _CHANGED)

    @property
    def present(self) -> bool:
        return bool(self.state & scard.SCARD_STATE_PRESENT)

    @property
    def mute(self) -> bool:
        return bool(self.state & scard.SCARD_STATE_MUTE)

    @property
    def exclusive(self) -> bool:
        return bool(self.state & scard.SCARD_STATE_EXCLUSIVE)

    @property
    def event(self) -> int:
        """PC/SC's counter of insertions and removals on this reader, 16 bits."""
        return self.state >> 16 & 0xFFFF

    @property
    def fed_back(self) -> int:
        return self.state & ~_CHANGED


def seen_of(raw: Raw) -> ReaderSnapshot:
    """The same without PC/SC's bit fields."""
    return ReaderSnapshot(raw.reader, raw.present, raw.mute, raw.exclusive, raw.event, raw.atr)


class Context:
    """A PC/SC context. Raises ``CardServiceError`` when there is no card service to talk to."""

    def __init__(self) -> None:
        code, self._handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        for pause in DYING:
            if code != scard.SCARD_W_SECURITY_VIOLATION:
                break
            # libpcsclite says so of a card service that dies while we knock, too: asked again, that one is not there.
            time.sleep(pause)
            code, self._handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _check(code, CardServiceStoppedError)

    def readers(self) -> tuple[str, ...]:
        """The names of all readers, none if there are none. Raises ``CardServiceError``."""
        code, names = scard.SCardListReaders(self._handle, [])
        if code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        _check_admitted(code)
        return tuple(names)

    def wait(self, asked: Sequence[tuple[str, int]], milliseconds: int = FOREVER) -> tuple[Raw, ...] | None:
        """The readers' states once one of them differs from the state ``asked``; None when time has run out.

        Raises ``CardCancelledError`` (``cancel`` was called), ``ReaderGoneError`` (a name is not known) or
        ``CardServiceError``.
        """
        code, states = scard.SCardGetStatusChange(self._handle, milliseconds, list(asked))
        if code == scard.SCARD_E_TIMEOUT:
            return None
        _check_admitted(code)
        return tuple(Raw(name, state, bytes(atr)) for name, state, atr in states)

    def look(self, reader: str) -> Raw:
        """The present state of one reader. Raises ``ReaderGoneError`` or ``CardServiceError``."""
        states = self.wait([(reader, UNAWARE)], 0)
        if states is None or not states[0].known:
            raise ReaderGoneError
        return states[0]

    def cancel(self) -> None:
        """From any thread: end a ``wait`` under way. One that has not begun is not affected."""
        scard.SCardCancel(self._handle)

    def connect(self, reader: str) -> tuple[int, int]:
        """Share the card on ``reader``: its handle and protocol.

        Raises ``CardGoneError``, ``CardMuteError``, ``CardExclusiveError``, ``ReaderGoneError`` or
        ``CardServiceError``.
        """
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, handle, protocol = scard.SCardConnect(self._handle, reader, scard.SCARD_SHARE_SHARED, protocols)
        _check(code, CardServiceStoppedError)
        return handle, protocol

    def close(self) -> None:
        scard.SCardReleaseContext(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
