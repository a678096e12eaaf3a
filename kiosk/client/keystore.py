"""The workstation's private key (P-256), in the store that the settings name. Never in plain sight, never by guess.

``file`` is for demo and tests and says so in ``doctor``; ``keyring`` is the desktop's Secret Service; ``systemd`` a
credential handed to the unit (``LoadCredentialEncrypted=kiosk-workstation-key:…``).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client.errors import KeyMissingError, KeystoreError, KeyUnsafeError
from kiosk.client.key_pem import key_from_pem, new_key, pem_of
from kiosk.client.keyring_store import KeyringStore
from kiosk.files import write_private

CREDENTIAL = "kiosk-workstation-key"


class Keystore(Protocol):
    """One place for one private key."""

    def load(self) -> ec.EllipticCurvePrivateKey:
        """The key. Raises ``KeyMissingError``, ``KeyUnsafeError``, ``KeystoreLockedError`` or ``KeystoreError``."""

    def create(self) -> ec.EllipticCurvePrivateKey:
        """A key to enrol with, kept from now on. Raises as ``load``."""

    def forget(self) -> None:
        """Remove the key, if this store may. Safe when there is none."""


def open_keystore(kind: str, home: Path) -> Keystore:
    """The store called ``kind`` (``file``, ``keyring`` or ``systemd``) for the workstation in ``home``."""
    if kind == "file":
        return FileStore(home / "keys" / "workstation.pem")
    if kind == "systemd":
        return SystemdStore()
    if kind == "keyring":
        return KeyringStore(home)
    raise KeystoreError(f"There is no key store called “{kind}”. Choose file, keyring or systemd.")


class FileStore:
    """A private file, 0600 in a 0700 folder, owned by whoever runs the agent."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> ec.EllipticCurvePrivateKey:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise KeyMissingError(
                f"There is no workstation key at {self._path}. Enrol this workstation again."
            ) from None
        except OSError as error:
            raise KeystoreError(f"The workstation key at {self._path} cannot be read: {error.strerror}.") from None
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid():
                raise KeyUnsafeError(
                    f"Others may read the workstation key at {self._path}. Enrol this workstation again."
                )
            return key_from_pem(file.read(), str(self._path))

    def create(self) -> ec.EllipticCurvePrivateKey:
        key = new_key()
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path, pem_of(key))
        except OSError as error:
            raise KeystoreError(f"The workstation key cannot be written at {self._path}: {error.strerror}.") from None
        return key

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class SystemdStore:
    """``$CREDENTIALS_DIRECTORY/kiosk-workstation-key``: made by whoever installs the unit, only read here."""

    def load(self) -> ec.EllipticCurvePrivateKey:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise KeyMissingError(
                "No systemd credential was handed to this program. Make one with "
                "“openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | systemd-creds encrypt "
                f"--name={CREDENTIAL} - /etc/credstore.encrypted/{CREDENTIAL}” and start kiosk as a unit that has "
                f"LoadCredentialEncrypted={CREDENTIAL}."
            )
        path = Path(folder) / CREDENTIAL
        try:
            return key_from_pem(path.read_bytes(), f"the systemd credential {CREDENTIAL}")
        except FileNotFoundError:
            raise KeyMissingError(
                f"The unit has no credential {CREDENTIAL}. Add LoadCredentialEncrypted= to it."
            ) from None
        except OSError as error:
            raise KeystoreError(f"The systemd credential {CREDENTIAL} cannot be read: {error.strerror}.") from None

    def create(self) -> ec.EllipticCurvePrivateKey:
        return self.load()

    def forget(self) -> None:
        """The unit's credential is not ours to remove."""
