"""Servers' questions that phones answer, for people who are active at no workstation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_TABLE = "phone_question"


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new columns are empty in rows of before, whose codes stay right."""
    op.create_table(
        _TABLE,
        *(_text(name) for name in ("id", "person", "application", "state")),
        _text("why", optional=True),
        *(_text(name) for name in ("nonce", "statement", "salts")),
        _text("opened", optional=True),
        _number("tries", default="0"),
        _text("phone", optional=True),
        _number("told_seq", optional=True),
        *(_number(name) for name in ("created", "expires")),
        _number("answered", optional=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        *(_belongs(column) for column in ("person", "application")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("opened", name=f"uq_{_TABLE}_opened"),
    )
    for column in ("person", "expires"):
        op.create_index(f"ix_{_TABLE}_{column}", _TABLE, [column])
    for table, names in (("backchannel_client", ("phones",)), ("backchannel_request", ("numbered", "on_phone"))):
        for name in names:
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("openid_grant", sa.Column("phone", sa.Text(), nullable=True))


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional, server_default=default)


def _belongs(column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{_TABLE}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{column}.id"], name=name, ondelete="RESTRICT")
