"""Sees readers and cards come and go; lends one open card. The only room that knows pyscard.

``open_readers`` is the agent's door, ``one_card``, ``list_readers`` and ``health`` the commands'. pyscard is imported
when the first of them is called (35 ms). ``card`` draws the tree of errors; all have a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.model.card import ReadersChanged
from kiosk.reader.card import (
    CardCancelledError,
    CardError,
    CardExclusiveError,
    CardGoneError,
    CardMuteError,
    CardServiceDeniedError,
    CardServiceError,
    CardServiceStoppedError,
    NoCardError,
    OpenCard,
    ReaderGoneError,
    SeveralCardsError,
)
from kiosk.reader.taps import NUMBERS, CardEvent, Numbers

__all__ = [
    "NUMBERS",
    "CardCancelledError",
    "CardError",
    "CardEvent",
    "CardExclusiveError",
    "CardGoneError",
    "CardMuteError",
    "CardServiceDeniedError",
    "CardServiceError",
    "CardServiceStoppedError",
    "NoCardError",
    "Numbers",
    "OpenCard",
    "ReaderGoneError",
    "SeveralCardsError",
    "Watching",
    "health",
    "list_readers",
    "one_card",
    "open_readers",
]


class Watching(Protocol):
    """Readers under watch."""

    def start(self) -> None:
        """Begin to post events, on a thread of its own. Once.

        Raises ``CardServiceStoppedError`` if the in-process reader's socket cannot be made; a pcscd that does not run
        is an event instead.
        """

    def stop(self) -> None:
        """End that thread; nothing is posted after this returns."""

    def lend(self, tap_number: int) -> OpenCard:
        """Connect to the card of that tap, on the caller's thread. The caller closes it.

        Raises ``CardGoneError`` if it was lifted or swapped since, ``CardMuteError``, ``CardExclusiveError``,
        ``ReaderGoneError`` or
        ``CardServiceError``.
        """


def open_readers(
    post: Callable[[CardEvent], None],
    wanted: tuple[str, ...] = (),
    insertion: tuple[str, ...] = (),
    in_process_path: str = "",
) -> Watching:
    """The readers of this machine, or with ``in_process_path`` the in-process reader at that socket, not yet started.

    ``post`` is called with each event, in order, on the watch thread, and must not block. ``wanted`` and ``insertion``:
    parts of readers' names, as in the settings.
    """
    if in_process_path:
        from kiosk.reader.inprocess import SocketWatcher  # 6 ms

        return SocketWatcher(post, Path(in_process_path), insertion=insertion)
    from kiosk.reader.watch import Watcher  # 7 ms: pyscard

    return Watcher(post, wanted=wanted, insertion=insertion)


def list_readers() -> tuple[str, ...]:
    """The names of this machine's readers. Raises ``CardServiceError``."""
    from kiosk.reader import enquiry  # 8 ms

    return enquiry.list_readers()


def health(wanted: tuple[str, ...] = (), insertion: tuple[str, ...] = ()) -> ReadersChanged:
    """How the card service and each reader are now. Raises nothing: a service that does not serve is an answer."""
    from kiosk.reader import enquiry  # 8 ms

    return enquiry.health(wanted, insertion)


def one_card(reader: str | None, timeout: float) -> OpenCard:
    """The card on the reader whose name contains ``reader``, or the only one, within ``timeout`` seconds.

    Raises ``NoCardError``, ``SeveralCardsError``, ``ReaderGoneError``, ``CardServiceError``, or as ``Watching.lend``.
    """
    from kiosk.reader import enquiry  # 8 ms

    return enquiry.one_card(reader, timeout)
