"""Keys that encrypt what the database holds, of which newer ones are found while the service runs; those of PINs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.model.binding import b64u, unb64u

NONCE_BYTES = 12
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")


def _nowhere(_number: int) -> bytes | None:
    return None


@dataclass(slots=True)
class FoundKeys:
    """Keys by id; ``current`` is the one that encrypts from now on.

    ``find``: looks for a key that was made after this one was read; from then on the highest is ``current``.
    """

    current: str
    by_id: dict[str, bytes] = field(repr=False)
    find: Callable[[int], bytes | None] = field(default=_nowhere, repr=False)

    def has(self, key_id: str) -> bool:
        """Whether that key is here, or was made meanwhile."""
        if key_id in self.by_id:
            return True
        made = self.find(int(key_id)) if _NUMBER.fullmatch(key_id) else None
        if made is None:
            return False
        self.by_id[key_id] = made
        self.current = max(self.current, key_id, key=int)
        return True


class PinKeys(FoundKeys):
    """AES-256-GCM keys of PINs' hashes by id, so that a copy of the database is no use for trying PINs
    (SP 800-63B-4 section 3.1.1.2: a further keyed hash or encryption, its key kept apart). The person's id is
    associated data.
    """

    __slots__ = ()

    def seal(self, hashed: str, person: str) -> str:
        """Key id, a colon, and base64url of nonce ‖ ciphertext ‖ tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(self.by_id[self.current]).encrypt(nonce, hashed.encode(), _pin_of(person))
        return f"{self.current}:{b64u(nonce + box)}"

    def unseal(self, stored: str, person: str) -> str | None:
        """The Argon2id hash; None for another person's, a changed one, or a key that is not here."""
        key_id, _, sealed = stored.partition(":")
        try:
            if not self.has(key_id):
                return None
            box = unb64u(sealed)
            return AESGCM(self.by_id[key_id]).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _pin_of(person)).decode()
        except (InvalidTag, ValueError):
            return None


def _pin_of(person: str) -> bytes:
    return b"kiosk/pin/v1\x00" + person.encode()
