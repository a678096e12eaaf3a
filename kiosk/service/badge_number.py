"""Badge numbers: one canonical form, and the other forms in which careless readers report the same card.

Readers differ in byte order, in bit order, and in how much of a number they pass on (26-bit Wiegand has 24 bits; many
hand on 4 of 7 bytes; a 7-byte card's first cascade level reads 88 and three bytes, ISO 14443-3 section 6.5.4). Such a
number never signs in; it is only recognised, so that the screen can say what is wrong.
"""

from __future__ import annotations

from typing import Literal

SIZES = (4, 7, 10)
RANDOM_FIRST = 0x08
CASCADE_TAG = b"\x88"
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
Form = Literal["exact", "reversed", "truncated"]


class BadNumber(ValueError):
    """Not a badge's number; the message is a sentence. ``random``: a 4-byte number that changes at every tap."""

    def __init__(self, sentence: str, *, random: bool = False) -> None:
        super().__init__(sentence)
        self.random = random


def parse(text: str) -> bytes:
    """The bytes of a number written in hex, with or without colons, hyphens or spaces. Raises ``BadNumber``."""
    plain = "".join(c for c in text if c not in ":- ")
    try:
        number = bytes.fromhex(plain)
    except ValueError:
        raise BadNumber("A badge number is written in hex, such as 04A1B2C3D4E5F6.") from None
    if len(number) not in SIZES:
        raise BadNumber(f"A badge number has 4, 7 or 10 bytes; this one has {len(number)}.")
    if len(number) == 4 and number[0] == RANDOM_FIRST:
        raise BadNumber(
            "This number begins with 08: the card makes up a new one at every tap (ISO 14443-3). It cannot be a badge.",
            random=True,
        )
    if is_blank(number):
        raise BadNumber(
            "All its bytes are 00 or FF, which readers report that have read nothing. It cannot be a badge."
        )
    return number


def is_blank(number: bytes) -> bool:
    """Whether it is what readers report for a card that they could not read: it would be everybody's badge."""
    return set(number) in ({0x00}, {0xFF})


def other_forms(number: bytes) -> set[tuple[Form, bytes]]:
    """How other readers may report the badge of ``number``; never ``number`` itself."""
    reversals = {number[::-1], _bits(number), _bits(number)[::-1]}
    pieces = {number[:3], number[-3:]}
    if len(number) > 4:
        pieces |= {number[:4], number[-4:], CASCADE_TAG + number[:3]}
    pieces |= {piece[::-1] for piece in pieces}
    # A reader that pads three bytes to four puts the zero in front. Three alone are not reported: no card is so short.
    pieces = {b"\x00" + piece if len(piece) == 3 else piece for piece in pieces}
    reversals.discard(number)
    found: set[tuple[Form, bytes]] = {("reversed", form) for form in reversals}
    return found | {("truncated", piece) for piece in pieces - reversals - {number}}


def _bits(number: bytes) -> bytes:
    """Every byte with its lowest bit first."""
    return number.translate(_REVERSED_BITS)
