"""Numbers that others send have bounds before anything is done with them.

Python reads ``10**400`` as a whole number like any other, and then fails where it is first compared with a clock
(``OverflowError``) or written to a column. So JSON of strangers is read here, and what no program means is refused as
malformed, wherever in the text it stands.
"""

from __future__ import annotations

import json
from typing import NoReturn

MAX_NUMBER = (1 << 53) - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 8259 section 6, I-JSON: RFC 7493 section 2.2)."""
_DIGITS = len(str(MAX_NUMBER))


class NumberOutOfBoundsError(ValueError):
    """JSON holds a number that no reader is sure to keep."""


def loads(text: str | bytes) -> object:
    """What the JSON ``text`` holds. Raises ``ValueError`` for other text, ``NumberOutOfBoundsError``,
    ``RecursionError``."""
    return json.loads(text, parse_int=_whole, parse_float=_broken, parse_constant=_none)


def seconds(value: object) -> int | None:
    """``value`` if it can be a time (RFC 7519 section 2, whole seconds since the epoch), else None."""
    return value if type(value) is int and 0 <= value <= MAX_NUMBER else None


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS or abs(int(digits)) > MAX_NUMBER:
        raise NumberOutOfBoundsError("a number is too large")
    return int(digits)


def _broken(digits: str) -> float:
    found = float(digits)
    if not abs(found) <= MAX_NUMBER:
        raise NumberOutOfBoundsError("a number is too large")
    return found


def _none(_word: str) -> NoReturn:
    raise NumberOutOfBoundsError("NaN and infinities are no JSON")
