"""People's phones: their passkeys, what they are asked, and stations that may not ask them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _phones()
    _requests()
    op.create_table(
        "phone_block",
        *(_text(name) for name in ("person", "workstation")),
        *(_number(name) for name in ("since", "until")),
        _mac(),
        *(_belongs("phone_block", column) for column in ("person", "workstation")),
        sa.PrimaryKeyConstraint("person", "workstation", name="pk_phone_block"),
    )


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional, server_default=default)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)


def _belongs(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{column}.id"], name=name, ondelete="RESTRICT")


def _phones() -> None:
    op.create_table(
        "phone",
        *(_text(name) for name in ("id", "person", "name", "credential_id")),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        _number("sign_count", default="0"),
        _text("aaguid"),
        *(
            sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
            for name in ("backup_eligible", "backed_up")
        ),
        _text("enrolled_chain"),
        *(_number(name) for name in ("enrolled_seq", "created")),
        *(_number(name, optional=True) for name in ("last_used", "suspended")),
        *(_text(name, optional=True) for name in ("suspended_why", "replaces")),
        _number("revoked", optional=True),
        _mac(),
        _belongs("phone", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_phone"),
        sa.UniqueConstraint("credential_id", name="uq_phone_credential_id"),
    )
    op.create_index("ix_phone_person", "phone", ["person"])


def _requests() -> None:
    table = "phone_request"
    op.create_table(
        table,
        *(_text(name) for name in ("id", "purpose", "person", "workstation", "about", "state", "nonce", "statement")),
        *(_text(name, optional=True) for name in ("made", "proof")),
        _number("tries", default="0"),
        *(_number(name) for name in ("created", "expires")),
        _mac(),
        *(_belongs(table, column) for column in ("person", "workstation")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    for column in ("person", "about", "expires"):
        op.create_index(f"ix_{table}_{column}", table, [column])
