"""Enrolment at the workstation: what is under way, start codes, recovery codes, windows, news of factors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _enrolments()
    _start_codes()
    _recovery_codes()
    _windows()
    op.create_table(
        "factor_news",
        _text("person"),
        _text("what"),
        _time("at"),
        _belongs("factor_news", "person", "person.id"),
        sa.PrimaryKeyConstraint("person", "what", name="pk_factor_news"),
    )
    op.create_table(
        "guesses",
        _text("code"),
        _time("count"),
        _time("since"),
        sa.PrimaryKeyConstraint("code", name="pk_guesses"),
    )


def _enrolments() -> None:
    op.create_table(
        "enrolment",
        _text("id"),
        _text("workstation"),
        _text("person", nullable=True),
        _text("presented"),
        _text("act"),
        _text("kind", nullable=True),
        _text("factor", nullable=True),
        _text("step"),
        _text("session", nullable=True),
        _text("ceremony", nullable=True),
        _text("second", nullable=True),
        _text("proved", server_default="[]"),
        _text("vouched", server_default="[]"),
        _text("detail", server_default="{}"),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        _text("key_id", nullable=True),
        _time("tap", nullable=True),
        _time("created"),
        _time("expires"),
        _time("ended", nullable=True),
        _belongs("enrolment", "workstation", "workstation.id"),
        _belongs("enrolment", "person", "person.id"),
        _belongs("enrolment", "second", "person.id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
    )
    for column in ("workstation", "person", "expires"):
        op.create_index(f"ix_enrolment_{column}", "enrolment", [column])


def _start_codes() -> None:
    op.create_table(
        "start_code",
        _text("id"),
        _text("person"),
        _text("key_id"),
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        _text("issued_by"),
        _text("reason"),
        _time("created"),
        _time("expires"),
        _time("ended", nullable=True),
        _text("ended_why", nullable=True),
        _belongs("start_code", "person", "person.id"),
        sa.PrimaryKeyConstraint("id", name="pk_start_code"),
    )
    op.create_index("ix_start_code_person", "start_code", ["person"])
    live: dict[str, Any] = {"sqlite_where": sa.text("ended IS NULL"), "postgresql_where": sa.text("ended IS NULL")}
    op.create_index("uq_start_code_live", "start_code", ["person"], unique=True, **live)
    op.create_index("uq_start_code_hmac", "start_code", ["key_id", "hmac"], unique=True, **live)


def _recovery_codes() -> None:
    op.create_table(
        "recovery_set",
        _text("person"),
        _time("created"),
        _time("until"),
        _time("last_used", nullable=True),
        _time("suspended", nullable=True),
        _text("suspended_why", nullable=True),
        _belongs("recovery_set", "person", "person.id"),
        sa.PrimaryKeyConstraint("person", name="pk_recovery_set"),
    )
    op.create_table(
        "recovery_code",
        _text("person"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        _text("key_id"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _time("used", nullable=True),
        _belongs("recovery_code", "person", "recovery_set.person"),
        sa.PrimaryKeyConstraint("person", "number", name="pk_recovery_code"),
    )


def _windows() -> None:
    op.create_table(
        "enrol_window",
        _text("id"),
        _text("place", nullable=True),
        _text("workstation", nullable=True),
        _text("kinds"),
        _text("opened_by"),
        _time("opened"),
        _time("until"),
        _time("closed", nullable=True),
        _belongs("enrol_window", "workstation", "workstation.id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrol_window"),
    )
    for column in ("workstation", "until"):
        op.create_index(f"ix_enrol_window_{column}", "enrol_window", [column])


def _text(name: str, *, nullable: bool = False, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, **more)


def _time(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}", ondelete="RESTRICT")
