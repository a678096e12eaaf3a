"""When a directory last gave somebody another login or took a role from them, and how many it is let."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. Both are empty in rows of before, whose codes stay right."""
    op.add_column("directory_person", sa.Column("altered", sa.BigInteger(), nullable=True))
    op.add_column("directory_source", sa.Column("let_altered", sa.BigInteger(), nullable=True))
    where = sa.text("altered IS NOT NULL")
    name, columns = "ix_directory_person_altered", ["altered"]
    op.create_index(name, "directory_person", columns, sqlite_where=where, postgresql_where=where)
