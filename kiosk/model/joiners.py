"""Two characters that nobody sees and that some scripts are written with: the non-joiner and the joiner.

A Persian name has a non-joiner between two letters that would else join; Indic ones have either after a virama. There
they stay, as RFC 5892 (appendix A.1 and A.2) allows them; anywhere else they could only make two names look alike.
"""

from __future__ import annotations

import re
import unicodedata

BOTH = ("\u200c", "\u200d")
"""Zero width non-joiner, zero width joiner."""
VOWEL_SEPARATOR = "\u180e"
"""Stands in Mongolian between the last consonant and a vowel that is written apart (Unicode 16 section 13.5)."""
ALLOWED = (*BOTH, VOWEL_SEPARATOR)
"""What may stay of the characters that are of a ``HIDDEN`` category, where ``kept`` lets it."""
HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs")
"""Categories of characters that no font draws: control, format, unassigned, private use, surrogate."""
VIRAMA = 9
"""Canonical combining class of the sign after which Indic scripts write a joiner (RFC 5892 appendix A.1)."""
JOINED_SCRIPTS = ("ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "PHAGS-PA", "ADLAM", "HANIFI ROHINGYA")
"""Scripts whose letters join; a non-joiner parts them (RFC 5892 appendix A.1)."""
_ANY = re.compile(f"[{''.join(ALLOWED)}]")


def kept(text: str) -> str:
    """``text`` without those of them that stand where no script writes them, as a non-joiner at the end of a word."""
    while (fewer := _ANY.sub(lambda at: at[0] if _stays(at) else "", text)) != text:
        text = fewer  # what stood beside one that is gone has another neighbour now
    return text


def _stays(at: re.Match[str]) -> bool:
    return _may_join(at[0], at.string[: at.start()], at.string[at.end() :])


def _may_join(joiner: str, before: str, after: str) -> bool:
    if joiner == VOWEL_SEPARATOR:
        return _is_mongolian(before[-1:]) and _is_mongolian(after[:1])
    if not before:
        return False
    joins = joiner == BOTH[1]
    if unicodedata.combining(before[-1]) == VIRAMA and (joins or (after and after[0] != " ")):
        return True  # at the end of a word a joiner makes another letter of it (Malayalam chillu), a non-joiner nothing
    if not after:
        return False
    if joins and unicodedata.combining(after[0]) == VIRAMA:
        return before[-1].isalpha()  # Bengali and Kannada: ra that keeps its form before ya (Unicode 16 section 12.2)
    base = next((character for character in reversed(before) if not unicodedata.combining(character)), "")
    return _joins(base) and _joins(after[0])


def _is_mongolian(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith("MONGOLIAN")


def _joins(character: str) -> bool:
    return unicodedata.name(character, "").startswith(JOINED_SCRIPTS) if character else False
