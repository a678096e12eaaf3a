"""By what replicas see that they have the same keys, without showing them: a mark of each, to be kept in the database.

Of a secret it is HMAC-SHA-256 under that secret, which is 32 random bytes; of a key pair SHA-256 of its public half.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from kiosk.service.platform.keys import KeyFileError, files_of

LABEL = b"kiosk/key-mark/v1\x00"


def marks(folder: Path, credentials: Path | None = None) -> dict[str, str]:
    """Of every key in ``folder/keys``, and of every CA in ``folder/tls``, by name. Raises ``KeyFileError``."""
    found: dict[str, str] = {}
    for kind, several in files_of(folder / "keys", credentials).items():
        for number, path, data in several:
            found[f"{kind}-{number}"] = _of_pair(data, path) if path.suffix == ".pem" else _of_secret(kind, data)
    for path in sorted((folder / "tls").glob("ca-*.crt")):
        found[path.stem] = _of_ca(path)
    return found


def _of_secret(kind: str, data: bytes) -> str:
    return hmac.digest(data, LABEL + kind.encode("ascii"), "sha256").hex()


def _of_pair(data: bytes, path: Path) -> str:
    try:
        public = load_pem_private_key(data, None).public_key()
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} is damaged. Restore it from the backup.") from None
    return hashlib.sha256(LABEL + public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _of_ca(path: Path) -> str:
    try:
        public = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
    except (OSError, ValueError):
        raise KeyFileError(f"{path} is missing or damaged. Restore it from the backup.") from None
    return hashlib.sha256(LABEL + public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
