"""Since when the rows of an archive may be removed: the whole trail was verified once more after the act."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. An archive of before goes on by ``kiosk audit prune`` once more."""
    op.add_column("audit_archive", sa.Column("cleared", sa.BigInteger(), nullable=True))
