"""Shared signals: transmitters, receivers, what the brake counts, and what is to be delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None
WAITING = "sent IS NULL AND dead IS NULL"


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _transmitters()
    _receivers()
    _events()


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _time(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)


def _belongs(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{column}.id"], name=name, ondelete="RESTRICT")


def _transmitters() -> None:
    op.create_table(
        "signal_transmitter",
        *(_text(name) for name in ("name", "issuer", "audience")),
        *(_text(name, optional=True) for name in ("jwks_uri", "keys")),
        _text("forms"),
        *(_text(name, optional=True) for name in ("directory", "email_domain")),
        _text("events"),
        _time("most"),
        _time("held", optional=True),
        *(_time(name) for name in ("since", "created")),
        _mac(),
        sa.PrimaryKeyConstraint("name", name="pk_signal_transmitter"),
        sa.UniqueConstraint("issuer", name="uq_signal_transmitter_issuer"),
    )
    op.create_table(
        "signal_taken",
        *(_text(name) for name in ("id", "transmitter", "subject")),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_signal_taken"),
    )
    op.create_index("ix_signal_taken_transmitter_at", "signal_taken", ["transmitter", "at"])


def _receivers() -> None:
    op.create_table(
        "signal_receiver",
        *(_text(name) for name in ("application", "uri", "events", "form")),
        _text("email_domain", optional=True),
        _text("status"),
        _text("reason", optional=True),
        _time("verified", optional=True),
        _time("created"),
        _mac(),
        _belongs("signal_receiver", "application"),
        sa.PrimaryKeyConstraint("application", name="pk_signal_receiver"),
    )
    op.create_table(
        "signal_cursor",
        _text("chain"),
        _time("seq"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _mac(),
        sa.PrimaryKeyConstraint("chain", name="pk_signal_cursor"),
    )
    op.create_table(
        "signal_level",
        *(_text(name) for name in ("person", "acr")),
        _mac(),
        _belongs("signal_level", "person"),
        sa.PrimaryKeyConstraint("person", name="pk_signal_level"),
    )


def _events() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "signal_event",
        sa.Column("number", number, autoincrement=True, nullable=False),
        *(_text(name) for name in ("id", "application", "kind", "body")),
        *(_time(name) for name in ("created", "due")),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        *(_time(name, optional=True) for name in ("sent", "dead")),
        _text("error", optional=True),
        _mac(),
        _belongs("signal_event", "application"),
        sa.PrimaryKeyConstraint("number", name="pk_signal_event"),
        sa.UniqueConstraint("id", name="uq_signal_event_id"),
        sqlite_autoincrement=True,
    )
    text = sa.text(WAITING)
    op.create_index(
        "ix_signal_event_waiting", "signal_event", ["application"], sqlite_where=text, postgresql_where=text
    )
