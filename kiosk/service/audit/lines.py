"""One row of the trail with all that is kept beside it, as the database or an export has it.

A ``Trail`` hands them out chain by chain, in order, without holding many at once: both the database and an export's
file are one, so that the same program verifies either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Protocol

from sqlalchemy import ColumnElement, Connection

from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import archived, reading
from kiosk.service.audit.archived import ToldArchive
from kiosk.service.audit.event import SERVICE, asked_in, row_hash
from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.store import archives
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import TamperedError

NOT_OURS = "what says that rows before it were archived was not written by the service"
Body = Mapping[str, object]
KEPT = "kept"
"""Member of an export's line: true for a row that was archived before, and stays."""
BESIDE = frozenset({"prev", "hash", "evidence", "body", "signed", "openings", KEPT})
"""Members of an export's line that are kept beside the text (``evidence`` stands there in place of its digest). Every
other one says what the text says, for whoever reads the file."""
ALL = -(2**62)
"""Before every row that a chain can have, whoever wrote it."""
FoundBy = tuple[str | None, str | None, str | None, str | None]
"""Action, person, workstation and what was asked for: each as the row's text says it."""


@dataclass(frozen=True, slots=True)
class TrailLine:
    """``body``: the exact text that was hashed. ``at``: epoch seconds, as the row's column says.

    ``evidence``: the text and the digest it is kept under, None for none. ``openings``: None if they were left out.
    ``request``: proof and kept body of what the workstation signed, at the first row that this led to. ``found_by``:
    the columns that a store finds it by, None in an export. ``said``: what an export's line says of the text, as
    canonical JSON; None in a store.
    """

    chain: str
    seq: int
    at: int
    body: str
    prev: bytes
    hash: bytes
    evidence: tuple[str, str] | None = None
    openings: tuple[CommitmentOpening, ...] | None = ()
    request: tuple[str, str] | None = None
    found_by: FoundBy | None = None
    said: str | None = None

    def intact(self) -> bool:
        """Whether its hash is that of its text and of the hash before it."""
        return compare_digest(self.hash, row_hash(self.prev, self.body))


class Trail(Protocol):
    """Where rows are read from."""

    def chains(self) -> list[str]:
        """Every chain, the service's own first."""
        ...

    def archived(self) -> ToldArchive | None:
        """The act by which rows were archived out of it, None for a trail that begins with its first rows.

        Raises ``NotHeldError`` for one that is not believed."""
        ...

    def kept(self, chain: str) -> Iterator[TrailLine]:
        """Rows in order that were archived, and stay."""
        ...

    def lines(self, chain: str, after: int = ALL) -> Iterator[TrailLine]:
        """Its rows in order, but for archived ones; from the first above ``after``."""
        ...

    def find(self, chain: str, seq: int) -> TrailLine | None:
        """One row that another refers to: at least each that binds a key, a card or a certificate authority."""
        ...

    def ends_at(self, chain: str, seq: int, link: bytes) -> str | None:
        """Why ``chain`` cannot end with row ``seq`` of hash ``link``, where more is known of it than its rows."""
        ...


class DatabaseTrail:
    """The rows of a store, in one snapshot."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._cuts: dict[str, int] = {}

    def chains(self) -> list[str]:
        """See ``Trail``."""
        return sorted(reading.chains(self._conn), key=lambda chain: (chain != SERVICE, chain))

    def archived(self) -> ToldArchive | None:
        """See ``Trail``."""
        return archived.of_store(self._conn)

    def kept(self, chain: str) -> Iterator[TrailLine]:
        """See ``Trail``. Nothing is said of whether the service chose them: ``archived`` names their digest."""
        return self.lines(chain, which=archives.kept_alone(self._conn)) if self._cut(chain) else iter(())

    def _cut(self, chain: str) -> int:
        """Raises ``NotHeldError`` where somebody else wrote it."""
        if chain not in self._cuts:
            try:
                self._cuts[chain] = archives.cut_of(self._conn, chain)
            except TamperedError as error:
                raise NotHeldError(Finding(f"{NOT_OURS} ({error.found})", chain, 0)) from None
        return self._cuts[chain]

    def lines(self, chain: str, after: int = ALL, which: ColumnElement[bool] | None = None) -> Iterator[TrailLine]:
        """See ``Trail``; of ``which`` alone, where given: archived rows too, if it says so."""
        after = max(after, self._cut(chain) or ALL) if which is None else after
        for page in reading.pages(self._conn, chain, after, which):
            first, last = page[0].seq, page[-1].seq
            kept = reading.evidence_between(self._conn, chain, first, last)
            opened = reading.openings_between(self._conn, chain, first, last)
            asked = reading.requests_between(self._conn, chain, first, last)
            for row in page:
                yield _line(row, kept.get(row.seq), tuple(opened.get(row.seq, ())), asked.get(row.seq))

    def find(self, chain: str, seq: int) -> TrailLine | None:
        """See ``Trail``. Of archived rows only one that stays."""
        row = reading.row(self._conn, chain, seq)
        if row is not None and seq <= self._cut(chain):
            try:
                named = archives.kept_hash(self._conn, chain, seq)
            except TamperedError as error:
                raise NotHeldError(Finding(f"{NOT_OURS} ({error.found})", chain, seq)) from None
            if named != bytes(row.hash).hex():
                return None
        return _line(row, None, None) if row is not None else None

    def cut(self, chain: str) -> int:
        """Number of the last archived row, 0 for none. Raises ``NotHeldError``."""
        return self._cut(chain)

    def ends_at(self, chain: str, seq: int, link: bytes) -> str | None:
        """See ``Trail``: the head that the next row will name, and evidence that no row has."""
        head = reading.head(self._conn, chain)
        if head is None or head.head_seq != seq or bytes(head.head_hash) != link:
            return "the chain's head does not agree with its last row"
        if reading.stray_evidence(self._conn, chain, seq) is not None:
            return "there is evidence for a row that is not there"
        return None


def _line(
    row: StoredRow,
    evidence: tuple[str, str] | None,
    openings: tuple[CommitmentOpening, ...] | None,
    request: tuple[str, str] | None = None,
) -> TrailLine:
    found_by = (row.action, row.person, row.workstation, row.asked)
    links = (bytes(row.prev), bytes(row.hash))
    return TrailLine(row.chain, row.seq, row.at, row.body, *links, evidence, openings, request, found_by)


def found_by_of(body: Body) -> tuple[object, object, object, object]:
    """What the columns of a row with this text are: ``FoundBy``, if it is a row that the service wrote."""
    action = body.get("action")
    return action, body.get("person"), body.get("workstation"), asked_in(action, body.get("detail"))


def body_of(line: TrailLine | None) -> Body | None:
    """The row's own object, if its hash is right."""
    return dict(json.loads(line.body)) if line is not None and line.intact() else None


def told_by(text: str) -> dict[str, object]:
    """A row's own object, as lists and reports read it; empty for a text that is no row's: ``verify`` tells of it."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict) or not isinstance(said.get("detail") or {}, dict):
        return {}
    return said if (type(said.get("seq")), type(said.get("at"))) == (int, int) else {}
