"""Receivers make, change and end their streams of signals, fetch them by poll, and leave persons out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new columns say nothing in rows of before: codes stay right."""
    with op.batch_alter_table("signal_receiver") as table:
        for name in ("delivery", "endpoint", "asked", "description"):
            table.add_column(sa.Column(name, sa.Text(), nullable=True))
        table.add_column(sa.Column("gone", sa.BigInteger(), nullable=True))
    op.create_table(
        "signal_left_out",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        *(_belongs(name) for name in ("application", "person")),
        sa.PrimaryKeyConstraint("application", "person", name="pk_signal_left_out"),
    )
    op.create_index("ix_signal_left_out_person", "signal_left_out", ["person"])


def _belongs(name: str) -> sa.ForeignKeyConstraint:
    fk = f"fk_signal_left_out_{name}_{name}"
    return sa.ForeignKeyConstraint([name], [f"{name}.id"], name=fk, ondelete="RESTRICT")
