"""How far the trail was read for signals, and which assurance of each person was last told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from kiosk.service.store import archives, integrity
from kiosk.service.store.schema import audit_chain, signal_cursor, signal_level
from kiosk.service.store.vouching import TamperedError


@dataclass(frozen=True, slots=True)
class ChainNews:
    """Rows of a chain that were not read yet: from ``seq`` and its hash on, to ``head`` and its hash. Where no
    mark says how far was read the hash is None, and ``seq`` is the last row that was archived, 0 for none."""

    chain: str
    seq: int
    link: bytes | None
    head: int
    head_link: bytes


@dataclass(frozen=True, slots=True)
class TrailNews:
    """Chains with rows that were not read. ``bad``: those whose head the service did not write."""

    chains: tuple[ChainNews, ...]
    bad: frozenset[str]


_BEHIND = (
    select(audit_chain)
    .outerjoin(signal_cursor, signal_cursor.c.chain == audit_chain.c.chain)
    .where(
        audit_chain.c.head_seq > 0,
        or_(signal_cursor.c.chain.is_(None), signal_cursor.c.seq != audit_chain.c.head_seq),
    )
    .order_by(audit_chain.c.chain)
)


def news(conn: Connection) -> TrailNews:
    """What was not read yet: a look that writes nothing."""
    found = conn.execute(_BEHIND).all()
    heads = integrity.believed(conn, audit_chain, found, skip=True)
    bad = frozenset(row.chain for row in found) - {row.chain for row in heads}
    chains = (ChainNews(row.chain, *_read_up_to(conn, row.chain), row.head_seq, bytes(row.head_hash)) for row in heads)
    return TrailNews(tuple(chains), bad)


def _read_up_to(conn: Connection, chain: str) -> tuple[int, bytes | None]:
    mine = integrity.rows(conn, signal_cursor, signal_cursor.c.chain == chain, skip=True)
    return (mine[0].seq, bytes(mine[0].hash)) if mine else (_archived_up_to(conn, chain), None)


def _archived_up_to(conn: Connection, chain: str) -> int:
    """As the service's own record says; 0 where that was changed, so that what is missing is told of."""
    try:
        return 0 if archives.present(conn) is None else archives.cut_of(conn, chain)
    except TamperedError:
        return 0


def move(conn: Connection, chain: str, seq: int, link: bytes) -> None:
    """The chain is read up to that row, whose hash is ``link``."""
    conn.execute(delete(signal_cursor).where(signal_cursor.c.chain == chain))
    integrity.add(conn, signal_cursor, {"chain": chain, "seq": seq, "hash": link})


def begin(conn: Connection) -> None:
    """What stands in the trail by now is nobody's news, unless somebody is told already."""
    if conn.execute(select(signal_cursor.c.chain).limit(1)).first() is None:
        for row in integrity.rows(conn, audit_chain, skip=True):
            values = {"chain": row.chain, "seq": row.head_seq, "hash": row.head_hash}
            integrity.add(conn, signal_cursor, values)


def end(conn: Connection) -> None:
    """Nobody is told anything any more."""
    conn.execute(delete(signal_cursor))
    conn.execute(delete(signal_level))


def told_level(conn: Connection, person: str, acr: str) -> str | None:
    """Receivers are told that ``person`` has that assurance; what they were told before, None for nothing."""
    mine = signal_level.c.person == person
    rows = integrity.rows(conn, signal_level, mine, skip=True)
    if not rows:
        conn.execute(delete(signal_level).where(mine))
        integrity.add(conn, signal_level, {"person": person, "acr": acr})
        return None
    if rows[0].acr != acr:
        integrity.change(conn, signal_level, mine, {"acr": acr})
    return str(rows[0].acr)
