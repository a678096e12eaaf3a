"""Which column of a list holds what: found out from its first lines, or said by whoever brings it.

Comma, semicolon and tab are told apart by the line that names the columns; ``sep=;``, which spreadsheets write, is
believed. With a map a list may call its columns anything, and hold others that nobody asked for.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.model.wedge import WedgeFormat
from kiosk.service.policy import wording
from kiosk.service.records import cells, column_names

NEEDED = ("login", "name", "roles", "uid")
COLUMNS = (*NEEDED, "place", "contact")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARK = "sep="
JOIN = "+"
SHOWN = 20
"""Columns that a sentence names."""


class LayoutError(ValueError):
    """The columns cannot be found; the message is a sentence. ``known``: columns in it whose meaning can be guessed."""

    def __init__(self, sentence: str, known: int = 0) -> None:
        super().__init__(sentence)
        self.known = known


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line. ``columns``: from our name to theirs, or several with ``+`` between.

    ``partial``: every column but the login may be missing, and a name's cell be empty: the list changes who is there.
    ``formats``: in which badge numbers are written, tried in order; where there are none, in hex as readers say them.
    ``ours``: the columns that a list may have, ``always``: those that it must have.
    """

    encoding: str | None = None
    separator: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    formats: tuple[WedgeFormat, ...] = ()
    ours: tuple[str, ...] = COLUMNS
    always: tuple[str, ...] = NEEDED

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that the list must have."""
        if self.partial:
            return self.always[:1]
        return self.always[:2] if self.columns else self.always


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """``places``: for each column of ours, the cells of a line that make it up. ``width``: cells of a line.

    ``ours``: all that a list may have. ``left``: columns that are not taken.
    """

    separator: str
    places: Mapping[str, tuple[int, ...]]
    width: int
    names: tuple[str, ...]
    ours: tuple[str, ...] = COLUMNS
    left: tuple[str, ...] = ()

    def row(self, found: Sequence[str]) -> dict[str, str]:
        """Our columns of one line; those that the list has not are empty."""
        taken = {name: " ".join(found[at] for at in at_s if found[at]) for name, at_s in self.places.items()}
        return {**dict.fromkeys(self.ours, ""), **taken}

    def said(self) -> str:
        """How the list is read, in a line for a person."""
        columns = ", ".join(
            name if (theirs := self._theirs(at_s)) == name else f"{name} from “{theirs}”"
            for name, at_s in self.places.items()
        )
        return f"{SEPARATORS.get(self.separator, repr(self.separator))} between the cells; columns: {columns}"

    def _theirs(self, at_s: Sequence[int]) -> str:
        return JOIN.join(self.names[at] for at in at_s)


def separator_in(line: str) -> str | None:
    """The one that a spreadsheet's own line ``sep=;`` names; None for any other line."""
    mark = line.strip().strip('"')
    rest = mark[len(_MARK) :]
    return rest if mark.lower().startswith(_MARK) and len(rest) == 1 else None


def find(line: str, wishes: Wishes, separator: str | None = None) -> ColumnLayout:
    """The layout that ``line``, which names the columns, gives. Raises ``LayoutError``,
    ``cells.UnpairedQuotesError``."""
    chosen = wishes.separator or separator or _likeliest(line, wishes)
    shown = [" ".join(name.split()) for name in cells.split(line, chosen)]
    names = [_plain(name) for name in shown]
    while names and not names[-1]:
        names.pop()
    wanted = _wanted(wishes)
    twice = sorted({name for name in wanted if name and names.count(name) > 1})
    if twice and (wishes.columns or set(names) & set(wishes.ours)):  # else it is no line of columns at all
        raise LayoutError(f"There are two columns “{twice[0]}”. Name each column once.")
    if wishes.columns:
        return ColumnLayout(chosen, _mapped(names, wishes), len(names), tuple(names), wishes.ours)
    missing = [name for name in wishes.needed if name not in names]
    strange = [name for name in names if name not in wishes.ours]
    if missing or "" in names or any(_mistyped(name, names, wishes) for name in strange):
        raise _unknown(names, shown, missing, wishes)
    places = {name: (at,) for at, name in enumerate(names) if name in wishes.ours}
    return ColumnLayout(chosen, places, len(names), tuple(names), wishes.ours, tuple(strange))


def listed(what: str, names: Sequence[str]) -> str:
    """``what`` with as many of ``names`` as a sentence bears."""
    more = "" if len(names) <= SHOWN else f" and {len(names) - SHOWN} more"
    return f"{what} {', '.join(f'“{name[:40]}”' for name in names[:SHOWN])}{more}"


def _mistyped(name: str, names: Sequence[str], wishes: Wishes) -> bool:
    """Whether a column that is not known may be one that is left out."""
    absent = [ours for ours in wishes.ours if ours not in names]
    return bool(difflib.get_close_matches(name, absent, 1, 0.75))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", wording.spaced(name)).lower()


def _wanted(wishes: Wishes) -> set[str]:
    """The names that the columns may have."""
    if not wishes.columns:
        return set(wishes.ours)
    theirs = [wishes.columns.get(ours, ours) for ours in wishes.ours]
    return {_plain(part) for name in theirs for part in (name, *name.split(JOIN))}


def _likeliest(line: str, wishes: Wishes) -> str:
    """The separator that gives the most of the columns that are looked for, or the most columns."""
    wanted = _wanted(wishes)

    def known(separator: str) -> tuple[int, int]:
        try:
            names = [_plain(name) for name in cells.split(line, separator)]
        except cells.UnpairedQuotesError:
            return -1, 0
        return len(wanted.intersection(names)), len(names)

    return max(SEPARATORS, key=known)


def _mapped(names: list[str], wishes: Wishes) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for ours in wishes.ours:
        theirs = wishes.columns.get(ours, ours)
        whole = [_plain(theirs)]  # a column's own name may have a "+" in it
        parts = whole if whole[0] in names else [_plain(part) for part in theirs.split(JOIN) if _plain(part)]
        lost = [part for part in parts if part not in names]
        if lost and (ours in wishes.columns or ours in wishes.needed):
            there = listed("The file has", [name for name in names if name])
            raise LayoutError(f"There is no column “{lost[0]}” for {ours}. {there}.", len(places))
        if parts and not lost:
            places[ours] = tuple(names.index(part) for part in parts)
    return places


def _unknown(names: list[str], shown: list[str], missing: list[str], wishes: Wishes) -> LayoutError:
    ours, needed = wishes.ours, wishes.needed
    rest = [name for name in ours if name not in needed]
    may = f"{', '.join(rest)} may be left out" if len(rest) < len(needed) else f"all but {', '.join(needed)} may be"
    sentence = f"The first line must name the columns: {','.join(ours)} ({may})."
    if missing:
        sentence += f" Missing: {', '.join(missing)}."
    strange = [name for name in names if name and name not in ours]
    if strange:
        sentence += f" {listed('Not known:', strange)}."
    if "" in names:
        sentence += " A column between others has no name."
    meant = column_names.proposed(names, shown, ours)
    if meant:
        return LayoutError(f"{sentence} Repeat with what they seem to be: {column_names.as_options(meant)}", len(meant))
    return LayoutError(f"{sentence} Of other names say which is which: --map {needed[0]}=THEIRS --map …", 0)
