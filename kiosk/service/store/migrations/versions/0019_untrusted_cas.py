"""CAs of PIV cards that are trusted no more: kept, so that it can be said since when, by whom and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. CAs that are there stay trusted; NULL changes no row's code."""
    op.add_column("piv_ca", sa.Column("untrusted", sa.BigInteger(), nullable=True))
    op.add_column("piv_ca", sa.Column("untrusted_by", sa.Text(), nullable=True))
    op.add_column("piv_ca", sa.Column("untrusted_why", sa.Text(), nullable=True))
