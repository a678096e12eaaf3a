"""What was archived out of the trail, legal holds, and sessions by their age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "audit_archive",
        *(_number(name) for name in ("number", "at", "checkpoint", "act", "chains", "kept")),
        _mac(),
        sa.PrimaryKeyConstraint("number", name="pk_audit_archive"),
    )
    op.create_table(
        "audit_cut",
        _number("archive"),
        _text("chain"),
        _number("seq"),
        sa.Column("removed", sa.BigInteger(), nullable=False, server_default="0"),
        _mac(),
        sa.PrimaryKeyConstraint("archive", "chain", name="pk_audit_cut"),
    )
    op.create_table(
        "audit_kept",
        _number("archive"),
        _text("chain"),
        _number("seq"),
        _text("hash"),
        _mac(),
        sa.PrimaryKeyConstraint("archive", "chain", "seq", name="pk_audit_kept"),
    )
    _holds()
    op.create_index("ix_session_opened", "session", ["opened"])


def _holds() -> None:
    op.create_table(
        "audit_hold",
        _number("id"),
        _text("reason"),
        *(_text(name, optional=True) for name in ("person", "workstation", "patient")),
        *(_number(name, optional=True) for name in ("since", "until")),
        _number("act"),
        _text("by"),
        _text("administrator", optional=True),
        _number("at"),
        _number("lifted", optional=True),
        _text("lift_asked_by", optional=True),
        _number("lift_asked", optional=True),
        _mac(),
        sa.PrimaryKeyConstraint("id", name="pk_audit_hold"),
    )


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)
