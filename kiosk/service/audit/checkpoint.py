"""Checkpoints: signed statements of how far each chain had come, each holding the hash of the one before.

Copied elsewhere, they show when the end of a chain, or all of it, was replaced here. A checkpoint names only the chains
that moved since the one before, so that all of them together are never longer than the trail.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select, update

from kiosk.model.binding import Json, b64u, canonical, unb64u
from kiosk.service.keys import CheckpointKeys
from kiosk.service.store.schema import audit_chain, checkpoint

LABEL = b"kiosk/checkpoint/v1\x00"
VERSION = 1
FIRST_PREV = hashlib.sha256(LABEL).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint; one line of ``checkpoints.jsonl``. ``body``: canonical JSON. ``signature``: Ed25519."""

    id: int
    at: int
    body: str
    signature: str
    kid: str

    def hash(self) -> bytes:
        """What the next one names."""
        return hashlib.sha256(LABEL + self.body.encode("utf-8")).digest()

    def signed_by(self, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        """Whether one of ``keys`` signed it."""
        key = keys.get(self.kid)
        if key is None:
            return False
        try:
            key.verify(unb64u(self.signature), LABEL + self.body.encode("utf-8"))
        except (InvalidSignature, ValueError):
            return False
        return True

    def line(self) -> str:
        """As JSON on one line."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def write_checkpoint(conn: Connection, keys: CheckpointKeys, at: int) -> Checkpoint | None:
    """Sign the heads of the chains that moved since the last one; None if none did."""
    moved = select(audit_chain).where(audit_chain.c.head_seq > audit_chain.c.sealed_seq).order_by(audit_chain.c.chain)
    heads = conn.execute(moved.with_for_update()).all()
    if not heads:
        return None
    last = newest(conn)
    number = last.id + 1 if last else 1
    said: list[Json] = [{"chain": h.chain, "seq": h.head_seq, "hash": h.head_hash.hex()} for h in heads]
    prev = last.hash() if last else FIRST_PREV
    body = canonical({"v": VERSION, "id": number, "at": at, "prev": prev.hex(), "heads": said})
    signature = b64u(keys.signer.sign(LABEL + body))
    made = Checkpoint(number, at, body.decode("utf-8"), signature, keys.kid)
    conn.execute(insert(checkpoint).values(**asdict(made)))
    for head in heads:
        conn.execute(update(audit_chain).where(audit_chain.c.chain == head.chain).values(sealed_seq=head.head_seq))
    return made


def newest(conn: Connection) -> Checkpoint | None:
    """The last checkpoint written."""
    row = conn.execute(select(checkpoint).order_by(checkpoint.c.id.desc()).limit(1)).one_or_none()
    return Checkpoint(**row._mapping) if row else None


def after(conn: Connection, known: int, limit: int) -> list[Checkpoint]:
    """The next ``limit`` checkpoints with an id above ``known``."""
    rows = conn.execute(select(checkpoint).where(checkpoint.c.id > known).order_by(checkpoint.c.id).limit(limit))
    return [Checkpoint(**row._mapping) for row in rows]


def append_to(path: Path, made: Checkpoint) -> None:
    """Add ``made`` to the file to be copied elsewhere, on the disk when this returns. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(made.line() + "\n")
        file.flush()
        os.fsync(file.fileno())


def public_jwks(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, list[dict[str, str]]]:
    """A JSON Web Key Set of the public keys (RFC 8037 section 2)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": b64u(key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
                "kid": kid,
                "use": "sig",
                "alg": "EdDSA",
            }
            for kid, key in keys.items()
        ]
    }
