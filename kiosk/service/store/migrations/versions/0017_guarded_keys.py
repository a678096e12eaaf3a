"""Keys that show a credential to a verified user alone: a PIN is spent before it is known whose key it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. Of keys from before it is not known; NULL changes no row's code."""
    op.add_column("fido2_credential", sa.Column("guarded", sa.Boolean(), nullable=True))
