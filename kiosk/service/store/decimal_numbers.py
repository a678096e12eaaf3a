"""Badge numbers that may be meant in decimal: hex of ten digits has, by chance, no letter in one of a hundred.

Many readers and card printers write a number in decimal, and a list of such numbers reads as hex without a fault: every
badge in it would be another. So they are asked about, and what nobody asked for is not stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from kiosk.model.badge import MAX_BYTES, MIN_BYTES
from kiosk.model.counted import counted
from kiosk.model.wedge import SEPARATORS

_USUAL = (4, 5, 7, 8, 10, 16)
"""Bytes of the numbers that cards have (ISO/IEC 14443-3 section 6.5.4; 125 kHz cards; ISO/IEC 15693)."""
_LONG = 9
"""Digits from which on a single number is asked about: 4 bytes are at most ten decimal digits, and eight of hex."""
_SHORT = 1 << 24
"""Below it are the numbers that stand on cards of 26 bits."""


def plain(text: str) -> str:
    """The digits of ``text`` without what may stand between them; empty if anything else is in it."""
    digits = "".join(character for character in text if character not in SEPARATORS)
    return digits if re.fullmatch("[0-9]+", digits) else ""


def in_doubt(digits: Collection[str]) -> bool:
    """Whether all of a list's numbers, as ``plain`` gives them, may be decimal, and chance does not explain it."""
    if not all(digits) or not all(map(_bytes, digits)):
        return False
    return len(digits) > 1 or any(len(number) >= _LONG for number in digits)


def options(digits: Iterable[str]) -> str:
    """What is said on the command line for such numbers; the shorter ones first, for formats are tried in order."""
    sizes = sorted({_bytes(number) for number in digits})
    more = ("" if size == MIN_BYTES else f",bytes={size}" for size in sizes)
    return " ".join(f"--badge-format uid,typed=decimal{size}" for size in more)


def of_list(digits: Sequence[str]) -> str:
    """The sentence for whoever brings a list. It repeats no number: a first byte is enough to tell them apart."""
    whose, it = ("Every badge number of this list", "the first") if len(digits) > 1 else ("This badge number", "it")
    as_hex, as_decimal = _readings(digits[0])
    said = (
        f"{whose} has decimal digits alone. As hex {it} is {_shape(as_hex)}, as decimal {_shape(as_decimal)}. See which"
        f" a card reader says, and repeat with {options(digits)} or, for hex, with --badge-format uid"
    )
    if max(map(int, digits)) >= _SHORT:
        return said
    return f"{said}. Numbers as short are often printed card numbers: --badge-format H10301,typed=card,facility=17"


def of_one(digits: str, *, stored: bool) -> str | None:
    """The sentence for whoever types a number, None where there is nothing to ask. ``stored``: it was taken as hex."""
    if not digits or not _bytes(digits):
        return None
    as_hex, as_decimal = _readings(digits)
    taken = f"it was taken as hex: {as_hex}" if stored else "it was read as hex"
    undo = "If that is meant, take this one away and add it" if stored else "For that, repeat"
    return (
        f"This number has decimal digits alone, and {taken}. Read as decimal it is {as_decimal}. {undo} with"
        f" {options([digits])}"
    )


def _readings(digits: str) -> tuple[str, str]:
    """The number as hex and as decimal, both as card readers say them."""
    as_hex = digits if len(digits) % 2 == 0 else f"0{digits}"
    return as_hex, int(digits).to_bytes(_bytes(digits), "big").hex().upper()


def _shape(number: str) -> str:
    return f"{counted(len(number) // 2, 'byte')} beginning with {number[:2]}"


def _bytes(digits: str) -> int:
    """The fewest bytes, of those that cards have, that the number takes in decimal; 0 if there are none."""
    if len(digits) > 3 * MAX_BYTES:
        return 0
    return next((size for size in _USUAL if int(digits) < 1 << 8 * size), 0)
