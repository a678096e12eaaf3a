"""How phones are woken by Web Push, and those that are to be woken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "phone_subscription",
        *(_text(name) for name in ("phone", "sealed")),
        _number("created"),
        _mac(),
        _belongs("phone_subscription"),
        sa.PrimaryKeyConstraint("phone", name="pk_phone_subscription"),
    )
    op.create_table(
        "phone_push",
        *(_text(name) for name in ("question", "phone")),
        *(_number(name) for name in ("until", "due")),
        sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0"),
        _mac(),
        _belongs("phone_push"),
        sa.PrimaryKeyConstraint("question", "phone", name="pk_phone_push"),
    )
    op.create_index("ix_phone_push_until", "phone_push", ["until"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["phone"], ["phone.id"], name=f"fk_{table}_phone", ondelete="RESTRICT")
