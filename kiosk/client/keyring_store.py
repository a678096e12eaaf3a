"""The workstation's key in the desktop's Secret Service, named explicitly and never prompting.

``keyring`` left to itself takes the backend of highest priority, which is a plain-text file where ``keyrings.alt`` is
installed, and unlocks a locked collection by a prompt that nobody at a kiosk answers. So the backend is named here,
its priority is checked, and a missing or locked collection is an error before ``keyring`` is asked anything.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client.errors import KeyMissingError, KeystoreError, KeystoreLockedError
from kiosk.client.key_pem import key_from_pem, new_key, pem_of

SERVICE = "kiosk-workstation-key"
PLATFORM_STORES = frozenset({"keyring.backends.SecretService", "keyring.backends.Windows"})


class KeyringStore:
    """One entry per workstation folder, so that several agents of one user keep apart."""

    def __init__(self, home: Path) -> None:
        self._entry = str(home.resolve())

    def load(self) -> ec.EllipticCurvePrivateKey:
        pem = self._ask("get_password")
        if pem is None:
            raise KeyMissingError("The key store holds no key for this workstation. Enrol this workstation again.")
        return key_from_pem(str(pem).encode(), "the desktop's key store")

    def create(self) -> ec.EllipticCurvePrivateKey:
        key = new_key()
        self._ask("set_password", pem_of(key).decode("ascii"))
        return key

    def forget(self) -> None:
        try:
            if self._ask("get_password") is not None:
                self._ask("delete_password")
        except KeystoreError:
            return  # a store that cannot be opened holds nothing that we could remove

    def _ask(self, verb: str, *secret: str) -> object:
        store = _platform_store()
        try:
            return getattr(store, verb)(SERVICE, self._entry, *secret)
        except Exception as error:
            # keyring lets D-Bus, secretstorage and its own errors through without a common root.
            raise KeystoreError(f"The key store failed ({type(error).__name__}). Check it and try again.") from None


def _platform_store() -> Any:
    try:
        if sys.platform == "win32":
            from keyring.backends.Windows import WinVaultKeyring as Store
        else:
            from keyring.backends.SecretService import Keyring as Store
    except Exception as error:
        # ``import keyring`` runs whatever PYTHON_KEYRING_BACKEND or a configuration file names.
        raise KeystoreError(f"The key store cannot be used here ({type(error).__name__}).") from None
    vet(Store)
    kind: Any = Store
    store = kind()
    if sys.platform != "win32":
        store.preferred_collection = _unlocked_collection()
    return store


def vet(store: Any) -> None:
    """Refuse any backend that is not the platform's own, or that says it does not work here."""
    if store.__module__ not in PLATFORM_STORES:
        raise KeystoreError(f"{store.__module__} is not a safe key store. Choose file, systemd or the Secret Service.")
    try:
        priority = float(store.priority)
    except Exception as error:
        # A backend's priority raises RuntimeError by contract, and D-Bus errors in practice.
        raise KeystoreError(f"There is no Secret Service in this session ({error}). Start one, unlocked.") from None
    if priority < 1:
        raise KeystoreError("The key store says that it is not fit for use here. Choose another.")


def _unlocked_collection() -> str:
    """The default collection's D-Bus path. Raises ``KeystoreLockedError`` where a prompt would be needed."""
    import secretstorage
    from secretstorage.collection import DEFAULT_COLLECTION

    try:
        with closing(secretstorage.dbus_init()) as bus:
            locked = secretstorage.Collection(bus, DEFAULT_COLLECTION).is_locked()
    except secretstorage.ItemNotFoundException:
        raise KeystoreLockedError(
            "The Secret Service has no default collection, and making one would ask somebody. Create it once by hand."
        ) from None
    except Exception as error:
        raise KeystoreError(f"The Secret Service fails ({type(error).__name__}). Start it, unlocked.") from None
    if locked:
        raise KeystoreLockedError(
            "The Secret Service is locked, and opening it would ask somebody. Unlock it at log-in."
        )
    return str(DEFAULT_COLLECTION)
