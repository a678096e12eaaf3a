"""Sign-ins by the hospital's own provider, which have neither workstation nor session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_LIVE = "ix_openid_grant_live"
_WHERE = sa.text("ended IS NULL")


def upgrade() -> None:
    """Forwards only: a backup is the way back. The new column is empty in rows of before, whose codes stay right."""
    op.drop_index(_LIVE, "openid_grant")
    with op.batch_alter_table("openid_grant") as table:
        table.alter_column("workstation", existing_type=sa.Text(), nullable=True)
        table.alter_column("session", existing_type=sa.Text(), nullable=True)
        table.add_column(sa.Column("upstream", sa.Text(), nullable=True))
    op.create_index(_LIVE, "openid_grant", ["session"], sqlite_where=_WHERE, postgresql_where=_WHERE)
