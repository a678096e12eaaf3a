"""Every word of the screens, from one file a language: ``resources/translations/{en,es,fr}.json``.

A key names a sentence (``refusal.wrong_pin``); a refusal always says what to do next. ``{name}`` in a sentence is a
hole. A sentence that counts is a table of ``one`` and ``other``, chosen by the value of ``n``. Tests hold all languages
to equal keys and equal holes. JSON, because the first paint waits for it, and it is read ten times as fast as TOML.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from functools import cache
from typing import Any

from kiosk.resources import resource

LANGUAGES = ("en", "es", "fr")
HOLE = re.compile(r"\{(\w+)\}")
DESK = "help desk"

Sentence = str | dict[str, str]


class Words:
    """The sentences of one language. ``words("locked.title")``."""

    def __init__(self, language: str) -> None:
        """Raises ``KeyError`` for a language that is not shipped."""
        if language not in LANGUAGES:
            raise KeyError(language)
        self.language = language
        self._sentences = sentences(language)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence ``key``, its holes filled. An unknown key gives a sentence that helps all the same.

        What a hole receives may come from another program and is made harmless by ``plain``.
        """
        sentence = self._sentences.get(key) or self._sentences["notice.unknown"]
        if isinstance(sentence, dict):
            sentence = sentence["one" if self._is_one(values.get("n")) else "other"]
        return HOLE.sub(lambda hole: self._filled(hole[1], values), sentence)

    def _filled(self, hole: str, values: dict[str, object]) -> str:
        """``{wait}`` is a length of time, from seconds, and ``{until}`` a moment, from epoch seconds; any other value
        that is missing leaves nothing."""
        value = values.get(hole)
        if hole == "until":
            return self.clock_time(int(str(value))) if str(value).isdecimal() else self("time.later")
        if hole == "wait":
            return self.duration(int(str(value))) if str(value).isdecimal() else self("time.a_few")
        return "" if value is None else plain(str(value))

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
        sentence = sentences("en").get(key, "")
        return any(DESK in one for one in (sentence.values() if isinstance(sentence, dict) else (sentence,)))

    def _is_one(self, n: object) -> bool:
        return isinstance(n, int) and (n == 1 or (n == 0 and self.language == "fr"))


@cache
def sentences(language: str) -> dict[str, Sentence]:
    """All sentences of ``language`` by dotted key."""
    text = resource("translations", f"{language}.json").read_text(encoding="utf-8")
    return dict(_flat("", json.loads(text)))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, Sentence]]:
    found: list[tuple[str, Sentence]] = []
    for key, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((prefix + key, value))
    return found


def plain(text: str, most: int = 200) -> str:
    """``text`` fit for a consent screen: one line, no control or direction-changing characters, at most ``most`` long.

    A program names itself and what it asks for; U+202E or a line break there could make the screen say something else.
    """
    spaced = " ".join(text.split())
    kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return kept if len(kept) <= most else kept[: most - 1] + "…"
