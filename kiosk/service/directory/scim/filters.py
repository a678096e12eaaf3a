"""Reads a filter of what this service can look up (RFC 7644 section 3.4.2.2). Pure.

``attribute eq "text"``, several joined by ``and``. Everything else is refused, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from kiosk.service.platform.problems import ScimProblemError

MAX_FILTER = 1000
_TERM = re.compile(r'\s*([A-Za-z][\w:.-]*)\s+eq\s+("(?:[^"\\]|\\.)*"|true|false)\s*', re.IGNORECASE)
_AND = re.compile(r"and\s+", re.IGNORECASE)


def read(said: str, known: Collection[str]) -> Mapping[str, str]:
    """By attribute, in lower case, what it must be. ``known``: those that can be looked up. Raises
    ``ScimProblemError``."""
    wanted: dict[str, str] = {}
    at = 0
    while True:
        term = _TERM.match(said, at) if len(said) <= MAX_FILTER else None
        if term is None:
            raise bad_filter(known)
        name = bare(term[1])
        value = _value(term[2], known)
        if name not in known or wanted.setdefault(name, value) != value:
            raise bad_filter(known)
        if term.end() == len(said):
            return wanted
        joined = _AND.match(said, term.end())
        if joined is None:
            raise bad_filter(known)
        at = joined.end()


def bare(name: str) -> str:
    """An attribute's name in lower case, without the URN of its schema."""
    return name.rpartition(":")[2].lower()


def _value(said: str, known: Collection[str]) -> str:
    try:
        return str(json.loads(said)) if said.startswith('"') else said.lower()
    except ValueError:
        raise bad_filter(known) from None


def bad_filter(known: Collection[str]) -> ScimProblemError:
    """400 ``invalidFilter``."""
    named = ", ".join(sorted(known))
    return ScimProblemError(400, "invalidFilter", f"A filter here is NAME eq “text”, joined by and, of: {named}.")
