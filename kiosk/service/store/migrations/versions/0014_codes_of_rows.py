"""A code for every row that decides something, and what counts of each person, station and the applications.

The codes of rows of before are made by ``store.adopting``, once all steps are done.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARDED = (
    "person",
    "badge",
    "badge_form",
    "proof_card_uid",
    "pin",
    "totp",
    "fido2_credential",
    "piv_card",
    "piv_ca",
    "crl",
    "workstation",
    "application",
    "web_origin",
    "audit_chain",
    "opening",
    "enrolment",
    "start_code",
    "recovery_set",
    "recovery_code",
    "enrol_window",
    "fido2_attestation",
    "fido_metadata",
    "fido_model",
    "fido_acceptance",
    "policy_exception",
    "reset",
    "message",
    "ceremony",
    "challenge",
    "session",
    "second_factor",
    "stepup_grant",
)


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    for table in GUARDED:
        op.add_column(table, sa.Column("mac", sa.LargeBinary(), nullable=True))
    # What a token says is no longer stored. Tokens are good for five minutes at most: none is worth keeping here.
    op.execute("DELETE FROM stepup_grant")
    op.drop_column("stepup_grant", "claims")
    op.add_column("stepup_grant", sa.Column("told_seq", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "manifest",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_manifest"),
    )
