"""The service's keys as it works with them: what each kind does, and all of them together. ``keys`` reads them."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey, RSAKey

from kiosk.service.platform.kerberos_ca import KerberosAuthority
from kiosk.service.platform.key_errors import KeyFileError
from kiosk.service.platform.opening_marks import OpeningMarks
from kiosk.service.platform.pin_keys import NONCE_BYTES, FoundKeys, PinKeys
from kiosk.service.platform.row_keys import RowGuard, RowKeys

_BADGE = "kiosk/badge/v1"


@dataclass(frozen=True, slots=True)
class BadgeKeys:
    """HMAC keys of badge numbers by id; ``current`` is the one new badges are stored under."""

    current: str
    by_id: dict[str, bytes] = field(repr=False)

    def hash(self, key_id: str, number: bytes) -> bytes:
        """HMAC-SHA-256 of a badge number, 32 bytes."""
        return self.tagged(key_id, _BADGE, number)

    def hasher(self, key_id: str) -> Callable[[bytes], bytes]:
        """``hash`` under one key, for many numbers: the key is scheduled once, which halves the time."""
        keyed = hmac.new(self.by_id[key_id], _BADGE.encode("ascii") + b"\x00", "sha256")

        def hashed(number: bytes) -> bytes:
            mine = keyed.copy()
            mine.update(number)
            return mine.digest()

        return hashed

    def tagged(self, key_id: str, label: str, data: bytes) -> bytes:
        """HMAC-SHA-256 of label ‖ 0x00 ‖ data, 32 bytes. Raises ``KeyError`` for a key that is not here."""
        return hmac.digest(self.by_id[key_id], label.encode("ascii") + b"\x00" + data, "sha256")

    def hashes(self, number: bytes) -> list[tuple[str, bytes]]:
        """The number's HMAC under every key, the current one first: (key id, hash)."""
        return [(key_id, self.hash(key_id, number)) for key_id in self.ids()]

    def ids(self) -> list[str]:
        """The current key's first."""
        return sorted(self.by_id, key=lambda key_id: (key_id != self.current, key_id))


class TotpKeys(FoundKeys):
    """AES-256-GCM keys of one-time code secrets by id. The person's id is associated data, so that a secret cannot be
    moved to somebody else's row."""

    __slots__ = ()

    def seal(self, secret: bytes, person: str) -> tuple[str, bytes]:
        """Key id, and nonce ‖ ciphertext ‖ tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.current, nonce + AESGCM(self.by_id[self.current]).encrypt(nonce, secret, person.encode())

    def unseal(self, key_id: str, sealed: bytes, person: str) -> bytes:
        """The secret. Raises ``KeyFileError`` for another person's, a changed one, or a key that is not here."""
        try:
            self.has(key_id)
            return AESGCM(self.by_id[key_id]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person.encode())
        except (KeyError, InvalidTag, ValueError):
            raise KeyFileError(
                f"A one-time code secret cannot be decrypted with key totp-{key_id}. Add the code anew."
            ) from None


@dataclass(frozen=True, slots=True)
class CheckpointKeys:
    """Ed25519 keys of the audit trail's checkpoints; ``kid`` names the one that signs."""

    kid: str
    signer: Ed25519PrivateKey = field(repr=False)
    public: dict[str, Ed25519PublicKey] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """All of them, read. ``tokens``, ``rsa``: the present one first, each with its ``kid``. ``nonce``: 32 bytes.

    ``kerberos``: the present CA first; none where there is no Kerberos.
    """

    tokens: tuple[ECKey, ...] = field(repr=False)
    rsa: tuple[RSAKey, ...] = field(repr=False)
    checkpoint: CheckpointKeys = field(repr=False)
    badge: BadgeKeys = field(repr=False)
    totp: TotpKeys = field(repr=False)
    pin: PinKeys = field(repr=False)
    rows: RowKeys = field(repr=False)
    nonce: bytes = field(repr=False)
    kerberos: tuple[KerberosAuthority, ...] = field(default=(), repr=False)

    def guard(self) -> RowGuard:
        """What a store is opened with."""
        return RowGuard(self.rows, self.pin, OpeningMarks(self.badge.current, self.badge.by_id))
