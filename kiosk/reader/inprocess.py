"""A reader without a card service, behind the same door: a private Unix socket where simulated cards are placed.

Whoever connects is a card on "In-process reader 0" and answers the vpicc protocol; hanging up lifts the card. Whoever
comes while a card lies there is hung up on. For the demo and tests only.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.model.card import ReadersChanged
from kiosk.reader.card import CardGoneError, CardMuteError, CardServiceStoppedError, OpenCard
from kiosk.reader.states import KnownReader, ReaderSnapshot, Roles, advance, health
from kiosk.reader.taps import NUMBERS, CardEvent, CardsPresent, Numbers
from kiosk.reader.vpicc import ASK_ATR, ON, RESET_PATIENCE, SocketCard, VpiccConnection

READER = "In-process reader 0"
MAX_ATR = 33
"""ISO 7816-3 section 8.2.1."""


class SocketWatcher:
    """Like ``Watcher``, for the reader at the socket ``path`` (made with mode 0600, an old one replaced)."""

    def __init__(
        self,
        post: Callable[[CardEvent], None],
        path: Path,
        *,
        insertion: tuple[str, ...] = (),
        numbers: Numbers = NUMBERS,
    ) -> None:
        self._post = post
        self._path = path
        self._roles = Roles(insertion=insertion)
        self._numbers = numbers
        self._lying = CardsPresent()
        self._known: tuple[KnownReader, ...] = ()
        self._shown: ReadersChanged | None = None
        self._count = 0
        self._card: VpiccConnection | None = None
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._bell, self._ringer = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Open the socket and begin to watch. Once. Raises ``CardServiceStoppedError`` if it cannot be made there."""
        try:
            self._path.unlink(missing_ok=True)
            # Linux gives the path the mode of the unbound socket, so it is never open to others, not even briefly.
            os.fchmod(self._door.fileno(), 0o600)
            self._door.bind(str(self._path))
            self._door.listen()
        except OSError as error:
            raise CardServiceStoppedError(
                f"The in-process reader cannot be opened at {self._path}: {error}. Choose another path."
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Lift the card, close the socket and end the watch thread; nothing is posted after this returns."""
        self._ringer.close()
        if (line := self._card) is not None:
            line.hang_up()
        if self._thread.ident is not None:
            self._thread.join()
            self._path.unlink(missing_ok=True)
        self._door.close()
        self._bell.close()

    def lend(self, tap_number: int) -> OpenCard:
        """The card of that tap. Raises ``CardGoneError`` if it was lifted or swapped since."""
        tap = self._lying.find(tap_number)
        line = self._card
        if line is None or tap.event != self._count:
            raise CardGoneError
        return SocketCard(line, READER, tap.atr)

    def _run(self) -> None:
        self._see(ReaderSnapshot(READER))
        while True:
            poll = select.poll()
            poll.register(self._door, select.POLLIN)
            poll.register(self._bell, select.POLLIN)
            if self._card is not None:
                # Only its end: what it sends is an answer, and that is for the card thread.
                poll.register(self._card, getattr(select, "POLLRDHUP", select.POLLHUP))
            ready = {number for number, _ in poll.poll()}
            if self._bell.fileno() in ready:
                break
            if self._card is not None and self._card.fileno() in ready:
                self._lifted(self._card)
            elif self._door.fileno() in ready:
                self._arrived(self._door.accept()[0])
        if self._card is not None:
            self._card.close()
            self._card = None

    def _arrived(self, line: socket.socket) -> None:
        if self._card is not None:
            line.close()
            return
        self._card = card = VpiccConnection(line)
        try:
            card.control(ON)
            atr = card.exchange(ASK_ATR, RESET_PATIENCE)
        except CardMuteError:
            atr = b""
        except CardGoneError:
            # Not even long enough to be asked who it is: still a tap that came and went.
            self._card = None
            card.close()
            self._count += 2
            self._see(ReaderSnapshot(READER, event=self._count))
            return
        self._count += 1
        self._see(ReaderSnapshot(READER, present=True, mute=not 2 <= len(atr) <= MAX_ATR, event=self._count, atr=atr))

    def _lifted(self, card: VpiccConnection) -> None:
        self._card = None
        card.close()
        self._count += 1
        self._see(ReaderSnapshot(READER, event=self._count))

    def _see(self, seen: ReaderSnapshot) -> None:
        self._known, events = advance(self._known, [seen], self._roles, self._numbers, time.monotonic())
        self._tell(*events)
        now = health(self._known)
        if now != self._shown:
            self._shown = now
            self._post(now)

    def _tell(self, *events: CardEvent) -> None:
        self._lying.note(events)
        for event in events:
            self._post(event)
