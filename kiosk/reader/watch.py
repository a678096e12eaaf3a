"""The ``watch`` thread: blocks in SCardGetStatusChange without a time-out and posts what came and went.

An idle watcher never wakes up. Whatever breaks, its context is built anew: the card service's stop is an
event on the lock screen, and its return is found within a second.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from kiosk.model.card import ReadersChanged, ReaderState
from kiosk.reader.card import CardCancelledError, CardExclusiveError, CardServiceError, OpenCard, ReaderGoneError
from kiosk.reader.pcsc import FOREVER, PNP, UNAWARE, Context, Raw, seen_of
from kiosk.reader.pcsc_card import PcscCard
from kiosk.reader.states import KnownReader, Roles, advance, forget, health, unserved
from kiosk.reader.taps import NUMBERS, CardEvent, CardsPresent, Numbers

RETRY_DELAYS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between tries while the card service is down; the last one repeats."""
SETTLE = 1000
"""Milliseconds. Readers come in bunches, and pcsc-lite compares only the number of readers, from when the wait
begins: one that comes between our list and our wait is not announced. So the first wait after a change is short."""
CANCEL_EVERY = 0.02
"""Seconds. A cancel that is sent before the wait begins is lost."""


class Watcher:
    """Watches the readers whose names contain a pattern of ``wanted`` (none: all of them).

    ``post`` is called on the watch thread with each event, in order, and must not block. ``insertion``: patterns
    of the readers that are slots.
    """

    def __init__(
        self,
        post: Callable[[CardEvent], None],
        *,
        wanted: tuple[str, ...] = (),
        insertion: tuple[str, ...] = (),
        numbers: Numbers = NUMBERS,
    ) -> None:
        self._post = post
        self._roles = Roles(wanted, insertion)
        self._numbers = numbers
        self._lying = CardsPresent()
        self._known: tuple[KnownReader, ...] = ()
        self._shown: ReadersChanged | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._context: Context | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to watch. Once."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch thread; nothing is posted after this returns. Not to be called on the watch thread."""
        self._stopping.set()
        while self._thread.is_alive():
            self._interrupt()
            self._thread.join(CANCEL_EVERY)

    def lend(self, tap_number: int) -> OpenCard:
        """Connect to the card of that tap, on the caller's thread.

        Raises ``CardGoneError`` if it was lifted or swapped since, else as ``PcscCard``.
        """
        tap = self._lying.find(tap_number)
        try:
            return PcscCard(tap.reader, tap.event)
        except CardExclusiveError:
            # pcscd announces no change of sharing, so the watch thread must look for itself to show it.
            self._interrupt()
            raise

    def _run(self) -> None:
        delays = _retry_delays()
        while not self._stopping.is_set():
            try:
                with Context() as context:
                    delays = _retry_delays()
                    self._lead(context)
                    try:
                        self._watch(context)
                    finally:
                        self._lead(None)
            except CardServiceError as error:
                self._lost(error)
                self._stopping.wait(next(delays))

    def _lead(self, context: Context | None) -> None:
        """Name the context whose wait can be interrupted."""
        with self._lock:
            self._context = context

    def _interrupt(self) -> None:
        with self._lock:
            if self._context is not None:
                self._context.cancel()

    def _watch(self, context: Context) -> None:
        """Post until stopped. Raises ``CardServiceError``."""
        names = self._names(context)
        states: dict[str, int] = {}
        settled = False
        while not self._stopping.is_set():
            if not names:
                self._see(())
            # Nor does pcscd announce that a card held exclusively was released.
            held = any(reader.state is ReaderState.EXCLUSIVE for reader in self._known)
            try:
                asked = [(name, states.get(name, UNAWARE)) for name in (PNP, *names)]
                answer = context.wait(asked, FOREVER if settled and not held else SETTLE)
            except CardCancelledError:
                states = {}
                continue
            except ReaderGoneError:
                answer, settled = (), False
                self._stopping.wait(RETRY_DELAYS[0])
            if answer:
                states = {raw.reader: raw.fed_back for raw in answer}
                self._see(answer[1:])
                if not answer[0].changed and all(raw.known for raw in answer[1:]):
                    continue
            listed = self._names(context)
            settled = answer is None and listed == names
            names, states = listed, {}

    def _names(self, context: Context) -> tuple[str, ...]:
        return tuple(name for name in context.readers() if self._roles.wants(name))

    def _see(self, readers: Sequence[Raw]) -> None:
        seen = [seen_of(raw) for raw in readers if raw.known]
        self._known, events = advance(self._known, seen, self._roles, self._numbers, time.monotonic())
        self._tell(*events)
        self._show(health(self._known))

    def _lost(self, error: CardServiceError) -> None:
        self._tell(*forget(self._known, time.monotonic()))
        self._known = ()
        self._show(unserved(error))

    def _tell(self, *events: CardEvent) -> None:
        # Noted first: whoever is told of a tap may ask for its card at once.
        self._lying.note(events)
        for event in events:
            self._post(event)

    def _show(self, now: ReadersChanged) -> None:
        if now != self._shown:
            self._shown = now
            self._post(now)


def _retry_delays() -> Iterator[float]:
    return itertools.chain(RETRY_DELAYS, itertools.repeat(RETRY_DELAYS[-1]))
