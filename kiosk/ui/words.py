"""Every word of the screens, from one file a language: ``resources/translations/fr.po`` and its neighbours.

A language is there as soon as its file is; English, which is the template ``messages.pot``, stands in for what it does
not say, sentence by sentence: for what is missing, fuzzy, or was translated from another English sentence than today's.
The sentence ``language.direction`` says ``ltr`` or ``rtl``.

A key names a sentence (``refusal.wrong_pin``); a refusal always says what to do next. ``{name}`` in a sentence is a
hole. A sentence that counts has several forms, chosen by the value of ``n`` as the language counts (``catalogue``).
Tests hold our languages to equal keys and equal holes.
"""

from __future__ import annotations

import re
import time
import unicodedata
from functools import cache

from kiosk.model import joiners
from kiosk.resources import resource
from kiosk.ui.catalogue import Catalogue, Sentence, english_rule, read, rule_of

ENGLISH = "en"
HOLE = re.compile(r"\{(\w+)\}")
DESK = "help desk"
UNKNOWN = "notice.unknown"
TEMPLATE = "messages.pot"
FOLDER = "translations"


def languages() -> tuple[str, ...]:
    """English, and every other that has a file, in the order of their codes."""
    return (ENGLISH, *sorted(path.stem for path in resource(FOLDER).glob("*.po") if path.stem != ENGLISH))


LANGUAGES = languages()


class Words:
    """The sentences of one language. ``words("locked.title")``."""

    def __init__(self, language: str) -> None:
        """Raises ``KeyError`` for a language that is not shipped."""
        if language not in languages():
            raise KeyError(language)
        self.language = language
        self._sentences = sentences(language)
        self._own = own_sentences(language)
        self.right_to_left = self("language.direction") == "rtl"

    def __call__(self, key: str, **values: object) -> str:
        """The sentence ``key``, its holes filled. An unknown key gives a sentence that helps all the same.

        What a hole receives may come from another program and is made harmless by ``plain``.
        """
        if key not in self._sentences:
            key = UNKNOWN
        sentence = self._sentences[key]
        if isinstance(sentence, tuple):
            sentence = self._counted(key, sentence, values.get("n"))
        return HOLE.sub(lambda hole: self._filled(hole[1], values), sentence)

    def _counted(self, key: str, forms: tuple[str, ...], value: object) -> str:
        """The form that ``value`` takes; the last one for what is no number."""
        n = int(str(value)) if str(value).isdecimal() else None
        if key in self._own:
            file = catalogue(self.language)
            rule = rule_of(file.plural, file.forms)
            try:
                if rule is not None:
                    return forms[-1 if n is None else rule(n)]
            except (ArithmeticError, LookupError):
                pass  # a rule that is none: as in English
            english = sentences(ENGLISH)[key]
            forms = (english,) if isinstance(english, str) else english
        return forms[-1 if n is None or len(forms) == 1 else english_rule(n)]

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
        return any(DESK in form for form in ((sentence,) if isinstance(sentence, str) else sentence))


@cache
def sentences(language: str) -> dict[str, Sentence]:
    """All sentences of ``language`` by key; what it does not say is said in English, sentence by sentence."""
    if language == ENGLISH:
        return {entry.key: entry.english for entry in catalogue(ENGLISH).entries}
    return {**sentences(ENGLISH), **own_sentences(language)}


@cache
def own_sentences(language: str) -> dict[str, Sentence]:
    """Those that its file has, as far as they can be used; English has its own."""
    english = sentences(ENGLISH)
    if language == ENGLISH:
        return english
    return {
        entry.key: entry.said
        for entry in catalogue(language).entries
        if entry.said and all(entry.said) and not entry.fuzzy and english.get(entry.key) == entry.english
    }


@cache
def catalogue(language: str) -> Catalogue:
    """What its file says. Of a file that cannot be read nothing: a screen must stand in whatever language."""
    file = resource(FOLDER, TEMPLATE if language == ENGLISH else f"{language}.po")
    try:
        return read(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        if language == ENGLISH:
            raise
        return Catalogue([], 0, "")


def forget() -> None:
    """Read every file anew when it is asked for next; for tests."""
    for kept in (sentences, own_sentences, catalogue):
        kept.cache_clear()


def isolated(text: str, right_to_left: bool) -> str:
    """``text`` in a sentence of a language of that direction, which it must not turn round (UAX #9, isolates)."""
    other = "L" if right_to_left else ("R", "AL")
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(character) in other for character in text) else text


def plain(text: str, most: int = 200) -> str:
    """``text`` fit for a consent screen: one line, no control or direction-changing characters, at most ``most`` long.

    A program names itself and what it asks for; U+202E or a line break there could make the screen say something else.
    Joiners stay between letters that are written with them.
    """
    spaced = joiners.kept(" ".join(text.split()))
    kept = "".join(c for c in spaced if c in joiners.ALLOWED or unicodedata.category(c) not in joiners.HIDDEN)
    return kept if len(kept) <= most else kept[: most - 1] + "…"
