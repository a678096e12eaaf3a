"""The tables. Times are whole seconds since the epoch; identifiers are opaque text; JSON columns hold text.

Here: people, and who else may talk to the service. ``schema_factors`` holds what people prove with, ``schema_work``
what is under way, ``schema_audit`` the trail, ``schema_records`` what only administrators and auditors read,
``schema_keys`` who made a key, ``schema_directory`` whom a directory manages,
``schema_enrol`` how new factors come in, ``schema_recovery`` resets and messages,
``schema_downtime`` what workstations do by themselves, ``schema_emergency`` emergency accesses,
``schema_review`` what is looked at afterwards, ``schema_retention`` what was archived out of the trail,
``schema_openid`` sign-ins to applications, ``schema_signals`` shared signals,
``schema_backchannel`` servers that ask a person, ``schema_phone`` people's phones, ``schema_policy`` the hospital's own
policies, ``schema_risk`` what is usual, ``schema_second`` who agrees to a step-up as a second person; all share
``METADATA``. Import tables from here, whichever file they stand in. A change
needs a step in
``migrations/versions``: a test compares the two on both databases.
"""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, time, unique_where, words
from kiosk.service.store.schema_audit import audit_chain, audit_row, checkpoint, evidence, opening, station_request
from kiosk.service.store.schema_backchannel import backchannel_client, backchannel_request, token_audience
from kiosk.service.store.schema_directory import (
    directory_group,
    directory_member,
    directory_person,
    directory_source,
    directory_token,
)
from kiosk.service.store.schema_downtime import downtime_ticket, station_journal
from kiosk.service.store.schema_emergency import emergency_code, emergency_use
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
from kiosk.service.store.schema_factors import (
    badge,
    badge_form,
    crl,
    fido2_credential,
    pin,
    piv_ca,
    piv_card,
    pkoc_badge,
    proof_card_uid,
    totp,
)
from kiosk.service.store.schema_keys import fido2_attestation, fido_acceptance, fido_metadata, fido_model
from kiosk.service.store.schema_openid import openid_client, openid_grant, openid_logout
from kiosk.service.store.schema_phone import (
    phone,
    phone_block,
    phone_push,
    phone_question,
    phone_request,
    phone_subscription,
)
from kiosk.service.store.schema_policy import policy_proposal, policy_text, policy_version
from kiosk.service.store.schema_programs import program, program_action
from kiosk.service.store.schema_records import policy_exception
from kiosk.service.store.schema_recovery import message, reset
from kiosk.service.store.schema_replicas import replica_invitation, service_key
from kiosk.service.store.schema_retention import audit_archive, audit_cut, audit_hold, audit_kept
from kiosk.service.store.schema_review import review_case
from kiosk.service.store.schema_risk import risk_person, risk_role, risk_station
from kiosk.service.store.schema_second import second_given, second_request
from kiosk.service.store.schema_signals import (
    signal_cursor,
    signal_event,
    signal_left_out,
    signal_level,
    signal_receiver,
    signal_taken,
    signal_transmitter,
)
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
    "audit_archive",
    "audit_chain",
    "audit_cut",
    "audit_hold",
    "audit_kept",
    "audit_row",
    "backchannel_client",
    "backchannel_request",
    "badge",
    "badge_form",
    "ceremony",
    "challenge",
    "checkpoint",
    "crl",
    "directory_group",
    "directory_member",
    "directory_person",
    "directory_source",
    "directory_token",
    "downtime_ticket",
    "emergency_code",
    "emergency_use",
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
    "openid_client",
    "openid_grant",
    "openid_logout",
    "opening",
    "person",
    "person_language",
    "person_role",
    "phone",
    "phone_block",
    "phone_push",
    "phone_question",
    "phone_request",
    "phone_subscription",
    "pin",
    "piv_ca",
    "piv_card",
    "pkoc_badge",
    "policy_exception",
    "policy_proposal",
    "policy_text",
    "policy_version",
    "program",
    "program_action",
    "proof_card_uid",
    "recovery_code",
    "recovery_set",
    "replica_invitation",
    "report",
    "reset",
    "review_case",
    "risk_person",
    "risk_role",
    "risk_station",
    "second_factor",
    "second_given",
    "second_request",
    "service_key",
    "session",
    "signal_cursor",
    "signal_event",
    "signal_left_out",
    "signal_level",
    "signal_receiver",
    "signal_taken",
    "signal_transmitter",
    "spending",
    "start_code",
    "station_event",
    "station_journal",
    "station_request",
    "station_seen",
    "station_throttle",
    "stepup_grant",
    "token_audience",
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
    words("place", optional=True),  # where they usually work, for reports
    words("contact", optional=True),  # where they are told of what is done to their factors, such as mailto:…
    time("created"),
    mac(),
)

person_role = Table(
    "person_role",
    METADATA,
    Column("person", Text, belongs("person.id"), primary_key=True),
    Column("role", Text, primary_key=True),
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
