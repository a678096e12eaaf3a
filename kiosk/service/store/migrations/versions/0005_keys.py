"""What is known of keys' makers; when a factor was last used, why it is suspended, what it replaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUSPENDABLE = ("badge", "pin", "totp", "fido2_credential", "piv_card")
REPLACING = ("badge", "fido2_credential", "piv_card")


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    for table in SUSPENDABLE:
        if table != "fido2_credential":
            op.add_column(table, sa.Column("last_used", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("suspended", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("suspended_why", sa.Text(), nullable=True))
    for table in REPLACING:
        op.add_column(table, sa.Column("replaces", sa.Text(), nullable=True))
    op.add_column("badge", sa.Column("until", sa.BigInteger(), nullable=True))
    op.add_column("fido2_credential", sa.Column("model", sa.Text(), nullable=True))
    op.create_index("ix_fido2_credential_public_key", "fido2_credential", ["public_key"])
    op.create_table(
        "fido2_attestation",
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("object", sa.LargeBinary(), nullable=False),
        sa.Column("client_data_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential"],
            ["fido2_credential.credential_id"],
            name="fk_fido2_attestation_credential",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("credential", name="pk_fido2_attestation"),
    )
    op.create_table(
        "fido_metadata",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("models", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("no", name="pk_fido_metadata"),
    )
    op.create_table(
        "fido_model",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fido_model"),
    )
