"""The brake of shared signals counts by event type, and a stream remembers who set its status."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new columns say nothing in rows of before: codes stay right."""
    with op.batch_alter_table("signal_taken") as table:
        table.add_column(sa.Column("event", sa.Text(), nullable=True))
    with op.batch_alter_table("signal_receiver") as table:
        table.add_column(sa.Column("status_by", sa.Text(), nullable=True))
