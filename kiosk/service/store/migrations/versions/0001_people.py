"""People, what they prove with, workstations and applications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    op.create_table(
        "application",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=False),
        sa.Column("jkt", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("audience", name="uq_application_audience"),
        sa.UniqueConstraint("name", name="uq_application_name"),
    )
    op.create_table(
        "crl",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("crl_number", sa.Text(), nullable=True),
        sa.Column("this_update", sa.BigInteger(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_crl"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_handle", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("login", name="uq_person_login"),
        sa.UniqueConstraint("user_handle", name="uq_person_user_handle"),
    )
    op.create_table(
        "piv_ca",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("hardware", sa.Boolean(), nullable=False),
        sa.Column("enrolled_chain", sa.Text(), nullable=False),
        sa.Column("enrolled_seq", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_piv_ca"),
    )
    op.create_table(
        "workstation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=True),
        sa.Column("jkt", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("code_expires", sa.BigInteger(), nullable=True),
        sa.Column("exempt", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("enrolled", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workstation"),
    )
    op.create_index(
        "uq_workstation_code_hash",
        "workstation",
        ["code_hash"],
        unique=True,
        sqlite_where=sa.text("code_hash IS NOT NULL"),
        postgresql_where=sa.text("code_hash IS NOT NULL"),
    )
    op.create_index(
        "uq_workstation_jkt",
        "workstation",
        ["jkt"],
        unique=True,
        sqlite_where=sa.text("jkt IS NOT NULL"),
        postgresql_where=sa.text("jkt IS NOT NULL"),
    )
    op.create_index(
        "uq_workstation_name",
        "workstation",
        ["name"],
        unique=True,
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.create_table(
        "badge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_badge_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_badge"),
    )
    op.create_index("ix_badge_person", "badge", ["person"])
    op.create_table(
        "fido2_credential",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("aaguid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("discoverable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("user_verification", sa.Text(), server_default="pin", nullable=False),
        sa.Column("attestation", sa.Text(), server_default="none", nullable=False),
        sa.Column("attestation_trusted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("enrolled_chain", sa.Text(), nullable=False),
        sa.Column("enrolled_seq", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_fido2_credential_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("credential_id", name="pk_fido2_credential"),
    )
    op.create_index("ix_fido2_credential_person", "fido2_credential", ["person"])
    op.create_table(
        "person_role",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_person_role_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", "role", name="pk_person_role"),
    )
    op.create_table(
        "pin",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_pin_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", name="pk_pin"),
    )
    op.create_table(
        "piv_card",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cert_9e", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint_9e", sa.Text(), nullable=False),
        sa.Column("cert_9a", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint_9a", sa.Text(), nullable=True),
        sa.Column("enrolled_chain", sa.Text(), nullable=False),
        sa.Column("enrolled_seq", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_piv_card_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_piv_card"),
    )
    op.create_index("ix_piv_card_person", "piv_card", ["person"])
    op.create_index(
        "uq_piv_card_9a",
        "piv_card",
        ["fingerprint_9a"],
        unique=True,
        sqlite_where=sa.text("revoked IS NULL"),
        postgresql_where=sa.text("revoked IS NULL"),
    )
    op.create_index(
        "uq_piv_card_9e",
        "piv_card",
        ["fingerprint_9e"],
        unique=True,
        sqlite_where=sa.text("revoked IS NULL"),
        postgresql_where=sa.text("revoked IS NULL"),
    )
    op.create_table(
        "proof_card_uid",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_proof_card_uid_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("key_id", "hmac", name="pk_proof_card_uid"),
    )
    op.create_table(
        "totp",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default="-1", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_totp_person", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("person", name="pk_totp"),
    )
    op.create_table(
        "web_origin",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application"], ["application.id"], name="fk_web_origin_application", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("origin", name="pk_web_origin"),
    )
    op.create_index("ix_web_origin_application", "web_origin", ["application"])
    op.create_table(
        "badge_form",
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("hmac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["badge"], ["badge.id"], name="fk_badge_form_badge", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("badge", "key_id", "form", "hmac", name="pk_badge_form"),
    )
    op.create_index("ix_badge_form_hmac", "badge_form", ["hmac"])
    op.create_index(
        "uq_badge_form_exact",
        "badge_form",
        ["key_id", "hmac"],
        unique=True,
        sqlite_where=sa.text("form = 'exact'"),
        postgresql_where=sa.text("form = 'exact'"),
    )
