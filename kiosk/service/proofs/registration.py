"""Enrolment of a FIDO2 key (WebAuthn Level 3, section 7.1), by python-fido2's server with an exact origin check."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.attestation.base import InvalidData
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestationObject,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kiosk.model.binding import b64u, unb64u
from kiosk.service.proofs.attestation import NOTHING_SAID, AttestationError, Statement, verify

SECONDS = 300
"""How long an enrolment may take."""
MAX_KEY = 1024
"""Bytes of a COSE_Key; one of RSA-4096 has 530."""
_SIZES = {1: 32, 2: 48, 3: 66, 8: 32, 6: 32, 7: 57}
"""Bytes of a coordinate, by COSE's number of the curve."""


class RegistrationRefusedError(Exception):
    """The key's answer is not acceptable; ``str()`` says in a few words why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An enrolment under way, for one person, once, until ``expires`` (epoch seconds).

    ``attested``: the key was asked who made it.
    """

    options: PublicKeyCredentialCreationOptions
    state: Mapping[str, object]
    origin: str
    expires: int
    attested: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedRegistration:
    """A new credential. ``credential_id``: base64url. ``public_key``: COSE_Key, CBOR. ``verified``: its user was.

    ``attestation``: the format. ``statement``: what it says, its signature verified, but not yet who stands behind it:
    that is ``admission``'s. ``attestation_object``, ``client_data_hash``: to be kept, empty if it was not asked for.
    """

    credential_id: str
    public_key: bytes
    sign_count: int
    aaguid: str
    attestation: str
    verified: bool
    backup_eligible: bool
    backed_up: bool
    statement: Statement = NOTHING_SAID
    attestation_object: bytes = b""
    client_data_hash: bytes = b""


def begin(
    origin: str,
    rp_id: str,
    *,
    user_handle: bytes,
    login: str,
    name: str,
    known: Sequence[str],
    now: int,
    attested: bool = False,
    challenge: bytes | None = None,
) -> Begun:
    """Options for a new key of that person. ``known``: credential ids (base64url) that the key may not hold already.

    ``attested``: ask the key who made it. ``challenge``: 32 random bytes of ours; None: made here.
    """
    excluded = [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=unb64u(credential))
        for credential in known
    ]
    wish, state = _server(origin, rp_id, attested).register_begin(
        PublicKeyCredentialUserEntity(id=user_handle, name=login, display_name=name),
        excluded,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        challenge=challenge,
    )
    return Begun(wish.public_key, {**state, "rp_id": rp_id}, origin, now + SECONDS, attested)


def complete(begun: Begun, client_data: bytes, attestation_object: bytes, now: int) -> VerifiedRegistration:
    """Verify the key's answer. The caller sees to it that ``begun`` is used once. Raises
    ``RegistrationRefusedError``."""
    if now >= begun.expires:
        raise RegistrationRefusedError("it took too long")
    state = dict(begun.state)
    rp_id = str(state.pop("rp_id"))
    try:
        attestation = AttestationObject(attestation_object)
        credential = attestation.auth_data.credential_data
        if credential is None:
            raise RegistrationRefusedError("no credential in it")
        answer = RegistrationResponse(
            raw_id=credential.credential_id,
            response=AuthenticatorAttestationResponse(
                client_data=CollectedClientData(client_data), attestation_object=attestation
            ),
        )
        data = _server(begun.origin, rp_id).register_complete(state, answer)
    except (InvalidSignature, InvalidData, UnsupportedAlgorithm):
        raise RegistrationRefusedError("its attestation does not verify") from None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, struct.error):
        # python-fido2 says ValueError for every failed check, and its parsers raise the rest for other people's bytes.
        raise RegistrationRefusedError("challenge, origin, RP ID or form") from None
    made = _verified(data, attestation.fmt)
    if not begun.attested:
        return made
    hashed = CollectedClientData(client_data).hash
    try:
        statement = verify(attestation, hashed)
    except AttestationError as error:
        raise RegistrationRefusedError(str(error)) from None
    return replace(made, statement=statement, attestation_object=attestation_object, client_data_hash=hashed)


def _verified(data: AuthenticatorData, attestation: str) -> VerifiedRegistration:
    credential = data.credential_data
    if credential is None or not 16 <= len(credential.credential_id) <= 1023:
        raise RegistrationRefusedError("credential id")
    flag = AuthenticatorData.FLAG
    if data.flags & flag.BS and not data.flags & flag.BE:
        raise RegistrationRefusedError("backup state")
    public_key = cbor.encode(dict(credential.public_key))
    if len(public_key) > MAX_KEY or not one_way_to_write(credential.public_key):
        raise RegistrationRefusedError("public key")
    return VerifiedRegistration(
        credential_id=b64u(credential.credential_id),
        public_key=public_key,
        sign_count=data.counter,
        aaguid=bytes(credential.aaguid).hex(),
        attestation=attestation,
        verified=bool(data.flags & flag.UV),
        backup_eligible=bool(data.flags & flag.BE),
        backed_up=bool(data.flags & flag.BS),
    )


def one_way_to_write(key: Mapping[int, object]) -> bool:
    """Whether a COSE_Key has nothing optional (WebAuthn section 6.5.1) and its numbers have their own length (RFC 9053
    section 7): else one key could be written in many ways, and be enrolled once in each."""
    kind, curve = key.get(1), key.get(-1)
    size = _SIZES.get(curve) if isinstance(curve, int) else None
    if kind == 2:
        return set(key) == {1, 3, -1, -2, -3} and size == _length(key[-2]) == _length(key[-3])
    if kind == 1:
        return set(key) == {1, 3, -1, -2} and size == _length(key[-2])
    if kind == 3:
        return set(key) == {1, 3, -1, -2} and _is_number(key[-1]) and _is_number(key[-2])
    return kind == 7 and set(key) == {1, 3, -1}


def _length(value: object) -> int:
    return len(value) if isinstance(value, bytes) else -1


def _is_number(value: object) -> bool:
    return isinstance(value, bytes) and value[:1] > b"\0"


def _server(origin: str, rp_id: str, attested: bool = False) -> Fido2Server:
    # The default takes any subdomain and any port.
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=rp_id, id=rp_id),
        attestation=AttestationConveyancePreference.DIRECT if attested else None,
        verify_origin=lambda said: said == origin,
    )
