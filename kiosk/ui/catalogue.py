"""A language's file: gettext's PO format, which Poedit, Weblate and their like write. [GNU gettext manual, "PO Files"]

Each entry has a key (``msgctxt``), the English sentence (``msgid``, and ``msgid_plural`` where it counts), and its
translation, in as many forms as the language counts with (``Plural-Forms`` in the head says which number takes which).
English itself is the template, ``messages.pot``, whose translations are empty.

Read at the start, because the first paint waits for it: English in 0.9 ms, another language in 2.9 ms. The standard
library takes 1.8 ms for compiled files (``.mo``), which a file that is dropped in would not have; the import of Babel
takes 175 ms. Tests hold what is read here to what Babel reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

Sentence = str | tuple[str, ...]
"""A text; or the forms of one that counts: English has two, for one and for any other number."""
Rule = Callable[[int], int]
"""Which form, from 0, a number takes."""

_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SIMPLE = re.compile(r'(?:#(?!,.*fuzzy).*\n)*msgctxt "([^"\\\n]+)"\nmsgid "([^"\\\n]+)"\nmsgstr "([^"\\\n]*)"\n*')
"""Most entries: three lines, each of one text without escapes. Read at once, which halves the time."""
_PLURAL = re.compile(r"^Plural-Forms:\s*nplurals\s*=\s*(\d{1,2})\s*;\s*plural\s*=([^;]+)", re.MULTILINE)


class Entry(NamedTuple):
    """``said``: as ``english``, in the language of the file; empty, or with empty forms, where nobody translated it."""

    key: str
    english: Sentence
    said: Sentence
    fuzzy: bool
    """A tool guessed it, or the English sentence has changed since: not to be used until somebody has looked."""


class Catalogue(NamedTuple):
    """A file. ``forms``: how many its language counts with; ``plural``: in C, which one a number ``n`` takes."""

    entries: list[Entry]
    forms: int
    plural: str


def read(text: str) -> Catalogue:
    """What a file says. Never raises: an entry that cannot be read is left out."""
    entries: list[Entry] = []
    others: list[str] = []
    for block in text.split("\n\n"):
        if simple := _SIMPLE.fullmatch(block):
            entries.append(Entry(simple[1], simple[2], simple[3], False))
        else:
            others.append(block)
    forms, plural = 0, ""
    for fields, fuzzy in _fields("\n\n".join(others)):
        key, english, said = fields.get("msgctxt"), fields.get("msgid"), fields.get("msgstr", "")
        if key is None:
            if english == "" and (found := _PLURAL.search(said)):
                forms, plural = int(found[1]), found[2].strip()
        elif english and "msgid_plural" not in fields:
            entries.append(Entry(key, english, said, fuzzy))
        elif english:
            several = tuple(fields.get(f"msgstr[{index}]", "") for index in range(max(forms, 1)))
            entries.append(Entry(key, (english, fields["msgid_plural"]), several, fuzzy))
    return Catalogue(entries, forms, plural)


def _fields(text: str) -> Iterator[tuple[dict[str, str], bool]]:
    """Each entry's texts by their words, and whether it is marked fuzzy."""
    fields: dict[str, str] = {}
    fuzzy = marked = broken = False
    word = ""
    for line in text.split("\n"):
        if line.startswith("msg"):
            word, _, quoted = line.partition(" ")
            if word == "msgctxt" or (word == "msgid" and "msgid" in fields):
                if fields and not broken:
                    yield fields, fuzzy
                fields, fuzzy, broken = {}, marked, False
                marked = False
            elif word == "msgid":
                fuzzy, marked = marked or fuzzy, False
            broken = broken or word in fields
            fields[word] = ""
        elif line.startswith('"'):
            quoted = line
        elif line.startswith("#"):
            marked = marked or (line.startswith("#,") and "fuzzy" in line)
            continue
        elif line.strip():
            broken = True
            continue
        else:
            continue
        part = _unquoted(quoted.rstrip())
        if part is None or not word:
            broken = True
        else:
            fields[word] += part
    if fields and not broken:
        yield fields, fuzzy


def _unquoted(quoted: str) -> str | None:
    """The text in its quotation marks; None for what is no such text."""
    inner = quoted[1:-1]
    if "\\" in inner or '"' in inner or len(quoted) < 2 or quoted[0] + quoted[-1] != '""':
        if not _QUOTED.fullmatch(quoted):
            return None
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), inner)
    return inner


def english_rule(n: int) -> int:
    """One, or any other number."""
    return int(n != 1)


@cache
def rule_of(plural: str, forms: int) -> Rule | None:
    """Which of ``forms`` forms a number takes by the C expression ``plural``; None for one that is none.

    The rule raises ``ArithmeticError`` or ``LookupError`` for a number that the expression has no form for.
    """
    from gettext import c2py  # here: the first paint seldom counts

    try:
        chosen = c2py(plural)
    except (ValueError, RecursionError):
        return None

    def rule(n: int) -> int:
        form = chosen(n)
        if not 0 <= form < forms:
            raise LookupError(form)
        return form

    return rule
