"""The rows that answer a question, each looked at before it is handed out: hash, link, columns, evidence, openings.

That is not the whole trail: ``verify`` reads it all. What shows at a glance is said with every answer (``Answer``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from kiosk.model.binding import commitment, unb64u
from kiosk.service.audit import openings as committed
from kiosk.service.audit import reading, search
from kiosk.service.audit.event import row_hash
from kiosk.service.audit.lines import found_by_of
from kiosk.service.audit.search import Question, RowPosition
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.platform.opening_marks import folded
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_kept, audit_row, evidence, opening
from kiosk.service.store.sql_types import AnyExpression, FoundRows, StoredRow

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One row. ``body``: its object. ``opened``: patients and resources that its openings still name, those that were
    asked for alone if any were; ``others``: how many more it names; ``erased``: how many are erased.

    ``fault``: why it is not believed.
    """

    place: RowPosition
    body: Mapping[str, object]
    opened: tuple[str, ...] = ()
    others: int = 0
    erased: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``rows`` in order. ``more``: the place to go on after, None if that is all. ``faults``: what does not hold."""

    rows: tuple[FoundRow, ...]
    more: RowPosition | None
    faults: tuple[str, ...]


def answer(conn: Connection, asked: Question) -> Answer:
    """What ``asked`` finds, in one snapshot."""
    places = search.places(conn, asked)
    shown, cut = places[: asked.limit], len(places) > asked.limit
    kept = _Kept(conn, shown)
    rows = tuple(kept.found(row, asked.patient) for row in shown)
    named = [f"Row {row.place.seq} of chain {row.place.chain}: {row.fault}." for row in rows if row.fault is not None]
    return Answer(rows, shown[-1] if cut else None, (*reading.faults_at_a_glance(conn), *named))


class _Kept:
    """All that is stored of the rows at ``places``, read by a few statements a chain."""

    def __init__(self, conn: Connection, places: Sequence[RowPosition]) -> None:
        self._rows: dict[Key, StoredRow] = {}
        self._links: dict[Key, bytes] = {}
        self._evidence: dict[Key, tuple[str, str]] = {}
        self._openings: dict[Key, list[StoredRow]] = {}
        self._strange: set[Key] = set()
        self._archived: set[Key] = set()  # rows that were archived and stay, as the service wrote
        self._read(conn, [(place.chain, place.seq) for place in places])

    def _read(self, conn: Connection, keys: Sequence[Key]) -> None:
        for row in _among(conn, audit_row, keys):
            self._rows[row.chain, row.seq] = row
        for row in _among(conn, audit_row, [(chain, seq - 1) for chain, seq in keys], "hash"):
            self._links[row.chain, row.seq] = bytes(row.hash)
        for row in _among(conn, evidence, keys):
            self._evidence[row.chain, row.seq] = (row.body, row.digest)
        for row in _among(conn, opening, keys):
            if integrity.fault(conn, opening, row._mapping) is not None:
                self._strange.add((row.chain, row.seq))
                continue
            self._openings.setdefault((row.chain, row.seq), []).append(row)

        kept = [
            row for row in _among(conn, audit_kept, keys) if integrity.fault(conn, audit_kept, row._mapping) is None
        ]
        self._archived = {
            (row.chain, row.seq) for row in kept if row.hash == _hash(self._rows.get((row.chain, row.seq)))
        }

    def found(self, place: RowPosition, patient: str | None) -> FoundRow:
        """The row at ``place``, looked at."""
        key = (place.chain, place.seq)
        row = self._rows[key]
        body = _object(row.body)
        kept = self._openings.get(key, [])
        hidden: list[str] = []
        fault = self._fault(row, body)
        if fault is None:
            try:
                hidden = committed.of_row(body, self._said(key))
            except EvidenceBrokenError as broken:
                fault = str(broken)
        wanted = None if patient is None else folded(patient)
        shown = {opening.value for opening in kept if wanted is None or folded(opening.value) == wanted}
        erased = len(set(hidden) - {opening.commitment for opening in kept})
        return FoundRow(
            place, body, tuple(sorted(shown)), len({opening.value for opening in kept} - shown), erased, fault
        )

    def _said(self, key: Key) -> Mapping[str, object] | None:
        return _object(self._evidence[key][0]) if key in self._evidence else None

    def _fault(self, row: StoredRow, body: Mapping[str, object]) -> str | None:
        key = (row.chain, row.seq)
        said = (body.get("chain"), body.get("seq"), body.get("at"))
        found_by = (row.action, row.person, row.workstation, row.asked)
        if bytes(row.hash) != row_hash(bytes(row.prev), row.body):
            return "it was changed: its hash is wrong"
        if row.seq > 1 and self._links.get((row.chain, row.seq - 1)) != bytes(row.prev) and key not in self._archived:
            return "it does not follow the row before"
        if said != (row.chain, row.seq, row.at) or found_by != found_by_of(body):
            return "its columns do not agree with its text"
        text, digest = self._evidence.get(key, ("", None))
        if body.get("evidence") != digest or (digest and hashlib.sha256(text.encode("utf-8")).hexdigest() != digest):
            return "its evidence is missing or was changed"
        opened = self._openings.get(key, [])
        if key in self._strange or not all(_opens(opening) and opening.at == row.at for opening in opened):
            return "an identifier was exchanged: its opening does not open what was signed"
        return None


def _among(conn: Connection, table: Table, keys: Sequence[Key], *names: str) -> FoundRows:
    """The rows of ``keys``, through their index: SQLite reads the whole table for pairs that are IN a list.

    The keys go as one JSON text, so that the statement is always the same.
    """
    shown = [table.c[name] for name in ("chain", "seq", *names)] if names else [*table.c]
    said = bindparam("keys", type_=Text)
    if conn.dialect.name == "postgresql":
        wanted = func.jsonb_array_elements(cast(said, JSONB)).table_valued("value", name="wanted")
        pair: list[AnyExpression] = [wanted.c.value.op("->>")(literal_column(position)) for position in "01"]
    else:
        wanted = func.json_each(said).table_valued("value", name="wanted")
        pair = [func.json_extract(wanted.c.value, literal_column(f"'$[{position}]'")) for position in "01"]
    mine = (table.c.chain == cast(pair[0], Text)) & (table.c.seq == cast(pair[1], BigInteger))
    statement = select(*shown).select_from(wanted.join(table, mine))
    return conn.execute(statement, {"keys": json.dumps(keys)})


def _hash(row: StoredRow | None) -> str | None:
    return None if row is None else bytes(row.hash).hex()


def _opens(one: StoredRow) -> bool:
    try:
        return commitment(unb64u(one.salt), one.value) == str(one.commitment)
    except ValueError:
        return False


def _object(text: str) -> Mapping[str, object]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
