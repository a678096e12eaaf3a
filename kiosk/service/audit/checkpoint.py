"""Checkpoints: signed statements of how far each chain had come, each holding the hash of the one before.

Copied elsewhere, they show when the end of a chain, or all of it, was replaced here. A checkpoint names only the chains
that moved since the one before, so that all of them together are never longer than the trail.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select

from kiosk.model.binding import Json, b64u, canonical, unb64u
from kiosk.service.platform.keys import CheckpointKeys
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, checkpoint

LABEL = b"kiosk/checkpoint/v1\x00"
SEALED_LABEL = b"kiosk/checkpoint-heads/v1\x00"
VERSION = 2
FIRST_PREV = hashlib.sha256(LABEL).digest()


class Head(NamedTuple):
    """A row up to which a chain is vouched for, by number and hash."""

    chain: str
    seq: int
    link: bytes


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


def sign(
    conn: Connection,
    keys: CheckpointKeys,
    at: int,
    moved: Sequence[Head],
    every: Mapping[str, Head],
    changed: Sequence[str] = (),
) -> Checkpoint:
    """Sign the heads of the chains that ``moved``, whose rows the caller has read, as the next checkpoint.

    ``every``: how far each chain is vouched for from then on. ``changed``: whose standing their rows may have lessened.
    Only ``seal`` calls this.
    """
    last = newest(conn)
    number = last.id + 1 if last else 1
    said: list[Json] = [{"chain": h.chain, "seq": h.seq, "hash": h.link.hex()} for h in moved]
    prev = last.hash() if last else FIRST_PREV
    whole: dict[str, Json] = {"v": VERSION, "id": number, "at": at, "prev": prev.hex(), "heads": said}
    if changed:
        whole["changed"] = [*changed]
    body = canonical({**whole, "sealed": sealed_digest(every.values())})
    signature = b64u(keys.signer.sign(LABEL + body))
    made = Checkpoint(number, at, body.decode("utf-8"), signature, keys.kid)
    conn.execute(insert(checkpoint).values(**asdict(made)))
    for head in moved:
        # A head that somebody else wrote stays as it is: what the last checkpoint names is read from all of them then.
        integrity.change(conn, audit_chain, audit_chain.c.chain == head.chain, {"sealed_seq": head.seq}, skip=True)
    return made


def sealed_digest(heads: Iterable[Head]) -> str:
    """SHA-256, lower-case hex, of how far every chain is vouched for: so that nobody has to read all checkpoints, nor
    to believe the database, to know."""
    every: list[Json] = [[head.chain, head.seq, head.link.hex()] for head in sorted(heads)]
    return hashlib.sha256(SEALED_LABEL + canonical({"heads": every})).hexdigest()


def newest(conn: Connection) -> Checkpoint | None:
    """The last checkpoint written."""
    row = conn.execute(select(checkpoint).order_by(checkpoint.c.id.desc()).limit(1)).one_or_none()
    return Checkpoint(**row._mapping) if row else None


def after(conn: Connection, known: int, limit: int) -> list[Checkpoint]:
    """The next ``limit`` checkpoints with an id above ``known``."""
    rows = conn.execute(select(checkpoint).where(checkpoint.c.id > known).order_by(checkpoint.c.id).limit(limit))
    return [Checkpoint(**row._mapping) for row in rows]


def append_to(path: Path, made: Iterable[Checkpoint]) -> None:
    """Add those of ``made`` that are not in it yet to the file to be copied elsewhere, on the disk when this returns.

    Half a line that a crash left at its end is taken away first. The service and a command may do this at once: each
    waits for the other, and adds what is still missing. Raises ``OSError``; ``ValueError`` as ``last_in``.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end, line = _last_line(file)
        there = _number(line)
        file.seek(end)
        file.truncate()
        file.write(b"".join(each.line().encode("utf-8") + b"\n" for each in made if each.id > there))
        file.flush()
        os.fsync(file.fileno())


def last_in(path: Path) -> int:
    """The number of the last whole checkpoint in the file, 0 for none. Raises ``OSError``; ``ValueError`` for what is
    no checkpoint."""
    try:
        with path.open("rb") as file:
            _, line = _last_line(file)
    except FileNotFoundError:
        return 0
    return _number(line)


def _number(line: bytes) -> int:
    """Of the checkpoint in ``line``, 0 for an empty one. Raises ``ValueError``."""
    if not line:
        return 0
    try:
        number = json.loads(line)["id"]
    except (TypeError, KeyError, RecursionError):
        number = None
    if type(number) is not int:
        raise ValueError("no checkpoint")
    return number


def _last_line(file: BinaryIO) -> tuple[int, bytes]:
    """Where the last whole line ends, and that line; 0 and nothing for none."""
    size, span = file.seek(0, os.SEEK_END), 1 << 16
    while True:
        start = max(0, size - span)
        file.seek(start)
        text = file.read(size - start)
        end = text.rfind(b"\n") + 1
        begin = text.rfind(b"\n", 0, max(end - 1, 0)) + 1
        if start == 0 or (end and begin):
            return start + end, text[begin:end]
        span *= 4


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
