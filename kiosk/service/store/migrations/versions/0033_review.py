"""Cases for review. Those of downtimes are carried over by ``store.carrying_cases``, once all steps are done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def _words(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "review_case",
        *(_words(name) for name in ("id", "kind", "subject")),
        _words("person", optional=True),
        *(_words(name) for name in ("workstation", "place", "why")),
        _number("happened"),
        _number("until", optional=True),
        _number("opened"),
        sa.Column("more", sa.BigInteger(), nullable=False, server_default="0"),
        _number("seq", optional=True),
        *(_words(name, optional=True) for name in ("reopens", "reopened_by")),
        _number("due", optional=True),
        sa.Column("told", sa.BigInteger(), nullable=False, server_default="0"),
        *(_number(name, optional=True) for name in ("told_at", "escalated", "closed")),
        *(_words(name, optional=True) for name in ("closed_by", "closed_station", "finding", "text", "jti")),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review_case"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_review_case_workstation_workstation", ondelete="RESTRICT"
        ),
    )
    op.create_index("ix_review_case_workstation_subject", "review_case", ["workstation", "subject"])
    is_open = sa.text("closed IS NULL")
    op.create_index("ix_review_case_open", "review_case", ["opened"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("uq_review_case_reopens", "review_case", ["reopens"], unique=True)
