"""What can go wrong between a person's card and a proof, as facts.

::

    CredentialError(trouble, retries_left, reason)
    ├── LiftedEarlyError         the card left, or the key was unplugged, in the middle
    ├── SilentCardError          it does not answer to reset
    ├── CardInUseError           another program holds it
    ├── ReaderLostError          the reader or the card service went away
    │   └── ReaderDeniedError    the card service refuses this station
    ├── GarbledCardError         it answers, but not sensibly (APDU, TLV, CBOR, HID)
    ├── UnknownCardError         no UID, no PIV, no FIDO2, no PKOC
    ├── RandomUidError           its number changes at every tap
    ├── ImpossibleNumberError    its number cannot be a badge's
    ├── NumberFormatError a keyboard-wedge reader typed it in another format than is set
    ├── WrongReaderError         this act needs the other reader (a PIV PIN over the air)
    │   └── SlotReaderError      the card shows its certificate in a reader with a slot alone
    ├── WrongCardError           a card, but not the one that this ceremony asks for
    │   ├── NotAKeyError, U2fOnlyError, NotAPivCardError  another kind of card
    │   ├── PivKeyKindError      a PIV key of a kind that is not taken
    │   ├── NotAPkocBadgeError, PkocVersionError, PkocKeyError, PkocRefusedError  no PKOC badge, or none that can be
used
    │   └── KeyFullError, KeyAlgorithmError, KeyCapabilityError, KeyTooNewError  a key that cannot do what is asked
    ├── AlreadyEnrolledError     the key holds one of the credentials that were excluded
    ├── NoCredentialError        the key holds nothing that this service enrolled
    │   └── KeyMayHideError      or it shows that to a verified user alone
    ├── KeyHidesError            the key signs nothing before its user is verified
    ├── PinNotSetError           the key has no PIN, so it cannot verify its user
    ├── PinRefusedError          the key does not take this as its new PIN
    ├── PinChangeRequiredError   the key wants its PIN changed first
    ├── InvalidPinError          ``retries_left`` as the card says; None if the card was not asked
    ├── LastTryError             one try is left; nothing was sent, the same PIN again will be
    ├── PinBlockedError          until its issuer resets it
    ├── PinAuthBlockedError      until the key is lifted and held again
    ├── FingerUnknownError       the key's sensor does not know this finger
    ├── SensorBlockedError       the key's sensor is blocked; its PIN unblocks it
    ├── KeyDeniedError           somebody said no at the key, or did not touch it
    ├── CardTimeoutError         nobody touched it, or the ceremony's time is over
    │   └── RequestDroppedError  whoever asked gave up
    ├── NoUsbKeyError, SeveralUsbKeysError
    └── ChallengeNotBoundError   the challenge does not say what it claims: not signed, never the card's fault

``reason`` is a short text for logs and the help desk. It never holds a secret, and nothing a card sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from kiosk.model.card import CardTrouble


class CredentialError(Exception):
    """The only kind of error that leaves this room. ``trouble``: the sentence on the screen."""

    trouble: ClassVar[CardTrouble] = CardTrouble.GARBAGE

    def __init__(self, reason: str = "", retries_left: int | None = None) -> None:
        super().__init__(reason or self.trouble.value)
        self.reason = reason
        self.retries_left = retries_left


class LiftedEarlyError(CredentialError):
    trouble = CardTrouble.LIFTED_EARLY


class SilentCardError(CredentialError):
    trouble = CardTrouble.MUTE


class CardInUseError(CredentialError):
    trouble = CardTrouble.EXCLUSIVE


class ReaderLostError(CredentialError):
    trouble = CardTrouble.READER_GONE


class ReaderDeniedError(ReaderLostError):
    trouble = CardTrouble.READER_DENIED


class GarbledCardError(CredentialError):
    trouble = CardTrouble.GARBAGE


class UnknownCardError(CredentialError):
    trouble = CardTrouble.UNKNOWN_CARD


class RandomUidError(CredentialError):
    trouble = CardTrouble.RANDOM_UID


class ImpossibleNumberError(CredentialError):
    trouble = CardTrouble.BAD_NUMBER


class NumberFormatError(CredentialError):
    trouble = CardTrouble.NUMBER_FORMAT


class WrongReaderError(CredentialError):
    trouble: ClassVar[CardTrouble] = CardTrouble.WRONG_READER


class SlotReaderError(WrongReaderError):
    """Over the air the card keeps what is asked for to itself (SP 800-73-4 part 1 section 3.5)."""

    trouble = CardTrouble.SLOT_ONLY


class WrongCardError(CredentialError):
    trouble: ClassVar[CardTrouble] = CardTrouble.WRONG_CARD


class NotAKeyError(WrongCardError):
    trouble = CardTrouble.NOT_A_KEY


class U2fOnlyError(WrongCardError):
    """It answers SELECT, and no CTAP 2 message after it."""

    trouble = CardTrouble.U2F_ONLY


class NotAPivCardError(WrongCardError):
    trouble = CardTrouble.NOT_A_PIV_CARD


class PivKeyKindError(WrongCardError):
    trouble = CardTrouble.PIV_KEY_KIND


class NotAPkocBadgeError(WrongCardError):
    trouble = CardTrouble.NOT_A_PKOC_BADGE


class PkocVersionError(WrongCardError):
    trouble = CardTrouble.PKOC_VERSION


class PkocKeyError(WrongCardError):
    trouble = CardTrouble.PKOC_KEY


class PkocRefusedError(WrongCardError):
    trouble = CardTrouble.PKOC_REFUSED


class KeyFullError(WrongCardError):
    trouble = CardTrouble.KEY_FULL


class KeyAlgorithmError(WrongCardError):
    trouble = CardTrouble.KEY_ALGORITHM


class KeyCapabilityError(WrongCardError):
    trouble = CardTrouble.KEY_CANNOT


class KeyTooNewError(WrongCardError):
    trouble = CardTrouble.KEY_TOO_NEW


class AlreadyEnrolledError(CredentialError):
    """Enrolment: the key already holds a credential of this person."""

    trouble = CardTrouble.ALREADY_ENROLLED


class NoCredentialError(CredentialError):
    trouble: ClassVar[CardTrouble] = CardTrouble.NO_CREDENTIAL


class KeyMayHideError(NoCredentialError):
    """It showed nothing to somebody who was not verified, and that may be all (CTAP 2.1 section 12.1, level 3)."""

    trouble = CardTrouble.KEY_MAY_HIDE


class KeyHidesError(CredentialError):
    """Its user must be verified for whatever it does (CTAP 2.1 section 7.2, ``alwaysUv``)."""

    trouble = CardTrouble.KEY_HIDES


class FingerUnknownError(CredentialError):
    trouble = CardTrouble.FINGER_UNKNOWN


class SensorBlockedError(CredentialError):
    """Its PIN still works, and unblocks it (CTAP 2.1 section 6.5.5.7)."""

    trouble = CardTrouble.SENSOR_BLOCKED


class KeyDeniedError(CredentialError):
    trouble = CardTrouble.KEY_DENIED


class PinNotSetError(CredentialError):
    trouble = CardTrouble.NO_PIN_SET


class PinRefusedError(CredentialError):
    trouble = CardTrouble.PIN_REFUSED


class PinChangeRequiredError(CredentialError):
    trouble = CardTrouble.PIN_TO_CHANGE


class InvalidPinError(CredentialError):
    trouble = CardTrouble.WRONG_PIN


class LastTryError(CredentialError):
    trouble = CardTrouble.LAST_TRY


class PinBlockedError(CredentialError):
    trouble = CardTrouble.PIN_BLOCKED


class PinAuthBlockedError(CredentialError):
    trouble = CardTrouble.PIN_AUTH_BLOCKED


class CardTimeoutError(CredentialError):
    trouble = CardTrouble.TIMED_OUT


class RequestDroppedError(CardTimeoutError):
    """Whoever asked gave up (``DropCard``); nobody waits for this answer."""


class NoUsbKeyError(CredentialError):
    trouble = CardTrouble.NO_USB_KEY


class SeveralUsbKeysError(CredentialError):
    trouble = CardTrouble.SEVERAL_USB_KEYS


class ChallengeNotBoundError(CredentialError):
    """The challenge is not the hash of what it claims to be, or is for another place: refuse (``Mismatch``)."""


@contextmanager
def readers_errors_named() -> Iterator[None]:
    """Turns the reader room's ``CardError`` into this room's facts, at the door."""
    from kiosk.reader.card import (  # 2.6 ms: the front is imported without the reader room
        CardCancelledError,
        CardError,
        CardExclusiveError,
        CardGoneError,
        CardMuteError,
        CardServiceDeniedError,
        CardServiceError,
        NumberNotUnderstoodError,
        ReaderGoneError,
    )

    try:
        yield
    except CardGoneError as error:
        raise LiftedEarlyError from error
    except CardMuteError as error:
        raise SilentCardError from error
    except CardExclusiveError as error:
        raise CardInUseError from error
    except CardCancelledError as error:
        raise RequestDroppedError from error
    except NumberNotUnderstoodError as error:
        raise NumberFormatError("none of the formats that are set") from error
    except CardServiceDeniedError as error:
        raise ReaderDeniedError(str(error)) from error
    except (ReaderGoneError, CardServiceError) as error:
        raise ReaderLostError from error
    except CardError as error:
        raise GarbledCardError("the reader could not exchange an APDU") from error
