"""The number of a badge: a name, not a proof.

A contactless reader answers GET DATA ``FF CA 00 00 00`` itself (PC/SC part 3 section 3.2.2.1.3), without a word
to the card. Sizes are those of ISO/IEC 14443-3 section 6.5.4: single 4, double 7, triple 10 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.credential import apdu
from kiosk.credential.errors import Garbage, RandomUid

if TYPE_CHECKING:
    from kiosk.reader.card import Card

SIZES = (4, 7, 10)
RANDOM = 0x08
"""First byte of a single-size UID that is drawn anew at every activation (ISO/IEC 14443-3 section 6.5.4)."""

STORAGE_CARD = bytes.fromhex("804F0CA000000306")
"""Historical bytes of a memory card's ATR (PC/SC part 3 section 3.1.3.2.3.1): it knows no APDUs at all."""


def canonical(uid: bytes) -> str:
    """Upper-case hex in the order the card sends it. Raises ``Garbage`` for another size than 4, 7 or 10 bytes."""
    if len(uid) not in SIZES:
        raise Garbage("a UID of an impossible size")
    return uid.hex().upper()


def is_random(uid: str) -> bool:
    """Whether this canonical UID is one that changes at every tap."""
    return len(uid) == 2 * SIZES[0] and int(uid[:2], 16) == RANDOM


def is_storage_card(atr: bytes) -> bool:
    """Whether ``atr`` is the one readers make up for memory cards, so that SELECT would be a waste of time."""
    return STORAGE_CARD in atr


def read(card: Card) -> str | None:
    """The canonical UID, or None where the reader has none to give (a contact reader, a phone).

    Raises ``Garbage`` for an impossible size.
    """
    number, sw = apdu.exchange(card, 0xFF, 0xCA, 0x00, 0x00)
    return canonical(number) if sw == apdu.OK else None


def as_badge(card: Card) -> str | None:
    """As ``read``, for a card that has nothing but its number. Raises ``RandomUid`` if that is no name."""
    number = read(card)
    if number is not None and is_random(number):
        raise RandomUid
    return number


def beside(card: Card) -> str | None:
    """The UID of a card that proves itself otherwise: None too if it is random or impossible."""
    try:
        number = read(card)
    except Garbage:
        return None
    return None if number is None or is_random(number) else number
