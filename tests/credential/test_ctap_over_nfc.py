"""Waiting, cancelling and giving up over the air, and keys that verify their user by themselves."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.ctap import STATUS, CtapDevice
from fido2.ctap2.pin import PinProtocolV2
from fido2.hid import CAPABILITY, CTAPHID

from kiosk.credential import ctap, fido2
from kiosk.credential.ctap import MEANING
from kiosk.credential.errors import (
    CardTimeoutError,
    CredentialError,
    FingerUnknownError,
    GarbledCardError,
    KeyDeniedError,
    PinAuthBlockedError,
    PinNotSetError,
    RequestDroppedError,
    SensorBlockedError,
)
from kiosk.model.binding import unb64u
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from tests.credential.cards import ScriptedCard, answering
from tests.credential.wire import RP_ID, a_challenge, never

BUSY = (bytes([STATUS.UPNEEDED]), 0x9100)
DENIED = (b"\x2d", 0x9000)
GET_RESPONSE, STOP = bytes.fromhex("8011000000"), bytes.fromhex("8011110000")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctap, "ASK_AGAIN", 0.001)


def call(card: ScriptedCard, cancel: Event | None = None, patience: float = 60.0) -> bytes:
    return ctap.NfcKey(card, patience=patience).call(CTAPHID.CBOR, b"\x04", cancel)


def test_a_key_that_needs_time_is_asked_again() -> None:
    card = answering(BUSY, BUSY, (b"\x00", 0x9000))
    assert call(card) == b"\x00"
    assert card.sent[1:] == [GET_RESPONSE, GET_RESPONSE]


def test_a_cancel_is_told_to_the_key_and_its_answer_is_awaited() -> None:
    cancel = Event()

    def answer(apdu: bytes) -> tuple[bytes, int]:
        if apdu == GET_RESPONSE:
            cancel.set()
        return DENIED if apdu == STOP else BUSY

    card = ScriptedCard(answer)
    with pytest.raises(RequestDroppedError), ctap.keys_errors_named(cancel):
        fido2.sign(ctap.NfcKey(card, cancel), a_challenge(Method.FIDO2_TAP), None, cancel)
    assert card.sent[-1] == STOP


def test_a_key_that_ignores_a_cancel_is_left_alone() -> None:
    cancel = Event()

    def answer(apdu: bytes) -> tuple[bytes, int]:
        if apdu == GET_RESPONSE:
            cancel.set()
        return BUSY

    card = ScriptedCard(answer)
    with pytest.raises(RequestDroppedError):
        call(card, cancel)
    assert card.sent[1:] == [GET_RESPONSE, STOP]


def test_a_key_that_never_ends_is_told_to_stop_when_time_is_over() -> None:
    card = ScriptedCard(lambda _: BUSY)
    with pytest.raises(CardTimeoutError):
        call(card, patience=0.0)
    assert card.sent[-1] == STOP


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (0x2F, CardTimeoutError),
        (0x3A, CardTimeoutError),
        (0x2D, CardTimeoutError),
        (0x27, KeyDeniedError),
        (0x34, PinAuthBlockedError),
        (0x7F, GarbledCardError),
        (0xF3, GarbledCardError),
    ],
)
def test_what_a_key_complains_about_has_a_name(status: int, named: type[CredentialError]) -> None:
    card = answering((bytes([status]), 0x9000))
    with pytest.raises(CredentialError) as caught:
        fido2.read_info(ctap.NfcKey(card))
    assert type(caught.value) is named


class SelfVerifyingKey(CtapDevice):
    """A key with a fingerprint sensor, as far as an assertion goes. ``asked``: command byte and parameters of each."""

    TOKEN = bytes(range(32))

    def __init__(self, *, tokens: bool, refuses: int = 0, pin: bool = False) -> None:
        self._options = {"uv": True, "pinUvAuthToken": tokens, "clientPin": pin}
        self._refuses = refuses
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.asked: list[tuple[int, dict[int, Any]]] = []

    @property
    def capabilities(self) -> int:
        return CAPABILITY.CBOR

    @classmethod
    def list_devices(cls) -> Iterator[CtapDevice]:
        return iter(())

    def call(
        self,
        cmd: int,
        data: bytes = b"",
        event: Event | None = None,
        on_keepalive: Callable[[STATUS], None] | None = None,
    ) -> bytes:
        parameters: Any = cbor.decode(data[1:]) if data[1:] else {}
        self.asked.append((data[0], parameters))
        if data[0] == 0x04:
            return self._ok({1: ["FIDO_2_1"], 3: bytes(16), 4: self._options, 6: [2]})
        if data[0] == 0x06:
            return self._client_pin(parameters)
        present = parameters.get(5, {}).get("up") is not False
        if self._refuses and present:
            return bytes([self._refuses])
        flags = (0x05 if present else 0x00).to_bytes(1, "big")
        data_of_key = hashlib.sha256(RP_ID.encode()).digest() + flags + struct.pack(">I", 1)
        return self._ok({1: {"id": b"mine", "type": "public-key"}, 2: data_of_key, 3: b"signature"})

    def _client_pin(self, parameters: dict[int, Any]) -> bytes:
        public = self._key.public_key().public_numbers()
        if parameters[2] == 2:
            x, y = public.x.to_bytes(32, "big"), public.y.to_bytes(32, "big")
            return self._ok({1: {1: 2, 3: -25, -1: 1, -2: x, -3: y}})
        if parameters[2] != 6 or self._refuses:
            return bytes([self._refuses or 0x3E])
        theirs = parameters[3]
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(theirs[-2], "big"), int.from_bytes(theirs[-3], "big"), ec.SECP256R1()
        )
        protocol: Any = PinProtocolV2()
        shared = protocol.kdf(self._key.exchange(ec.ECDH(), numbers.public_key()))
        return self._ok({2: protocol.encrypt(shared, self.TOKEN)})

    @staticmethod
    def _ok(answer: dict[int, Any]) -> bytes:
        return b"\x00" + cbor.encode(answer)

    def commands(self) -> list[int]:
        return [command for command, _ in self.asked]


def test_a_sensor_on_the_key_spares_the_pin() -> None:
    key = SelfVerifyingKey(tokens=True)
    challenge = a_challenge(Method.FIDO2, allow=[b"mine"])
    proof = fido2.sign(key, challenge, None, never())
    command, parameters = key.asked[-1]
    mac = hmac.HMAC(key.TOKEN, SHA256())
    mac.update(hashlib.sha256(unb64u(proof.client_data)).digest())
    assert command == 0x02
    assert (parameters[6], parameters[7]) == (mac.finalize(), 2)
    token_request = key.asked[-2][1]
    assert (token_request[2], token_request[9], token_request[10]) == (6, 2, RP_ID)


def test_a_sensor_of_before_tokens_is_asked_in_the_assertion() -> None:
    key = SelfVerifyingKey(tokens=False)
    fido2.sign(key, a_challenge(Method.FIDO2, allow=[b"mine"]), None, never())
    assert key.asked[-1][1][5] == {"uv": True}


@pytest.mark.parametrize("tokens", [False, True])
def test_a_finger_that_is_not_known_is_no_proof(tokens: bool) -> None:
    with pytest.raises(FingerUnknownError):
        fido2.sign(SelfVerifyingKey(tokens=tokens, refuses=0x3F), a_challenge(Method.FIDO2), None, never())


@pytest.mark.parametrize("tokens", [False, True])
def test_a_blocked_sensor_is_told_and_the_keys_pin_is_asked_for_and_taken(tokens: bool) -> None:
    with pytest.raises(SensorBlockedError):
        fido2.sign(SelfVerifyingKey(tokens=tokens, refuses=0x3C), a_challenge(Method.FIDO2), None, never())


@pytest.mark.parametrize("code", sorted(MEANING))
def test_every_refusal_of_a_key_is_told_by_its_own_trouble(code: int) -> None:
    key = SelfVerifyingKey(tokens=False, refuses=code)
    with pytest.raises(CredentialError) as caught:
        fido2.sign(key, a_challenge(Method.FIDO2, allow=[b"mine"]), None, never())
    assert caught.value.trouble == TROUBLES[code]


def test_the_table_of_refusals_is_written_out_whole() -> None:
    assert set(TROUBLES) == set(MEANING)


TROUBLES = {
    0x19: CardTrouble.ALREADY_ENROLLED,
    0x22: CardTrouble.NO_CREDENTIAL,
    0x26: CardTrouble.KEY_ALGORITHM,
    0x27: CardTrouble.KEY_DENIED,
    0x28: CardTrouble.KEY_FULL,
    0x2B: CardTrouble.KEY_CANNOT,
    0x2C: CardTrouble.KEY_CANNOT,
    0x2E: CardTrouble.NO_CREDENTIAL,
    0x2F: CardTrouble.TIMED_OUT,
    0x30: CardTrouble.KEY_CANNOT,
    0x31: CardTrouble.WRONG_PIN,
    0x32: CardTrouble.PIN_BLOCKED,
    0x34: CardTrouble.PIN_AUTH_BLOCKED,
    0x35: CardTrouble.NO_PIN_SET,
    0x36: CardTrouble.KEY_HIDES,
    0x37: CardTrouble.PIN_TO_CHANGE,
    0x39: CardTrouble.KEY_CANNOT,
    0x3A: CardTrouble.TIMED_OUT,
    0x3C: CardTrouble.SENSOR_BLOCKED,
    0x3F: CardTrouble.FINGER_UNKNOWN,
    0x05: CardTrouble.TIMED_OUT,
    0x06: CardTrouble.TIMED_OUT,
    0x15: CardTrouble.KEY_CANNOT,
}


def test_a_key_that_can_verify_nobody_says_so_though_a_pin_was_typed() -> None:
    key = SelfVerifyingKey(tokens=True)
    key._options = {"clientPin": False}
    with pytest.raises(PinNotSetError):
        fido2.sign(key, a_challenge(Method.FIDO2), Secret("2468"), never())


def test_a_tap_asks_for_no_verification_and_nothing_but_the_assertion() -> None:
    key = SelfVerifyingKey(tokens=True)
    fido2.sign(key, a_challenge(Method.FIDO2_TAP), None, never())
    assert key.commands() == [0x04, 0x02]
    assert set(key.asked[-1][1]) == {1, 2}


def test_a_key_may_leave_out_the_only_credential_that_was_allowed() -> None:
    answer = {2: os.urandom(37), 3: b"signature"}
    assert unb64u(fido2._proof(answer, [b"mine"], b"{}").credential_id) == b"mine"
    with pytest.raises(GarbledCardError):
        fido2._proof(answer, [], b"{}")
