"""The one-time code that brings a workstation to its service: a secret, and which CA to expect there.

Printed in Crockford's base32 (no I, L, O, U; case and hyphens do not matter) so that it can be typed from paper::

    secret (10 bytes) ‖ first 16 bytes of SHA-256 of the CA's SubjectPublicKeyInfo ‖ check (2 bytes)

28 bytes, 45 characters, nine groups of five. 80 bits of secret, used once within an hour, against a service that slows
guessing down; 128 bits of pin leave no second key to be found for it. The check is no security: it names typing errors.
"""

from __future__ import annotations

import hashlib
import secrets

from kiosk.model.binding import b64u

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES = 10
PIN_BYTES = 16
_CHECK_BYTES = 2
_LABEL = b"kiosk/enrol-code/v1\x00"
_CHARACTERS = 45
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


class InvalidEnrolCodeError(ValueError):
    """Not a code, or mistyped; the message is a sentence."""


def make(secret: bytes, spki_sha256: bytes) -> str:
    """The code for ``secret`` (10 bytes) and the SHA-256 (32 bytes) of the CA's SubjectPublicKeyInfo."""
    if len(secret) != SECRET_BYTES or len(spki_sha256) != 32:
        raise ValueError("a secret has 10 bytes, a SHA-256 32")
    body = secret + spki_sha256[:PIN_BYTES]
    number = int.from_bytes(body + _check(body), "big")
    text = "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_CHARACTERS)))
    return "-".join(text[i : i + 5] for i in range(0, _CHARACTERS, 5))


def parse(text: str) -> tuple[str, bytes]:
    """The secret as the service wants it (``EnrolIn.code``), and the 16 bytes that the CA's SPKI hash must begin with.

    Raises ``InvalidEnrolCodeError``.
    """
    typed = "".join(c for c in text.upper() if c not in "-–— \t\r\n").translate(_ALIKE)
    if len(typed) != _CHARACTERS:
        raise InvalidEnrolCodeError(
            f"The code has {_CHARACTERS} letters and digits; this one has {len(typed)}. Type it again."
        )
    strange = next((c for c in typed if c not in ALPHABET), None)
    if strange is not None:
        raise InvalidEnrolCodeError(f"The code has no “{strange}”. Type it again.")
    number = 0
    for character in typed:
        number = number << 5 | ALPHABET.index(character)
    size = SECRET_BYTES + PIN_BYTES
    body, check = divmod(number, 1 << (8 * _CHECK_BYTES))
    if body >> (8 * size) or check != int.from_bytes(_check(body.to_bytes(size, "big")), "big"):
        raise InvalidEnrolCodeError("The code is mistyped somewhere. Compare it with the paper and type it again.")
    whole = body.to_bytes(size, "big")
    return secret_text(whole[:SECRET_BYTES]), whole[SECRET_BYTES:]


def new_secret() -> bytes:
    """Ten random bytes."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """The secret as it travels, base64url."""
    return b64u(secret)


def _check(body: bytes) -> bytes:
    return hashlib.sha256(_LABEL + body).digest()[:_CHECK_BYTES]
