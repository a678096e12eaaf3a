"""New keys that sign, or under which new numbers are stored, beside the old ones.

Unlike the keys of rows, PINs and code apps, nothing is written anew: what an old key made is still read by it. A
running service takes the new key in at its next start. Between the start of the first replica and the last one, both
sign.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from kiosk.files import write_private
from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.audit.checkpoint import public_jwks
from kiosk.service.platform import keys as key_files
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import KeyFileError, private_pem
from kiosk.service.store.database import Database

LastingKind = Literal["token", "checkpoint", "badge"]
KINDS: tuple[LastingKind, ...] = ("token", "checkpoint", "badge")
TOKEN_OVERLAP = 3600
"""Seconds for which an old token key stays after the new one was made: no token is good for longer, and every replica
was started anew."""


@dataclass(frozen=True, slots=True)
class LastingRotation:
    """One kind of key of the data folder ``data``."""

    db: Database
    files: KeyFolder
    data: Path
    kind: LastingKind

    def rotate(self, admin: Admin) -> int:
        """Make the next key; its number. Raises ``KeyFileError``, ``StoreError``."""
        with self.files.locked():
            number = self._make()
            if self.kind == "checkpoint":
                self._publish()
            self.db.write_now(_written_down, admin, "keys.rotate", self.kind, number)
            return number

    def retire(self, admin: Admin) -> list[int]:
        """Remove the older token keys; their numbers. Raises ``ActRefusedError`` where the old ones are still needed,
        ``KeyFileError``."""
        if self.kind != "token":
            raise ActRefusedError(_NEEDED[self.kind])
        with self.files.locked():
            current, *old = self.files.numbers()[self.kind]
            paths = {number: self.files.path(self.kind, number, "pem") for number in (current, *old)}
            for number, path in paths.items():
                if not path.is_file():
                    raise ActRefusedError(f"systemd hands over token-{number}.pem. Take it out of the unit.")
            age = time.time() - paths[current].stat().st_mtime
            if old and age < TOKEN_OVERLAP:
                minutes = int((TOKEN_OVERLAP - age) // 60) + 1
                raise ActRefusedError(
                    f"Tokens by the old key may still be good. Try again in {counted(minutes, 'minute')}."
                )
            for number in old:
                self.db.write_now(_written_down, admin, "keys.retire", self.kind, number)
                self.files.remove(self.kind, number, "pem")
            return old

    def _make(self) -> int:
        if self.kind == "token":
            return self.files.make_pem(self.kind, private_pem(ec.generate_private_key(ec.SECP256R1())))
        if self.kind == "checkpoint":
            return self.files.make_pem(self.kind, private_pem(Ed25519PrivateKey.generate()))
        return self.files.make(self.kind)

    def _publish(self) -> None:
        """The public keys of all checkpoints, for whoever verifies elsewhere."""
        known = key_files.load(self.files.folder, self.files.credentials).checkpoint.public
        try:
            write_private(
                self.data / "checkpoint-keys.json", json.dumps(public_jwks(known), indent=1).encode("ascii") + b"\n"
            )
        except OSError as error:
            raise KeyFileError(f"checkpoint-keys.json cannot be written: {error.strerror}.") from None


_NEEDED = {
    "checkpoint": "Checkpoints of before are verified by the old key for as long as the trail is kept. It stays.",
    "badge": "Badges and codes of before are found by the old key. It stays until each of them was added anew.",
}


def _written_down(conn: Connection, admin: Admin, act: str, kind: str, number: int) -> None:
    detail: dict[str, Json] = {"kind": kind, "number": number}
    record(conn, admin, act, detail=detail)
