"""Every word of the screens, from one file a language: ``resources/translations/en.json`` and its neighbours.

A language is there as soon as its file is; English stands in for what it does not say. Its table ``language`` names its
``direction`` (``ltr``, ``rtl``) and the numbers (``one``) that take the form ``one`` of a sentence that counts.

A key names a sentence (``refusal.wrong_pin``); a refusal always says what to do next. ``{name}`` in a sentence is a
hole. A sentence that counts is a table of ``one`` and ``other``, chosen by the value of ``n``. Tests hold our languages
to equal keys and equal holes. JSON, because the first paint waits for it, and it is read ten times as fast as TOML.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from functools import cache
from typing import Any

from kiosk.model import joiners
from kiosk.resources import resource

ENGLISH = "en"
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Categories of characters that no font draws."""
HOLE = re.compile(r"\{(\w+)\}")
DESK = "help desk"

Sentence = str | dict[str, str]


def languages() -> tuple[str, ...]:
    """English, and every other that has a file, in the order of their codes."""
    there = sorted(path.stem for path in resource("translations").glob("*.json"))
    return (ENGLISH, *(one for one in there if one != ENGLISH))


LANGUAGES = languages()


class Words:
    """The sentences of one language. ``words("locked.title")``."""

    def __init__(self, language: str) -> None:
        """Raises ``KeyError`` for a language that is not shipped."""
        if language not in languages():
            raise KeyError(language)
        self.language = language
        self._sentences = sentences(language)
        self._of_one = str(self("language.one")).split()
        self.right_to_left = self("language.direction") == "rtl"

    def __call__(self, key: str, **values: object) -> str:
        """The sentence ``key``, its holes filled. An unknown key gives a sentence that helps all the same.

        What a hole receives may come from another program and is made harmless by ``plain``.
        """
        sentence = self._sentences.get(key) or self._sentences["notice.unknown"]
        if isinstance(sentence, dict):
            sentence = sentence.get("one" if str(values.get("n")) in self._of_one else "other", sentence["other"])
        return HOLE.sub(lambda hole: self._filled(hole[1], values), sentence)

    def _filled(self, hole: str, values: dict[str, object]) -> str:
        """``{wait}`` is a length of time, from seconds, and ``{until}`` a moment, from epoch seconds; any other value
        that is missing leaves nothing."""
        value = values.get(hole)
        if hole == "until":
            return self.clock_time(int(str(value))) if str(value).isdecimal() else self("time.later")
        if hole == "wait":
            return self.duration(int(str(value))) if str(value).isdecimal() else self("time.a_few")
        return "" if value is None else isolated(plain(str(value)), self.right_to_left)

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._sentences

    def name_of(self, family: str, value: str) -> str:
        """The human name of ``value`` (``action.record.export``, ``purpose.transfer_of_care``), or ``value`` itself."""
        key = f"{family}.{value}".replace(" ", "_")
        return self(key) if self.has(key) else plain(value)

    def duration(self, seconds: int) -> str:
        """A length of time as people say it: from seconds below two minutes to years from two on."""
        if seconds < 120:
            return self("time.seconds", n=max(seconds, 0))
        minutes = seconds // 60
        if minutes < 60:
            return self("time.minutes", n=minutes)
        hours, rest = divmod(minutes, 60)
        if hours >= 48:
            days = hours // 24
            return self("time.days", n=days) if days < 730 else self("time.years", n=round(days / 365.25))
        if rest < 5:
            return self("time.hours", n=hours)
        return self("time.both", hours=hours, minutes=rest)

    def clock_time(self, at: int) -> str:
        """The moment ``at`` (epoch seconds) as people say it: the time, and the day where it is not today's."""
        there, today = time.localtime(at), time.localtime()
        said = time.strftime("%H:%M", there)
        if there[:3] == today[:3]:
            return said
        return self("time.on_day", day=there.tm_mday, month=self(f"time.month.{there.tm_mon}"), time=said)

    def for_desk(self, key: str) -> bool:
        """Whether the sentence ``key`` sends to the help desk, in whatever language; told by the English one."""
        sentence = sentences(ENGLISH).get(key, "")
        return any(DESK in one for one in (sentence.values() if isinstance(sentence, dict) else (sentence,)))


@cache
def sentences(language: str) -> dict[str, Sentence]:
    """All sentences of ``language`` by dotted key; what it does not say is said in English, sentence by sentence."""
    own = own_sentences(language)
    return own if language == ENGLISH else {**sentences(ENGLISH), **own}


def own_sentences(language: str) -> dict[str, Sentence]:
    """Those that its file has. Of a file that cannot be read none: a screen must stand in whatever language."""
    file = resource("translations", f"{language}.json")
    try:
        said = _flat("", json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, RecursionError):
        if language == ENGLISH:
            raise
        return {}
    return {key: sentence for key, sentence in said if _is_sentence(sentence)}


def _is_sentence(value: object) -> bool:
    """A text, or a table of texts. Whoever translates by hand writes a number, or ``null``, in the place of one."""
    return isinstance(value, str) or (isinstance(value, dict) and all(isinstance(one, str) for one in value.values()))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, Sentence]]:
    found: list[tuple[str, Sentence]] = []
    for key, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((prefix + key, value))
    return found


def isolated(text: str, right_to_left: bool) -> str:
    """``text`` in a sentence of a language of that direction, which it must not turn round (UAX #9, isolates)."""
    other = "L" if right_to_left else ("R", "AL")
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(one) in other for one in text) else text


def plain(text: str, most: int = 200) -> str:
    """``text`` fit for a consent screen: one line, no control or direction-changing characters, at most ``most`` long.

    A program names itself and what it asks for; U+202E or a line break there could make the screen say something else.
    Joiners stay between letters that are written with them.
    """
    spaced = joiners.kept(" ".join(text.split()))
    kept = "".join(c for c in spaced if c in joiners.BOTH or unicodedata.category(c) not in HIDDEN)
    return kept if len(kept) <= most else kept[: most - 1] + "…"
