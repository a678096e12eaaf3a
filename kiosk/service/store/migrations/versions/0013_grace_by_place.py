"""Where a person's last full proofs were given: grace carries no further than the rules say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. Of a proof from before nobody knows where it was: it carries nowhere."""
    op.add_column("second_factor", sa.Column("places", sa.Text(), server_default="{}", nullable=False))
