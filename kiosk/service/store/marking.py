"""Marks for openings of before (``opening_marks``): once, after an upgrade."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kiosk.service.store import integrity, vouching
from kiosk.service.store.adopting import PAGE, Key, key_of, page_after
from kiosk.service.store.schema import audit_row, opening


def mark_openings(conn: Connection) -> int:
    """Every opening without a mark that the service wrote gets one, and its row's time; how many."""
    done = 0
    after: Key | None = None
    marks = vouching.guard_of(conn).marks
    while True:
        page = page_after(conn, opening, after, PAGE, opening.c.mark.is_(None))
        for row in integrity.believed(conn, opening, page, skip=True):
            its = (audit_row.c.chain == row.chain) & (audit_row.c.seq == row.seq)
            at = conn.execute(select(audit_row.c.at).where(its)).scalar()
            done += integrity.change_row(conn, opening, row, {"mark": marks.mark(row.value), "at": at})
        if len(page) < PAGE:
            return done
        after = key_of(opening, page[-1])
