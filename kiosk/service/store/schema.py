"""The tables. Times are whole seconds since the epoch; identifiers are opaque text; JSON columns hold text.

Here: people, what they prove with, and who else may talk to the service. ``schema_work`` holds what is under way,
``schema_audit`` the trail, ``schema_records`` what only administrators and auditors read, ``schema_keys`` who made a
key, ``schema_enrol`` how new factors come in, ``schema_recovery`` resets and messages; all share ``METADATA``.
Import tables from here, whichever file they stand in. A change needs a step in ``migrations/versions``: a test
compares the two on both databases.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, suspendable, time, unique_where, words
from kiosk.service.store.schema_audit import audit_chain, audit_row, checkpoint, evidence, opening, station_request
from kiosk.service.store.schema_enrol import (
    enrol_window,
    enrolment,
    factor_news,
    guesses,
    person_language,
    recovery_code,
    recovery_set,
    start_code,
)
from kiosk.service.store.schema_keys import fido2_attestation, fido_acceptance, fido_metadata, fido_model
from kiosk.service.store.schema_programs import program, program_action
from kiosk.service.store.schema_records import policy_exception
from kiosk.service.store.schema_recovery import message, reset
from kiosk.service.store.schema_stations import station_seen
from kiosk.service.store.schema_work import (
    ceremony,
    challenge,
    failed_try,
    manifest,
    report,
    second_factor,
    session,
    spending,
    station_event,
    station_throttle,
    stepup_grant,
    used_jti,
)

__all__ = [
    "METADATA",
    "application",
    "audit_chain",
    "audit_row",
    "badge",
    "badge_form",
    "ceremony",
    "challenge",
    "checkpoint",
    "crl",
    "enrol_window",
    "enrolment",
    "evidence",
    "factor_news",
    "failed_try",
    "fido2_attestation",
    "fido2_credential",
    "fido_acceptance",
    "fido_metadata",
    "fido_model",
    "guesses",
    "manifest",
    "message",
    "opening",
    "person",
    "person_language",
    "person_role",
    "pin",
    "piv_ca",
    "piv_card",
    "pkoc_badge",
    "policy_exception",
    "program",
    "program_action",
    "proof_card_uid",
    "recovery_code",
    "recovery_set",
    "report",
    "reset",
    "second_factor",
    "session",
    "spending",
    "start_code",
    "station_event",
    "station_request",
    "station_seen",
    "station_throttle",
    "stepup_grant",
    "totp",
    "used_jti",
    "web_origin",
    "workstation",
]

person = Table(
    "person",
    METADATA,
    Column("id", Text, primary_key=True),
    words("login", unique=True),
    words("name"),
    # WebAuthn user.id: random, says nothing about the person (Level 3, section 14.6.1).
    Column("user_handle", LargeBinary, nullable=False, unique=True),
    words("state", server_default="active"),  # active | suspended | left
    words("place", optional=True),  # where she usually works, for reports
    words("contact", optional=True),  # where she is told of what is done to her factors, such as mailto:…
    time("created"),
    mac(),
)

person_role = Table(
    "person_role",
    METADATA,
    Column("person", Text, belongs("person.id"), primary_key=True),
    Column("role", Text, primary_key=True),
)

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

workstation = Table(
    "workstation",
    METADATA,
    Column("id", Text, primary_key=True),  # also its client_id
    words("name"),
    words("place"),
    words("state"),  # pending | enrolled | revoked
    words("jwk", optional=True),
    words("jkt", optional=True),  # RFC 7638 thumbprint
    words("code_hash", optional=True),  # SHA-256 of the one-time code's secret, hex
    time("code_expires", optional=True),
    flag("exempt"),
    time("created"),
    time("enrolled", optional=True),
    time("revoked", optional=True),
    words("replaces", optional=True),  # id of the one whose name and place it takes over when it enrols
    mac(),
)
unique_where("uq_workstation_name", (workstation.c.name,), "state <> 'revoked'")
unique_where("uq_workstation_jkt", (workstation.c.jkt,), "jkt IS NOT NULL")
unique_where("uq_workstation_code_hash", (workstation.c.code_hash,), "code_hash IS NOT NULL")

application = Table(
    "application",
    METADATA,
    Column("id", Text, primary_key=True),  # also its client_id
    words("name", unique=True),
    words("audience", unique=True),
    words("jwk"),
    words("jkt"),
    words("state", server_default="active"),  # active | revoked
    time("created"),
    mac(),
)

web_origin = Table(
    "web_origin",
    METADATA,
    Column("origin", Text, primary_key=True),
    Column("application", Text, belongs("application.id"), nullable=False, index=True),
    words("actions"),  # JSON list
    time("created"),
    mac(),
)
