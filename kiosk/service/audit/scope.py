"""What an export, or a part of one, covers: the first line of its file says it, the last one how far it came.

``{"export": {…}}`` and ``{"end": {…}}`` stand around the rows. Nobody signs them: whoever verifies compares them with
the rows and with checkpoints, and says what cannot be known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, func, select

from kiosk.service.audit import shown_act
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.shown_act import ShownAct
from kiosk.service.platform.bounds import MAX_NUMBER
from kiosk.service.platform.json_fields import items, members, number, of
from kiosk.service.store import archives
from kiosk.service.store.schema import audit_row

BEGIN, END = "export", "end"
FORMAT = 1
Row = tuple[str, int]
"""By chain and number."""


@dataclass(frozen=True, slots=True)
class ExportScope:
    """``made``, ``since``, ``until``: epoch seconds, both ends included; None for no bound. ``person``: an id.

    ``spans``: first and last row of each chain that all parts together reach, in order. ``part``: from 1; it begins
    after the row ``after``. ``openings``: whether they are in it. ``archived``: the number of the checkpoint up to
    which all was archived before; ``act``: shows it. ``upto``: of an archive, the checkpoint that it ends with.
    """

    made: int
    since: int | None
    until: int | None
    person: str | None
    openings: bool
    spans: tuple[tuple[str, int, int], ...]
    part: int = 1
    after: Row | None = None
    archived: int | None = None
    upto: int | None = None
    act: ShownAct | None = None

    @property
    def whole(self) -> bool:
        """Whether all parts together are the whole trail."""
        return (self.since, self.until, self.person) == (None, None, None)

    def next(self, made: int, after: Row) -> ExportScope:
        """Of the part that goes on after the row ``after``."""
        return replace(self, made=made, part=self.part + 1, after=after)

    def goes_with(self, other: ExportScope) -> bool:
        """Whether both are parts of one export."""
        return replace(self, made=0, part=1, after=None) == replace(other, made=0, part=1, after=None)

    def line(self) -> str:
        """As JSON on one line."""
        return json.dumps({BEGIN: {"format": FORMAT, **asdict(self)}}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ScopeEnd:
    """``rows`` of this part; ``last``: the row to go on after, None if it has none; ``whole``: nothing follows."""

    rows: int
    last: Row | None
    whole: bool

    def line(self) -> str:
        """As JSON on one line."""
        return json.dumps({END: asdict(self)}, ensure_ascii=False, separators=(",", ":"))


def of_store(
    conn: Connection, made: int, since: int | None, until: int | None, person: str | None, *, openings: bool
) -> ExportScope:
    """What an export of now covers. Of a chain, all rows from the first to the last of that time, or about that person:
    so they follow one another, even where a clock was set back."""
    whole = (since, until, person) == (None, None, None)
    before = archives.present(conn)
    wanted = select(audit_row.c.chain, func.min(audit_row.c.seq), func.max(audit_row.c.seq)).group_by(audit_row.c.chain)
    # Between the rows that were archived and stay there are gaps: only an export about a person may have such.
    wanted = wanted.where(archives.standing(conn) if whole or person is not None else archives.after_the_cut(conn))
    if since is not None:
        wanted = wanted.where(audit_row.c.at >= since)
    if until is not None:
        wanted = wanted.where(audit_row.c.at <= until)
    if person is not None:
        wanted = wanted.where(audit_row.c.person == person)
    found = sorted(((row[0], row[1], row[2]) for row in conn.execute(wanted)), key=lambda one: order(one[0]))
    base = None if before is None else before.checkpoint
    act = shown_act.of_store(conn, before)
    return ExportScope(made, since, until, person, openings, tuple(found), archived=base, act=act)


def of_archive(conn: Connection, made: int, upto: int, heads: Mapping[str, int]) -> ExportScope:
    """What an archive of all that checkpoints up to ``upto`` vouch for has: rows to those of ``heads``, by chain."""
    now = archives.present(conn)
    cuts = {} if now is None else archives.cuts(conn, now)
    # A chain that has only rows that stayed ends with the last of them, before the first that could follow.
    spans = tuple((chain, cuts.get(chain, 0) + 1, heads[chain]) for chain in sorted(heads, key=order))
    base, act = None if now is None else now.checkpoint, shown_act.of_store(conn, now)
    return ExportScope(made, None, None, None, True, spans, archived=base, upto=upto, act=act)


def order(chain: str) -> tuple[bool, str]:
    """The service's own chain first."""
    return chain != SERVICE, chain


def read(said: object) -> ExportScope:
    """``ExportScope.line``'s object. Raises ``ValueError``, ``TypeError`` or ``KeyError`` for what is none."""
    found = members(said)
    if found["format"] != FORMAT:
        raise ValueError("another format")
    made, part = _number(found["made"]), _number(found["part"])
    since, until = (None if found[name] is None else _number(found[name]) for name in ("since", "until"))
    if part < 1:
        raise ValueError("no such part")
    person = None if found["person"] is None else of(str, found["person"])
    spans = tuple(_span(items(span)) for span in items(found["spans"]))
    after = None if found["after"] is None else row_of(found["after"])
    archived, upto = (None if found.get(name) is None else _number(found[name]) for name in ("archived", "upto"))
    openings = of(bool, found["openings"])
    act = shown_act.read(found.get("act"))
    return ExportScope(made, since, until, person, openings, spans, part, after, archived, upto, act)


def _number(value: object) -> int:
    found = of(int, value)
    if abs(found) > MAX_NUMBER:
        raise ValueError("no such time, or no such part")
    return found


def _span(said: list[object]) -> tuple[str, int, int]:
    chain, first, last = said
    return (*row_of([chain, first]), row_of([chain, last])[1])


def read_end(said: object) -> ScopeEnd:
    """``ScopeEnd.line``'s object. Raises as ``read``."""
    found = members(said)
    last = None if found["last"] is None else row_of(found["last"])
    return ScopeEnd(number(found, "rows"), last, of(bool, found["whole"]))


def row_of(said: object) -> Row:
    """A row's chain and number, as others say them. Raises ``TypeError`` or ``ValueError`` for what can be none."""
    name, place = items(said)
    chain, seq = of(str, name), of(int, place)
    if not chain.isprintable() or abs(seq) > MAX_NUMBER:
        raise ValueError("no chain has this name, no row this number")
    return chain, seq
