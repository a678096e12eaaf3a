"""Reads an export's files as a trail. Two passes over them; of their rows, only where some of them begin is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from kiosk.model.binding import canonical
from kiosk.model.challenge import CommitmentOpening
from kiosk.model.counted import counted
from kiosk.service.audit import scope
from kiosk.service.audit.archived import PRUNE, ToldArchive, told_by
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.audit.lines import ALL, BESIDE, KEPT, TrailLine
from kiosk.service.audit.scope import ExportScope, Row, ScopeEnd
from kiosk.service.audit.signed_findings import ACTS
from kiosk.service.platform.json_fields import as_json, members, of, text

MAX_LINE = 1 << 24
"""Bytes. A row with its evidence takes some thousand."""
REFERRED = ("admin", "factor_added")
"""Actions of rows that others refer to (``signatures.BINDS``)."""


@dataclass(slots=True)
class ExportPart:
    """One file, open for reading and able to seek; ``path`` names it in errors. ``scope``: what its first line says it
    covers, None for rows alone. ``end``: its last line, None where it was cut off. ``last``: its last whole row."""

    file: BinaryIO
    path: Path
    scope: ExportScope | None = None
    end: ScopeEnd | None = None
    last: Row | None = None
    rows: int = 0

    def read(self, number: int) -> dict[str, object] | None:
        """The object of the next line; None at the end, or for half a line of a part that was cut off.

        Raises ``NotCheckableError``.
        """
        text = self.file.readline(MAX_LINE)
        if not text or (self.scope is not None and not text.endswith(b"\n") and len(text) < MAX_LINE):
            return None
        try:
            row = json.loads(text, object_pairs_hook=_once) if text.endswith(b"\n") else None
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise self.damaged(number)
        return row

    def read_row(self, number: int) -> dict[str, object]:
        """``read`` for a line that is there. Raises ``NotCheckableError``."""
        row = self.read(number)
        if row is None:
            raise self.damaged(number)
        return row

    def covers(self) -> ExportScope:
        """``scope`` of one that has it. Raises ``ValueError`` for rows alone, which are a whole trail, or none."""
        if self.scope is None:
            raise ValueError("rows alone are a whole trail, or none")
        return self.scope

    def damaged(self, number: int) -> NotCheckableError:
        """To be raised."""
        return NotCheckableError(
            f"{self.path} is damaged, or no export of an audit trail: line {number} cannot be read. Export it again."
        )

    def frame(self, row: dict[str, object], number: int) -> bool:
        """Whether ``row`` is a line around the rows, which is kept. Raises ``NotCheckableError``."""
        try:
            if number == 1 and scope.BEGIN in row and "chain" not in row:
                self.scope = scope.read(row[scope.BEGIN])
            elif self.scope is not None and scope.END in row and "chain" not in row and self.end is None:
                self.end = scope.read_end(row[scope.END])
            else:
                return False
        except (KeyError, TypeError, ValueError):
            raise self.damaged(number) from None
        return True


class ExportTrail:
    """The rows of ``parts``. Raises ``NotCheckableError`` for what is no export, or no row of parts that follow one
    another, here and while it is read."""

    def __init__(self, parts: Sequence[tuple[BinaryIO, Path]]) -> None:
        self.parts = [ExportPart(file, path) for file, path in parts]
        # Of each chain: its stretches, as file, first byte, byte after, number of the first line.
        self._parts: dict[str, list[tuple[ExportPart, int, int, int]]] = {}
        self.ends: dict[str, int] = {}  # the last row that stands there of each chain
        self._referred: dict[Row, tuple[ExportPart, int, int]] = {}  # row: its file, its byte, number of its line
        self._kept: dict[str, list[tuple[ExportPart, int, int]]] = {}  # of each chain, rows that were archived before
        self._again: list[tuple[ExportPart, int, int]] = []  # the same of archives that follow another one
        self._pruned: tuple[ExportPart, int, int] | None = None  # the last act that archived rows
        for part in self.parts:
            self._index(part)
        _check_parts(self.parts)

    def chains(self) -> list[str]:
        """See ``Trail``."""
        return sorted({*self._parts, *self._kept}, key=scope.order)

    def archived(self) -> ToldArchive | None:
        """See ``Trail``: what the last such act says, which checkpoints have yet to vouch for."""
        return None if self._pruned is None else told_by(self._at(self._pruned).body)

    def kept(self, chain: str) -> Iterator[TrailLine]:
        """See ``Trail``."""
        return map(self._at, self._kept.get(chain, ()))

    def again(self, part: ExportPart) -> Iterator[TrailLine]:
        """Of an archive that follows another one, the rows of before that stayed. The one before has them, too."""
        return map(self._at, (place for place in self._again if place[0] is part))

    def lines(self, chain: str, after: int = ALL) -> Iterator[TrailLine]:
        """See ``Trail``: in the order in which they stand in the files, and whatever number they have."""
        for part, first, end, number in self._parts.get(chain, ()):
            at = first
            while at < end:
                part.file.seek(at)
                yield self._read(part, number)
                at, number = part.file.tell(), number + 1

    def find(self, chain: str, seq: int) -> TrailLine | None:
        """See ``Trail``."""
        place = self._referred.get((chain, seq))
        return None if place is None else self._at(place)

    def _at(self, place: tuple[ExportPart, int, int]) -> TrailLine:
        part, at, number = place
        before = part.file.tell()
        part.file.seek(at)
        try:
            return self._read(part, number)
        finally:
            part.file.seek(before)

    def ends_at(self, _chain: str, _seq: int, _link: bytes) -> str | None:
        """See ``Trail``: an export says no more than its rows."""
        return None

    def _index(self, part: ExportPart) -> None:
        """Where each chain's rows stand. They need not stand together: that is for the numbers to say."""
        number = 1
        before: str | None = None
        part.file.seek(0)
        while True:
            at = part.file.tell()
            row = part.read(number)
            if row is None:
                return
            if part.frame(row, number):
                number += 1
                continue
            if part.end is not None:
                raise part.damaged(number)
            chain, seq = _place(row, part, number)
            end = part.file.tell()
            if row.get(KEPT) is True:
                self._keep(part, (chain, seq), at, number)
                number, before = number + 1, None
                continue
            known = self._parts.setdefault(chain, [])
            if known and before == chain and known[-1][0] is part:
                known[-1] = (part, known[-1][1], end, known[-1][3])
            else:
                known.append((part, at, end, number))
            self.ends[chain] = seq
            if row.get("action") in REFERRED or _approves(row):
                self._referred[chain, seq] = (part, at, number)
            if chain == SERVICE and _act(row) == PRUNE:
                self._pruned = (part, at, number)
            part.last, part.rows, number, before = (chain, seq), part.rows + 1, number + 1, chain

    def _keep(self, part: ExportPart, row: Row, at: int, number: int) -> None:
        """A row that was archived before."""
        part.last, part.rows = row, part.rows + 1
        self.ends[row[0]] = row[1]
        if part is self.parts[0] or part.scope is None or part.scope.upto is None:
            self._kept.setdefault(row[0], []).append((part, at, number))
            self._referred[row] = (part, at, number)
        else:
            self._again.append((part, at, number))

    def _read(self, part: ExportPart, number: int) -> TrailLine:
        row = part.read_row(number)
        try:
            shown = _evidence(row["evidence"])
            kept = row.get("openings")
            return TrailLine(
                chain=of(str, row["chain"]),
                seq=of(int, row["seq"]),
                at=of(int, row["at"]),
                body=_text(row["body"]),
                prev=bytes.fromhex(of(str, row["prev"])),
                hash=bytes.fromhex(of(str, row["hash"])),
                evidence=None if shown is None else (shown, hashlib.sha256(shown.encode("utf-8")).hexdigest()),
                openings=None if kept is None else tuple(_opening(opening) for opening in of(list, kept)),
                request=_request(row.get("signed")),
                said=canonical(as_json({name: it for name, it in row.items() if name not in BESIDE})).decode("utf-8"),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise part.damaged(number) from None


def _act(row: dict[str, object]) -> object:
    detail = row.get("detail")
    return detail.get("act") if row.get("action") == "admin" and isinstance(detail, dict) else None


def _approves(row: dict[str, object]) -> bool:
    """Whether a later row may rest on it: a step-up to close or reopen a case."""
    detail = row.get("detail")
    return row.get("action") == "stepup" and isinstance(detail, dict) and detail.get("action") in ACTS.values()


def _place(row: dict[str, object], part: ExportPart, number: int) -> Row:
    chain, seq = row.get("chain"), row.get("seq")
    try:
        return scope.row_of([chain, seq])
    except (TypeError, ValueError):
        raise part.damaged(number) from None


def _check_parts(parts: Sequence[ExportPart]) -> None:
    """Parts of one export, each beginning where the one before ended. Raises ``NotCheckableError``."""
    for part in parts:
        if part.end is not None and part.end.rows != part.rows:
            raise NotCheckableError(
                f"{part.path} says that it has {counted(part.end.rows, 'row')}, and has {part.rows}. Export it again."
            )
        if part.scope is None and len(parts) > 1:
            raise NotCheckableError(f"{part.path} does not say which part of an export it is. Give it alone.")
    for before, part in pairwise(parts):
        here, earlier = part.covers(), before.covers()
        if here.upto is not None and earlier.upto is not None:
            if here.archived != earlier.upto:
                raise NotCheckableError(
                    f"{part.path} does not go on where {before.path} ends. "
                    "Give the archives in their order, all of them."
                )
            continue
        if not here.goes_with(earlier):
            raise NotCheckableError(f"{part.path} and {before.path} are parts of two exports.")
        if here.part != earlier.part + 1 or here.after != (before.last or earlier.after):
            raise NotCheckableError(
                f"{part.path} is part {here.part}, and does not go on where {before.path} ends. "
                "Give the parts in their order, all of them."
            )


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose names are all different: readers disagree about which of two counts (RFC 8259 section 4)."""
    made = dict(members)
    if len(made) != len(members):
        raise ValueError("a name stands there twice")
    return made


def _text(value: object) -> str:
    """Raises ``ValueError`` for what no row can hold, such as half a character."""
    found = of(str, value)
    found.encode("utf-8")
    return found


def _evidence(said: object) -> str | None:
    """Its text, which was kept as it is where it was no JSON."""
    return said if said is None or isinstance(said, str) else canonical(as_json(said)).decode("utf-8")


def _request(said: object) -> tuple[str, str] | None:
    return None if said is None else (text(members(said), "proof"), text(members(said), "told"))


def _opening(said: object) -> CommitmentOpening:
    one = members(said)
    return CommitmentOpening(text(one, "commitment"), text(one, "salt"), text(one, "value"))
