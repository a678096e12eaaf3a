"""Tables of what people prove with: badges, PINs, code apps, keys and cards, and whose cards are believed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, suspendable, time, unique_where, words

badge = Table(
    "badge",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    time("created"),
    time("until", optional=True),  # a temporary badge: good before this
    *suspendable(),
    words("replaces", optional=True),
    time("revoked", optional=True),
    mac(),
)

badge_form = Table(
    "badge_form",
    METADATA,
    # Keyed hashes of a badge's number; deleted when the badge is revoked, so that it may be given to somebody else.
    Column("badge", Text, belongs("badge.id"), primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("form", Text, primary_key=True),  # exact | reversed | truncated
    Column("hmac", LargeBinary, primary_key=True),
    mac(),
)
Index("ix_badge_form_hmac", badge_form.c.hmac)
unique_where("uq_badge_form_exact", (badge_form.c.key_id, badge_form.c.hmac), "form = 'exact'")

proof_card_uid = Table(
    "proof_card_uid",
    METADATA,
    # Numbers of cards enrolled as PIV, FIDO2 or PKOC: such a card never signs in by its number.
    Column("key_id", Text, primary_key=True),
    Column("hmac", LargeBinary, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False),
    time("created"),
    mac(),
)

pin = Table(
    "pin",
    METADATA,
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("hash"),  # Argon2id, PHC string
    time("changed"),
    *suspendable(),
    mac(),
)

totp = Table(
    "totp",
    METADATA,
    Column("person", Text, belongs("person.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # nonce ‖ AES-256-GCM, the person's id as associated data
    words("key_id"),
    number("last_step", server_default="-1"),  # RFC 6238 time step of the last accepted code
    time("created"),
    *suspendable(),
    mac(),
)

fido2_credential = Table(
    "fido2_credential",
    METADATA,
    Column("credential_id", Text, primary_key=True),  # base64url
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),  # COSE_Key, CBOR
    number("sign_count", server_default="0"),
    words("aaguid"),  # 32 hex digits, as the authenticator claims
    words("name"),
    flag("discoverable"),
    words("user_verification", server_default="pin"),  # pin | builtin
    Column("guarded", Boolean, nullable=True),  # shown to a verified user alone; NULL: not known to be
    words("attestation", server_default="none"),  # format: none | packed | …
    flag("attestation_trusted"),
    flag("backup_eligible"),
    flag("backed_up"),
    words("model", optional=True),  # its model's name in the FIDO metadata
    words("enrolled_chain"),  # the audit row of its enrolment
    number("enrolled_seq"),
    time("created"),
    *suspendable(),
    words("replaces", optional=True),
    time("revoked", optional=True),
    mac(),
)
Index("ix_fido2_credential_public_key", fido2_credential.c.public_key)
unique_where("uq_fido2_credential_public_key", (fido2_credential.c.public_key,), "revoked IS NULL")

piv_card = Table(
    "piv_card",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("name"),
    Column("cert_9e", LargeBinary, nullable=False),
    words("fingerprint_9e"),  # SHA-256 of the DER, lower-case hex
    Column("cert_9a", LargeBinary, nullable=True),
    words("fingerprint_9a", optional=True),
    words("enrolled_chain"),
    number("enrolled_seq"),
    time("created"),
    *suspendable(),
    words("replaces", optional=True),
    time("revoked", optional=True),
    mac(),
)
unique_where("uq_piv_card_9e", (piv_card.c.fingerprint_9e,), "revoked IS NULL")
unique_where("uq_piv_card_9a", (piv_card.c.fingerprint_9a,), "revoked IS NULL")

pkoc_badge = Table(
    "pkoc_badge",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("name"),
    Column("public_key", LargeBinary, nullable=False),  # uncompressed point of P-256, 65 bytes
    words("enrolled_chain"),
    number("enrolled_seq"),
    time("created"),
    *suspendable(),
    words("replaces", optional=True),
    time("revoked", optional=True),
    mac(),
)
unique_where("uq_pkoc_badge_public_key", (pkoc_badge.c.public_key,), "revoked IS NULL")

piv_ca = Table(
    "piv_ca",
    METADATA,
    Column("fingerprint", Text, primary_key=True),  # SHA-256 of the DER, lower-case hex
    words("subject"),
    words("pem"),
    Column("hardware", Boolean, nullable=False),  # its cards' keys are in hardware: phrh
    words("enrolled_chain"),
    number("enrolled_seq"),
    time("created"),
    time("untrusted", optional=True),  # since when it counts no more
    words("untrusted_by", optional=True),
    words("untrusted_why", optional=True),
    mac(),
)

crl = Table(
    "crl",
    METADATA,
    Column("issuer", Text, primary_key=True),  # identity of the CA: SHA-256 of its name and key
    Column("scope", Text, primary_key=True),  # SHA-256 of its issuing distribution point; empty: of everything
    Column("delta", Boolean, primary_key=True),  # what changed since a complete list
    Column("der", LargeBinary, nullable=False),
    words("crl_number", optional=True),  # decimal, up to 20 octets (RFC 5280 section 5.2.3)
    time("this_update"),
    time("next_update"),
    time("added"),
    mac(),
)
