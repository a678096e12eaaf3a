"""How a consent is laid out: on the step-up screen itself where it is short, else on pages that are read to the end.

Decided here and not by the window, so that every station pages alike and a proof waits for the last page. Widths are
estimates that are never too small, of the shipped typeface (semi-bold) in ems; a test holds them against it, and
another draws the worst at the smallest display in every language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.model.consent import ConsentLine

BESIDE_EMS, ASKER_EMS, TITLE_EMS, BESIDE_ROWS = 14.6, 21.8, 13.0, 8
"""Room beside the proof, on the smallest display: of a value, of who asks, of the action, and rows of all values."""
ANOTHER_ROWS = 1
SERVER_ROWS = 4
"""Rows of all values where a server asks: names of sign-ins are long, and what it shows has a row and an icon more."""
EMERGENCY_ROWS = 6
"""The same in an emergency access: a red bar lies above, and its reason has a row and an icon more."""
PAGE_EMS, PAGE_ROWS = 18.8, 12
"""Room of one page, labels included."""
LISTED, MAX_ON_A_PAGE = "patient", 8
"""What is a list begins on a page of its own, and has so many of them on each."""
BREAKABLE = 12
"""Characters from which a word may be broken anywhere, rather than begin a row of its own."""
_ASKERS = (
    "Demandé par un programme qui n'est pas enregistré: ",
    "Lo pide un programa que no está registrado y cuyo archivo no se puede leer",
    "Demandé par ",
)
"""The longest words, in any language, before the path of a program without a name, instead of it, before a name."""
_SERVER = " (un servidor)"
_COUNT = " enregistrements · "
_WIDTHS = (
    ("'", 0.22), (" ", 0.25), ("ij", 0.26), (".:l,;", 0.3), ("!", 0.31), ("/|\\ft", 0.38), ('"()[]r{}', 0.4),
    ("-I_1", 0.48), ("^`", 0.5), ("*?s", 0.55), ("JLkxz", 0.57), ("acvy", 0.58), ("7F", 0.59), ("e", 0.6),
    ("Enouh", 0.62), ("2bdgpq", 0.63), ("5#$689PRS", 0.65), ("3BTZ&04", 0.67), ("+<=>K~X", 0.69), ("YADV", 0.73),
    ("NUCHG", 0.76), ("OQ", 0.78), ("w%", 0.85), ("mM", 0.91), ("@W", 1.01),
)  # fmt: skip
"""Advances in ems; of any other character at most ``_WIDEST``."""
_WIDEST = 1.12
_EMS = {character: ems for characters, ems in _WIDTHS for character in characters}


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands under one label. ``key``: of its lines; ``values``: of as many lines as stand together, in order.

    ``first``: number of the first of them among ``total`` of that key, from 1. ``goes_on``: the rest of a long value
    that began above or on the page before.
    """

    key: str
    values: tuple[str, ...]
    first: int = 1
    total: int = 1
    goes_on: bool = False


def width(text: str) -> float:
    """At most how wide ``text`` is, in ems."""
    return _wider(0.0, text)


def _wider(ems: float, text: str) -> float:
    """``ems`` and the width of ``text``."""
    for character in text:
        ems += _EMS.get(character, _WIDEST)
    return ems


def rows(text: str, ems: float) -> tuple[str, ...]:
    """``text`` as it is broken into rows that are ``ems`` wide, at most so many characters in each."""
    made, row, taken = [], "", 0.0
    for word in _breakables(text):
        if row and _wider(taken, word.rstrip(" ")) > ems:
            made.append(row)
            row, taken = "", 0.0
        row += word
        taken = _wider(taken, word)
    return (*made, row) if row or not made else tuple(made)


def _breakables(text: str) -> list[str]:
    """Words with the space behind them; long ones character by character."""
    found: list[str] = []
    for at, word in enumerate(text.split(" ")):
        if at:
            found[-1] += " "
        found += list(word) if len(word) >= BREAKABLE else [word]
    return found


def beside(lines: Sequence[ConsentLine], *, another: bool = False) -> bool:
    """Whether all of ``lines`` have room beside the proof, so that nothing needs to be paged. ``another``: it has to be
    said as well that this is another wish than the one before."""
    said: dict[str, list[str]] = {}
    for line in lines:
        said.setdefault(line.key, []).append(line.value)
    facts = (
        *said.get("emergency", ()),
        *said.get("message", ()),
        *said.get("lost", ()),
        *said.get("purpose", ()),
        *said.get("audience", ()),
        *_records(said),
        *((", ".join(said[LISTED]),) if LISTED in said and in_a_row(said[LISTED]) else said.get(LISTED, ())),
    )
    count = len(rows(_asker(said), ASKER_EMS)) + sum(len(rows(fact, BESIDE_EMS)) for fact in facts)
    room = SERVER_ROWS if "server" in said else BESIDE_ROWS - (ANOTHER_ROWS if another else 0)
    room = min(room, EMERGENCY_ROWS) if "emergency" in said else room
    return count <= room and len(rows("".join(said.get("action", ())), TITLE_EMS)) <= 1


def _records(said: dict[str, list[str]]) -> tuple[str, ...]:
    """How many, and of what; where that is said in words, the value has a row of its own."""
    count, words, resource = (said.get(key, ()) for key in ("records", "words", "resource"))
    return ("".join((*count, _COUNT, *words)), *resource) if words else ("".join((*count, _COUNT, *resource)),)


def in_a_row(listed: Sequence[str]) -> bool:
    """Whether they can be told apart with commas between them."""
    return not any("," in text for text in listed)


def _asker(said: dict[str, list[str]]) -> str:
    if "server" in said:
        return "".join((_ASKERS[2], *said["server"], _SERVER))
    if "program" in said:
        named = "".join((_ASKERS[2], *said["program"], " (", *said.get("path", ()), ")"))
    else:
        path = "".join(said.get("unregistered", ()))
        named = _ASKERS[0] + path if path else _ASKERS[1]
    return " · ".join((named, *said.get("origin", ())))


def pages(lines: Sequence[ConsentLine]) -> tuple[tuple[Piece, ...], ...]:
    """All of ``lines`` in order, as pages. Nothing is left out or cut: a long value goes on on the next one."""
    made: list[tuple[Piece, ...]] = []
    page: list[Piece] = []
    room = PAGE_ROWS
    for piece in _pieces(lines):
        need = 1 + sum(len(rows(value, PAGE_EMS)) for value in piece.values)
        joins = bool(page) and not piece.goes_on and _joins(page[-1], piece) and need - 1 <= room
        begins = piece.key == LISTED and not piece.goes_on and not joins
        if page and not joins and (need > room or begins):
            made.append(tuple(page))
            page, room = [], PAGE_ROWS
        if joins:
            page[-1] = replace(page[-1], values=page[-1].values + piece.values)
        else:
            page.append(piece)
        room -= need - 1 if joins else need
    return (*made, tuple(page)) if page else tuple(made)


def _joins(last: Piece, piece: Piece) -> bool:
    return last.key == piece.key == LISTED and not last.goes_on and len(last.values) < MAX_ON_A_PAGE


def _pieces(lines: Sequence[ConsentLine]) -> list[Piece]:
    """One for each line, a very long one in several that have room on a page each."""
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.key] = totals.get(line.key, 0) + 1
    seen: dict[str, int] = {}
    found: list[Piece] = []
    for line in lines:
        seen[line.key] = seen.get(line.key, 0) + 1
        broken = rows(line.value, PAGE_EMS)
        for at in range(0, len(broken), PAGE_ROWS - 1):
            text = "".join(broken[at : at + PAGE_ROWS - 1])
            found.append(Piece(line.key, (text,), seen[line.key], totals[line.key], goes_on=at > 0))
    return found
