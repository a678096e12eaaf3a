"""Badges that prove possession by a public key of their own (PSIA PKOC)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "pkoc_badge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_chain", sa.Text(), nullable=False),
        sa.Column("enrolled_seq", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.Column("suspended", sa.BigInteger(), nullable=True),
        sa.Column("suspended_why", sa.Text(), nullable=True),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_pkoc_badge_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_pkoc_badge"),
    )
    op.create_index("ix_pkoc_badge_person", "pkoc_badge", ["person"])
    op.create_index(
        "uq_pkoc_badge_public_key",
        "pkoc_badge",
        ["public_key"],
        unique=True,
        sqlite_where=sa.text("revoked IS NULL"),
        postgresql_where=sa.text("revoked IS NULL"),
    )
