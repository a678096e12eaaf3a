"""Sealed codes of emergency access, and what was written about each use afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new columns are empty in rows of before, whose codes stay right."""
    op.create_table(
        "emergency_code",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "workstation")),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_code"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_emergency_code_workstation_workstation", ondelete="RESTRICT"
        ),
    )
    op.create_index("uq_emergency_code_number", "emergency_code", ["workstation", "number"], unique=True)
    for name in ("text", "text_by", "text_case"):
        op.add_column("emergency_use", sa.Column(name, sa.Text(), nullable=True))
    for name in ("text_at", "text_due", "text_told"):
        op.add_column("emergency_use", sa.Column(name, sa.BigInteger(), nullable=True))
