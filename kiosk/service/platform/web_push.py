"""Web Push: a message is encrypted for one browser (RFC 8291), and says which service sends it (RFC 8292).

The push service between them, which is the browser's maker, sees when something comes, from whom, and how long it is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from kiosk.model.binding import b64u, unb64u

CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of its base point (SP 800-186 section 3.2.1.3)."""
POINT_BYTES, AUTH_BYTES, SALT_BYTES = 65, 16, 16
RECORD = 4096
"""Bytes of one record (RFC 8188 section 2.1): a message is one (RFC 8291 section 4)."""
MAX_TEXT = RECORD - 17 - 86
"""Of a message (RFC 8291 section 4): what a push service has to take is 4096 bytes, with its head."""
VAPID_SECONDS = 3600
"""For which what says who sends counts; a day at most (RFC 8292 section 2)."""


class NoSubscriptionError(ValueError):
    """Its keys are no point of the curve, or of another length."""


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """As a browser gives it (Push API section 8): where messages go, and for whom they are encrypted, base64url.

    Raises ``NoSubscriptionError`` from ``check``. Whoever has all of it can wake that browser."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    def check(self) -> None:
        """Raises ``NoSubscriptionError``."""
        _public(self.p256dh)
        if len(_bytes(self.auth)) != AUTH_BYTES:
            raise NoSubscriptionError("auth has 16 bytes")


def encrypted(
    to: PushSubscription, message: bytes, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """``message`` for that browser alone, as ``aes128gcm`` (RFC 8291 section 3.4). ``own``, ``salt``: new each time,
    but for the RFC's own example. Raises ``NoSubscriptionError``, ``ValueError`` for a message that is too long."""
    if len(message) > MAX_TEXT:
        raise ValueError("a message has at most 3993 bytes")
    own, salt = own or ec.generate_private_key(CURVE), salt or secrets.token_bytes(SALT_BYTES)
    theirs = _public(to.p256dh)
    mine, your = point_of(own.public_key()), point_of(theirs)
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, _bytes(to.auth), b"WebPush: info\x00" + your + mine, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return head + AESGCM(key).encrypt(nonce, message + b"\x02", None)  # the last record (RFC 8188 section 2)


class VapidKey:
    """By which push services know this service: a browser's subscription names it, and takes messages of no other.

    Made of a key that only the service's replicas share, by HKDF under a label of its own, as SP 800-133 section 6.2
    lets a key be made of another; the number by FIPS 186-5 section A.2.1 (extra random bits). So every replica has the
    same one, a backup brings it along, and there is no further file that could be lost.
    """

    def __init__(self, key: bytes) -> None:
        wide = HKDF(SHA256(), 48, salt=None, info=b"kiosk/web-push-key/v1").derive(key)
        private = ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, CURVE)
        self.public = b64u(point_of(private.public_key()))
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = ECKey.import_key(pem.decode("ascii"))

    def authorization(self, audience: str, contact: str, now: int) -> str:
        """The header (RFC 8292 section 3). ``audience``: the push service's origin; ``contact``: whom it can reach."""
        claims = {"aud": audience, "exp": now + VAPID_SECONDS, "sub": contact}
        return f"vapid t={jwt.encode({'typ': 'JWT', 'alg': 'ES256'}, claims, self._key)}, k={self.public}"


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Its uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _public(text: str) -> ec.EllipticCurvePublicKey:
    """Raises ``NoSubscriptionError`` for what is no uncompressed point of the curve."""
    data = _bytes(text)
    if len(data) != POINT_BYTES:
        raise NoSubscriptionError("p256dh has 65 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, data)
    except ValueError:
        raise NoSubscriptionError("p256dh is no point of the curve") from None


def _bytes(text: str) -> bytes:
    try:
        return unb64u(text)
    except ValueError:
        raise NoSubscriptionError("a key is no base64url") from None


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
