"""The letters that a consent screen may draw, by script: those that the shipped typeface has."""

from __future__ import annotations

import unicodedata
from typing import Literal

Script = Literal["Latin", "Greek", "Cyrillic"]
_SPANS: dict[Script, tuple[tuple[int, int], ...]] = {
    "Latin": (
        *((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x131), (0x134, 0x137), (0x139, 0x13E)),
        *((0x141, 0x148), (0x14A, 0x17E), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1CD, 0x1DC), (0x1E6, 0x1ED)),
        *((0x1F4, 0x1F5), (0x1F8, 0x21B), (0x226, 0x233), (0x1E00, 0x1E99), (0x1E9E, 0x1E9E), (0x1EA0, 0x1EF9)),
    ),
    "Greek": ((0x386, 0x386), (0x388, 0x3CE), (0x1F00, 0x1FFC)),
    "Cyrillic": ((0x400, 0x45F), (0x490, 0x49D), (0x4A0, 0x4BF), (0x4C1, 0x4CE), (0x4D0, 0x4FF)),
}
"""Letters by script (Scripts.txt of Unicode 16), without those that UTS #39 keeps out of names for their looks."""


def script_of(one: str) -> Script | None:
    """The script of a letter that may be drawn; None for any other character."""
    if not unicodedata.category(one).startswith("L"):
        return None
    code = ord(one)
    return next((name for name, spans in _SPANS.items() if any(low <= code <= high for low, high in spans)), None)


def scripts_of(text: str) -> set[Script]:
    """Of all letters in ``text``."""
    return {script for script in map(script_of, text) if script is not None}
