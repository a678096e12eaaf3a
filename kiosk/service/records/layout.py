"""Which column of a list holds what: found out from its first lines, or said by whoever brings it.

Comma, semicolon and tab are told apart by the line that names the columns; ``sep=;``, which spreadsheets write, is
believed. With a map a list may call its columns anything, and hold others that nobody asked for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.model.wedge import WedgeFormat
from kiosk.service.records import cells

NEEDED = ("login", "name", "roles", "uid")
COLUMNS = (*NEEDED, "place", "contact")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARK = "sep="
JOIN = "+"


class LayoutError(ValueError):
    """The columns cannot be found; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line. ``columns``: from our name to theirs, or several with ``+`` between.

    ``partial``: every column but the login may be missing, and a name's cell be empty: the list changes who is there.
    ``formats``: in which badge numbers are written, tried in order; where there are none, in hex as readers say them.
    """

    encoding: str | None = None
    separator: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    formats: tuple[WedgeFormat, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that the list must have."""
        if self.partial:
            return NEEDED[:1]
        return NEEDED[:2] if self.columns else NEEDED


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """``places``: for each column of ours, the cells of a line that make it up. ``width``: cells of a line."""

    separator: str
    places: Mapping[str, tuple[int, ...]]
    width: int
    names: tuple[str, ...]

    def row(self, found: Sequence[str]) -> dict[str, str]:
        """Our columns of one line; those that the list has not are empty."""
        taken = {name: " ".join(found[at] for at in at_s if found[at]) for name, at_s in self.places.items()}
        return {**dict.fromkeys(COLUMNS, ""), **taken}

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
    names = [_plain(name) for name in cells.split(line, chosen)]
    while names and not names[-1]:
        names.pop()
    wanted = _wanted(wishes) if wishes.columns else set(names)
    twice = sorted({name for name in wanted if name and names.count(name) > 1})
    if twice and (wishes.columns or set(names) & set(COLUMNS)):  # else it is no line of columns at all
        raise LayoutError(f"There are two columns “{twice[0]}”. Name each column once.")
    if wishes.columns:
        return ColumnLayout(chosen, _mapped(names, wishes), len(names), tuple(names))
    strange = [name for name in names if name not in COLUMNS]
    missing = [name for name in wishes.needed if name not in names]
    if strange or missing:
        raise LayoutError(_sentence(strange, missing, wishes.needed))
    return ColumnLayout(chosen, {name: (at,) for at, name in enumerate(names)}, len(names), tuple(names))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name.replace("\ufeff", "")).split()).lower()


def _wanted(wishes: Wishes) -> set[str]:
    """The names that the columns may have."""
    if not wishes.columns:
        return set(COLUMNS)
    theirs = [wishes.columns.get(ours, ours) for ours in COLUMNS]
    return {_plain(part) for name in theirs for part in (name, *name.split(JOIN))}


def _likeliest(line: str, wishes: Wishes) -> str:
    """The separator that gives the most of the columns that are looked for."""
    wanted = _wanted(wishes)

    def known(separator: str) -> int:
        try:
            return len(wanted.intersection(_plain(name) for name in cells.split(line, separator)))
        except cells.UnpairedQuotesError:
            return -1

    return max(SEPARATORS, key=known)


def _mapped(names: list[str], wishes: Wishes) -> dict[str, tuple[int, ...]]:
    places: dict[str, tuple[int, ...]] = {}
    for ours in COLUMNS:
        theirs = wishes.columns.get(ours, ours)
        whole = [_plain(theirs)]  # a column's own name may have a "+" in it
        parts = whole if whole[0] in names else [_plain(part) for part in theirs.split(JOIN) if _plain(part)]
        lost = [part for part in parts if part not in names]
        if lost and (ours in wishes.columns or ours in wishes.needed):
            there = ", ".join(f"“{name}”" for name in names if name)
            raise LayoutError(f"There is no column “{lost[0]}” for {ours}. The file has {there}.")
        if parts and not lost:
            places[ours] = tuple(names.index(part) for part in parts)
    return places


def _sentence(strange: list[str], missing: list[str], needed: tuple[str, ...]) -> str:
    rest = "the last two may be left out" if needed == NEEDED else f"all but {', '.join(needed)} may be left out"
    sentence = f"The first line must name the columns: {','.join(COLUMNS)} ({rest})."
    if missing:
        sentence += f" Missing: {', '.join(missing)}."
    named = [f"“{name[:40]}”" for name in strange if name]
    if named:
        sentence += f" Not known: {', '.join(named[:5])}."
    if len(named) < len(strange):
        sentence += " A column between others has no name."
    return f"{sentence} Of other names say which is which: --map login=THEIRS --map name=THEIRS"
