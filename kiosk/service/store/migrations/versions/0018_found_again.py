"""What rows of the trail and their openings are found by. Marks of openings of before: ``store.marking``."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAMES = ("action", "person", "workstation")
ORDER = ["at", "chain", "seq"]
# A text that is no JSON, which only somebody else can have written, is left for ``audit verify`` to name.
OF_SQLITE = "CASE WHEN json_valid(body) THEN json_extract(body, '$.{name}') END"
SAID = """CREATE FUNCTION pg_temp.kiosk_said(body text, name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RETURN CAST(body AS json) ->> name; EXCEPTION WHEN others THEN RETURN NULL; END $$"""
OF_POSTGRESQL = "pg_temp.kiosk_said(body, '{name}')"


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    for name in NAMES:
        op.add_column("audit_row", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("opening", sa.Column("mark", sa.LargeBinary(), nullable=True))
    op.add_column("opening", sa.Column("at", sa.BigInteger(), nullable=True))
    conn = op.get_bind()
    form = OF_SQLITE
    if conn.dialect.name == "postgresql":
        form = OF_POSTGRESQL
        conn.exec_driver_sql(SAID)
    said = ", ".join(f"{name} = {form.format(name=name)}" for name in NAMES)
    conn.exec_driver_sql(f"UPDATE audit_row SET {said}")  # noqa: S608  (our own names)
    _one_by_one(conn)
    op.drop_index("ix_audit_row_at", "audit_row")
    op.create_index("ix_audit_row_at_chain_seq", "audit_row", ORDER)
    for name in NAMES:
        op.create_index(f"ix_audit_row_{name}_at", "audit_row", [name, *ORDER])
    op.create_index("ix_opening_mark_at", "opening", ["mark", *ORDER])


def _one_by_one(conn: sa.Connection) -> None:
    """What the database cannot read as JSON, and this program can: a text with U+0000 in it, on PostgreSQL."""
    row = sa.table("audit_row", *(sa.column(name) for name in ("chain", "seq", "body", *NAMES)))
    for found in conn.execute(sa.select(row.c.chain, row.c.seq, row.c.body).where(row.c.action.is_(None))).all():
        try:
            said = json.loads(found.body)
            values = {name: said.get(name) for name in NAMES}
        except (ValueError, AttributeError, RecursionError):
            continue
        if all(value is None or isinstance(value, str) for value in values.values()):
            mine = (row.c.chain == found.chain) & (row.c.seq == found.seq)
            conn.execute(sa.update(row).where(mine).values(**values))
