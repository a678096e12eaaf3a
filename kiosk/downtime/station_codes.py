"""Sealed codes that this workstation has seen used: each is on its disk before the code opens anything, anywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable

from kiosk.model import sealed_code


class StationCodes:
    """``used``: digests, as they were kept. ``save``: everything to disk; whether it is there. Thread-safe."""

    def __init__(self, station: str, used: Iterable[str], save: Callable[[], bool], lock: threading.RLock) -> None:
        self._station, self._save, self._lock = station, save, lock
        self._used = tuple(used)

    @property
    def used(self) -> tuple[str, ...]:
        """To be kept."""
        return self._used

    def take(self, text: str, listed: Collection[str]) -> bool:
        """Whether ``text`` is one of the ``listed`` digests that was not used; from here on it is, and the disk knows
        it."""
        digest = self._digest(text)
        with self._lock:
            if digest not in listed or digest in self._used:
                return False
            self._used = (*self._used, digest)
            return self._save()

    def is_used(self, text: str) -> bool:
        """Whether ``text`` is one that was taken here."""
        return self._digest(text) in self._used

    def give_back(self, text: str) -> None:
        """It opened nothing: its envelope is good for another try."""
        digest = self._digest(text)
        with self._lock:
            self._used = tuple(other for other in self._used if other != digest)
            self._save()

    def only(self, listed: Collection[str]) -> None:
        """Those that the service's list has no more need not be remembered: it knows by now."""
        self._used = tuple(code for code in self._used if code in listed)

    def _digest(self, text: str) -> str:
        typed = sealed_code.tidy(text)
        return sealed_code.digest_of(self._station, typed) if typed is not None else ""
