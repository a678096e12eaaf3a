"""What is under way: ceremonies, sessions, grants, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Ids are drawn before a transaction commits, so that of two at once the higher may be seen first and a reader that
# remembers the highest would miss the other: whoever adds an event waits for the one before. A statement's trigger runs
# before the ids are drawn.
ORDER = """
CREATE FUNCTION kiosk_station_event_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(7205759403792793); RETURN NULL; END $$
"""
ORDERED = """
CREATE TRIGGER station_event_order BEFORE INSERT ON station_event
FOR EACH STATEMENT EXECUTE FUNCTION kiosk_station_event_order()
"""
ANNOUNCE = """
CREATE FUNCTION kiosk_station_event_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('kiosk_station_event', NEW.id::text); RETURN NULL; END $$
"""
ANNOUNCED = """
CREATE TRIGGER station_event_announce AFTER INSERT ON station_event
FOR EACH ROW EXECUTE FUNCTION kiosk_station_event_announce()
"""


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "used_jti",
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("jti", name="pk_used_jti"),
    )
    op.create_index("ix_used_jti_expires", "used_jti", ["expires"])
    op.create_table(
        "ceremony",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("presented", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proved", sa.Text(), server_default="[]", nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="{}", nullable=False),
        sa.Column("tap", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_ceremony_person", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_ceremony_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ceremony"),
    )
    op.create_index("ix_ceremony_expires", "ceremony", ["expires"])
    op.create_index("ix_ceremony_workstation", "ceremony", ["workstation"])
    op.create_table(
        "failure",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_failure_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", "method", name="pk_failure"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workstation"], ["workstation.id"], name="fk_report_workstation", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
    )
    op.create_index("ix_report_received", "report", ["received"])
    op.create_table(
        "second_factor",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_second_factor_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", name="pk_second_factor"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("locked", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_session_person", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_session_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
    )
    op.create_index("ix_session_person", "session", ["person"])
    op.create_index("ix_session_workstation", "session", ["workstation"])
    op.create_table(
        "station_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("where_", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_station_event_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_station_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_station_event_created", "station_event", ["created"])
    op.create_index("ix_station_event_workstation", "station_event", ["workstation"])
    op.create_table(
        "station_throttle",
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_station_throttle_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("workstation", name="pk_station_throttle"),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ceremony", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("openings", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ceremony"], ["ceremony.id"], name="fk_challenge_ceremony", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_challenge"),
    )
    op.create_index("ix_challenge_ceremony", "challenge", ["ceremony"])
    op.create_index("ix_challenge_expires", "challenge", ["expires"])
    op.create_table(
        "stepup_grant",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("ceremony", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("workstation", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=True),
        sa.Column("redeemed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ceremony"], ["ceremony.id"], name="fk_stepup_grant_ceremony", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_stepup_grant_person", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["workstation"], ["workstation.id"], name="fk_stepup_grant_workstation", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("request_id", name="pk_stepup_grant"),
        sa.UniqueConstraint("ceremony", name="uq_stepup_grant_ceremony"),
        sa.UniqueConstraint("jti", name="uq_stepup_grant_jti"),
    )
    op.create_index("ix_stepup_grant_expires", "stepup_grant", ["expires"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ORDER)
        op.execute(ORDERED)
        op.execute(ANNOUNCE)
        op.execute(ANNOUNCED)
