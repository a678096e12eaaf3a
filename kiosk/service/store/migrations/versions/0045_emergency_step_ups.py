"""How many step-ups were granted in an emergency access, and of how many records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new columns are empty in rows of before, whose codes stay right."""
    for name in ("step_ups", "records"):
        op.add_column("emergency_use", sa.Column(name, sa.BigInteger(), nullable=True))
