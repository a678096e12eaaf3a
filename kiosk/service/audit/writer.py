"""Appends to a chain, in the transaction of the decision that the row tells of: either both are there or neither."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.model.binding import canonical
from kiosk.service.audit.event import Event, first_link, row_body, row_hash
from kiosk.service.store.many import add_rows
from kiosk.service.store.schema import audit_chain, audit_row, evidence, opening

# Built once: every decision writes rows, and to build a statement takes longer than to run it.
_HEAD = (
    select(audit_chain.c.head_seq, audit_chain.c.head_hash)
    .where(audit_chain.c.chain == bindparam("wanted"))
    .with_for_update()
)
_ADD = insert(audit_row)
_COLUMNS = ("chain", "seq", "at", "body", "prev", "hash")
_MOVE = (
    update(audit_chain)
    .where(audit_chain.c.chain == bindparam("wanted"))
    .values(head_seq=bindparam("seq"), head_hash=bindparam("link"))
)
BATCH = 2000
"""Rows handed to the database at once by ``append_all``."""


def append(conn: Connection, chain: str, event: Event) -> tuple[int, bytes]:
    """Write ``event`` as the next row of ``chain``; its sequence number, from 1, and its hash.

    The chain's head stays locked until the transaction ends. Raises ``ValueError`` for an event that JSON cannot hold.
    """
    seq, prev = _head(conn, chain)
    seq += 1
    digest = _keep_evidence(conn, chain, seq, event)
    body = row_body(chain, seq, event, digest)
    link = row_hash(prev, body)
    conn.execute(_ADD, {"chain": chain, "seq": seq, "at": event.at, "body": body, "prev": prev, "hash": link})
    conn.execute(_MOVE, {"wanted": chain, "seq": seq, "link": link})
    return seq, link


def append_all(conn: Connection, chain: str, events: Iterable[Event]) -> int:
    """Write ``events`` in order as the next rows of ``chain``, in batches; the last one's sequence number.

    The same rows as by ``append`` one after the other. Raises ``ValueError`` for an event that JSON cannot hold.
    """
    seq, link = _head(conn, chain)
    waiting: list[tuple[str, int, int, str, bytes, bytes]] = []
    for event in events:
        seq += 1
        body = row_body(chain, seq, event, _keep_evidence(conn, chain, seq, event))
        prev, link = link, row_hash(link, body)
        waiting.append((chain, seq, event.at, body, prev, link))
        if len(waiting) == BATCH:
            add_rows(conn, audit_row, _COLUMNS, waiting)
            waiting = []
    add_rows(conn, audit_row, _COLUMNS, waiting)
    conn.execute(_MOVE, {"wanted": chain, "seq": seq, "link": link})
    return seq


def _head(conn: Connection, chain: str) -> tuple[int, bytes]:
    found = conn.execute(_HEAD, {"wanted": chain}).one_or_none()
    if found is None:
        start = {"chain": chain, "head_seq": 0, "head_hash": first_link(chain)}
        new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
        conn.execute(new(audit_chain).values(start).on_conflict_do_nothing())
        found = conn.execute(_HEAD, {"wanted": chain}).one()
    return found.head_seq, found.head_hash


def _keep_evidence(conn: Connection, chain: str, seq: int, event: Event) -> str | None:
    if event.openings:
        rows = [
            {"commitment": o.commitment, "salt": o.salt, "value": o.value, "chain": chain, "seq": seq}
            for o in event.openings
        ]
        conn.execute(insert(opening), rows)
    if event.evidence is None:
        return None
    body = canonical(event.evidence)
    digest = hashlib.sha256(body).hexdigest()
    conn.execute(insert(evidence).values(digest=digest, chain=chain, seq=seq, body=body.decode("utf-8")))
    return digest
