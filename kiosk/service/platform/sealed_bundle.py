"""A file that only a passphrase opens: what a further replica is given.

Scrypt (RFC 7914) makes the key of the passphrase, ChaCha20-Poly1305 (RFC 8439) seals the content; the first line, in
clear, is authenticated with it. Neither the file nor its first line says how much work to do: that is fixed by the
format, so that a file of somebody else's cannot ask for all memory.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.service.platform import bounds

KIND, FORMAT = "kiosk-replica", 1
MAX_FILE = 1 << 20
WORDS, LETTERS = 6, 4
"""Groups of the passphrase, and letters of each, of 32: 120 bits."""
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
COST, BLOCK, LANES = 1 << 15, 8, 3
"""Scrypt's n, r and p: 32 MiB, and as much work as OWASP asks for with any of its choices."""


class BundleError(Exception):
    """The file cannot be opened; the message is a sentence."""


def fresh_passphrase() -> str:
    """Groups of letters and digits, easy to read out."""
    letters = base64.b32encode(secrets.token_bytes(WORDS * LETTERS * 5 // 8)).decode("ascii").lower()
    return "-".join(letters[at : at + LETTERS] for at in range(0, WORDS * LETTERS, LETTERS))


def seal(content: bytes, passphrase: str) -> bytes:
    """The file."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    said = {"kind": KIND, "format": FORMAT, "salt": salt.hex(), "nonce": nonce.hex()}
    first = json.dumps(said, separators=(",", ":")).encode("ascii")
    sealed = ChaCha20Poly1305(_key(passphrase, salt)).encrypt(nonce, content, first)
    return first + b"\n" + base64.b64encode(sealed) + b"\n"


def opened(path: Path, passphrase: str) -> bytes:
    """What was sealed in the file at ``path``. Raises ``BundleError``."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from None
    first, _, rest = data.partition(b"\n")
    try:
        said = bounds.loads(first)
        if not isinstance(said, dict) or said.get("kind") != KIND or len(data) > MAX_FILE:
            raise ValueError
        if said.get("format") != FORMAT:
            raise BundleError(f"{path} was made by another version of kiosk. Make it with the version of this machine.")
        salt, nonce = bytes.fromhex(str(said.get("salt"))), bytes.fromhex(str(said.get("nonce")))
        sealed = base64.b64decode(rest.strip(), validate=True)
        if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
            raise ValueError
    except (ValueError, RecursionError, binascii.Error):
        raise BundleError(f"{path} is no invitation made by: kiosk service invite") from None
    try:
        return ChaCha20Poly1305(_key(passphrase, salt)).decrypt(nonce, sealed, first)
    except InvalidTag:
        raise BundleError("The passphrase is another one, or the file was changed. Nothing was done.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    plain = "".join(letter for letter in passphrase.lower() if letter.isalnum())
    return Scrypt(salt=salt, length=KEY_BYTES, n=COST, r=BLOCK, p=LANES).derive(plain.encode("utf-8"))
