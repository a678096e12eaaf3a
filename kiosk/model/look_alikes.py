"""Characters that a reader cannot tell apart on a consent screen, and what is done about each of them.

``drawn_alike`` is made from the outlines of the shipped typeface: characters that it draws identically. To these come
confusables of UTS #39 (section 4, Unicode 16) where the difference is a small one in a mark. A text of another script
that could be a Latin one is refused. Else both letters of a pair are some language's own: of two that differ, the one
that fewer people write is named behind the text (``marked``), and a text that has both is refused where they are drawn
identically (``mixed``). So two texts that differ are never drawn alike.
"""

from __future__ import annotations

import unicodedata

from kiosk.model.drawn_alike import GREEK, LATIN
from kiosk.model.letters import script_of, scripts_of

USUAL = {"Ð": "Đ", "Ӌ": "Ҷ", "Ӡ": "3", "µ": "μ"}
"""Of characters that are drawn identically: the one that fewer people write there, and the usual one.

Đ is Croatian and Vietnamese, Ð Icelandic; Ҷ is Tajik, Ӌ Khakas; Ӡ is Abkhaz and drawn like a digit; µ is a sign, which
counts among Greek letters only."""
_DOTS = {"…": "..."}
"""A sign, and what stands for it elsewhere: the distance of the dots differs by less than a hundredth of an em."""
_NEARLY = dict(
    zip(
        "ȂȃȆȇȊȋȎȏȖȗǍǎĔĕǦǧǏǐǑǒǓǔȘșŢţӊӉӌ",
        "ÂâÊêÎîÔôÛûĂăĚěĞğĬĭŎŏŬŭŞşȚțӈӇҷ",
        strict=True,
    )
)
"""The same of letters that differ a little: UTS #39 takes a háček for a breve, an inverted breve for a circumflex, and
a cedilla for a comma."""
_LATIN_LOOKS = frozenset("АВЕЅІЈКМНОРСТУХаеорсухѕіјһҮүЗз" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινρυ")
"""Letters that UTS #39 takes for Latin ones, or for a digit; one with marks looks like a Latin one with these marks.
Not α, β, γ, σ, б, г and Ь: this typeface draws them apart, and words are made of them."""
POINTER = "\u2190"
"""Between a text and what is said of its letters. No text may have it."""


def looks_latin(letter: str) -> bool:
    """Whether a letter of another script may be taken for a Latin one or a digit."""
    return letter in LATIN or unicodedata.normalize("NFD", letter)[0] in _LATIN_LOOKS


def mixed(text: str) -> bool:
    """Whether two characters of ``text`` differ and are drawn identically, or as good as that."""
    return any(rarer in text and usual in text for rarer, usual in (USUAL | _DOTS).items())


def marked(text: str) -> str:
    """``text``, and behind it the code point and the name (Unicode's) of each letter that may be taken for a more usual
    one; as it is where there is none."""
    named = dict.fromkeys(letter for letter in text if _may_be_another(letter, text)) | _of_greek(text)
    said = ", ".join(f"U+{ord(letter):04X} {unicodedata.name(letter)}" for letter in named)
    return f"{text} {POINTER} {said}" if said else text


def _may_be_another(letter: str, text: str) -> bool:
    """Whether ``text`` could have a more usual character in place of ``letter``: one of its script, or a digit."""
    if letter in _DOTS:
        return True
    usual = USUAL.get(letter) or _NEARLY.get(letter)
    return usual is not None and (script_of(usual) is None or scripts_of(text) == {script_of(usual)})


def _of_greek(text: str) -> dict[str, None]:
    """The first letter of a Greek text of which each letter could be one of another script, or a sign: ``ΓΠ``."""
    letters = [letter for letter in text if script_of(letter)]
    return dict.fromkeys(letters[:1]) if letters and set(letters) <= set(GREEK) else {}
