"""The trail page by page, in order: no table is ever loaded whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, true, union

from kiosk.service.store.schema import audit_chain, audit_row, evidence

PAGE = 500


def has_rows(conn: Connection) -> bool:
    """Whether anything was ever written."""
    return conn.execute(select(audit_chain.c.chain).limit(1)).first() is not None


def chains(conn: Connection) -> list[str]:
    """Every chain that has a head, rows or evidence, in the order of their names."""
    every = union(select(audit_chain.c.chain), select(audit_row.c.chain), select(evidence.c.chain))
    return sorted(conn.execute(every).scalars())


def rows(conn: Connection, chain: str, after: int = -(2**62)) -> Iterator[Row[Any]]:
    """Rows of one chain in order, from the first above ``after``."""
    yield from _paged(conn, chain, true(), after)


def _paged(conn: Connection, chain: str, which: ColumnElement[bool], after: int) -> Iterator[Row[Any]]:
    while True:
        wanted = select(audit_row).where(audit_row.c.chain == chain, audit_row.c.seq > after, which)
        page = conn.execute(wanted.order_by(audit_row.c.seq).limit(PAGE)).all()
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].seq


def with_action(conn: Connection, action: str) -> Iterator[Row[Any]]:
    """Rows of every chain that tell of ``action``, each chain in order."""
    told = audit_row.c.body.contains(f'"action":"{action}"', autoescape=True)
    for chain in chains(conn):
        yield from _paged(conn, chain, told, -(2**62))


def evidence_of(conn: Connection, chain: str, seq: int) -> tuple[str, str] | None:
    """Digest and body of the evidence kept for one row."""
    wanted = select(evidence.c.digest, evidence.c.body).where(evidence.c.chain == chain, evidence.c.seq == seq)
    found = conn.execute(wanted).one_or_none()
    return (found.digest, found.body) if found else None


def stray_evidence(conn: Connection, chain: str, last: int) -> int | None:
    """The lowest number, outside 1 to ``last``, for which evidence is kept."""
    outside = (evidence.c.seq < 1) | (evidence.c.seq > last)
    return conn.execute(select(func.min(evidence.c.seq)).where(evidence.c.chain == chain, outside)).scalar()


def row(conn: Connection, chain: str, seq: int) -> Row[Any] | None:
    """One row."""
    wanted = select(audit_row).where(audit_row.c.chain == chain, audit_row.c.seq == seq)
    return conn.execute(wanted).one_or_none()


def head(conn: Connection, chain: str) -> Row[Any] | None:
    """What the writer will link the next row to."""
    return conn.execute(select(audit_chain).where(audit_chain.c.chain == chain)).one_or_none()
