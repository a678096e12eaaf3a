"""The number of a card: which bytes can be a badge's, and the one form in which it is kept.

Agent and service share this page, so that a number that the reader says is the number that an import takes.

A reader hands on what its cards are told apart by: 4, 7 or 10 bytes (ISO/IEC 14443-3 section 6.5.4), 5 (125 kHz
cards), 8 (ISO/IEC 15693, iCLASS, FeliCa), and a few longer ones. All of 4 to 16 bytes are taken.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

MIN_BYTES, MAX_BYTES = 4, 16
RANDOM_SINGLE_SIZE = 0x08
"""First byte of a 4-byte number that is drawn anew at every activation (ISO/IEC 14443-3 section 6.5.4)."""
RANDOM_FELICA = b"\x01\xfe"
"""First bytes of an 8-byte FeliCa number of a device that draws it anew (NFC Forum Digital Protocol, NFCID2)."""
VICINITY = 0xE0
"""Most significant byte of every ISO/IEC 15693 number (section 4.1); it goes over the air last."""
VICINITY_BYTES = 8

NumberSource = Literal["uid", "other_chip", "layout"]
"""Whose number it is, which decides what its first bytes mean.

``uid``: a chip's own, of ISO/IEC 14443 type A or FeliCa as far as is known. ``other_chip``: a chip's own, of a card
that said another standard (type B, ISO/IEC 15693, 125 kHz). ``layout``: the bits of a Wiegand layout, or part of them.
"""


class NumberFault(StrEnum):
    """Why bytes cannot be a badge's number."""

    SIZE = "size"
    """Fewer than 4 bytes, or more than 16."""
    RANDOM = "random"
    """The card makes up a new one at every tap."""
    BLANK = "blank"
    """All bytes are 00 or FF: what readers report that have read nothing. It would be everybody's badge.

    In a layout FF is the highest number, and 00 what a card says that nobody has programmed.
    """


def canonical(number: bytes) -> bytes:
    """``number`` as it is kept: as the reader gives it, but an ISO/IEC 15693 number with its E0 in front.

    Readers differ in which end of those eight bytes they say first. A number with E0 at both ends is left as it is.
    """
    if len(number) == VICINITY_BYTES and number[-1] == VICINITY and number[0] != VICINITY:
        return number[::-1]
    return number


def fault(number: bytes, source: NumberSource = "uid") -> NumberFault | None:
    """What keeps ``number`` from being a badge's, None if nothing does."""
    if not MIN_BYTES <= len(number) <= MAX_BYTES:
        return NumberFault.SIZE
    if source == "uid" and is_random(number):
        return NumberFault.RANDOM
    if set(number) == {0x00} or (source != "layout" and set(number) == {0xFF}):
        return NumberFault.BLANK
    return None


def is_random(number: bytes) -> bool:
    """Whether a card of type A or a FeliCa device draws this number anew at every tap."""
    single = len(number) == 4 and number[0] == RANDOM_SINGLE_SIZE
    return single or (len(number) == VICINITY_BYTES and number.startswith(RANDOM_FELICA))
