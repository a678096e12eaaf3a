"""The service's secrets, all outside the database: ``DIR/keys`` (0700), one file each (0600).

Every name ends in a number; the highest is used from now on, the others still verify or decrypt what they once made.
A file of the same name in ``$CREDENTIALS_DIRECTORY`` (systemd's LoadCredential) is read instead.

    token-1.pem       ECDSA P-256, signs access, step-up, ID and logout tokens (ES256)
    rsa-1.pem         RSA 3072, signs ID tokens of applications that know no other (RS256)
    checkpoint-1.pem  Ed25519, signs the audit trail's checkpoints
    badge-1.key       HMAC-SHA-256 of badge numbers, start codes, recovery codes and of what the trail's openings hide,
                      each under a label of its own
    totp-1.key        AES-256-GCM of one-time code secrets
    pin-1.key         AES-256-GCM of the PINs' Argon2id hashes
    row-1.key         HMAC-SHA-256 of the database's rows: see ``row_keys``
    nonce-1.key       HMAC-SHA-256 of the nonces that DPoP proofs carry; under a label of its own, what seals
                      authorization requests
    kerberos-1.pem    RSA 3072 with its certificate: see ``kerberos_ca``; only where a command made one
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import stat
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from joserfc.jwk import ECKey, RSAKey

from kiosk.files import write_private
from kiosk.model.binding import b64u
from kiosk.service.platform import kerberos_ca
from kiosk.service.platform.key_errors import KeyFileError
from kiosk.service.platform.key_kinds import BadgeKeys, CheckpointKeys, ServiceKeys, TotpKeys
from kiosk.service.platform.pin_keys import PinKeys
from kiosk.service.platform.row_keys import RowKeys

log = logging.getLogger("kiosk.service.platform.keys")
KEY_BYTES = 32
KINDS = ("token", "rsa", "checkpoint", "badge", "totp", "pin", "row", "nonce", "kerberos")
_RAW = KINDS[3:8]
_OPTIONAL = "kerberos"
RSA_BITS = 3072
NAME = re.compile(rf"({'|'.join(KINDS)})-([1-9][0-9]{{0,6}})\.(?:pem|key)")
PREPARED = ".next"
"""Ends the name of a key that no row names yet: see ``key_folder``."""
_ADOPTING = "row-1.adopting"
"""There while a key was made for rows of before: the next migration believes those, once."""


def private_pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    """PKCS #8, PEM, not encrypted: the file's mode protects it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make(folder: Path) -> None:
    """A first set of keys in ``folder``, which is made with mode 0700."""
    folder.mkdir(mode=0o700)
    write_private(folder / "token-1.pem", private_pem(ec.generate_private_key(ec.SECP256R1())))
    write_private(folder / "rsa-1.pem", private_pem(_new_rsa()))
    write_private(folder / "checkpoint-1.pem", private_pem(Ed25519PrivateKey.generate()))
    for name in _RAW:
        write_private(folder / f"{name}-1.key", secrets.token_bytes(KEY_BYTES))


def _new_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def add_new_kinds(folder: Path, credentials: Path | None = None) -> None:
    """Make the keys that a folder of an earlier version lacks; the next migration then believes the rows of before.

    Raises ``KeyFileError``.
    """
    try:
        names = {path.name for where in (folder, credentials) if where and where.is_dir() for path in where.iterdir()}
        if not any(name.startswith("token-") for name in names):
            return  # nothing of ours, or everything lost: ``load`` says so
        there = {found[1] for found in map(NAME.fullmatch, names) if found}
        if "row" not in there:
            write_private(folder / _ADOPTING, b"")
        for kind in {"row", "pin"} - there:
            write_private(folder / f"{kind}-1.key", secrets.token_bytes(KEY_BYTES))
        if "rsa" not in there:
            write_private(folder / "rsa-1.pem", private_pem(_new_rsa()))
    except OSError as error:
        raise KeyFileError(f"A new key cannot be written to {folder}: {error.strerror}.") from None


def add_rsa(folder: Path) -> None:
    """Make the RSA key that a backup of an earlier version lacks: nothing at rest depends on it. Raises ``OSError``."""
    if not any(path.name.startswith("rsa-") for path in folder.iterdir()):
        write_private(folder / "rsa-1.pem", private_pem(_new_rsa()))


def adopted(folder: Path) -> None:
    """Rows of before have their codes: none without is believed from now on."""
    (folder / _ADOPTING).unlink(missing_ok=True)


def load(folder: Path, credentials: Path | None = None) -> ServiceKeys:
    """Read every key. Raises ``KeyFileError``."""
    found = files_of(folder, credentials)
    signers = [_checkpoint_key(data, path) for _, path, data in found["checkpoint"]]
    raw = {kind: {number: _raw(data, path) for number, path, data in found[kind]} for kind in _RAW}
    rows = {int(number): key for number, key in raw["row"].items()}
    return ServiceKeys(
        tokens=tuple(_token_key(data, path) for _, path, data in found["token"]),
        rsa=tuple(_rsa_key(data, path) for _, path, data in found["rsa"]),
        checkpoint=CheckpointKeys(
            kid=checkpoint_kid(signers[0].public_key()),
            signer=signers[0],
            public={checkpoint_kid(key.public_key()): key.public_key() for key in signers},
        ),
        badge=BadgeKeys(found["badge"][0][0], raw["badge"]),
        totp=TotpKeys(found["totp"][0][0], raw["totp"], partial(_made_later, folder, credentials, "totp")),
        pin=PinKeys(found["pin"][0][0], raw["pin"], partial(_made_later, folder, credentials, "pin")),
        rows=RowKeys(
            max(rows),
            rows,
            adopting=(folder / _ADOPTING).exists(),
            find=partial(_made_later, folder, credentials, "row"),
        ),
        nonce=next(iter(raw["nonce"].values())),
        kerberos=tuple(kerberos_ca.read(data, path) for _, path, data in found["kerberos"]),
    )


def _made_later(folder: Path, credentials: Path | None, kind: str, number: int) -> bytes | None:
    """A key that was made while the service runs (``kiosk service keys rotate``); None if there is none to be used."""
    name = f"{kind}-{number}"
    handed = [credentials / f"{name}.key"] if credentials is not None else []
    for path in (*handed, folder / f"{name}.key", folder / f"{name}{PREPARED}"):
        try:
            if path.is_file():
                if path.parent == folder:
                    refuse_open_mode(path)
                return _raw(path.read_bytes(), path)
        except (OSError, KeyFileError) as error:
            log.error("a new key is not used: %s", error)
    return None


def checkpoint_kid(key: Ed25519PublicKey) -> str:
    """RFC 7638 thumbprint of an Ed25519 key (RFC 8037 section 2)."""
    x = b64u(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return b64u(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())


def refuse_open_mode(path: Path) -> None:
    """Raises ``KeyFileError`` if anybody but the owner may read or change ``path``, or somebody else owns it."""
    status = path.stat()
    if status.st_mode & 0o077:
        mode = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise KeyFileError(f"{path} is open to other users. Close it with: chmod {mode} {path}")
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyFileError(f"{path} belongs to another user. Run this as the owner of the data folder.")


def files_of(folder: Path, credentials: Path | None = None) -> dict[str, list[tuple[str, Path, bytes]]]:
    """Number, file and content of every key, by kind, the newest first. Raises ``KeyFileError``."""
    found: dict[str, list[tuple[str, Path, bytes]]] = {kind: [] for kind in KINDS}
    try:
        refuse_open_mode(folder)
        paths = {path.name: path for path in folder.iterdir()}
        if credentials is not None and credentials.is_dir():
            # systemd mounts it for this service alone; its own modes vary with the version.
            paths.update({path.name: path for path in credentials.iterdir()})
        for name, path in paths.items():
            match = NAME.fullmatch(name)
            if match:
                if path.parent == folder:
                    refuse_open_mode(path)
                found[match[1]].append((match[2], path, path.read_bytes()))
    except OSError as error:
        raise KeyFileError(f"The keys in {folder} cannot be read: {error.strerror}.") from None
    for kind, several in found.items():
        if not several and kind == _OPTIONAL:
            continue
        if not several and kind in ("row", "pin", "rsa"):
            raise KeyFileError(
                f"There is no {kind} key in {folder}. After an upgrade, start the service once: it makes one. "
                "If it was lost, restore it from the backup."
            )
        if not several:
            raise KeyFileError(f"There is no {kind} key in {folder}. Restore it from the backup.")
        several.sort(key=lambda one: -int(one[0]))
    return found


def _raw(data: bytes, path: Path) -> bytes:
    if len(data) != KEY_BYTES:
        raise KeyFileError(f"{path} is damaged: it must hold {KEY_BYTES} bytes. Restore it from the backup.")
    return data


def _pem(data: bytes, path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(data, None)
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} is damaged. Restore it from the backup.") from None


def _token_key(data: bytes, path: Path) -> ECKey:
    key = _pem(data, path)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFileError(f"{path} is not a P-256 key. Restore it from the backup.")
    jwk = ECKey.import_key(private_pem(key).decode("ascii"))
    return ECKey.import_key({**jwk.as_dict(private=True), "kid": jwk.thumbprint()})


def _rsa_key(data: bytes, path: Path) -> RSAKey:
    try:
        # Not examined: that takes a seventh of a second at each command, and whoever can write here has every key.
        key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        raise KeyFileError(f"{path} is damaged. Restore it from the backup.") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < RSA_BITS:
        raise KeyFileError(f"{path} is not an RSA key of {RSA_BITS} bits. Restore it from the backup.")
    return RSAKey.import_key(key, {"kid": RSAKey.import_key(key).thumbprint()})


def _checkpoint_key(data: bytes, path: Path) -> Ed25519PrivateKey:
    key = _pem(data, path)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key. Restore it from the backup.")
    return key


__all__ = [
    "KEY_BYTES",
    "KINDS",
    "NAME",
    "PREPARED",
    "BadgeKeys",
    "CheckpointKeys",
    "KeyFileError",
    "ServiceKeys",
    "TotpKeys",
    "add_new_kinds",
    "add_rsa",
    "adopted",
    "checkpoint_kid",
    "files_of",
    "load",
    "make",
    "private_pem",
    "refuse_open_mode",
]
