"""The envelope of a backup: what anybody may read of it, then encrypted chunks. ``docs/backup.md`` has the format.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), with the nonces of the age format's payload:
ChaCha20-Poly1305 (RFC 8439) over chunks of 64 KiB, a nonce of an 11-byte counter and one byte that is 1 in the last
chunk alone. So no chunk can be left out, moved, taken from another backup, or be the last unless it was. The key is
scrypt (RFC 7914) of the passphrase and a salt that is fresh in every file; each chunk also vouches for the header.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.model.binding import b64u, unb64u

MAGIC = b"kiosk-backup 1\n"
CHUNK = 64 * 1024
TAG = 16
SALT_BYTES = 32
COST = 1 << 17
"""scrypt's N, with r = 8 and p = 1: 128 MiB and some tenths of a second for each passphrase that is tried."""
MIN_COST, MAX_COST = 1 << 14, 1 << 18
"""What a file may ask for before anything of it is believed: 256 MiB at most."""
MIN_PASSPHRASE = 12
MAX_HEADER = 4096


class BackupFileError(Exception):
    """A backup cannot be written or read; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class _Header:
    """``line``: as it stands in the file."""

    line: bytes
    salt: bytes
    cost: int

    def cipher(self, passphrase: bytes) -> ChaCha20Poly1305:
        """The key of this one file."""
        return ChaCha20Poly1305(Scrypt(salt=self.salt, length=32, n=self.cost, r=8, p=1).derive(passphrase))

    def digest(self) -> bytes:
        """What every chunk vouches for besides itself."""
        return hashlib.sha256(MAGIC + self.line).digest()


def _nonce(counter: int, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Encrypts what is written into ``file``. Without ``finish`` nobody reads it as a whole backup.

    ``passphrase``: at least ``MIN_PASSPHRASE`` bytes. ``cost``: scrypt's N. Raises ``BackupFileError``.
    """

    def __init__(self, file: BinaryIO, passphrase: bytes, cost: int = COST) -> None:
        super().__init__()
        if len(passphrase) < MIN_PASSPHRASE:
            raise BackupFileError(f"The passphrase is too short. It needs at least {MIN_PASSPHRASE} characters.")
        salt = secrets.token_bytes(SALT_BYTES)
        said = {"kdf": "scrypt", "n": cost, "r": 8, "p": 1, "salt": b64u(salt), "cipher": "chacha20-poly1305"}
        header = _Header(json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n", salt, cost)
        self._file, self._cipher, self._said = file, header.cipher(passphrase), header.digest()
        self._waiting = bytearray()
        self._counter = 0
        file.write(MAGIC + header.line)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Encrypt ``data``, as far as it fills chunks: the last one must be known as such. Raises ``OSError``."""
        view = memoryview(data)  # type: ignore[arg-type]  # whatever io hands over: bytes or a view of them
        self._waiting += view
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return view.nbytes

    def finish(self) -> None:
        """Write the last chunk. Raises ``OSError``."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._counter, last), chunk, self._said))
        self._counter += 1


class SealedReader(io.RawIOBase):
    """Decrypts what ``SealedWriter`` wrote. Every byte that it hands out is right; the end is one only if it was.

    Raises ``BackupFileError``.
    """

    def __init__(self, file: BinaryIO, passphrase: bytes, name: str) -> None:
        super().__init__()
        header = _header(file, name)
        self._file, self._name, self._said = file, name, header.digest()
        self._cipher = header.cipher(passphrase)
        self._counter = 0
        self._ahead = file.read(CHUNK + TAG)
        self._plain = b""
        if not self._ahead:
            raise BackupFileError(f"{name} is cut off. Take another backup.")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """As ``io.RawIOBase``."""
        view = memoryview(buffer)  # type: ignore[arg-type]  # as in ``write``
        while not self._plain and self._ahead:
            self._plain = self._next()
        taken = min(len(view), len(self._plain))
        view[:taken], self._plain = self._plain[:taken], self._plain[taken:]
        return taken

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + TAG)
        try:
            plain = self._cipher.decrypt(_nonce(self._counter, not self._ahead), sealed, self._said)
        except (InvalidTag, ValueError):
            if self._counter == 0:
                raise BackupFileError(
                    f"{self._name} does not open: the passphrase is wrong, or it is damaged."
                ) from None
            raise BackupFileError(f"{self._name} is damaged or cut off. Take another backup.") from None
        self._counter += 1
        if not self._ahead and len(plain) == 0 and self._counter > 1:
            raise BackupFileError(f"{self._name} is damaged or cut off. Take another backup.")
        return plain


def _header(file: BinaryIO, name: str) -> _Header:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupFileError(f"{name} is no backup of kiosk, or one of a newer version.")
    line = file.readline(MAX_HEADER)
    try:
        said = json.loads(line)
        salt, cost = unb64u(said["salt"]), said["n"]
        known = (said["kdf"], said["r"], said["p"], said["cipher"]) == ("scrypt", 8, 1, "chacha20-poly1305")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BackupFileError(f"{name} is damaged at its beginning. Take another backup.") from None
    fair = type(cost) is int and MIN_COST <= cost <= MAX_COST and cost & (cost - 1) == 0
    if not (known and fair and len(salt) == SALT_BYTES):
        raise BackupFileError(f"{name} is encrypted in a way that this version does not know.")
    return _Header(line, salt, cost)
