"""The time of each chain's last row; openings found by the row that they belong to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.add_column("audit_chain", sa.Column("head_at", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_opening_chain_seq", "opening", ["chain", "seq"])
