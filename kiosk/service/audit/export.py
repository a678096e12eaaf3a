"""The trail for other programs, and for ``kiosk audit verify --export``: one JSON object a line, the service's chain
first. Streams: no more than a page of rows is held at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

from sqlalchemy import Connection

from kiosk.service.audit.lines import KEPT, DatabaseTrail, TrailLine
from kiosk.service.audit.scope import ExportScope, ScopeEnd, order
from kiosk.service.store import archives
from kiosk.service.store.schema import audit_row


class NotWritableError(Exception):
    """The place that the trail is written to takes no more; the message is a sentence. ``closed``: nobody reads on."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The export cannot be written: {error.strerror}.")
        self.closed = isinstance(error, BrokenPipeError)
        self.number = error.errno or 0


def as_jsonl(conn: Connection, out: TextIO, *, openings: bool = True) -> int:
    """Write every row of every chain in order; how many. Raises ``NotWritableError``.

    A line is the row's own object, with ``hash`` and ``prev`` (hex), ``body`` (the exact text that was hashed),
    ``evidence`` (the object, where there is one), ``signed`` (what the workstation signed, at the first row that it led
    to), ``kept`` (true, of rows that were archived and stay) and ``openings`` (what the commitments in the evidence
    hide, as far as it is still kept). Without ``openings`` that member is left out: then patients stay unnamed.
    """
    count = 0
    trail = DatabaseTrail(conn)
    for chain in trail.chains():
        for line in trail.kept(chain):
            _write(out, _as_json(line, openings, kept=True))
            count += 1
        for line in trail.lines(chain):
            _write(out, _as_json(line, openings))
            count += 1
    return count


def part(conn: Connection, out: TextIO, scope: ExportScope, most: int | None = None) -> ScopeEnd:
    """Write the rows that ``scope`` covers, at most ``most``, between a line that says so and one that says how far it
    came. Raises ``NotWritableError``: then whatever is written is a part, too, and the next one can go on after it."""
    _write(out, scope.line())
    count, last, cut = 0, scope.after, False
    for line, kept in _rows(conn, scope):
        if count == most:
            cut = True
            break
        _write(out, _as_json(line, scope.openings, kept=kept))
        count, last = count + 1, (line.chain, line.seq)
    end = ScopeEnd(count, last, not cut)
    _write(out, end.line())
    return end


def rows_alone(conn: Connection, out: TextIO, scope: ExportScope, _most: int | None = None) -> ScopeEnd:
    """Everything, for other programs: no line that is no row. Raises ``NotWritableError``."""
    return ScopeEnd(as_jsonl(conn, out, openings=scope.openings), None, whole=True)


def _rows(conn: Connection, scope: ExportScope) -> Iterator[tuple[TrailLine, bool]]:
    """Each row, and whether it was archived before and stays."""
    trail = DatabaseTrail(conn)
    about = None if scope.person is None else (audit_row.c.person == scope.person) & archives.standing(conn)
    for chain, first, last in scope.spans:
        before = first - 1
        if scope.after is not None:
            if order(chain) < order(scope.after[0]):
                continue
            before = max(before, scope.after[1]) if chain == scope.after[0] else before
        if scope.whole:
            yield from ((line, True) for line in trail.kept(chain) if line.seq > before or scope.upto is not None)
        for line in trail.lines(chain, before, about):
            if line.seq > last:
                break
            yield line, False


def _write(out: TextIO, text: str) -> None:
    try:
        out.write(text + "\n")
    except OSError as error:
        raise NotWritableError(error) from None


def _as_json(line: TrailLine, openings: bool, *, kept: bool = False) -> str:
    """A text that is no JSON, which somebody else wrote, stops no export: ``verify`` names its row."""
    said = _object(line.body)
    whole = {**(said if said is not None else {"chain": line.chain, "seq": line.seq, "at": line.at})}
    whole |= {"prev": line.prev.hex(), "hash": line.hash.hex(), "evidence": None}
    if line.evidence is not None:
        proof = _object(line.evidence[0])
        whole["evidence"] = proof if proof is not None else line.evidence[0]
    whole["body"] = line.body
    if line.request is not None:
        whole["signed"] = {"proof": line.request[0], "told": line.request[1]}
    if kept:
        whole[KEPT] = True
    if openings:
        whole["openings"] = [asdict(opening) for opening in line.openings or ()]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _object(text: str) -> dict[str, object] | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
