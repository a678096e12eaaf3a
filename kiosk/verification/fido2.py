"""Verification of an assertion, WebAuthn Level 3 section 7.2, each check with its own name.

python-fido2 parses and verifies the signature; its ``Fido2Server`` answers every failure with the same
``ValueError`` and checks neither counter, user handle nor the backup flags, so the steps stand here.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData, CollectedClientData

from kiosk.model.binding import unb64u
from kiosk.model.proof import Fido2Proof
from kiosk.model.refusal import RefusalCode
from kiosk.verification.refused import ProofRefusedError

MAX_FIELD = 8192


@dataclass(frozen=True, slots=True)
class Credential:
    """An enrolled credential. ``public_key``: COSE_Key in CBOR; ``user_handle``: of the person it belongs to."""

    credential_id: str
    person: str
    public_key: bytes
    sign_count: int
    user_handle: bytes
    user_verification: Literal["pin", "builtin"]
    hardware: bool
    backup_eligible: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """What the assertion must be bound to. ``handle_required``: for a tap that identifies (section 7.2 step 6)."""

    challenge: bytes
    origin: str
    rp_id: str
    user_verification: bool
    handle_required: bool


@dataclass(frozen=True, slots=True)
class VerifiedAssertion:
    """A verified assertion, its raw parts for the evidence."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    sign_count: int
    backed_up: bool


def verify(proof: Fido2Proof, credential: Credential, expected: Expected) -> VerifiedAssertion:
    """Verify ``proof`` under ``credential``. Raises ``ProofRefusedError``."""
    data, client, signature = _parts(proof)
    _check_client_data(client, expected)
    _check_authenticator_data(data, credential, expected)
    _check_handle(proof, credential, expected)
    try:
        key = CoseKey.parse(_mapping(cbor.decode(credential.public_key)))
        key.verify(bytes(data) + client.hash, signature)
    except (InvalidSignature, UnsupportedAlgorithm, NotImplementedError, ValueError, KeyError, TypeError):
        raise _bad("signature") from None
    if (data.counter or credential.sign_count) and data.counter <= credential.sign_count:
        raise ProofRefusedError(RefusalCode.COUNTER_WENT_BACK, "counter")
    backed_up = bool(data.flags & AuthenticatorData.FLAG.BS)
    return VerifiedAssertion(bytes(data), bytes(client), signature, data.counter, backed_up)


def challenge_of(proof: Fido2Proof) -> bytes:
    """The challenge that ``proof`` says it signed; nothing is verified. Raises ``ProofRefusedError``."""
    challenge: bytes = _parts(proof)[1].challenge
    return challenge


def _mapping(decoded: object) -> Mapping[int, object]:
    if not isinstance(decoded, Mapping):
        raise ValueError("not a COSE_Key")
    return decoded


def _bad(why: str) -> ProofRefusedError:
    return ProofRefusedError(RefusalCode.BAD_SIGNATURE, why)


def _parts(proof: Fido2Proof) -> tuple[AuthenticatorData, CollectedClientData, bytes]:
    fields = (proof.authenticator_data, proof.client_data, proof.signature)
    if any(len(field) > MAX_FIELD for field in fields):
        raise _bad("too long")
    try:
        raw = [unb64u(field) for field in fields]
        data, client = AuthenticatorData(raw[0]), CollectedClientData(raw[1])
        if not isinstance(client.challenge, bytes) or not isinstance(client.origin, str):
            raise _bad("client data")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error):
        # What python-fido2's parsers raise for other people's bytes.
        raise _bad("malformed") from None
    return data, client, raw[2]


def _check_client_data(client: CollectedClientData, expected: Expected) -> None:
    if client.type != CollectedClientData.TYPE.GET:
        raise _bad("type")
    if not compare_digest(client.challenge, expected.challenge):
        raise _bad("challenge")
    if client.origin != expected.origin:
        raise _bad("origin")
    if client.cross_origin:
        raise _bad("cross origin")


def _check_authenticator_data(data: AuthenticatorData, credential: Credential, expected: Expected) -> None:
    flag = AuthenticatorData.FLAG
    if not compare_digest(data.rp_id_hash, hashlib.sha256(expected.rp_id.encode()).digest()):
        raise _bad("rp id")
    if not data.flags & flag.UP:
        raise _bad("user presence")
    if expected.user_verification and not data.flags & flag.UV:
        raise ProofRefusedError(RefusalCode.NOT_VERIFIED, "user verification")
    eligible, backed_up = bool(data.flags & flag.BE), bool(data.flags & flag.BS)
    if backed_up and not eligible:
        raise _bad("backup state")
    if eligible != credential.backup_eligible:
        raise _bad("backup eligibility")


def _check_handle(proof: Fido2Proof, credential: Credential, expected: Expected) -> None:
    if proof.user_handle is None:
        if expected.handle_required:
            raise ProofRefusedError(RefusalCode.WRONG_KEY, "no user handle")
        return
    try:
        handle = unb64u(proof.user_handle)
    except ValueError:
        raise _bad("user handle") from None
    if not compare_digest(handle, credential.user_handle):
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "user handle")
