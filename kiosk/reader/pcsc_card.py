"""The lent card on a PC/SC reader."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from smartcard import scard

from kiosk.reader.card import CardCancelledError, CardError, CardGoneError, CardMuteError, split, verifies_pin
from kiosk.reader.pcsc import ERRORS, Context, Raw
from kiosk.reader.states import is_uncounted

STATUS_WORD = 2
"""Bytes that every response has."""
NOTICED_WITHIN = 0.5
"""Seconds in which pcscd finds that a card is gone: it looks every 400 ms at a reader without interrupts."""


class PcscCard:
    """A ``OpenCard`` on a PC/SC reader, with a context of its own."""

    def __init__(self, reader: str, event: int | None = None) -> None:
        """Connect to the card on ``reader``: if ``event`` is given, only to the one that came at that count.

        Raises ``CardGoneError``, ``CardMuteError``, ``CardExclusiveError``, ``ReaderGoneError`` or
        ``CardServiceError``.
        """
        self.reader = reader
        self._cancelled = False
        self._pin_verified = False
        self._handle: int | None = None
        self._context = Context()
        try:
            self._handle, protocol = self._context.connect(reader)
            # Looked at after connecting: a swap before it shows here, a swap after it breaks the connection.
            seen = self._context.look(reader)
            came = seen.event if event is None else event
            # That very card may not be counted yet; one that came since is never counted lower.
            if not seen.present or (seen.event != came and not is_uncounted(seen.event, came)):
                raise CardGoneError
        except CardError:
            self.close()
            raise
        self.atr = seen.atr
        self._event = came
        self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if self._cancelled or self._handle is None:
            raise CardCancelledError
        self._pin_verified |= verifies_pin(apdu)
        code, response = scard.SCardTransmit(self._handle, self._pci, list(apdu))
        if code in ERRORS:
            raise ERRORS[code]
        if code != scard.SCARD_S_SUCCESS or len(response) < STATUS_WORD:
            raise self._what_happened()
        return split(bytes(response))

    def _what_happened(self) -> CardError:
        """An exchange broke off and nobody says why; a reader that is polled notices a lift only at its next look."""
        deadline = time.monotonic() + NOTICED_WITHIN
        try:
            seen = self._context.look(self.reader)
            while self._is_there(seen) and time.monotonic() < deadline:
                self._context.wait([(self.reader, seen.fed_back)], int(NOTICED_WITHIN * 1000))
                seen = self._context.look(self.reader)
        except CardError as error:
            return error
        return CardMuteError() if self._is_there(seen) else CardGoneError()

    def _is_there(self, seen: Raw) -> bool:
        """Whether the card that is lent still lies there."""
        return seen.present and (seen.event == self._event or is_uncounted(seen.event, self._event))

    def cancel(self) -> None:
        self._cancelled = True

    def close(self) -> None:
        if self._handle is not None:
            left = scard.SCARD_RESET_CARD if self._pin_verified else scard.SCARD_LEAVE_CARD
            scard.SCardDisconnect(self._handle, left)
            self._handle = None
        self._context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
