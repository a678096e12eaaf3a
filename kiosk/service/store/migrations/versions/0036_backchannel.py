"""Servers that ask a person elsewhere (OpenID CIBA), and audiences that people's own programs get tokens for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _clients()
    _requests()


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _time(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)


def _belongs(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{column}.id"], name=name, ondelete="RESTRICT")


def _clients() -> None:
    op.create_table(
        "backchannel_client",
        _text("application"),
        _text("delivery"),
        _text("notify_uri", optional=True),
        _text("actions"),
        _time("created"),
        _mac(),
        _belongs("backchannel_client", "application"),
        sa.PrimaryKeyConstraint("application", name="pk_backchannel_client"),
    )
    op.create_table(
        "token_audience",
        _text("application"),
        _text("acr"),
        _time("created"),
        _mac(),
        _belongs("token_audience", "application"),
        sa.PrimaryKeyConstraint("application", name="pk_token_audience"),
    )


def _requests() -> None:
    table = "backchannel_request"
    op.create_table(
        table,
        *(_text(name) for name in ("id", "secret", "application", "person", "scope", "acr", "ask")),
        *(_text(name, optional=True) for name in ("message", "details", "notify")),
        *(_time(name) for name in ("created", "expires")),
        _text("ceremony", optional=True),
        *(_time(name, optional=True) for name in ("denied", "used")),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        *(_time(name, optional=True) for name in ("polled", "offered")),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        *(_time(name, optional=True) for name in ("due", "notified")),
        _mac(),
        *(_belongs(table, column) for column in ("application", "person")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("secret", name=f"uq_{table}_secret"),
    )
    op.create_index(f"ix_{table}_person", table, ["person"])
    _where(f"ix_{table}_open", "expires", "denied IS NULL AND used IS NULL")
    _where(f"ix_{table}_notify", "due", "due IS NOT NULL AND notified IS NULL")


def _where(name: str, column: str, where: str) -> None:
    text = sa.text(where)
    op.create_index(name, "backchannel_request", [column], sqlite_where=text, postgresql_where=text)
