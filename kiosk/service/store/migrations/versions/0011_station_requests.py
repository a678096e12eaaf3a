"""What workstations sign with their requests, kept beside the rows that these led to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.add_column("audit_chain", sa.Column("counter", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("audit_chain", sa.Column("request", sa.Text(), nullable=True))
    op.create_table(
        "station_request",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name="pk_station_request"),
    )
