"""Second persons who agree to a step-up, standing batches, and servers that are agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. New columns are empty in rows of before, whose codes stay right."""
    _requests()
    _given()
    op.add_column("backchannel_client", sa.Column("agent", sa.Text(), nullable=True))
    op.add_column("stepup_grant", sa.Column("batch", sa.BigInteger(), nullable=True))
    op.add_column("stepup_grant", sa.Column("used", sa.BigInteger(), nullable=True))


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _time(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}", ondelete="RESTRICT")


def _requests() -> None:
    table = "second_request"
    op.create_table(
        table,
        *(_text(name) for name in ("id", "ceremony", "person")),
        *(_time(name) for name in ("created", "expires")),
        _text("shown", optional=True),
        *(_time(name, optional=True) for name in ("denied", "offered")),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        *(_belongs(table, column, column) for column in ("ceremony", "person")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    for column in ("ceremony", "person"):
        op.create_index(f"ix_{table}_{column}", table, [column])
    text = sa.text("denied IS NULL")
    op.create_index(f"ix_{table}_open", table, ["expires"], sqlite_where=text, postgresql_where=text)


def _given() -> None:
    table = "second_given"
    op.create_table(
        table,
        *(_text(name) for name in ("ceremony", "second", "person", "chain")),
        *(_time(name) for name in ("seq", "at")),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        _belongs(table, "ceremony", "ceremony"),
        _belongs(table, "second", "ceremony"),
        _belongs(table, "person", "person"),
        sa.PrimaryKeyConstraint("ceremony", name=f"pk_{table}"),
        sa.UniqueConstraint("second", name=f"uq_{table}_second"),
    )
    op.create_index(f"ix_{table}_person", table, ["person"])
