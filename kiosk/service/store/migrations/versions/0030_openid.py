"""Applications that people are signed in to by OpenID Connect, their sign-ins, and who is told that one ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _clients()
    _grants()
    _logouts()


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
        "openid_client",
        _text("application"),
        _text("title"),
        _text("redirect_uris"),
        _text("leave_uris"),
        _text("logout_uri", optional=True),
        _text("auth"),
        _text("secret", optional=True),
        sa.Column("dpop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pushed", sa.Boolean(), server_default=sa.false(), nullable=False),
        _text("alg"),
        _text("acr"),
        _text("roles"),
        _time("created"),
        _mac(),
        _belongs("openid_client", "application"),
        sa.PrimaryKeyConstraint("application", name="pk_openid_client"),
    )


def _grants() -> None:
    texts = ("session", "sid", "scope", "acr", "amr")
    op.create_table(
        "openid_grant",
        *(_text(name) for name in ("id", "application", "person", "workstation", *texts)),
        _time("auth_time"),
        _text("nonce", optional=True),
        *(_text(name) for name in ("redirect_uri", "challenge", "browser", "receipt")),
        _text("code", optional=True),
        _time("code_until", optional=True),
        _time("used", optional=True),
        _text("jkt", optional=True),
        sa.Column("refreshed", sa.BigInteger(), server_default="0", nullable=False),
        _time("created"),
        _time("ended", optional=True),
        _mac(),
        *(_belongs("openid_grant", column) for column in ("application", "person", "workstation")),
        sa.PrimaryKeyConstraint("id", name="pk_openid_grant"),
        sa.UniqueConstraint("receipt", name="uq_openid_grant_receipt"),
        sa.UniqueConstraint("code", name="uq_openid_grant_code"),
    )
    for column in ("application", "person", "sid"):
        op.create_index(f"ix_openid_grant_{column}", "openid_grant", [column])
    _where("ix_openid_grant_live", "openid_grant", "session", "ended IS NULL")


def _logouts() -> None:
    op.create_table(
        "openid_logout",
        *(_text(name) for name in ("id", "application", "person", "sid")),
        _time("created"),
        _time("due"),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        _time("sent", optional=True),
        _time("dead", optional=True),
        _text("error", optional=True),
        _mac(),
        *(_belongs("openid_logout", column) for column in ("application", "person")),
        sa.PrimaryKeyConstraint("id", name="pk_openid_logout"),
    )
    _where("ix_openid_logout_due", "openid_logout", "due", "sent IS NULL AND dead IS NULL")


def _where(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
