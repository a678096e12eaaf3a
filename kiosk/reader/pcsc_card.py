"""The lent card on a PC/SC reader."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from smartcard import scard

from kiosk.reader.card import CardCancelled, CardError, CardGone, CardMute, split, verifies_pin
from kiosk.reader.pcsc import ERRORS, Context


class PcscCard:
    """A ``Card`` on a PC/SC reader, with a context of its own."""

    def __init__(self, reader: str, event: int | None = None) -> None:
        """Connect to the card on ``reader``: if ``event`` is given, only to the one that came at that count.

        Raises ``CardGone``, ``CardMute``, ``CardExclusive``, ``ReaderGone`` or ``CardServiceStopped``.
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
            if not seen.present or (event is not None and seen.event != event):
                raise CardGone
        except CardError:
            self.close()
            raise
        self.atr = seen.atr
        self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if self._cancelled or self._handle is None:
            raise CardCancelled
        self._pin_verified |= verifies_pin(apdu)
        code, response = scard.SCardTransmit(self._handle, self._pci, list(apdu))
        if code != scard.SCARD_S_SUCCESS:
            raise self._what_happened(code)
        return split(bytes(response))

    def _what_happened(self, code: int) -> CardError:
        """An exchange that breaks off with a code of no meaning: ask whether there is still a service and a card."""
        if code in ERRORS:
            return ERRORS[code]()
        try:
            return CardMute() if self._context.look(self.reader).present else CardGone()
        except CardError as error:
            return error

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
