"""Whose last PIN try has been announced. A card's PIN is never tried for the last time without a warning.

Cards remember how often they were asked wrongly, elsewhere and yesterday too; so the warning is given for
what the card says now, just before the PIN would be sent, and the same PIN typed again goes through.
"""

from __future__ import annotations

from kiosk.credential.errors import LastTryError, PinBlockedError

MAX_WARNED = 64


class PinTries:
    """One memory for a card thread; not for several threads at once."""

    def __init__(self) -> None:
        self._warned: dict[bytes, None] = {}

    def allow(self, card: bytes, retries: int | None) -> None:
        """Before a PIN is sent to the card known as ``card``, which has ``retries`` left (None: it will not say).

        Raises ``PinBlockedError`` at none, ``LastTryError`` at one, the first time.
        """
        if retries == 0:
            raise PinBlockedError(retries_left=0)
        if retries == 1 and card not in self._warned:
            self._warned[card] = None
            while len(self._warned) > MAX_WARNED:
                del self._warned[next(iter(self._warned))]
            raise LastTryError(retries_left=1)

    def done(self, card: bytes) -> None:
        """The PIN went out: a next last try is announced anew."""
        self._warned.pop(card, None)


tries = PinTries()
"""The card thread's."""
