"""A reader that acts as a keyboard, as a reader among others: what it typed is a tap with a badge that has a number.

The card that it lends answers the one APDU that a reader answers itself (PC/SC part 3 section 3.2.2.1.3), so that the
number goes the way of every other badge's. It is lifted at once: nothing tells when the badge left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from kiosk.model.badge import NumberSource
from kiosk.model.card import CardService, Lift, ReaderHealth, ReaderRole, ReadersChanged, ReaderState, Tap
from kiosk.model.wedge import WedgeFormat
from kiosk.model.wedge_decode import decode_first
from kiosk.reader.card import CardCancelledError, NumberNotUnderstoodError, OpenCard
from kiosk.reader.taps import NUMBERS, CardEvent, Numbers

READER = "Keyboard reader"
STORAGE_CARD = bytes.fromhex("3B8F8001804F0CA0000003060000000000000068")
"""What PC/SC readers make up for a memory card of which nothing else is known (PC/SC part 3 section 3.1.3.2.3.1)."""
GET_NUMBER = bytes.fromhex("FFCA0000")
OK, NOT_SUPPORTED = 0x9000, 0x6A81
PAUSE = 1.0
"""Seconds after a read in which no other is taken: many readers type a badge again while it lies there."""


class WedgeReader:
    """``post`` as in ``open_readers``. ``wanted``: this station has card readers, too, and misses them."""

    def __init__(
        self,
        post: Callable[[CardEvent], None],
        formats: tuple[WedgeFormat, ...],
        *,
        wanted: bool = False,
        numbers: Numbers = NUMBERS,
    ) -> None:
        self._post, self._formats, self._numbers = post, formats, numbers
        self._wanted = wanted
        self._lock = threading.Lock()
        self._last: tuple[int, str, NumberSource] = (0, "", "uid")
        self._at = -PAUSE
        self._count = 0

    def hear(self, event: CardEvent) -> None:
        """What the card readers post, handed on; this reader stands among them, and serves without a card service."""
        if isinstance(event, ReadersChanged):
            self._wanted |= bool(event.readers)
            own = ReaderHealth(READER, ReaderRole.TAP, ReaderState.READY)
            service = event.service if self._wanted else CardService.OK
            event = replace(event, service=service, readers=(*event.readers, own))
        self._post(event)

    def typed(self, text: str | None, at: float) -> None:
        """It typed ``text`` and Enter; None: digits and no Enter. ``at``: seconds."""
        if 0 <= at - self._at < PAUSE:
            return
        self._at = at
        found = decode_first(self._formats, text) if text is not None else None
        with self._lock:
            number = self._numbers()
            self._last = (number, found.number, found.source) if found is not None else (number, "", "uid")
            self._count += 2
        self._post(Tap(number, READER, ReaderRole.TAP, STORAGE_CARD, (self._count - 1) & 0xFFFF, at))
        self._post(Lift(number, READER, ReaderRole.TAP, at))

    def lend(self, tap: int) -> OpenCard | None:
        """The badge of that tap, once; None if the tap was no card of this reader.

        Raises ``NumberNotUnderstoodError`` where the number was in none of the formats.
        """
        with self._lock:
            last, number, source = self._last
            if tap != last:
                return None
            self._last = (0, "", "uid")
        if not number:
            raise NumberNotUnderstoodError
        return TypedCard(bytes.fromhex(number), source)


class TypedCard:
    """A ``OpenCard`` that has a number and nothing else. ``source``: whose it is, by the reader's format."""

    reader, atr = READER, STORAGE_CARD

    def __init__(self, number: bytes, source: NumberSource = "uid") -> None:
        self.source = source
        self._number: bytes | None = number

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        if self._number is None:
            raise CardCancelledError
        return (self._number, OK) if apdu[:4] == GET_NUMBER else (b"", NOT_SUPPORTED)

    def cancel(self) -> None:
        self._number = None

    def close(self) -> None:
        self._number = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
