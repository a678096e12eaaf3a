"""What was asked for in a row of the trail, which it is found by."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ASKS = {"stepup": "action", "stepup_asked": "action", "admin": "act"}
MAX_ASKED = 200
PAGE = 2000
ROW = sa.table("audit_row", *(sa.column(name) for name in ("chain", "seq", "action", "body", "asked")))


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.add_column("audit_row", sa.Column("asked", sa.Text(), nullable=True))
    conn = op.get_bind()
    chains = conn.execute(sa.text("SELECT DISTINCT chain FROM audit_row")).scalars().all()
    for chain in chains:
        after = -(2**62)
        while (last := _page(conn, chain, after)) is not None:
            after = last
    there = sa.text("asked IS NOT NULL")
    columns = ["asked", "at", "chain", "seq"]
    op.create_index("ix_audit_row_asked_at", "audit_row", columns, sqlite_where=there, postgresql_where=there)


def _page(conn: sa.Connection, chain: str, after: int) -> int | None:
    """Fill the next rows of ``chain``; the last one's number, None if there was none. No more than a page is held."""
    mine = (ROW.c.chain == chain) & ROW.c.action.in_([*ASKS])
    wanted = sa.select(ROW.c.seq, ROW.c.action, ROW.c.body).where(mine, ROW.c.seq > after).order_by(ROW.c.seq)
    rows = conn.execute(wanted.limit(PAGE)).all()
    found = [{"a": asked, "n": row.seq} for row in rows if (asked := _asked(row.action, row.body)) is not None]
    if found:
        number, value = sa.bindparam("n", type_=sa.BigInteger), sa.bindparam("a", type_=sa.Text)
        conn.execute(sa.update(ROW).where(ROW.c.chain == chain, ROW.c.seq == number).values(asked=value), found)
    return rows[-1].seq if rows else None


def _asked(action: str, body: str) -> str | None:
    """None as well for a text that only somebody else can have written: ``audit verify`` names it."""
    try:
        asked = json.loads(body)["detail"][ASKS[action]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return asked if isinstance(asked, str) and len(asked) <= MAX_ASKED and "\0" not in asked else None
