"""How far the trail was read for signals, and which assurance of each person was last told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, signal_cursor, signal_level

AT_ONCE = 100
"""Chains that are read in one transaction; the rest follow at once."""


@dataclass(frozen=True, slots=True)
class ChainNews:
    """A chain with rows that were not read yet: from ``seq`` and its hash on (None: from its beginning), to its
    head."""

    chain: str
    seq: int
    link: bytes | None
    head: int
    head_link: bytes


def behind(conn: Connection) -> bool:
    """Whether any chain has news: a look that writes nothing."""
    return conn.execute(_BEHIND.limit(1)).first() is not None


_BEHIND = (
    select(audit_chain.c.chain)
    .outerjoin(signal_cursor, signal_cursor.c.chain == audit_chain.c.chain)
    .where(
        audit_chain.c.head_seq > 0,
        or_(signal_cursor.c.chain.is_(None), signal_cursor.c.seq != audit_chain.c.head_seq),
    )
    .order_by(audit_chain.c.chain)
)


def news(conn: Connection) -> list[ChainNews]:
    """Chains with rows that were not read. A head that the service did not write is passed over."""
    found = []
    for chain in conn.execute(_BEHIND.limit(AT_ONCE)).scalars().all():
        heads = integrity.rows(conn, audit_chain, audit_chain.c.chain == chain, skip=True)
        if heads:
            head, link = heads[0], bytes(heads[0].head_hash)
            found.append(ChainNews(chain, *_read_up_to(conn, chain), head.head_seq, link))
    return found


def _read_up_to(conn: Connection, chain: str) -> tuple[int, bytes | None]:
    mine = integrity.rows(conn, signal_cursor, signal_cursor.c.chain == chain, skip=True)
    return (mine[0].seq, bytes(mine[0].hash)) if mine else (0, None)


def move(conn: Connection, news_of: ChainNews) -> None:
    """The chain is read up to its head."""
    conn.execute(delete(signal_cursor).where(signal_cursor.c.chain == news_of.chain))
    integrity.add(conn, signal_cursor, {"chain": news_of.chain, "seq": news_of.head, "hash": news_of.head_link})


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
