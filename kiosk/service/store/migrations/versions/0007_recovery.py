"""Resets by the help desk, messages to people's other channels, and where those are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.add_column("person", sa.Column("contact", sa.Text(), nullable=True))
    op.create_table(
        "reset",
        _text("id"),
        _text("person"),
        _text("begun_by"),
        _text("workstation"),
        _text("seen"),
        _text("lost"),
        _number("begun"),
        _number("due"),
        sa.Column("second", sa.Boolean(), server_default=sa.false(), nullable=False),
        _text("risk", optional=True),
        _text("approved_by", optional=True),
        _number("approved", optional=True),
        _number("ended", optional=True),
        _text("ended_why", optional=True),
        _belongs("reset", "person", "person.id"),
        _belongs("reset", "begun_by", "person.id"),
        _belongs("reset", "workstation", "workstation.id"),
        _belongs("reset", "approved_by", "person.id"),
        sa.PrimaryKeyConstraint("id", name="pk_reset"),
    )
    op.create_index("ix_reset_person", "reset", ["person"])
    op.create_index("ix_reset_begun_by", "reset", ["begun_by"])
    live = sa.text("ended IS NULL")
    op.create_index("uq_reset_live", "reset", ["person"], unique=True, sqlite_where=live, postgresql_where=live)
    op.create_table(
        "message",
        _text("id"),
        _text("person"),
        _text("kind"),
        _text("contact"),
        _text("facts"),
        _number("created"),
        _number("due"),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        _number("sent", optional=True),
        _number("dead", optional=True),
        _text("error", optional=True),
        _belongs("message", "person", "person.id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("ix_message_person", "message", ["person"])
    op.create_index("ix_message_due", "message", ["due"])


def _text(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}", ondelete="RESTRICT")
