"""An archive of the oldest part of the trail: three files in a folder, enough to verify it without anything else.

``trail.jsonl`` the rows, as an export; ``checkpoints.jsonl`` every checkpoint so far; ``checkpoint-keys.json`` the
public keys. It ends where a checkpoint ends: so its last row of each chain is one that a signature vouches for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from kiosk.files import create_private, open_new, sync_folder
from kiosk.service.audit import checkpoint, clocks, coverage, export, kept, scope
from kiosk.service.audit.checkpoint import Checkpoint, Head
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.finding import NotCheckableError, VerificationReport
from kiosk.service.audit.partial import verify_files
from kiosk.service.audit.scope import ExportScope
from kiosk.service.store import archives
from kiosk.service.store.schema import audit_row

TRAIL, CHECKPOINTS, KEYS = "trail.jsonl", "checkpoints.jsonl", "checkpoint-keys.json"
PAGE = 1000
PIECE = 1 << 20
Keys = Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class ArchiveSpan:
    """What an archive has: all that checkpoints above ``after`` and up to ``upto`` vouch for; ``at``: when that was
    signed. ``heads``: the last row of each chain."""

    after: int
    upto: int
    at: int
    heads: Mapping[str, Head]


@dataclass(frozen=True, slots=True)
class ReadArchive:
    """An archive as it was read. ``report``: what verification says of it, on its own."""

    sha256: str
    scope: ExportScope
    report: VerificationReport
    checkpoints: tuple[Checkpoint, ...]


def span_before(conn: Connection, keys: Keys, before: int) -> ArchiveSpan | None:
    """What can be archived of the time before ``before`` (epoch seconds), whole checkpoints alone; None for nothing.

    Raises ``NotHeldError`` for checkpoints that do not hold.
    """
    known, now = coverage.read(_all(conn), keys), archives.present(conn)
    after = 0 if now is None else now.checkpoint
    late = (number for number, at in enumerate(known.times) if at + clocks.TOLERANCE > before)
    upto = next(late, len(known.times))
    cuts = {} if now is None else archives.cuts(conn, now)
    while upto > after:
        heads = {head.chain: head for head in known.upto(upto).ends()}
        newest = max((_newest(conn, head, cuts.get(head.chain, 0)) for head in heads.values()), default=0)
        if newest <= before:
            return ArchiveSpan(after, upto, known.times[upto - 1], heads)
        upto -= 1
    return None


def _newest(conn: Connection, head: Head, cut: int) -> int:
    """The time of the newest row of a chain between the two."""
    mine = (audit_row.c.chain == head.chain, audit_row.c.seq > cut, audit_row.c.seq <= head.seq)
    return int(conn.execute(select(func.max(audit_row.c.at)).where(*mine)).scalar() or 0)


def write(conn: Connection, folder: Path, span: ArchiveSpan, keys: Keys, made: int) -> int:
    """Make the three files in ``folder``, which is there and empty; rows written. Raises ``OSError``."""
    heads = {chain: head.seq for chain, head in span.heads.items()}
    try:
        with os.fdopen(open_new(folder / TRAIL), "w", encoding="utf-8") as file:
            end = export.part(conn, file, scope.of_archive(conn, made, span.upto, heads))
            file.flush()
            os.fsync(file.fileno())
    except export.NotWritableError as error:
        raise OSError(error.number, str(error)) from None
    checkpoint.append_to(folder / CHECKPOINTS, _all(conn))
    create_private(folder / KEYS, json.dumps(checkpoint.public_jwks(keys), indent=1).encode("utf-8") + b"\n")
    sync_folder(folder)
    return end.rows


def read(folder: Path, keys: Keys) -> ReadArchive:
    """Verify an archive by its own checkpoints, under the service's public ``keys``. Raises ``NotCheckableError``."""
    copy = kept.of_one_service(folder / CHECKPOINTS, keys, whole=True)
    path = folder / TRAIL
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while piece := file.read(PIECE):
                digest.update(piece)
            trail = ExportTrail([(file, path)])
            found = trail.parts[0].scope
            if found is None or found.upto is None:
                raise NotCheckableError(f"{path} is no archive. Give the folder that “kiosk audit archive” made.")
            return ReadArchive(digest.hexdigest(), found, verify_files(trail, keys, copy), tuple(copy))
    except OSError as error:
        raise NotCheckableError(f"{path} cannot be read: {error.strerror}.") from None


def _all(conn: Connection) -> Iterator[Checkpoint]:
    number = 0
    while page := checkpoint.after(conn, number, PAGE):
        yield from page
        number = page[-1].id
