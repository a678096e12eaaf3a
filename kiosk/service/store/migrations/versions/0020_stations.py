"""What workstations say of themselves, and which one is set up anew in place of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "station_seen",
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("trusts", sa.Text(), nullable=True),
        sa.Column("doorbell", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_station_seen_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("workstation", name="pk_station_seen"),
    )
    op.add_column("workstation", sa.Column("replaces", sa.Text(), nullable=True))
