"""What a FIDO2 key remembers without power: its PIN, retries, counter and credentials."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kiosk.simulator import store

KIND = "FIDO2 key"
MAX_RETRIES = 8
MIN_PIN_CHARACTERS = 4
"""CTAP 2.1 section 6.4: unless the key was told to want more."""
AAGUID = bytes.fromhex("6b696f736b73696d756c61746f720001")
"""Not a registered model: says 'kiosksimulator' and a version in ASCII."""


@dataclass(frozen=True, slots=True)
class KeyCredential:
    """One credential. ``key``: P-256 private key, PKCS #8 DER. ``protect``: credProtect level 1, 2 or 3."""

    id: bytes
    rp_id: str
    key: bytes = field(repr=False)
    discoverable: bool
    user_id: bytes
    user_name: str | None
    user_display: str | None
    protect: int
    made: int
    """Counts up: the newest credential comes first in an assertion."""


@dataclass(slots=True)
class KeyMemory:
    """The key's memory; every ``save`` replaces its file, if it has one. Raises ``store.CardMemoryError``."""

    path: Path | None = None
    aaguid: bytes = AAGUID
    pin_hash: bytes | None = field(default=None, repr=False)
    """LEFT(SHA-256(PIN), 16), None while no PIN is set (CTAP 2.1 section 6.5.1)."""
    pin_length: int = 0
    shortest_pin: int = MIN_PIN_CHARACTERS
    """``minPINLength``, as its issuer set it (section 6.11.4)."""
    change_pin: bool = False
    """``forcePINChange``: until its PIN is changed it hands out no token."""
    retries: int = MAX_RETRIES
    counter: int = 0
    made: int = 0
    credentials: list[KeyCredential] = field(default_factory=list)

    def is_pin(self, pin: bytes) -> bool:
        """Whether this, as UTF-8, is the PIN that is set. A key that wants another one refuses it (6.5.5.6)."""
        return self.pin_hash is not None and hmac.compare_digest(self.pin_hash, hashlib.sha256(pin).digest()[:16])

    def set_pin(self, pin: bytes) -> None:
        """``pin``: UTF-8. Restores the retries."""
        self.pin_hash = hashlib.sha256(pin).digest()[:16]
        self.pin_length = len(pin.decode())
        self.change_pin = False
        self.retries = MAX_RETRIES
        self.save()

    def add(self, credential: KeyCredential) -> None:
        """Remember ``credential``; a discoverable one replaces that of the same RP and user."""
        if credential.discoverable:
            same = (credential.rp_id, credential.user_id)
            self.credentials = [c for c in self.credentials if not c.discoverable or (c.rp_id, c.user_id) != same]
        self.made += 1
        self.credentials.append(replace(credential, made=self.made))
        self.save()

    def count(self) -> int:
        """The signature counter, one higher than before."""
        self.counter += 1
        self.save()
        return self.counter

    def wipe(self) -> None:
        """authenticatorReset: no PIN, no credentials (CTAP 2.1 section 6.6)."""
        self.pin_hash, self.pin_length, self.retries, self.credentials = None, 0, MAX_RETRIES, []
        self.save()

    def save(self) -> None:
        if self.path is None:
            return
        content = {
            "aaguid": self.aaguid.hex(),
            "pin_hash": None if self.pin_hash is None else self.pin_hash.hex(),
            "pin_length": self.pin_length,
            "shortest_pin": self.shortest_pin,
            "change_pin": self.change_pin,
            "retries": self.retries,
            "counter": self.counter,
            "made": self.made,
            "credentials": [_plain(c) for c in self.credentials],
        }
        store.write(self.path, KIND, content)


def load(path: Path) -> KeyMemory | None:
    """The memory in ``path``, None if there is no such file. Raises ``store.CardMemoryError``."""
    content = store.read(path, KIND)
    if content is None:
        return None
    try:
        return KeyMemory(
            path=path,
            aaguid=bytes.fromhex(content["aaguid"]),
            pin_hash=None if content["pin_hash"] is None else bytes.fromhex(content["pin_hash"]),
            pin_length=int(content["pin_length"]),
            shortest_pin=int(content.get("shortest_pin", MIN_PIN_CHARACTERS)),
            change_pin=bool(content.get("change_pin", False)),
            retries=int(content["retries"]),
            counter=int(content["counter"]),
            made=int(content["made"]),
            credentials=[_credential(c) for c in content["credentials"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise store.CardMemoryError(f"{path} is damaged. Delete it to start with a fresh key.") from error


def _plain(credential: KeyCredential) -> dict[str, Any]:
    return {
        "id": credential.id.hex(),
        "rp_id": credential.rp_id,
        "key": credential.key.hex(),
        "discoverable": credential.discoverable,
        "user_id": credential.user_id.hex(),
        "user_name": credential.user_name,
        "user_display": credential.user_display,
        "protect": credential.protect,
        "made": credential.made,
    }


def _credential(plain: dict[str, Any]) -> KeyCredential:
    return KeyCredential(
        id=bytes.fromhex(plain["id"]),
        rp_id=str(plain["rp_id"]),
        key=bytes.fromhex(plain["key"]),
        discoverable=bool(plain["discoverable"]),
        user_id=bytes.fromhex(plain["user_id"]),
        user_name=plain["user_name"],
        user_display=plain["user_display"],
        protect=int(plain["protect"]),
        made=int(plain["made"]),
    )
