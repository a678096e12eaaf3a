"""Whom a directory manages, its groups, its tokens, and how its last answer was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def _text(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=optional)


def _mac() -> sa.Column[bytes]:
    return sa.Column("mac", sa.LargeBinary(), nullable=True)


def _index_where(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    _people()
    op.create_table(
        "directory_token",
        _text("id"),
        _text("source"),
        _text("digest"),
        _number("created"),
        _number("expires"),
        _number("revoked", optional=True),
        _number("last_used", optional=True),
        _mac(),
        sa.PrimaryKeyConstraint("id", name="pk_directory_token"),
    )
    op.create_table(
        "directory_source",
        _text("name"),
        _number("tried"),
        _number("good", optional=True),
        _text("trouble", optional=True),
        sa.Column("let_leave", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("let_privileged", sa.BigInteger(), nullable=False, server_default="0"),
        _number("let_until", optional=True),
        _mac(),
        sa.PrimaryKeyConstraint("name", name="pk_directory_source"),
    )


def _people() -> None:
    op.create_table(
        "directory_person",
        _text("person"),
        _text("source"),
        _text("external_id", optional=True),
        _number("since"),
        _number("changed"),
        _number("stopped", optional=True),
        _number("raised", optional=True),
        _mac(),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_directory_person_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", name="pk_directory_person"),
    )
    for column in ("stopped", "raised"):
        _index_where(f"ix_directory_person_{column}", "directory_person", [column], f"{column} IS NOT NULL")
    _index_where(
        "uq_directory_person_external",
        "directory_person",
        ["source", "external_id"],
        "external_id IS NOT NULL",
        unique=True,
    )
    op.create_table(
        "directory_group",
        _text("id"),
        _text("source"),
        _text("external_id", optional=True),
        _text("name"),
        _number("since"),
        _number("changed"),
        _mac(),
        sa.PrimaryKeyConstraint("id", name="pk_directory_group"),
    )
    _index_where("uq_directory_group_name", "directory_group", ["source", "name"], "name IS NOT NULL", unique=True)
    op.create_table(
        "directory_member",
        _text("group_id"),
        _text("person"),
        _mac(),
        sa.ForeignKeyConstraint(
            ["group_id"], ["directory_group.id"], name="fk_directory_member_group_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["directory_person.person"], name="fk_directory_member_person", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("group_id", "person", name="pk_directory_member"),
    )
    op.create_index("ix_directory_member_person", "directory_member", ["person"])
