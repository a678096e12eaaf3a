"""Text that a consent screen can draw whole, so that what is signed is what was read.

Whatever another program says is drawn as it is or refused, never mended and never cut. A text may hold what the shipped
typeface draws and a reader can tell apart: letters of one script, ASCII's digits and signs, and, in a sentence, the
usual signs of print. One script is UTS #39 section 5.2, “single script”; its exceptions are not needed, because the
typeface draws Latin, Greek and Cyrillic only. It is in NFC and has no compatibility characters (UAX #15), so that one
picture has one spelling; nothing invisible, nothing that changes direction, no mark that stacks; single spaces, inside
only. A text whose letters all look like Latin ones, and are not, is refused too (UTS #39 section 4, “whole-script
confusable”). What else is drawn alike, and what then is shown beside it, is in ``look_alikes``.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

from kiosk.model.letters import Script, script_of
from kiosk.model.look_alikes import looks_latin, mixed

Kind = Literal["name", "line", "sentence"]
"""``name``: ASCII without spaces (an audience, an origin). ``line``: what is named (a resource, a path).
``sentence``: what somebody says (a purpose)."""
Rule = Literal["empty", "long", "form", "invisible", "spaces", "sign", "scripts", "lookalike", "twins"]
RULES: dict[Rule, str] = {
    "empty": "is empty",
    "long": "has more characters than the {longest} that can be shown",
    "form": "is not in Unicode's normal form C",
    "invisible": "has a character that cannot be seen",
    "spaces": "has a space at its beginning or end, or two spaces together",
    "sign": "has a character that the screen cannot draw, or that looks like another one",
    "scripts": "mixes letters of two scripts",
    "lookalike": "is written in letters of another script that look like Latin ones",
    "twins": "has two letters that the screen draws alike",
}
_PRINT = frozenset("¡¿§°·«»‹›‘’“”„–—…•€£½¼¾²³¹ªºµ№±")
"""Signs of print that a sentence may have; none is taken for a letter or a digit, but µ among Greek letters."""
_TWICE = ("''", "‘‘", "’’")
"""What stands so near together that it is one sign to a reader: ``"``, ``“``, ``”``."""


class NotDrawableError(ValueError):
    """``field``: which text; ``rule``: which rule it breaks. The message is a sentence that never quotes the text."""

    def __init__(self, field: str, rule: Rule, longest: int) -> None:
        broken = RULES[rule].format(longest=longest)
        super().__init__(f"“{field}” {broken}, so it cannot be shown as it would be signed.")
        self.field = field
        self.rule = rule


def check(field: str, text: str, kind: Kind, longest: int) -> None:
    """Raises ``NotDrawableError`` unless ``text`` has 1 to ``longest`` characters that can all be drawn as ``kind``."""
    broken = broken_rule(text, kind, longest)
    if broken is not None:
        raise NotDrawableError(field, broken, longest)


def broken_rule(text: str, kind: Kind, longest: int) -> Rule | None:
    """The first rule that ``text`` breaks; None if it can be drawn whole."""
    if not text:
        return "empty"
    if len(text) > longest:
        return "long"
    if any(_invisible(character) for character in text):
        return "invisible"
    if unicodedata.normalize("NFC", text) != text:
        return "form"
    if text != " ".join(text.split(" ")) or text.strip(" ") != text or "  " in text or (kind == "name" and " " in text):
        return "spaces"
    return _letters(text, kind)


def _letters(text: str, kind: Kind) -> Rule | None:
    if any(twice in text for twice in _TWICE):
        return "sign"
    scripts: set[Script] = set()
    for character in text:
        if character.isascii():
            if character.isalpha():
                scripts.add("Latin")
            continue
        script = script_of(character)
        if script is not None and kind != "name" and unicodedata.normalize("NFKC", character) == character:
            scripts.add(script)
        elif kind != "sentence" or character not in _PRINT:
            return "sign"
    if len(scripts) > 1:
        return "scripts"
    if scripts - {"Latin"} and all(looks_latin(character) for character in text if script_of(character)):
        return "lookalike"
    return "twins" if mixed(text) else None


def _invisible(one: str) -> bool:
    """Controls, formats, separators but the space, what is unassigned or private, and letters and marks that have no
    ink (Default_Ignorable_Code_Point of Unicode 16 beyond category Cf, and the blank of Braille)."""
    if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or (one != " " and one.isspace()):
        return True
    code = ord(one)
    return code in _INKLESS or 0xFE00 <= code <= 0xFE0F or 0x180B <= code <= 0x180F or 0xE0000 <= code <= 0xE0FFF


_INKLESS = frozenset({0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
