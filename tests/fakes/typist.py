"""Somebody who types at a given pace, whatever the screen does: by XTEST, on a connection of their own."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from kiosk.demo.processes import until
from tests.fakes.visible_display import Glass

DIGITS = "246810"


class Typist:
    """``rate`` keys a second from entering to leaving, ``keys`` over and over. ``typed``: how many so far.

    ``rolling``: the next key is pressed before the last one is let go, as fast fingers do. ``held``: one key is held
    down all the time besides, and repeats.
    """

    def __init__(
        self, name: str, rate: float, keys: Sequence[str] = DIGITS, *, rolling: bool = False, held: str | None = None
    ) -> None:
        self._glass = Glass(name)
        self._rate, self._keys, self._rolling, self._held = rate, keys, rolling, held
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._type, name="typist")
        self.typed = 0
        self.longest = 0.0
        """Seconds between two keys, at most: a busy machine keeps whoever types from it, too."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._glass.close()

    def more(self, count: int) -> None:
        """Until so many more have been typed."""
        wanted = self.typed + count
        until(f"{count} keys", lambda: self.typed >= wanted, every=0.005)

    def _type(self) -> None:
        down: str | None = None
        next_at = before = time.monotonic()
        if self._held:
            self._glass.key(self._held, True)
        for key in itertools.cycle(self._keys):
            self._glass.key(key, True)
            self.typed += 1
            self.longest, before = max(self.longest, time.monotonic() - before), time.monotonic()
            if down is not None:
                self._glass.key(down, False)
            down = key
            if not self._rolling:
                self._glass.key(key, False)
                down = None
            next_at += 1 / self._rate
            if self._over.wait(max(0.0, next_at - time.monotonic())):
                break
        for last in filter(None, (down, self._held)):
            self._glass.key(last, False)
