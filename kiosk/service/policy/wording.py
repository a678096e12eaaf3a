"""One rule for what people are called, and what they call their things: names, labels, places, reasons.

Lists of personnel systems hold characters that nobody sees. Those that mean a space become one. Marks of direction,
soft hyphens and the like go away. A joiner stays between letters of the scripts that write with it. Whatever else
cannot be seen is refused, by its number and name, because it could make one name look like another.
"""

from __future__ import annotations

import os
import re
import unicodedata

from kiosk.model import joiners

DROPPED = dict.fromkeys(map(ord, "\u00ad\u034f\u061c\u200b\u200e\u200f\u2060\ufeff"))
"""Soft hyphen, grapheme joiner, Arabic letter mark, zero width space, direction marks, word joiner, byte order mark."""
BLANK = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"), " ")
"""Letters that are drawn as nothing: Hangul fillers and the empty Braille cell. They mean a space."""


AROUND = " \u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""Embeddings and isolates, which some programs put around a whole name; inside they could mislead, and are refused."""
_VARIED = re.compile("(.)([\ufe00-\ufe0f\U000e0100-\U000e01ef]+)", re.DOTALL)
_TWO_DRAWINGS = ("CJK", "MONGOLIAN", "MYANMAR", "PHAGS-PA", "MANICHAEAN", "HANGUL", "HIRAGANA", "KATAKANA")
"""Scripts with letters of which a selector picks a drawing (Unicode 16, StandardizedVariants and the IVD)."""
LOST = "\N{REPLACEMENT CHARACTER}"


class WordingError(ValueError):
    """Text that cannot be a name; the message is a sentence for whoever wrote it."""


def tidy(text: str) -> str:
    """``text`` as it is stored: NFC, single spaces, nothing that cannot be seen. Raises ``WordingError``."""
    plain = unicodedata.normalize("NFC", joiners.kept(_VARIED.sub(_drawing, spaced(text))))
    if plain and unicodedata.category(plain[0]).startswith("M"):
        raise WordingError(f"It begins with {named(plain[0])}, which belongs on a letter before it. Type it anew.")
    if LOST in plain:
        raise WordingError(f"It has {named(LOST)}, which stands where a program lost a letter. Type it anew.")
    for character in plain:
        if unicodedata.category(character) in joiners.HIDDEN and character not in (
            *joiners.BOTH,
            joiners.VOWEL_SEPARATOR,
        ):
            raise WordingError(f"There is a character in it that cannot be seen: {named(character)}. Type it anew.")
    return plain


def _drawing(found: re.Match[str]) -> str:
    """A variation selector stays on signs and on letters that have another drawing; on others nobody would see it."""
    base = found[1]
    varied = unicodedata.category(base).startswith("S") or unicodedata.name(base, "").startswith(_TWO_DRAWINGS)
    return found[0] if varied else base


def spaced(text: str) -> str:
    """``text`` with single spaces inside, and without what is dropped."""
    return " ".join(text.translate(DROPPED | BLANK).split()).strip(AROUND)


def named(character: str) -> str:
    """A character by its number and, if it has one, its name: ``U+202E RIGHT-TO-LEFT OVERRIDE``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def of_path(name: str) -> str:
    """The name of a file as text that can be written down: bytes that are not UTF-8 as ``\\xfc``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
