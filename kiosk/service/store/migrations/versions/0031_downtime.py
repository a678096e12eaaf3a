"""Downtime tickets, the last row taken of each workstation's journal, and cases to be looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}", ondelete="RESTRICT")


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "downtime_ticket",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_downtime_ticket"),
        _belongs("downtime_ticket", "person", "person"),
        _belongs("downtime_ticket", "workstation", "workstation"),
    )
    for column in ("person", "workstation"):
        op.create_index(f"ix_downtime_ticket_{column}", "downtime_ticket", [column])
    op.create_table(
        "station_journal",
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("up", sa.BigInteger(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workstation", name="pk_station_journal"),
        _belongs("station_journal", "workstation", "workstation"),
    )
    op.create_table(
        "offline_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("arrived", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_offline_case"),
        _belongs("offline_case", "workstation", "workstation"),
    )
    op.create_index("ix_offline_case_workstation", "offline_case", ["workstation"])
