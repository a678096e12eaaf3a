"""What is remembered of persons, workstations and roles, to tell what is unusual."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "risk_person",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("changed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("lost", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("person", name="pk_risk_person"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_risk_person_person_person", ondelete="RESTRICT"),
    )
    op.create_table(
        "risk_station",
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workstation", name="pk_risk_station"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_risk_station_workstation_workstation", ondelete="RESTRICT"
        ),
    )
    op.create_table(
        "risk_role",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("role", name="pk_risk_role"),
    )
