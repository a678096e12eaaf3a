"""The act of archiving as an export shows it, with the rows after it up to one that a checkpoint names.

The lines around an export's rows are nobody's word: whoever has the file can write there that rows were archived, and
add rows that are said to have stayed. A part of a trail need not have the act among its rows, so its first line has it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from sqlalchemy import Connection, select

from kiosk.service.audit.archived import NOT_VOUCHED, ToldArchive, told_by
from kiosk.service.audit.coverage import Coverage, Heads, heads_in
from kiosk.service.audit.event import SERVICE, row_hash
from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.platform.json_fields import items, members, of, text
from kiosk.service.store.archives import StoredArchive
from kiosk.service.store.schema import audit_row, checkpoint

PAGE = 100
NOT_SHOWN = "it says that rows were archived, and does not show the act that did it"


@dataclass(frozen=True, slots=True)
class ShownAct:
    """``prev``: the hash before the act, lower-case hex. ``bodies``: texts of rows of the service's chain, the act
    first, the last one a row that a checkpoint names."""

    prev: str
    bodies: tuple[str, ...]


def of_store(conn: Connection, now: StoredArchive | None) -> ShownAct | None:
    """How an export shows the archive ``now``; None for no archive, or while no checkpoint vouches for its act."""
    last = None if now is None else _named_after(conn, now)
    if now is None or last is None:
        return None
    mine = (audit_row.c.chain == SERVICE, audit_row.c.seq.between(now.act, last))
    rows = conn.execute(select(audit_row.c.prev, audit_row.c.body).where(*mine).order_by(audit_row.c.seq)).all()
    return ShownAct(bytes(rows[0].prev).hex(), tuple(row.body for row in rows)) if rows else None


def _named_after(conn: Connection, now: StoredArchive) -> int | None:
    """The first row at or after the act that a checkpoint names. Where the clock was set back, a later one."""
    number = now.checkpoint
    while True:
        more = (checkpoint.c.id > number, checkpoint.c.at >= now.at)
        page = conn.execute(select(checkpoint).where(*more).order_by(checkpoint.c.id).limit(PAGE)).all()
        for row in page:
            for head in heads_in(members(json.loads(row.body))):
                if head.chain == SERVICE and head.seq >= now.act:
                    return head.seq
        if not page:
            return None
        number = page[-1].id


def read(said: object) -> ShownAct | None:
    """As an export's first line has it. Raises ``ValueError``, ``TypeError`` or ``KeyError`` for what is none."""
    if said is None:
        return None
    found = members(said)
    bodies = tuple(of(str, body) for body in items(found["bodies"]))
    if not bodies or len(bytes.fromhex(text(found, "prev"))) != len(row_hash(b"", "")):
        raise ValueError("no act")
    for body in bodies:
        body.encode("utf-8")
    return ShownAct(text(found, "prev"), bodies)


def told(shown: ShownAct | None, archived: int | None, known: Coverage) -> ToldArchive | None:
    """The act by which all was archived up to the checkpoint ``archived``; None where an export says that nothing was.

    Without any checkpoint nothing is vouched for, and the act is not, either. Raises ``NotHeldError``.
    """
    if archived is None and shown is None:
        return None
    act = None if shown is None else told_by(shown.bodies[0])
    if shown is None or act is None or act.checkpoint != archived:
        raise NotHeldError(Finding(NOT_SHOWN, SERVICE, 0 if act is None else act.seq))
    if known.times and not _vouched(known.heads.get(SERVICE, Heads()), act.seq, shown.prev, shown.bodies):
        raise NotHeldError(Finding(NOT_VOUCHED, SERVICE, act.seq))
    return act


def _vouched(heads: Heads, seq: int, prev: str, bodies: Sequence[str]) -> bool:
    link = bytes.fromhex(prev)
    for body in bodies:
        link = row_hash(link, body)
    last = seq + len(bodies) - 1
    return any(
        named == last and compare_digest(link, digest) for named, digest in zip(heads.seqs, heads.hashes, strict=True)
    )
