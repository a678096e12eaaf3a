"""authenticatorMakeCredential (CTAP 2.1 section 6.1.2)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256, CoseKey
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

from kiosk.simulator.ctap_maker import KeyManufacturer
from kiosk.simulator.ctap_message import CtapStatusError, Parameters, Status, success, typed
from kiosk.simulator.ctap_session import KeySession, Permission
from kiosk.simulator.fido2_store import KeyCredential, KeyMemory

HASH, RP, USER, ALGORITHMS, EXCLUDE, EXTENSIONS, OPTIONS, PARAM, PROTOCOL, ENTERPRISE, FORMATS = range(1, 12)
MAX_DISCOVERABLE = 25
ATTESTATION = ("packed", "none")
Attestation = Literal["packed", "none"]
Flag = AuthenticatorData.FLAG


@dataclass(frozen=True, slots=True)
class MakeRequest:
    """A makeCredential request, read and checked as far as it can be without the key's state."""

    client_data_hash: bytes
    rp_id: str
    user_id: bytes
    user_name: str | None
    user_display: str | None
    exclude: frozenset[bytes]
    discoverable: bool
    protect: int | None


def make_credential(
    memory: KeyMemory,
    session: KeySession,
    params: Parameters,
    attestation: Attestation = "packed",
    maker: KeyManufacturer | None = None,
    least: int = 1,
) -> bytes:
    """Returns the whole answer. ``attestation``: the format unless the platform prefers another. Raises
    ``CtapStatusError``.

    ``maker``: who vouches for the key; without one it vouches for itself (self attestation). ``least``: the credProtect
    level below which it makes no credential.
    """
    wish = _read(params)
    probe_for_touch(memory, session, params, PARAM)
    verified = _verify_user(memory, session, params, wish)
    _refuse_excluded(memory, session, wish, verified)
    if wish.discoverable and sum(c.discoverable for c in memory.credentials) >= MAX_DISCOVERABLE:
        raise CtapStatusError(Status.KEY_STORE_FULL)
    session.consume_presence()
    session.spend_token()
    key = ec.generate_private_key(ec.SECP256R1())
    credential = KeyCredential(
        id=os.urandom(32),
        rp_id=wish.rp_id,
        key=key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        discoverable=wish.discoverable,
        user_id=wish.user_id,
        user_name=wish.user_name,
        user_display=wish.user_display,
        protect=max(wish.protect or 1, least),
        made=0,
    )
    memory.add(credential)
    data = _authenticator_data(memory, wish, credential, key, verified)
    form = _format(params, attestation)
    statement = _statement(data + wish.client_data_hash, key, maker) if form == "packed" else {}
    return success({1: form, 2: data, 3: statement})


def probe_for_touch(memory: KeyMemory, session: KeySession, params: Parameters, key: int) -> None:
    """An empty pinUvAuthParam asks only for a gesture (CTAP 2.1 section 6.1.2 step 1): raises ``CtapStatusError`` for
    it."""
    if params.optional(key, bytes) == b"":
        session.require_presence()
        raise CtapStatusError(Status.PIN_NOT_SET if memory.pin_hash is None else Status.PIN_INVALID)


def descriptors(params: Parameters, key: int) -> frozenset[bytes]:
    """The ids of a list of credential descriptors; those of unknown type are left out. Raises ``CtapStatusError``."""
    found = set()
    for item in params.optional(key, list) or []:
        descriptor = Parameters(typed(item, dict))
        identifier, kind = descriptor.required("id", bytes), descriptor.required("type", str)
        if kind == "public-key":
            found.add(identifier)
    return frozenset(found)


def _read(params: Parameters) -> MakeRequest:
    client_data_hash = params.required(HASH, bytes)
    rp = Parameters(params.required(RP, dict))
    user = Parameters(params.required(USER, dict))
    rp_id, user_id = rp.required("id", str), user.required("id", bytes)
    if len(client_data_hash) != 32 or not 1 <= len(user_id) <= 64:
        raise CtapStatusError(Status.INVALID_LENGTH)
    _choose_algorithm(params.required(ALGORITHMS, list))
    options = params.inner(OPTIONS)
    if options.optional("up", bool) is False or (options.optional("uv", bool) and PARAM not in params):
        raise CtapStatusError(Status.INVALID_OPTION)
    if ENTERPRISE in params:
        raise CtapStatusError(Status.INVALID_PARAMETER)
    protect = params.inner(EXTENSIONS).optional("credProtect", int)
    if protect is not None and protect not in (1, 2, 3):
        raise CtapStatusError(Status.INVALID_OPTION)
    return MakeRequest(
        client_data_hash,
        rp_id,
        user_id,
        user.optional("name", str),
        user.optional("displayName", str),
        descriptors(params, EXCLUDE),
        bool(options.optional("rk", bool)),
        protect,
    )


def _choose_algorithm(offered: list[Any]) -> None:
    """ES256 must be among them; every entry must be well formed. Raises ``CtapStatusError``."""
    usable = False
    for item in offered:
        entry = Parameters(typed(item, dict))
        algorithm, kind = entry.required("alg", int), entry.required("type", str)
        usable = usable or (algorithm == ES256.ALGORITHM and kind == "public-key")
    if not usable:
        raise CtapStatusError(Status.UNSUPPORTED_ALGORITHM)


def _verify_user(memory: KeyMemory, session: KeySession, params: Parameters, wish: MakeRequest) -> bool:
    """Without a token only a credential that is not discoverable may be made (makeCredUvNotRqd)."""
    if PARAM in params:
        session.verify_token(params, (PARAM, PROTOCOL), wish.client_data_hash, wish.rp_id, Permission.MAKE_CREDENTIAL)
        return True
    if memory.pin_hash is not None and wish.discoverable:
        raise CtapStatusError(Status.PUAT_REQUIRED)
    return False


def _refuse_excluded(memory: KeyMemory, session: KeySession, wish: MakeRequest, verified: bool) -> None:
    for credential in memory.credentials:
        known = credential.id in wish.exclude and credential.rp_id == wish.rp_id
        if known and (verified or credential.protect < 3):
            session.consume_presence()
            raise CtapStatusError(Status.CREDENTIAL_EXCLUDED)


def _format(params: Parameters, default: Attestation) -> Attestation:
    """The platform's first preference that this key knows (CTAP 2.2 section 6.1.3)."""
    for wanted in params.optional(FORMATS, list) or []:
        for known in ATTESTATION:
            if wanted == known:
                return "packed" if known == "packed" else "none"
    return default


def cose_key(public: ec.EllipticCurvePublicKey) -> CoseKey:
    """An ES256 public key as COSE has it (RFC 9053 section 7.1.1)."""
    point = public.public_numbers()
    members = {1: 2, 3: ES256.ALGORITHM, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
    return CoseKey.parse(members)


def _authenticator_data(
    memory: KeyMemory, wish: MakeRequest, credential: KeyCredential, key: ec.EllipticCurvePrivateKey, verified: bool
) -> bytes:
    flags = Flag.UP | Flag.AT | (Flag.UV if verified else Flag(0)) | (Flag.ED if wish.protect else Flag(0))
    attested = AttestedCredentialData.create(memory.aaguid, credential.id, cose_key(key.public_key()))
    extensions = {"credProtect": wish.protect} if wish.protect else None
    rp_hash = sha256(wish.rp_id.encode()).digest()
    return bytes(AuthenticatorData.create(rp_hash, flags, memory.count(), attested, extensions))


def _statement(message: bytes, key: ec.EllipticCurvePrivateKey, maker: KeyManufacturer | None) -> dict[str, Any]:
    """Packed attestation (WebAuthn section 8.2)."""
    if maker is not None:
        return {"alg": ES256.ALGORITHM, "sig": maker.sign(message), "x5c": maker.chain}
    return {"alg": ES256.ALGORITHM, "sig": key.sign(message, ec.ECDSA(hashes.SHA256()))}
