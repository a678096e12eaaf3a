"""Numbering taps, and remembering which of them still lie on a reader."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable

from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.reader.card import CardGoneError

CardEvent = Tap | Lift | ReadersChanged


class Numbers:
    """Counts taps from 1 over all watchers that share it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = itertools.count(1)

    def __call__(self) -> int:
        with self._lock:
            return next(self._count)


NUMBERS = Numbers()
"""This program's taps."""


class CardsPresent:
    """The taps whose card has not been lifted: written by the watch thread, read by the card thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taps: dict[int, Tap] = {}

    def note(self, events: Iterable[CardEvent]) -> None:
        """Take in what happened, before it is posted."""
        with self._lock:
            for event in events:
                if isinstance(event, Tap):
                    self._taps[event.number] = event
                elif isinstance(event, Lift):
                    self._taps.pop(event.number, None)

    def find(self, number: int) -> Tap:
        """The tap of that number. Raises ``CardGoneError`` if its card was lifted."""
        with self._lock:
            try:
                return self._taps[number]
            except KeyError:
                raise CardGoneError from None
