"""Revocation lists belong to a CA's name and key, not to one of its certificates; a CA may have several."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forwards only: a backup is the way back."""
    conn = op.get_bind()
    cas = conn.execute(sa.text("SELECT fingerprint, pem, hardware FROM piv_ca")).all()
    of = {row.fingerprint: _identity(row.pem) for row in cas}
    soft = {of[row.fingerprint] for row in cas if not row.hardware}
    # What was said of one certificate of a CA alone is not believed of the CA.
    for row in cas:
        if row.hardware and of[row.fingerprint] in soft:
            conn.execute(sa.text("UPDATE piv_ca SET hardware = false WHERE fingerprint = :mark"), {"mark": row[0]})
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for said in conn.execute(sa.text("SELECT * FROM crl ORDER BY this_update")).mappings():
        # A list of a CA that is gone cannot be filed, and was of no use.
        if said["issuer"] in of:
            key = of[said["issuer"]], _scope(bytes(said["der"]))
            kept[key] = {**said, "issuer": key[0], "scope": key[1], "delta": False}
    op.drop_table("crl")
    table = _table()
    if kept:
        op.bulk_insert(table, list(kept.values()))


def _table() -> sa.Table:
    return op.create_table(
        "crl",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("delta", sa.Boolean(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("crl_number", sa.Text(), nullable=True),
        sa.Column("this_update", sa.BigInteger(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "scope", "delta", name="pk_crl"),
    )


def _identity(pem: str) -> str:
    """As ``ceremonies.authority.identity`` was when this was written."""
    ca = x509.load_pem_x509_certificate(pem.encode())
    name = [
        sorted((attribute.oid.dotted_string, _folded(attribute.value)) for attribute in rdn) for rdn in ca.subject.rdns
    ]
    key = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(json.dumps(name).encode() + b"\0" + key).hexdigest()


def _folded(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _scope(der: bytes) -> str:
    crl = x509.load_der_x509_crl(der)
    try:
        said = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return ""
    return hashlib.sha256(said.public_bytes()).hexdigest()
