"""The secret field that is open: where it stands, what has been typed into it, and what of that may be seen.

What was typed is here and nowhere else: the widget has the number of characters. It belongs to one ``EntryPlace``, and
the step in which that place is another one forgets it (``typing.settle``).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.secret import Secret

MAX_SECRET = 63
"""Bytes of the longest PIN a FIDO2 key takes (CTAP 2.1, section 6.5.1)."""
START_CODE_DIGITS, RECOVERY_DIGITS, CODE_DIGITS = 12, 20, 6
"""The last: of a one-time code (RFC 6238)."""


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """What is typed now, for whom, and for what.

    ``of``: id of the ceremony or enrolment. ``what``: the method, or the part of an enrolment. ``entry``: how often its
    field was emptied. ``who``: id or login of the person. ``about``: all that is decided by it: the wish, its purpose,
    a lock that waits. ``shortest``: characters. ``longest``: bytes of UTF-8, so of digits as many. ``counted``: a code
    of that many digits, typed on after an Enter that came too early. ``off``: nothing is taken until a wait is over.
    ``sends``: of so many digits, the last one enters them; 0: Enter does.
    """

    of: str
    what: str
    entry: int
    who: str | None = None
    about: tuple[object, ...] = ()
    digits_only: bool = True
    shortest: int = 0
    longest: int = MAX_SECRET
    counted: bool = False
    off: bool = False
    sends: int = 0


@dataclass(frozen=True, slots=True)
class Typing:
    """``number``: of the field, another one whenever it is emptied. ``place``: None while nothing is to be typed.

    ``short``: Enter was pressed on too few characters. ``long``: more were typed than are taken. ``missed``: keys were
    pressed while it was ``off``. ``peek``: its eye is held.
    """

    number: int = 0
    place: EntryPlace | None = None
    secret: Secret | None = None
    short: bool = False
    long: bool = False
    missed: bool = False
    peek: bool = False


@dataclass(frozen=True, slots=True)
class EntryView:
    """What the screen shows of it: one dot for each of ``count`` characters. Others as in ``Typing``.

    ``caps``, ``layout``: as in ``StationStatus``, where letters count. ``shown``: what was typed, while its eye is
    held.
    What is typed is posted with ``number``, and taken only while it is that field's. Where ``number`` changes, the
    field has the focus anew.
    """

    number: int = 0
    count: int = 0
    short: bool = False
    long: bool = False
    missed: bool = False
    caps: bool = False
    layout: str = ""
    shown: Secret | None = None


NOTHING_TYPED = EntryView()
