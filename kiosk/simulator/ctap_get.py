"""authenticatorGetAssertion and authenticatorGetNextAssertion (CTAP 2.1 sections 6.2.2 and 6.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.webauthn import AuthenticatorData

from kiosk.simulator.ctap_make import descriptors, probe_for_touch
from kiosk.simulator.ctap_message import CtapStatusError, Parameters, Status, success
from kiosk.simulator.ctap_session import LISTING_SECONDS, KeySession, Listing, Permission
from kiosk.simulator.fido2_store import KeyCredential, KeyMemory

RP_ID, HASH, ALLOW, EXTENSIONS, OPTIONS, PARAM, PROTOCOL = range(1, 8)
Flag = AuthenticatorData.FLAG


def get_assertion(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    """Returns the whole answer for the first matching credential. Raises ``CtapStatusError``."""
    session.listing = None
    rp_id, client_data_hash = params.required(RP_ID, str), params.required(HASH, bytes)
    if len(client_data_hash) != 32:
        raise CtapStatusError(Status.INVALID_LENGTH)
    allowed = descriptors(params, ALLOW) if ALLOW in params else None
    probe_for_touch(memory, session, params, PARAM)
    wants_presence = _options(params)
    verified = PARAM in params
    if verified:
        session.verify_token(params, (PARAM, PROTOCOL), client_data_hash, rp_id, Permission.GET_ASSERTION)
    found = _applicable(memory, rp_id, allowed, verified)
    if not found:
        raise CtapStatusError(Status.NO_CREDENTIALS)
    if wants_presence:
        session.consume_presence()
        session.spend_token()
    count = len(found) if allowed is None and len(found) > 1 else None
    if count is not None:
        session.listing = Listing(found[1:], client_data_hash, wants_presence, verified, session.clock())
    return _assert(memory, found[0], client_data_hash, wants_presence, verified, count)


def get_next_assertion(memory: KeyMemory, session: KeySession) -> bytes:
    """The next one of a listing under way, within 30 s of the one before. Raises ``CtapStatusError(NOT_ALLOWED)``."""
    listing = session.listing
    if listing is None or not listing.left or session.clock() - listing.since > LISTING_SECONDS:
        session.listing = None
        raise CtapStatusError(Status.NOT_ALLOWED)
    listing.since = session.clock()
    credential = listing.left.pop(0)
    return _assert(memory, credential, listing.client_data_hash, listing.present, listing.verified, None)


def _options(params: Parameters) -> bool:
    """Whether presence is wanted. Raises ``CtapStatusError`` for what this key cannot do."""
    options = params.inner(OPTIONS)
    if "rk" in options:
        raise CtapStatusError(Status.UNSUPPORTED_OPTION)
    if options.optional("uv", bool) and PARAM not in params:
        raise CtapStatusError(Status.INVALID_OPTION)
    return options.optional("up", bool) is not False


def _applicable(memory: KeyMemory, rp_id: str, allowed: frozenset[bytes] | None, verified: bool) -> list[KeyCredential]:
    """Newest first. credProtect 2 hides a credential from nameless requests, 3 from all without user verification."""
    found = []
    for credential in memory.credentials:
        named = allowed is not None and credential.id in allowed
        if credential.rp_id != rp_id or not (named or (allowed is None and credential.discoverable)):
            continue
        if not verified and (credential.protect == 3 or (credential.protect == 2 and not named)):
            continue
        found.append(credential)
    return sorted(found, key=lambda c: c.made, reverse=True)


def _assert(
    memory: KeyMemory,
    credential: KeyCredential,
    client_data_hash: bytes,
    present: bool,
    verified: bool,
    count: int | None,
) -> bytes:
    flags = (Flag.UP if present else Flag(0)) | (Flag.UV if verified else Flag(0))
    data = AuthenticatorData.create(sha256(credential.rp_id.encode()).digest(), flags, memory.count())
    key = serialization.load_der_private_key(credential.key, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CtapStatusError(Status.INVALID_CREDENTIAL)
    signature = key.sign(bytes(data) + client_data_hash, ec.ECDSA(hashes.SHA256()))
    return success(
        {
            1: {"id": credential.id, "type": "public-key"},
            2: bytes(data),
            3: signature,
            4: _user(credential, verified and count is not None) if credential.discoverable else None,
            5: count,
        }
    )


def _user(credential: KeyCredential, named: bool) -> dict[str, Any]:
    """Names are told only where the person must choose, and after they were verified (privacy)."""
    user: dict[str, Any] = {"id": credential.user_id}
    if named and credential.user_name is not None:
        user["name"] = credential.user_name
    if named and credential.user_display is not None:
        user["displayName"] = credential.user_display
    return user
