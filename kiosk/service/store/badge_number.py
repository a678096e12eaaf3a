"""Badge numbers: one canonical form, and the other forms in which careless readers report the same card.

Readers differ in byte order, in bit order, and in how much of a number they pass on. 26-bit Wiegand has 24 bits; many
hand on 4 of 7 bytes. A 7-byte card's first cascade level reads 88 and three bytes (ISO 14443-3 section 6.5.4). Such a
number never signs in; it is only recognised, so that the screen can say what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kiosk.model import badge
from kiosk.model.badge import MAX_BYTES, MIN_BYTES, NumberFault, NumberSource
from kiosk.model.wedge import WedgeFormat
from kiosk.model.wedge_decode import decode, decode_first

CASCADE_TAG = b"\x88"
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
Form = Literal["exact", "reversed", "truncated"]


class InvalidBadgeNumberError(ValueError):
    """Not a badge's number; the message is a sentence. ``random``: a 4-byte number that changes at every tap."""

    def __init__(self, sentence: str, *, random: bool = False) -> None:
        super().__init__(sentence)
        self.random = random


def parse(text: str, source: NumberSource = "uid") -> bytes:
    """The bytes of a number written in hex, with or without colons, hyphens or spaces. Raises
    ``InvalidBadgeNumberError``."""
    plain = "".join(c for c in text if c not in ":- ").removeprefix("0x").removeprefix("0X")
    try:
        number = bytes.fromhex(plain)
    except ValueError:
        raise InvalidBadgeNumberError("A badge number is written in hex, such as 04A1B2C3D4E5F6.") from None
    number = badge.canonical(number)
    match badge.fault(number, source):
        case NumberFault.SIZE:
            raise InvalidBadgeNumberError(
                f"A badge number has {MIN_BYTES} to {MAX_BYTES} bytes; this one has {len(number)}."
            )
        case NumberFault.RANDOM:
            raise InvalidBadgeNumberError(_random_sentence(number), random=True)
        case NumberFault.BLANK:
            raise InvalidBadgeNumberError(
                "All its bytes are 00 or FF, which readers report that have read nothing. It cannot be a badge."
            )
        case None:
            return number


def parse_as(text: str, formats: Sequence[WedgeFormat]) -> bytes:
    """The bytes of a number as a keyboard-wedge reader types it, by the first of ``formats`` that it is possible by.

    In hex, as ``parse``, where there is none. Raises ``InvalidBadgeNumberError`` with what the first format says.
    """
    if not formats:
        return parse(text)
    found = decode_first(formats, text)
    if found is None:
        raise InvalidBadgeNumberError(f"In this format it is no badge's number. {decode(formats[0], text).fault}")
    return parse(found.number, found.source)


def _random_sentence(number: bytes) -> str:
    kind = "08: the card" if len(number) == MIN_BYTES else "01FE: the FeliCa device"
    rule = "ISO 14443-3" if len(number) == MIN_BYTES else "NFC Forum Digital"
    return (
        f"This number begins with {kind} makes up a new one at every tap ({rule}). It cannot be a badge, unless it is"
        " no chip's own number but a Wiegand layout's: then say which, with --badge-format."
    )


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
