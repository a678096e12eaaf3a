"""One active station a person, indexes that do not grow with history, and no lock for the order of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_session_open_person", "session", "person", "state = 'open'"),
    ("ix_session_open_workstation", "session", "workstation", "state = 'open'"),
    ("ix_ceremony_proving_person", "ceremony", "person", "state = 'prove'"),
    ("ix_ceremony_proving_session", "ceremony", "session", "state = 'prove'"),
    ("ix_ceremony_remembered", "ceremony", "expires", "request IS NOT NULL"),
)


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    # Empty for what is open now: those sessions are locked by whoever finds them, and judged by nothing else.
    op.add_column("session", sa.Column("active_of", sa.Text(), nullable=True))
    one = sa.text("active_of IS NOT NULL")
    op.create_index(
        "uq_session_active_of", "session", ["active_of"], unique=True, sqlite_where=one, postgresql_where=one
    )
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS station_event_order ON station_event")
        op.execute("DROP FUNCTION IF EXISTS kiosk_station_event_order()")
