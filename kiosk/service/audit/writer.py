"""Appends to a chain, in the transaction of the decision that the row tells of: either both are there or neither."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from hmac import compare_digest
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from kiosk.model.binding import Json, canonical
from kiosk.service.audit import clocks, restores
from kiosk.service.audit.event import Event, asked_in, first_link, row_body, row_hash
from kiosk.service.audit.requests import StationRequest
from kiosk.service.store import archives, integrity, manifests, vouching
from kiosk.service.store.many import add_rows
from kiosk.service.store.schema import audit_chain, audit_row, evidence, opening, station_request
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.unit import later, send, unit_of

log = logging.getLogger("kiosk.service.audit")

# Built once: every decision writes rows, and to build a statement takes longer than to run it.
_HEAD = select(audit_chain).where(audit_chain.c.chain == bindparam("wanted")).with_for_update(key_share=True)
_KEEP = integrity.inserting(station_request, ("digest", "chain", "seq", "proof", "told"))
_ROW = select(audit_row.c.hash).where(audit_row.c.chain == bindparam("wanted"), audit_row.c.seq == bindparam("number"))
_COLUMNS = ("chain", "seq", "at", "body", "prev", "hash", "action", "person", "workstation", "asked")
_ADD = integrity.inserting(audit_row, _COLUMNS)
_EVIDENCE = integrity.inserting(evidence, ("digest", "chain", "seq", "body"))
CONFLICT = restores.CONFLICT
BATCH = 2000
"""Rows handed to the database at once by ``append_all``."""


class StaleError(Exception):
    """The workstation's counter is not above ``last``: another of its requests overtook this one."""

    def __init__(self, last: int) -> None:
        super().__init__("the counter did not rise")
        self.last = last


class UnsignedError(Exception):
    """The workstation has to sign its requests, and did not."""


class _Head(NamedTuple):
    """The last row of a chain: its number, its hash, its time (epoch seconds, 0 where that is not known), and the
    counter and digest of the last request that its workstation signed (``schema_audit``). ``row``: as it was read."""

    row: StoredRow
    seq: int
    link: bytes
    at: int
    counter: int
    request: str | None


def append(conn: Connection, chain: str, event: Event) -> tuple[int, bytes]:
    """Write ``event``, which no workstation asked for, as the next row of ``chain``; its number, from 1, and its hash.

    Where the clock was set back since the row before, a row that says so comes first. The chain's head stays locked
    until the transaction ends. Raises ``ValueError`` for an event that JSON cannot hold.
    """
    head = _add(conn, chain, _in_order(conn, chain, _head(conn, chain), event.at), event)
    _move(conn, head)
    return head.seq, head.link


def append_asked(conn: Connection, chain: str, event: Event, signed: StationRequest | None) -> int:
    """The same for what the chain's workstation asked for, and ``signed``: kept with its first row. The row's number.

    A workstation that saw another head than this chain ever had is told of in a row of its own, and the request goes
    on: the trail was rewritten, or restored from a backup. Raises ``StaleError``, ``UnsignedError``, ``ValueError``.
    """
    head = _in_order(conn, chain, _head(conn, chain), event.at)
    if signed is None:
        if head.counter > 0:
            raise UnsignedError
        head = _add(conn, chain, head, event)
    else:
        head = _add(conn, chain, _take(conn, chain, head, signed, event.at), event, signed.digest)
        signed.wrote = (head.seq, head.link)
    _move(conn, head)
    return head.seq


def _take(conn: Connection, chain: str, head: _Head, signed: StationRequest, at: int) -> _Head:
    """Keep the request, unless its first row did. Raises ``StaleError``."""
    digest = signed.digest
    if digest == head.request:
        return head
    if signed.counter <= head.counter:
        raise StaleError(head.counter)
    if signed.head is not None and not _has(conn, chain, head, *signed.head):
        why = _why(conn, chain, signed.head[0])
        seen: dict[str, Json] = {"seq": signed.head[0], "hash": signed.head[1].hex()}
        head = _add(conn, chain, head, Event(CONFLICT, "failure", at, reason=why, detail=seen))
    kept = {"digest": digest, "chain": chain, "seq": head.seq + 1, "proof": signed.proof, "told": signed.told}
    later(conn, _KEEP, kept)
    return head._replace(counter=signed.counter, request=digest)


def _why(conn: Connection, chain: str, seen: int) -> str:
    """The reason of a conflict: a restore took row ``seen`` away, or the trail was rewritten."""
    again = restores.last_in(conn, chain)
    if again is not None and seen >= again:
        log.warning("chain %s: its workstation saw row %d, which a restore took away", chain, seen)
        return restores.LOST
    log.error("chain %s is not the one that its workstation saw: row %d differs", chain, seen)
    return "rewritten"


def _has(conn: Connection, chain: str, head: _Head, seq: int, link: bytes) -> bool:
    """Whether row ``seq`` of ``chain`` has the hash ``link``."""
    if seq == head.seq:
        return compare_digest(head.link, link)
    found = conn.execute(_ROW, {"wanted": chain, "number": seq}).scalar_one_or_none()
    if found is None:
        # Years ago: nobody can compare what was archived.
        return 0 < seq < head.seq and seq < archives.cut_of(conn, chain)
    return compare_digest(bytes(found), link)


def _in_order(conn: Connection, chain: str, head: _Head, at: int) -> _Head:
    """``head``, after a row that says that the clock was set back, where it was."""
    return _add(conn, chain, head, _set_back(head.at, at)) if clocks.went_back(head.at, at) else head


def _move(conn: Connection, head: _Head) -> None:
    """The chain ends with ``head`` from now on; the row that says so is written once, at the transaction's end."""
    unit = unit_of(conn)
    if unit is None:
        _write_head(conn, head)
        return
    mine = ("head", head.row.chain)
    if mine not in unit.kept or unit.kept[mine].seq == head.row.head_seq:
        unit.last.append(lambda conn: _write_head(conn, unit.kept.pop(mine)))
    unit.kept[mine] = head


def _write_head(conn: Connection, head: _Head) -> None:
    moved = {"head_seq": head.seq, "head_hash": head.link, "head_at": head.at}
    integrity.change_soon(conn, audit_chain, head.row, {**moved, "counter": head.counter, "request": head.request})


def append_all_asked(conn: Connection, chain: str, events: Sequence[Event], signed: StationRequest | None) -> None:
    """``append_asked`` for many events of one request, in few statements; they have one time and no evidence.

    Raises as ``append_asked``.
    """
    append_asked(conn, chain, events[0], signed)
    head, request = _head(conn, chain), signed.digest if signed is not None else None
    seq, link = head.seq, head.link
    waiting: list[tuple[str | int | bytes | None, ...]] = []
    for event in events[1:]:
        seq += 1
        body = row_body(chain, seq, event, None, request, manifests.changed_subjects(conn, event.person))
        prev, link = link, row_hash(link, body)
        waiting.append((chain, seq, event.at, body, prev, link, *_found_by(event).values()))
    send(conn)
    add_rows(conn, audit_row, _COLUMNS, waiting)
    _move(conn, head._replace(seq=seq, link=link))
    if signed is not None:
        signed.wrote = (seq, link)


def append_all(conn: Connection, chain: str, events: Iterable[Event]) -> int:
    """Write ``events`` in order as the next rows of ``chain``, in batches; the last one's sequence number.

    The same rows as by ``append`` one after the other. Raises ``ValueError`` for an event that JSON cannot hold.
    """
    head = _head(conn, chain)
    seq, link, at = head.seq, head.link, head.at
    waiting: list[tuple[str | int | bytes | None, ...]] = []
    for event in _told(events, at):
        seq += 1
        kept, revisions = _keep_evidence(conn, chain, seq, event), manifests.changed_subjects(conn, event.person)
        body = row_body(chain, seq, event, kept, None, revisions)
        prev, link, at = link, row_hash(link, body), event.at
        waiting.append((chain, seq, at, body, prev, link, *_found_by(event).values()))
        if len(waiting) == BATCH:
            add_rows(conn, audit_row, _COLUMNS, waiting)
            waiting = []
    add_rows(conn, audit_row, _COLUMNS, waiting)
    _move(conn, head._replace(seq=seq, link=link, at=at))
    return seq


def _told(events: Iterable[Event], at: int) -> Iterator[Event]:
    """``events``, and where the clock was set back, that it was."""
    for event in events:
        if clocks.went_back(at, event.at):
            yield _set_back(at, event.at)
        at = event.at
        yield event


def _set_back(before: int, at: int) -> Event:
    return Event(clocks.SET_BACK, "seen", at, detail={"from": before})


def _add(conn: Connection, chain: str, head: _Head, event: Event, request: str | None = None) -> _Head:
    seq = head.seq + 1
    kept, revisions = _keep_evidence(conn, chain, seq, event), manifests.changed_subjects(conn, event.person)
    body = row_body(chain, seq, event, kept, request, revisions)
    link = row_hash(head.link, body)
    row = {"chain": chain, "seq": seq, "at": event.at, "body": body, "prev": head.link, "hash": link}
    later(conn, _ADD, {**row, **_found_by(event)})
    return head._replace(seq=seq, link=link, at=event.at)


def _found_by(event: Event) -> dict[str, str | None]:
    """In the order of ``_COLUMNS``."""
    asked = asked_in(event.action, event.detail)
    return {"action": event.action, "person": event.person, "workstation": event.workstation, "asked": asked}


def _head(conn: Connection, chain: str) -> _Head:
    unit = unit_of(conn)
    if unit is not None and ("head", chain) in unit.kept:
        head: _Head = unit.kept["head", chain]
        return head
    found = conn.execute(_HEAD, {"wanted": chain}).one_or_none()
    if found is None:
        start = {"chain": chain, "head_seq": 0, "head_hash": first_link(chain), "counter": 1}
        integrity.add_unless_there(conn, audit_chain, start)
        found = conn.execute(_HEAD, {"wanted": chain}).one()
    return _believed(conn, found)


def hold(conn: Connection, found: StoredRow) -> None:
    """Another query has read a chain's head along, and locked it. Raises ``TamperedError``."""
    unit = unit_of(conn)
    if unit is not None:
        unit.kept["head", found.chain] = _believed(conn, found)


def _believed(conn: Connection, found: StoredRow) -> _Head:
    integrity.check(conn, audit_chain, found._mapping)
    return _Head(found, found.head_seq, bytes(found.head_hash), found.head_at, found.counter, found.request)


def has_evidence(conn: Connection, told: dict[str, Json]) -> bool:
    """Whether the very same evidence is kept already, of another row: it is kept once."""
    digest = hashlib.sha256(canonical(told)).hexdigest()
    return conn.execute(select(evidence.c.digest).where(evidence.c.digest == digest)).first() is not None


def _keep_evidence(conn: Connection, chain: str, seq: int, event: Event) -> str | None:
    if event.openings:
        marks, place = vouching.guard_of(conn).marks, {"chain": chain, "seq": seq, "at": event.at}
        rows = [
            {"commitment": o.commitment, "salt": o.salt, "value": o.value, "mark": marks.mark(o.value), **place}
            for o in event.openings
        ]
        integrity.add_all(conn, opening, rows)
    if event.evidence is None:
        return None
    body = canonical(event.evidence)
    digest = hashlib.sha256(body).hexdigest()
    later(conn, _EVIDENCE, {"digest": digest, "chain": chain, "seq": seq, "body": body.decode("utf-8")})
    return digest
