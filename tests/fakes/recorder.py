"""Collects what a watcher posts, and lets a test wait for it without sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from kiosk.model.card import Lift, ReadersChanged, ReaderState, Tap

CardEvent = Tap | Lift | ReadersChanged
E = TypeVar("E", Tap, Lift, ReadersChanged)
PATIENCE = 30.0
"""Seconds; only a test that fails waits so long."""


class Recorder:
    """Call it with events (from any thread); every ``next`` starts looking where the last one stopped."""

    def __init__(self) -> None:
        self.events: list[CardEvent] = []
        self._news = threading.Condition()
        self._read = 0

    def __call__(self, event: CardEvent) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def next(self, kind: type[E], wanted: Callable[[E], bool] = lambda event: True) -> E:
        """The next event of that kind for which ``wanted`` holds; events before it are passed over."""
        with self._news:
            while True:
                for index in range(self._read, len(self.events)):
                    event = self.events[index]
                    if isinstance(event, kind) and wanted(event):
                        self._read = index + 1
                        return event
                if not self._news.wait(PATIENCE):
                    raise AssertionError(f"no {kind.__name__} among {self.events[self._read :]}")

    def of(self, *kinds: type[CardEvent]) -> list[CardEvent]:
        """Everything of these kinds so far."""
        with self._news:
            return [event for event in self.events if isinstance(event, kinds)]

    def next_state(self, reader: str, state: ReaderState) -> ReadersChanged:
        """The next view in which ``reader`` is in ``state``."""
        return self.next(
            ReadersChanged,
            lambda view: any(
                known_reader.name == reader and known_reader.state is state for known_reader in view.readers
            ),
        )
