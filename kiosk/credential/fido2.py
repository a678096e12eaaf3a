"""An assertion of a FIDO2 key: WebAuthn's client half (Level 3 section 5.1.4) over CTAP 2.1.

The PIN is spent with care. A key that does not hold one of the wanted credentials is found out first, by an assertion
without presence (CTAP 2.1 section 6.2.2, ``up`` false). The tries left are asked before each PIN, and no PIN is ever
sent twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from fido2 import cbor
from fido2.ctap import CtapDevice, CtapError
from fido2.ctap2.base import Ctap2, Info
from fido2.ctap2.pin import ClientPin
from fido2.webauthn import CollectedClientData

from kiosk.credential.ctap import ERR, KnownCtap, keys_errors_named
from kiosk.credential.errors import (
    GarbledCardError,
    InvalidPinError,
    KeyHidesError,
    KeyMayHideError,
    NoCredentialError,
    PinAuthBlockedError,
    PinBlockedError,
    PinChangeRequiredError,
    PinNotSetError,
    RequestDroppedError,
)
from kiosk.credential.key_info import client_pin as client_pin_of
from kiosk.credential.tries import tries
from kiosk.model.binding import b64u, unb64u
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Fido2Presented, Fido2Proof
from kiosk.model.secret import Secret

MAX_UNSAID = 4
"""Credentials in a list of a key that does not say how many it takes."""
LIST_BYTES = 8
"""The command byte, the list's own key and its length, in CBOR."""
PARAM_BYTES = 32
"""A PIN/UV auth parameter (CTAP 2.1 section 6.5.7)."""
NOBODYS_HASH = bytes(32)
"""Client data hash of the question without presence: its signature is thrown away and fits no client data."""


def read_info(device: CtapDevice) -> Info:
    """What the key says about itself. Raises ``CredentialError``."""
    with keys_errors_named(Event()):
        info = KnownCtap(device).info
        presented(info)
        return info


def presented(info: Info, uid: str | None = None) -> Fido2Presented:
    """The facts of getInfo that a ceremony starts with."""
    return Fido2Presented(
        aaguid=bytes(info.aaguid).hex(),
        has_pin=info.options.get("clientPin") is True,
        built_in_uv=info.options.get("uv") is True,
        uid=uid,
        always_uv=info.options.get("alwaysUv") is True,
    )


def sign(
    device: CtapDevice, challenge: Challenge, secret: Secret | None, cancel: Event, info: Info | None = None
) -> Fido2Proof:
    """The key's assertion over ``challenge``. ``info``: the key's getInfo if it is known. Raises
    ``CredentialError``."""
    verify = challenge.user_verification == "required"
    client_data = CollectedClientData.create(
        CollectedClientData.TYPE.GET, unb64u(challenge.challenge), challenge.origin, cross_origin=False
    )
    with keys_errors_named(cancel):
        ctap = KnownCtap(device, info)
        allow = _allowed(ctap, challenge, verify, cancel)
        identity = allow[0] if len(allow) == 1 else bytes(ctap.info.aaguid)
        permission = ClientPin.PERMISSION.GET_ASSERTION
        proof = (
            verification(ctap, secret, permission, challenge.rp_id, client_data.hash, cancel, identity)
            if verify
            else {}
        )
        with _hidden_from_a_tap(ctap.info, verify):
            answer = ctap.send_cbor(
                Ctap2.CMD.GET_ASSERTION,
                {1: challenge.rp_id, 2: client_data.hash, **allow_list(allow), **_numbered(proof, 5, 6, 7)},
                event=cancel,
            )
        return _proof(answer, allow, bytes(client_data))


@contextmanager
def _hidden_from_a_tap(info: Info, verify: bool) -> Iterator[None]:
    """Tells a key that has nothing of ours from one that shows nothing to somebody who was not verified.

    Raises ``KeyMayHideError`` for a key that can know its user and knew no credential without (CTAP 2.1 section 12.1).
    An always-verifying key without a sensor needs its PIN (section 7.2), and is not asked: ``KeyHidesError``.
    """
    can_verify = bool(info.options.get("clientPin") or info.options.get("uv"))
    if not verify and info.options.get("alwaysUv") is True and not info.options.get("uv"):
        raise KeyHidesError
    try:
        yield
    except CtapError as error:
        if error.code == ERR.NO_CREDENTIALS and not verify and can_verify:
            raise KeyMayHideError from error
        raise


def _allowed(ctap: Ctap2, challenge: Challenge, verify: bool, cancel: Event) -> list[bytes]:
    """The credential to ask for: found out first where a PIN would be spent, or where not all fit in one message.

    Those that show only to a verified user (``challenge.guarded``) cannot be found out: where no other one is on the
    key, it is asked for them. Raises ``NoCredentialError``.
    """
    allow = [unb64u(credential) for credential in challenge.allow]
    guarded = [unb64u(credential) for credential in challenge.guarded] if verify else []
    if not allow or (not verify and len(lists(ctap.info, challenge.rp_id, allow)) == 1):
        return allow
    try:
        return held(ctap, challenge.rp_id, allow, cancel)
    except NoCredentialError:
        hidden = lists(ctap.info, challenge.rp_id, guarded)
        if not hidden:
            raise
        return hidden[0]


def held(ctap: Ctap2, rp_id: str, allow: list[bytes], cancel: Event) -> list[bytes]:
    """Those of ``allow`` that may be on this key: one, or a list of them where the key will not tell.

    Raises ``NoCredentialError`` if none is.
    """
    parts = lists(ctap.info, rp_id, allow)
    for some in parts:
        request = {1: rp_id, 2: NOBODYS_HASH, **allow_list(some), 5: {"up": False}}
        try:
            answer = ctap.send_cbor(Ctap2.CMD.GET_ASSERTION, request, event=cancel)
        except CtapError as error:
            if error.code == ERR.NO_CREDENTIALS:
                continue
            if error.code in (ERR.UNSUPPORTED_OPTION, ERR.INVALID_OPTION, ERR.UP_REQUIRED, ERR.PUAT_REQUIRED):
                return parts[0]
            raise
        return [_credential_id(answer, some)]
    raise NoCredentialError


def verification(
    ctap: Ctap2,
    secret: Secret | None,
    permission: ClientPin.PERMISSION,
    rp_id: str,
    client_data_hash: bytes,
    cancel: Event,
    identity: bytes,
) -> dict[str, Any]:
    """How the key is to know its user: ``{"param", "protocol"}`` of a PIN/UV token, or ``{"options"}`` with ``uv``.

    A PIN, where one was typed and the key has one; else its own sensor. ``identity``: what the key is remembered by.
    Raises ``PinNotSetError``, ``PinChangeRequiredError``, ``InvalidPinError`` (also if a PIN is needed and none, or
    none that could be one, was typed), ...
    """
    options = ctap.info.options
    if options.get("clientPin") and secret and ctap.info.force_pin_change:
        raise PinChangeRequiredError
    if options.get("clientPin") and secret:
        client_pin = client_pin_of(ctap)
        token = _pin_token(client_pin, secret, permission, rp_id, cancel, identity)
    elif options.get("uv") and options.get("pinUvAuthToken"):
        client_pin = client_pin_of(ctap)
        token = client_pin.get_uv_token(permission, rp_id, event=cancel)
    elif options.get("uv"):
        return {"options": {"uv": True}}
    elif options.get("clientPin"):
        raise InvalidPinError("a PIN is needed")
    else:
        raise PinNotSetError
    return {
        "param": client_pin.protocol.authenticate(token, client_data_hash),
        "protocol": client_pin.protocol.VERSION,
    }


def _pin_token(
    client_pin: ClientPin, secret: Secret, permission: ClientPin.PERMISSION, rp_id: str, cancel: Event, identity: bytes
) -> bytes:
    """A PIN token (CTAP 2.1 section 6.5.5.7); the PIN in NFC, 4 code points to 63 bytes (section 6.5.1)."""
    pin = unicodedata.normalize("NFC", secret.reveal())
    if len(pin) < 4 or len(pin.encode()) > 63:
        raise InvalidPinError("not the form of a key's PIN")
    with one_try(client_pin, cancel, identity):
        return client_pin.get_pin_token(pin, permission, rp_id)


@contextmanager
def one_try(client_pin: ClientPin, cancel: Event, identity: bytes) -> Iterator[None]:
    """The PIN goes to the key inside: not for the last time unannounced, and a wrong one is named with what is left.

    Raises ``PinAuthBlockedError``, ``PinBlockedError``, ``LastTryError``, ``RequestDroppedError`` before it,
    ``InvalidPinError`` after it.
    """
    left, needs_power_cycle = retries(client_pin)
    if needs_power_cycle:
        raise PinAuthBlockedError(retries_left=left)
    tries.allow(identity, left)
    if cancel.is_set():
        raise RequestDroppedError
    try:
        yield
    except CtapError as error:
        if error.code not in (ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED):
            raise
        left, _ = retries(client_pin)
        if left == 0:
            raise PinBlockedError(retries_left=0) from error
        named = InvalidPinError if error.code == ERR.PIN_INVALID else PinAuthBlockedError
        raise named(retries_left=left) from error
    finally:
        tries.done(identity)


def retries(client_pin: ClientPin) -> tuple[int, bool]:
    """Tries left, and whether the key first wants to lose power (CTAP 2.1 section 6.5.5.2)."""
    left, power = client_pin.get_pin_retries()
    if not isinstance(left, int):
        raise GarbledCardError("a number of tries that is none")
    return left, bool(power)


def _proof(answer: Mapping[int, Any], allow: list[bytes], client_data: bytes) -> Fido2Proof:
    data, signature, user = answer[2], answer[3], answer.get(4)
    handle = user.get("id") if user is not None else None
    if not all(isinstance(part, bytes) for part in (data, signature, handle or b"")):
        raise GarbledCardError("an assertion of other types")
    return Fido2Proof(
        credential_id=b64u(_credential_id(answer, allow)),
        authenticator_data=b64u(data),
        client_data=b64u(client_data),
        signature=b64u(signature),
        user_handle=b64u(handle) if handle else None,
    )


def _credential_id(answer: Mapping[int, Any], allow: list[bytes]) -> bytes:
    """A key may leave the credential out if only one was allowed (CTAP 2.1 section 6.2.2)."""
    credential = answer.get(1)
    found = credential["id"] if credential is not None else allow[0] if len(allow) == 1 else None
    if not isinstance(found, bytes):
        raise GarbledCardError("an assertion without its credential")
    return found


def lists(info: Info, rp_id: str, credentials: list[bytes]) -> list[list[bytes]]:
    """``credentials`` in lists that the key takes: by its ``maxCredentialCountInList``, and by its ``maxMsgSize``.

    Those longer than the key's own can be (``maxCredentialIdLength``) are left out (CTAP 2.1 section 6.4).
    """
    longest = info.max_cred_id_length or max(map(len, credentials), default=0)
    most = max(1, info.max_creds_in_list or MAX_UNSAID)
    status = {1: rp_id, 2: NOBODYS_HASH, 5: {"up": False}, 6: bytes(PARAM_BYTES), 7: 2}
    room = info.max_msg_size - len(cbor.encode(status)) - LIST_BYTES
    found: list[list[bytes]] = []
    left = 0
    for credential in credentials:
        size = len(cbor.encode(_descriptor(credential)))
        if len(credential) > longest:
            continue
        if not found or size > left or len(found[-1]) == most:
            found.append([])
            left = room
        found[-1].append(credential)
        left -= size
    return found


def _descriptor(credential: bytes) -> dict[str, Any]:
    return {"type": "public-key", "id": credential}


def allow_list(allow: list[bytes]) -> dict[int, Any]:
    """As the third parameter of authenticatorGetAssertion; nothing for an empty list."""
    return {3: [_descriptor(credential) for credential in allow]} if allow else {}


def _numbered(proof: Mapping[str, Any], options: int, param: int, protocol: int) -> dict[int, Any]:
    """``verification``'s answer under the numbers of the command it goes into."""
    numbers = {"options": options, "param": param, "protocol": protocol}
    return {numbers[name]: value for name, value in proof.items()}
