"""What is known of FIDO2 keys' makers: the metadata, and what each key said of itself when it was enrolled."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, mac, number, time, words

fido2_attestation = Table(
    "fido2_attestation",
    METADATA,
    # Kept as it came, so that it can be judged again, and by others.
    Column("credential", Text, belongs("fido2_credential.credential_id"), primary_key=True),
    Column("object", LargeBinary, nullable=False),  # attestationObject, CBOR (WebAuthn section 6.5)
    Column("client_data_hash", LargeBinary, nullable=False),
    mac(),
)

fido_metadata = Table(
    "fido_metadata",
    METADATA,
    # Every file that was taken in; the newest counts.
    Column("no", number("no").type, primary_key=True, autoincrement=False),
    time("next_update"),
    words("digest"),  # SHA-256 of the file, lower-case hex
    words("root"),  # SHA-256 of the root's DER
    words("signer"),
    number("models"),
    time("added"),
    mac(),
)

fido_model = Table(
    "fido_model",
    METADATA,
    # The newest file's models, by AAGUID or by the key identifier of an attestation certificate, hex.
    Column("id", Text, primary_key=True),
    words("name"),
    words("body"),  # JSON: status reports, roots
    words("icon"),  # a data: URL, or nothing
    mac(),
)

fido_acceptance = Table(
    "fido_acceptance",
    METADATA,
    # Compromises of a model that somebody answers for, because these keys are not concerned (fixed firmware).
    Column("id", number("id").type, primary_key=True, autoincrement=False),
    words("model"),
    Column("credential", Text, belongs("fido2_credential.credential_id"), nullable=True),  # one key alone
    words("reports"),  # JSON list: those that the metadata had then, by ``Status.mark``
    words("reason"),
    time("opened"),
    words("opened_by"),
    time("closed", optional=True),
    words("closed_by", optional=True),
    mac(),
)
Index("ix_fido_acceptance_model", fido_acceptance.c.model)
