"""authenticatorClientPIN: set, change and check the PIN, hand out tokens (CTAP 2.1 section 6.5.5)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from kiosk.simulator.ctap_message import CtapStatusError, Parameters, Status, success
from kiosk.simulator.ctap_pin_protocol import ProtocolOne
from kiosk.simulator.ctap_session import WRONG_PER_POWER_UP, KeySession, Permission, Token
from kiosk.simulator.fido2_store import MAX_RETRIES, KeyMemory

PROTOCOL, SUBCOMMAND, KEY_AGREEMENT, PARAM, NEW_PIN, PIN_HASH, PERMISSIONS, RP_ID = 1, 2, 3, 4, 5, 6, 9, 10
PADDED_PIN_BYTES = 64


def client_pin(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    """Carry out one subcommand; returns the whole answer. Raises ``CtapStatusError``."""
    subcommands: dict[int, Callable[[KeyMemory, KeySession, Parameters], bytes]] = {
        1: _retries,
        2: _key_agreement,
        3: _set_pin,
        4: _change_pin,
        5: _legacy_token,
        9: _token,
    }
    subcommand = params.required(SUBCOMMAND, int)
    if subcommand not in subcommands:
        raise CtapStatusError(Status.INVALID_SUBCOMMAND)
    return subcommands[subcommand](memory, session, params)


def _retries(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    return success({3: memory.retries, 4: session.wrong_pins >= WRONG_PER_POWER_UP})


def _key_agreement(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    protocol = session.protocol(params.required(PROTOCOL, int))
    return success({1: protocol.key_agreement()})


def _set_pin(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    protocol, secret = _agree(session, params)
    new_pin = params.required(NEW_PIN, bytes)
    signature = params.required(PARAM, bytes)
    if memory.pin_hash is not None or not protocol.verify(secret, new_pin, signature):
        raise CtapStatusError(Status.PIN_AUTH_INVALID)
    memory.set_pin(_unpad(memory, protocol.decrypt(secret, new_pin)))
    return success()


def _change_pin(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    protocol, secret = _agree(session, params)
    new_pin, pin_hash = params.required(NEW_PIN, bytes), params.required(PIN_HASH, bytes)
    signature = params.required(PARAM, bytes)
    _require_usable(memory, session)
    if not protocol.verify(secret, new_pin + pin_hash, signature):
        raise CtapStatusError(Status.PIN_AUTH_INVALID)
    _check_pin(memory, session, protocol, protocol.decrypt(secret, pin_hash))
    pin = _unpad(memory, protocol.decrypt(secret, new_pin))
    if memory.change_pin and memory.is_pin(pin):
        raise CtapStatusError(Status.PIN_POLICY_VIOLATION)
    memory.set_pin(pin)
    session.new_tokens()
    return success()


def _legacy_token(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    """getPinToken of CTAP 2.0: both permissions, bound to the first RP it is used for."""
    if PERMISSIONS in params or RP_ID in params:
        raise CtapStatusError(Status.INVALID_PARAMETER)
    return _hand_out(memory, session, params, Permission.MAKE_CREDENTIAL | Permission.GET_ASSERTION, None)


def _token(memory: KeyMemory, session: KeySession, params: Parameters) -> bytes:
    """getPinUvAuthTokenUsingPinWithPermissions."""
    wanted = params.required(PERMISSIONS, int)
    if wanted == 0:
        raise CtapStatusError(Status.INVALID_PARAMETER)
    offered = Permission.MAKE_CREDENTIAL | Permission.GET_ASSERTION
    if wanted < 0 or wanted & ~int(offered):
        raise CtapStatusError(Status.UNAUTHORIZED_PERMISSION)
    return _hand_out(memory, session, params, Permission(wanted), params.required(RP_ID, str))


def _hand_out(
    memory: KeyMemory, session: KeySession, params: Parameters, permissions: Permission, rp_id: str | None
) -> bytes:
    protocol, secret = _agree(session, params)
    pin_hash = params.required(PIN_HASH, bytes)
    _require_usable(memory, session)
    _check_pin(memory, session, protocol, protocol.decrypt(secret, pin_hash))
    if memory.change_pin:
        raise CtapStatusError(Status.PIN_POLICY_VIOLATION)
    session.new_tokens()
    session.token = Token(params.required(PROTOCOL, int), permissions, rp_id, session.clock())
    return success({2: protocol.encrypt(secret, protocol.token)})


def _agree(session: KeySession, params: Parameters) -> tuple[ProtocolOne, bytes]:
    protocol = session.protocol(params.required(PROTOCOL, int))
    return protocol, protocol.decapsulate(params.required(KEY_AGREEMENT, dict))


def _require_usable(memory: KeyMemory, session: KeySession) -> None:
    if memory.pin_hash is None:
        raise CtapStatusError(Status.PIN_NOT_SET)
    if memory.retries == 0:
        raise CtapStatusError(Status.PIN_BLOCKED)
    if session.wrong_pins >= WRONG_PER_POWER_UP:
        raise CtapStatusError(Status.PIN_AUTH_BLOCKED)


def _check_pin(memory: KeyMemory, session: KeySession, protocol: ProtocolOne, pin_hash: bytes) -> None:
    """Spend a retry before looking, so that pulling the key away does not save it."""
    memory.retries -= 1
    memory.save()
    if memory.pin_hash is not None and hmac.compare_digest(memory.pin_hash, pin_hash):
        memory.retries, session.wrong_pins = MAX_RETRIES, 0
        memory.save()
        return
    protocol.regenerate()
    session.wrong_pins += 1
    if memory.retries == 0:
        raise CtapStatusError(Status.PIN_BLOCKED)
    raise CtapStatusError(Status.PIN_AUTH_BLOCKED if session.wrong_pins >= WRONG_PER_POWER_UP else Status.PIN_INVALID)


def _unpad(memory: KeyMemory, padded: bytes) -> bytes:
    """The new PIN, UTF-8. Raises ``CtapStatusError`` with INVALID_PARAMETER or PIN_POLICY_VIOLATION."""
    if len(padded) != PADDED_PIN_BYTES:
        raise CtapStatusError(Status.INVALID_PARAMETER)
    pin = padded.rstrip(b"\x00")
    try:
        characters = len(pin.decode())
    except UnicodeDecodeError as error:
        raise CtapStatusError(Status.PIN_POLICY_VIOLATION) from error
    if characters < memory.shortest_pin or len(pin) == PADDED_PIN_BYTES:
        raise CtapStatusError(Status.PIN_POLICY_VIOLATION)
    return pin
