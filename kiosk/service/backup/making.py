"""Makes a backup while the service runs: keys and files first, then every table from one snapshot.

Nobody makes or removes a key meanwhile, so that each row finds its key. The checkpoints' file is read before the
snapshot: what it lacks, the database has.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, select

from kiosk.files import open_new, sync_folder
from kiosk.service.admin.act import Admin, record
from kiosk.service.audit import checkpoint
from kiosk.service.backup.contents import BackupHead, BackupManifest, PartWriter, examine
from kiosk.service.backup.sealed_file import COST, BackupFileError
from kiosk.service.folder import ServiceFolder
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import NAME
from kiosk.service.store import migrate
from kiosk.service.store.database import Database
from kiosk.service.store.schema import METADATA, audit_chain, used_jti

NAMED = re.compile(r"kiosk-[0-9]{8}T[0-9]{6}Z\.backup")
TOGETHER = 500
"""Rows that are fetched at once."""
LEFT_OUT = frozenset({used_jti.name})
"""What counts no more after a restore: proofs that were shown once, of nonces' keys that are drawn anew then, and of
downtime tickets that all end then."""
LOOSE = ("service.toml", "checkpoint-keys.json", "checkpoints.jsonl")


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """``gone``: names of older ones that were removed."""

    path: Path
    manifest: BackupManifest
    size: int
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackupMaker:
    """``credentials``: what systemd hands over besides the folder's keys."""

    folder: ServiceFolder
    db: Database
    admin: Admin
    credentials: Path | None = None
    cost: int = COST

    def make(self, where: Path, passphrase: bytes, keep: int | None = None) -> MadeBackup:
        """A new file in ``where``, whole, read again and written down in the trail, or none.

        ``keep``: how many are to be there afterwards, the newest. Raises ``BackupFileError``, ``KeyFileError``,
        ``StoreError``.
        """
        path = where / time.strftime("kiosk-%Y%m%dT%H%M%SZ.backup", time.gmtime(self.admin.now))
        aside = path.with_name(f".{path.name}.new")
        try:
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                raise BackupFileError(f"{path} is there already. Try again in a second.")
            with KeyFolder(self.folder.path / "keys", self.credentials).locked():
                manifest, size = self._write(aside, passphrase)
            self.db.write_now(_written_down, self.admin, path.name, manifest)
            aside.rename(path)
            sync_folder(where)
            return MadeBackup(path, manifest, size, _thin_out(where, keep))
        except OSError as error:
            raise BackupFileError(f"The backup cannot be written to {where}: {error.strerror}.") from None
        finally:
            with suppress(OSError):
                aside.unlink()

    def _write(self, aside: Path, passphrase: bytes) -> tuple[BackupManifest, int]:
        """Written and read again; the manifest, and the file's size in bytes."""
        with suppress(FileNotFoundError):
            aside.unlink()  # of one that was stopped
        with os.fdopen(open_new(aside), "wb") as file:
            manifest = self.db.read_now(self._all, file, passphrase)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        with aside.open("rb") as file:
            if examine(file, passphrase, aside.name) != manifest:
                raise BackupFileError(
                    f"What was written to {aside.parent} is not what is read there. Look at the disk."
                )
        return manifest, size

    def _all(self, conn: Connection, file: BinaryIO, passphrase: bytes) -> BackupManifest:
        """In one snapshot; from the beginning if the database has to be asked again."""
        file.seek(0)
        file.truncate()
        schema = migrate.revision_of(conn)
        if schema != migrate.newest():
            raise BackupFileError("The database is of another version of kiosk. Start this version's service once.")
        out = PartWriter(file, passphrase, self.cost)
        for name, data in _files(self.folder.path, self.credentials):
            out.file(name, data)
        for table in METADATA.sorted_tables:
            wanted = select(table).order_by(*table.primary_key).execution_options(yield_per=TOGETHER)
            rows: Iterable[Sequence[object]] = () if table.name in LEFT_OUT else conn.execute(wanted)
            out.table(table.name, [column.name for column in table.c], rows)
        last = checkpoint.newest(conn)
        number, link = (last.id, last.hash().hex()) if last is not None else (0, "")
        origin, kind = self.folder.origin, self.db.kind
        told = BackupManifest(self.admin.now, origin, kind, schema, tuple(out.parts), _heads(conn), number, link)
        out.finish(told)
        return told


def _heads(conn: Connection) -> tuple[BackupHead, ...]:
    wanted = select(audit_chain.c.chain, audit_chain.c.head_seq, audit_chain.c.head_hash).order_by(audit_chain.c.chain)
    return tuple(BackupHead(row.chain, row.head_seq, bytes(row.head_hash).hex()) for row in conn.execute(wanted))


def _files(folder: Path, credentials: Path | None) -> Iterator[tuple[str, bytes]]:
    """Everything of the data folder but the database, by its name in it."""
    for name in LOOSE:
        if (folder / name).exists():
            yield name, (folder / name).read_bytes()
    keys = {path.name: path for path in (folder / "keys").iterdir() if path.is_file() and path.name[0] != "."}
    if credentials is not None and credentials.is_dir():
        keys |= {path.name: path for path in credentials.iterdir() if NAME.fullmatch(path.name)}
    for name, path in sorted(keys.items()):
        yield f"keys/{name}", path.read_bytes()
    for path in sorted((folder / "tls").iterdir()):
        if path.is_file() and path.name[0] != ".":
            yield f"tls/{path.name}", path.read_bytes()


def _written_down(conn: Connection, admin: Admin, name: str, manifest: BackupManifest) -> None:
    record(conn, admin, "service.backup", detail={"file": name, "manifest": manifest.digest()})


def _thin_out(where: Path, keep: int | None) -> tuple[str, ...]:
    """Remove the oldest. Raises ``OSError``."""
    if keep is None:
        return ()
    there = sorted(path for path in where.iterdir() if NAMED.fullmatch(path.name) and path.is_file())
    gone = there[: max(0, len(there) - keep)]
    for path in gone:
        path.unlink()
    return tuple(path.name for path in gone)
