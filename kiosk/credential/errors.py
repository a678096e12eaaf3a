"""What can go wrong between a person's card and a proof, as facts.

::

    CardProblem(trouble, retries_left, reason)
    ├── LiftedEarly       the card left, or the key was unplugged, in the middle
    ├── Mute              it does not answer to reset
    ├── Exclusive         another program holds it
    ├── ReaderLost        the reader or the card service went away
    │   └── ReaderDeniedError   the card service refuses this station
    ├── Garbage           it answers, but not sensibly (APDU, TLV, CBOR, HID)
    ├── UnknownCard       no UID, no PIV, no FIDO2, no PKOC
    ├── RandomUid         its number changes at every tap
    ├── ImpossibleNumber  its number cannot be a badge's
    ├── NumberFormatError a keyboard-wedge reader typed it in another format than is set
    ├── WrongReader       this act needs the other reader (a PIV PIN over the air)
    ├── WrongCard         a card, but not the one that this ceremony asks for
    │   ├── NotAKey, U2fOnly, NotAPivCard      another kind of card
    │   ├── PivKeyKind                         a PIV key of a kind that is not taken
    │   ├── NotAPkocBadge, PkocVersion, PkocKey, PkocRefused   no PKOC badge, or none that can be used
    │   └── KeyFull, KeyAlgorithm, KeyCannot, KeyTooNew   a key that cannot do what is asked
    ├── AlreadyEnrolled   the key holds one of the credentials that were excluded
    ├── NoCredential      the key holds nothing that this service enrolled
    ├── NoPinSet          the key has no PIN, so it cannot verify its user
    ├── PinRefused        the key does not take this as its new PIN
    ├── PinToChange       the key wants its PIN changed first
    ├── WrongPin          ``retries_left`` as the card says; None if the card was not asked
    ├── LastTry           one try is left; nothing was sent, the same PIN again will be
    ├── PinBlocked        until its issuer resets it
    ├── PinAuthBlocked    until the key is lifted and held again
    ├── TimedOut          nobody touched it, or the ceremony's time is over
    │   └── Cancelled     whoever asked gave up
    ├── NoUsbKey, SeveralUsbKeys
    └── NotBound          the challenge does not say what it claims: not signed, never the card's fault

``reason`` is a short text for logs and the help desk. It never holds a secret, and nothing a card sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from kiosk.model.card import CardTrouble


class CardProblem(Exception):
    """The only kind of error that leaves this room. ``trouble``: the sentence on the screen."""

    trouble: ClassVar[CardTrouble] = CardTrouble.GARBAGE

    def __init__(self, reason: str = "", retries_left: int | None = None) -> None:
        super().__init__(reason or self.trouble.value)
        self.reason = reason
        self.retries_left = retries_left


class LiftedEarly(CardProblem):
    trouble = CardTrouble.LIFTED_EARLY


class Mute(CardProblem):
    trouble = CardTrouble.MUTE


class Exclusive(CardProblem):
    trouble = CardTrouble.EXCLUSIVE


class ReaderLost(CardProblem):
    trouble = CardTrouble.READER_GONE


class ReaderDeniedError(ReaderLost):
    trouble = CardTrouble.READER_DENIED


class Garbage(CardProblem):
    trouble = CardTrouble.GARBAGE


class UnknownCard(CardProblem):
    trouble = CardTrouble.UNKNOWN_CARD


class RandomUid(CardProblem):
    trouble = CardTrouble.RANDOM_UID


class ImpossibleNumber(CardProblem):
    trouble = CardTrouble.BAD_NUMBER


class NumberFormatError(CardProblem):
    trouble = CardTrouble.NUMBER_FORMAT


class WrongReader(CardProblem):
    trouble = CardTrouble.WRONG_READER


class WrongCard(CardProblem):
    trouble: ClassVar[CardTrouble] = CardTrouble.WRONG_CARD


class NotAKey(WrongCard):
    trouble = CardTrouble.NOT_A_KEY


class U2fOnly(WrongCard):
    """It answers SELECT, and no CTAP 2 message after it."""

    trouble = CardTrouble.U2F_ONLY


class NotAPivCard(WrongCard):
    trouble = CardTrouble.NOT_A_PIV_CARD


class PivKeyKind(WrongCard):
    trouble = CardTrouble.PIV_KEY_KIND


class NotAPkocBadge(WrongCard):
    trouble = CardTrouble.NOT_A_PKOC_BADGE


class PkocVersion(WrongCard):
    trouble = CardTrouble.PKOC_VERSION


class PkocKey(WrongCard):
    trouble = CardTrouble.PKOC_KEY


class PkocRefused(WrongCard):
    trouble = CardTrouble.PKOC_REFUSED


class KeyFull(WrongCard):
    trouble = CardTrouble.KEY_FULL


class KeyAlgorithm(WrongCard):
    trouble = CardTrouble.KEY_ALGORITHM


class KeyCannot(WrongCard):
    trouble = CardTrouble.KEY_CANNOT


class KeyTooNew(WrongCard):
    trouble = CardTrouble.KEY_TOO_NEW


class AlreadyEnrolled(CardProblem):
    """Enrolment: the key already holds a credential of this person."""

    trouble = CardTrouble.ALREADY_ENROLLED


class NoCredential(CardProblem):
    trouble = CardTrouble.NO_CREDENTIAL


class NoPinSet(CardProblem):
    trouble = CardTrouble.NO_PIN_SET


class PinRefused(CardProblem):
    trouble = CardTrouble.PIN_REFUSED


class PinToChange(CardProblem):
    trouble = CardTrouble.PIN_TO_CHANGE


class WrongPin(CardProblem):
    trouble = CardTrouble.WRONG_PIN


class LastTry(CardProblem):
    trouble = CardTrouble.LAST_TRY


class PinBlocked(CardProblem):
    trouble = CardTrouble.PIN_BLOCKED


class PinAuthBlocked(CardProblem):
    trouble = CardTrouble.PIN_AUTH_BLOCKED


class TimedOut(CardProblem):
    trouble = CardTrouble.TIMED_OUT


class Cancelled(TimedOut):
    """Whoever asked gave up (``DropCard``); nobody waits for this answer."""


class NoUsbKey(CardProblem):
    trouble = CardTrouble.NO_USB_KEY


class SeveralUsbKeys(CardProblem):
    trouble = CardTrouble.SEVERAL_USB_KEYS


class NotBound(CardProblem):
    """The challenge is not the hash of what it claims to be, or is for another place: refuse (``Mismatch``)."""


@contextmanager
def readers_errors_named() -> Iterator[None]:
    """Turns the reader room's ``CardError`` into this room's facts, at the door."""
    from kiosk.reader.card import (  # 2.6 ms: the front is imported without the reader room
        CardCancelled,
        CardError,
        CardExclusive,
        CardGone,
        CardMute,
        CardServiceDeniedError,
        CardServiceError,
        NumberNotUnderstoodError,
        ReaderGone,
    )

    try:
        yield
    except CardGone as error:
        raise LiftedEarly from error
    except CardMute as error:
        raise Mute from error
    except CardExclusive as error:
        raise Exclusive from error
    except CardCancelled as error:
        raise Cancelled from error
    except NumberNotUnderstoodError as error:
        raise NumberFormatError("none of the formats that are set") from error
    except CardServiceDeniedError as error:
        raise ReaderDeniedError(str(error)) from error
    except (ReaderGone, CardServiceError) as error:
        raise ReaderLost from error
    except CardError as error:
        raise Garbage("the reader could not exchange an APDU") from error
