"""Programs that an administrator named, and the actions that programs may ask for with each audience.

Until now any program could ask for any action with any application's audience: applications that are there keep that
(``*``), until an administrator says otherwise. New ones begin with nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "program",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("browser", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_program"),
        sa.UniqueConstraint("path", name="uq_program_path"),
    )
    op.create_table(
        "program_action",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application"], ["application.id"], name="fk_program_action_application", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("application", "program", "action", name="pk_program_action"),
    )
    op.execute(
        "INSERT INTO program_action (application, program, action, created) "
        "SELECT id, '', '*', created FROM application WHERE state = 'active'"
    )
