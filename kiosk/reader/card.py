"""The lent card: one open connection to the card of one tap, and what can go wrong with it.

Errors::

    CardError              the card cannot be used; the text is a sentence for a person
    ├── CardGoneError                it was lifted, or another card lies there since
    ├── CardMuteError                it does not answer
    ├── CardExclusiveError           another program holds it, or reset it under our hands
    ├── CardCancelledError           ``cancel`` was called, or it is closed
    ├── NoCardError                  none came in time
    ├── SeveralCardsError            more than one reader holds a card
    ├── NumberNotUnderstoodError     a keyboard-wedge reader typed what is in none of its formats
    ├── ReaderGoneError              the reader was unplugged
    └── CardServiceError             there is no card service to talk to
        ├── CardServiceStoppedError  pcscd does not run
        └── CardServiceDeniedError   pcscd runs, and refuses this user
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

INS_VERIFY = 0x20
"""ISO 7816-4 section 11.5.6."""


class CardError(Exception):
    """The card cannot be used. ``sentence`` of the class is what a person reads, unless another is given."""

    sentence = "The card could not be used. Take it away and hold it to the reader again."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class CardGoneError(CardError):
    sentence = "The card was taken away too early. Hold it to the reader until the screen goes on."


class CardMuteError(CardError):
    sentence = "The card does not answer. Take it away and hold it flat to the reader again."


class CardExclusiveError(CardError):
    sentence = "Another program is using the card. Close that program, then hold the card to the reader again."


class CardCancelledError(CardError):
    sentence = "That was cancelled. Hold the card to the reader again to start anew."


class NoCardError(CardError):
    sentence = "No card came to the reader. Hold it to the reader and try again."


class SeveralCardsError(CardError):
    sentence = "More than one reader holds a card. Take the others away, or name the reader."


class NumberNotUnderstoodError(CardError):
    sentence = "The reader typed a number that is in none of its formats. Try it with “kiosk badge decode”."


class ReaderGoneError(CardError):
    sentence = "The reader was unplugged. Plug it in again."


class CardServiceError(CardError):
    """No card service can be talked to; one of the two below says why."""


class CardServiceStoppedError(CardServiceError):
    sentence = "The card service does not run. Start pcscd (systemctl start pcscd)."


class CardServiceDeniedError(CardServiceError):
    """``SCARD_W_SECURITY_VIOLATION``: what a pcscd that asks polkit answers to whom polkit does not allow."""

    sentence = (
        "The card service refuses this user: polkit allows org.debian.pcsc-lite.access_pcsc and access_card only to "
        "whoever sits at this machine's own screen. Work there, or add a polkit rule for this user; install.md has one."
    )


class OpenCard(Protocol):
    """An open card, used by one thread; only ``cancel`` may be called from any other.

    ``reader``: the reader's name. ``atr``: the answer to reset. Leaving its ``with`` block closes it.
    """

    @property
    def reader(self) -> str: ...

    @property
    def atr(self) -> bytes: ...

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Exchange one command APDU: the response's data, and its status word. ``61xx`` and ``6Cxx`` are the caller's.

        Raises ``CardGoneError``, ``CardMuteError``, ``CardExclusiveError``, ``CardCancelledError``, ``ReaderGoneError``
        or
        ``CardServiceError``.
        """

    def cancel(self) -> None:
        """From any thread: the exchange under way ends by itself, the next raises ``CardCancelledError``."""

    def close(self) -> None:
        """Let go; a card that verified a PIN is reset, so that nobody inherits that. May be called twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def verifies_pin(apdu: bytes) -> bool:
    """Whether ``apdu`` leaves the card in a state that the next program must not find."""
    return len(apdu) > 1 and apdu[1] == INS_VERIFY


def split(response: bytes) -> tuple[bytes, int]:
    """Data and status word of a response APDU. Raises ``CardMuteError`` for fewer than two bytes."""
    if len(response) < 2:
        raise CardMuteError
    return response[:-2], int.from_bytes(response[-2:], "big")
