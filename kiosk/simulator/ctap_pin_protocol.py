"""PIN/UV auth protocols one and two, the authenticator's side (CTAP 2.1 sections 6.5.6 and 6.5.7).

Each agrees on a secret with the platform by ECDH on P-256, hides PIN and token with AES-256-CBC under it,
and checks HMACs.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.simulator.ctap_message import CtapStatusError, Status, typed

BLOCK = 16
TOKEN_BYTES = 32


class PinProtocol(Protocol):
    """What the two protocols have in common; a shared secret is opaque bytes to the caller."""

    def key_agreement(self) -> Mapping[int, Any]:
        """The COSE key to agree with; the same until ``regenerate``."""

    def regenerate(self) -> None:
        """A fresh key agreement key and a fresh token."""

    def decapsulate(self, peer: Mapping[Any, Any]) -> bytes:
        """The secret shared with the platform's COSE key. Raises ``CtapStatusError(INVALID_PARAMETER)``."""

    def encrypt(self, secret: bytes, plain: bytes) -> bytes: ...

    def decrypt(self, secret: bytes, hidden: bytes) -> bytes:
        """Raises ``CtapStatusError(INVALID_PARAMETER)`` for bytes that are no whole blocks."""

    def verify(self, secret: bytes, message: bytes, signature: bytes) -> bool:
        """Constant time. ``secret``: a shared secret or the token."""

    token: bytes


class ProtocolOne:
    """SHA-256 of the shared point; AES with a zero initialisation vector; HMAC cut to 16 bytes."""

    def __init__(self) -> None:
        self.token = b""
        self.regenerate()

    def regenerate(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.new_token()

    def new_token(self) -> None:
        self.token = os.urandom(TOKEN_BYTES)

    def key_agreement(self) -> Mapping[int, Any]:
        point = self._private.public_key().public_numbers()
        return {1: 2, 3: -25, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def decapsulate(self, peer: Mapping[Any, Any]) -> bytes:
        x, y = typed(peer.get(-2), bytes), typed(peer.get(-3), bytes)
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
        try:
            public = numbers.public_key()
        except ValueError as error:
            raise CtapStatusError(Status.INVALID_PARAMETER) from error
        return self._derive(self._private.exchange(ec.ECDH(), public))

    def _derive(self, z: bytes) -> bytes:
        return sha256(z).digest()

    def encrypt(self, secret: bytes, plain: bytes) -> bytes:
        return _aes_encrypt(secret, bytes(BLOCK), plain)

    def decrypt(self, secret: bytes, hidden: bytes) -> bytes:
        return _aes_decrypt(secret, bytes(BLOCK), hidden)

    def verify(self, secret: bytes, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(secret, message, "sha256")[:16], signature)


class ProtocolTwo(ProtocolOne):
    """HKDF gives an HMAC key and an AES key; a random initialisation vector goes first; the HMAC is whole."""

    def _derive(self, z: bytes) -> bytes:
        return _hkdf(z, b"CTAP2 HMAC key") + _hkdf(z, b"CTAP2 AES key")

    def encrypt(self, secret: bytes, plain: bytes) -> bytes:
        vector = os.urandom(BLOCK)
        return vector + _aes_encrypt(secret[32:], vector, plain)

    def decrypt(self, secret: bytes, hidden: bytes) -> bytes:
        if len(hidden) < BLOCK:
            raise CtapStatusError(Status.INVALID_PARAMETER)
        return _aes_decrypt(secret[32:], hidden[:BLOCK], hidden[BLOCK:])

    def verify(self, secret: bytes, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(secret[:32], message, "sha256"), signature)


def _hkdf(z: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=bytes(32), info=info).derive(z)


def _aes_encrypt(key: bytes, vector: bytes, plain: bytes) -> bytes:
    worker = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return worker.update(plain) + worker.finalize()


def _aes_decrypt(key: bytes, vector: bytes, hidden: bytes) -> bytes:
    if not hidden or len(hidden) % BLOCK:
        raise CtapStatusError(Status.INVALID_PARAMETER)
    worker = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return worker.update(hidden) + worker.finalize()
