"""Readers, cards and taps as the rest of the house sees them; no PC/SC here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model.health import CardService as CardService
from kiosk.model.health import ReaderHealth as ReaderHealth
from kiosk.model.health import ReaderRole as ReaderRole
from kiosk.model.health import ReaderState as ReaderState

Wanted = Literal["key", "pkoc", "number"]
"""What a card is looked at for first, where it may be several things at once: a FIDO2 key."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A card came into a reader's field.

    ``number`` counts taps of this run, from 1, over all readers; every order and answer about
    the tap carries it. ``atr``: the card's answer to reset. ``event``: PC/SC's own counter of
    insertions and removals on that reader (16 bits), which tells two taps apart. ``at``: monotonic
    seconds. ``fresh``: False for a card that was lying there when we started, or whose lift was
    never seen: it must be lifted before it counts.
    """

    number: int
    reader: str
    role: ReaderRole
    atr: bytes
    event: int
    at: float
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Lift:
    """The card of tap ``number`` left. ``at``: monotonic seconds."""

    number: int
    reader: str
    role: ReaderRole
    at: float


@dataclass(frozen=True, slots=True)
class ReadersChanged:
    """The readers, or their health, are now these."""

    service: CardService
    readers: tuple[ReaderHealth, ...]


class CardTrouble(StrEnum):
    """Why a card could not be used; each is one sentence on the screen."""

    LIFTED_EARLY = "lifted_early"
    MUTE = "mute"
    EXCLUSIVE = "exclusive"
    UNKNOWN_CARD = "unknown_card"
    """No UID, no PIV, no FIDO2, no PKOC."""
    GARBAGE = "garbage"
    """It answers, but not sensibly (APDU, TLV or CBOR)."""
    RANDOM_UID = "random_uid"
    """A 4-byte number that begins with 08 changes at every tap (ISO 14443-3): no badge."""
    BAD_NUMBER = "bad_number"
    """Its number cannot be a badge's: fewer than 4 or more than 16 bytes, or nothing but 00 or FF."""
    NUMBER_FORMAT = "number_format"
    """A reader that acts as a keyboard typed it in another format than this station has, or not whole."""
    WRONG_READER = "wrong_reader"
    """This kind of card belongs on the other reader."""
    SLOT_ONLY = "slot_only"
    """The smart card shows its certificate in a reader with a slot alone (SP 800-73-4 part 1 section 3.5)."""
    WRONG_CARD = "wrong_card"
    """A card, but not the one this ceremony asks for."""
    NOT_A_KEY = "not_a_key"
    """A key is asked for, and this card has no FIDO2 application."""
    U2F_ONLY = "u2f_only"
    """A key of before CTAP 2: it knows U2F only."""
    NOT_A_PIV_CARD = "not_a_piv_card"
    """A smart card is asked for, and this one has no PIV application, or an empty one."""
    PIV_KEY_KIND = "piv_key_kind"
    """Its PIV key is of a kind that is not taken (``model.piv``)."""
    NOT_A_PKOC_BADGE = "not_a_pkoc_badge"
    """A badge that proves itself is asked for, and this card has no PKOC application."""
    PKOC_VERSION = "pkoc_version"
    """Its PKOC application speaks none of the versions that are known here."""
    PKOC_KEY = "pkoc_key"
    """Its PKOC public key is no point of P-256."""
    PKOC_REFUSED = "pkoc_refused"
    """Its PKOC application answers, and does not sign."""
    KEY_FULL = "key_full"
    """The key has no room for another credential."""
    KEY_ALGORITHM = "key_algorithm"
    """The key has none of the signature algorithms that are asked for."""
    KEY_CANNOT = "key_cannot"
    """The key lacks something that is required, such as credentials that say who they belong to."""
    KEY_TOO_NEW = "key_too_new"
    """The key takes a PIN only by a protocol that this version does not know (CTAP 2.2 section 6.5.4)."""
    NO_CREDENTIAL = "no_credential"
    """The key holds nothing that this service enrolled."""
    KEY_MAY_HIDE = "key_may_hide"
    """The same, or it shows what it holds to a verified user alone (CTAP 2.1 section 12.1, level 3)."""
    KEY_HIDES = "key_hides"
    """The key does nothing before its user is verified (CTAP 2.1 section 7.2, ``alwaysUv``)."""
    NO_PIN_SET = "no_pin_set"
    """The key has no PIN, so it cannot verify its user."""
    WRONG_PIN = "wrong_pin"
    LAST_TRY = "last_try"
    """One try is left before the card blocks. The PIN was not sent to it: typed again, it will be."""
    PIN_BLOCKED = "pin_blocked"
    """Blocked until it is reset by its issuer."""
    PIN_AUTH_BLOCKED = "pin_auth_blocked"
    """Three wrong PINs: lift the key and hold it again."""
    FINGER_UNKNOWN = "finger_unknown"
    """The key's sensor does not know this finger."""
    SENSOR_BLOCKED = "sensor_blocked"
    """The key's sensor is blocked after too many tries; its PIN works still (CTAP 2.1 section 6.5.5.7)."""
    KEY_DENIED = "key_denied"
    """Somebody said no at the key, or did not touch it."""
    TIMED_OUT = "timed_out"
    READER_GONE = "reader_gone"
    READER_DENIED = "reader_denied"
    """The card service does not let this station use its cards."""
    NO_USB_KEY = "no_usb_key"
    """No FIDO2 key is plugged in."""
    SEVERAL_USB_KEYS = "several_usb_keys"
    """More than one FIDO2 key is plugged in: leave only yours."""
    ALREADY_ENROLLED = "already_enrolled"
    """A new key holds a credential of this person already."""
    PIN_REFUSED = "pin_refused"
    """The key does not take this as its new PIN: too short, too long, or too simple."""
    PIN_TO_CHANGE = "pin_to_change"
    """The key wants its PIN changed before anything else (CTAP 2.1 section 6.4, ``forcePINChange``)."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a FIDO2 key says of its PIN (CTAP 2.1 section 6.4), before one is typed.

    ``shortest``: characters (``minPINLength``). ``longest``: bytes of UTF-8. ``retries_left``: None without a PIN.
    ``change_pin``: ``forcePINChange``. ``can_pin``: it can have one at all.
    """

    aaguid: str
    has_pin: bool
    can_pin: bool
    built_in_uv: bool
    shortest: int
    longest: int
    retries_left: int | None = None
    change_pin: bool = False
