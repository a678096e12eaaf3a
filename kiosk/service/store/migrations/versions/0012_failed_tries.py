"""Wrong tries by bucket, with the end of a lock; also of logins that nobody has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back. What was counted is kept, in the bucket of badges; a lock ends by time
    from now on, so one that is there has ended."""
    op.create_table(
        "failed_try",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who", "method", "bucket", name="pk_failed_try"),
    )
    op.execute(
        "INSERT INTO failed_try (who, method, bucket, count, last, until) "
        "SELECT person, method, 'held', count, last, 0 FROM failure"
    )
    op.drop_table("failure")
