"""Makes a data folder and a database from a backup. Nothing is written before all of the backup was read and is right.

The folder's settings are written last, as ``init`` does: a restore that was stopped leaves no folder that opens.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from kiosk.files import write_private
from kiosk.service.admin.act import Admin
from kiosk.service.audit import checkpoint, coverage, kept, seal, verify
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.backup.aftermath import Known, RestoreOutcome, settle
from kiosk.service.backup.contents import BackupManifest, FilePiece, PartReader, TableRow
from kiosk.service.backup.sealed_file import BackupFileError
from kiosk.service.folder import ServiceFolder, check_settings
from kiosk.service.platform import keys as key_files
from kiosk.service.platform.json_fields import items, members
from kiosk.service.platform.keys import KEY_BYTES
from kiosk.service.platform.tls import Tls
from kiosk.service.store import migrate, refilling
from kiosk.settings import load, save
from kiosk.settings.service import ServiceSettings

FILE = re.compile(
    r"(?:service\.toml|checkpoint-keys\.json|checkpoints\.jsonl|(?:keys|tls)/[A-Za-z0-9_][A-Za-z0-9._-]*)"
)
SETTINGS, COMING = "service.toml", "service.toml.coming"
ALL = 100_000
SQLITE = "sqlite"
"""In place of a database's address: an SQLite file in the data folder."""


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """Where to and how. ``into``: the data folder. ``database``: another address than the backup's, or ``SQLITE``.
    ``replace``: what is there is moved aside, and a database's tables are dropped. ``copy``: of the checkpoints, kept
    elsewhere. ``hold``: without one, whether everybody is held; None: nobody said so.
    """

    into: Path
    database: str | None = None
    replace: bool = False
    copy: Path | None = None
    hold: bool | None = None


@dataclass(frozen=True, slots=True)
class RestoredService:
    """``trail``: what verification says of the backup's trail, empty if it holds. ``aside``: where the folder's files
    of before are."""

    folder: ServiceFolder
    manifest: BackupManifest
    known: Known
    after: RestoreOutcome
    trail: str
    aside: Path | None


@dataclass(frozen=True, slots=True)
class Restorer:
    """``file``: open, at any place; ``name``: how it is called in words and in the trail."""

    file: BinaryIO
    name: str
    passphrase: bytes
    admin: Admin

    def restore(self, order: RestoreOrder) -> RestoredService:
        """Raises ``BackupFileError``, ``DataFolderError``, ``SettingsError``, ``StoreError``."""
        files, manifest = self._read()
        with _made_room(order) as aside:
            settings = _unpack(order, files)
            folder = ServiceFolder(order.into, settings, key_files.load(order.into / "keys"), Tls(order.into / "tls"))
            known = _known(order, aside, folder, manifest)
            db = folder.database()
            try:
                after, trail = db.build_now(lambda conn: self._fill(conn, order, folder, manifest, known))
                save(settings, order.into / SETTINGS)
                (order.into / COMING).unlink()
            finally:
                db.close_now()
        _sign(folder, self.admin.now)
        return RestoredService(folder, manifest, known, after, trail, aside)

    def _read(self) -> tuple[dict[str, bytes], BackupManifest]:
        """The files, once everything was read."""
        reader, files = PartReader(self.file, self.passphrase, self.name), dict[str, bytearray]()
        for piece in reader.pieces():
            if isinstance(piece, FilePiece):
                if not FILE.fullmatch(piece.name):
                    raise BackupFileError(f"{self.name} has a file that no service has: {piece.name!r}.")
                files.setdefault(piece.name, bytearray()).extend(piece.data)
        manifest = reader.whole()
        if SETTINGS not in files:
            raise BackupFileError(f"{self.name} has no {SETTINGS}. Take another backup.")
        return {name: bytes(data) for name, data in files.items()}, manifest

    def _fill(
        self, conn: Connection, order: RestoreOrder, folder: ServiceFolder, manifest: BackupManifest, known: Known
    ) -> tuple[RestoreOutcome, str]:
        """The whole database, in one transaction."""
        if not refilling.is_empty(conn):
            if not order.replace:
                raise BackupFileError(
                    "The database is not empty. Name an empty one, or say --replace: its tables are dropped then."
                )
            refilling.drop_everything(conn)
        migrate.upgrade_to(conn, manifest.schema)
        reader, into = PartReader(self.file, self.passphrase, self.name), refilling.Refill(conn)
        for piece in reader.pieces():
            if isinstance(piece, TableRow):
                into.row(piece.table, piece.columns, piece.values)
        if reader.manifest != manifest:
            raise BackupFileError(f"{self.name} was exchanged while it was read. Nothing was restored.")
        into.end()
        migrate.upgrade(conn)
        found = verify.verify(conn, folder.keys.checkpoint.public).finding
        trail = "" if found is None else str(found)
        return settle(conn, self.admin, manifest, self.name, known, trail), trail


@contextmanager
def _made_room(order: RestoreOrder) -> Iterator[Path | None]:
    """An empty folder; where its files of before are, which come back if this fails. Raises ``BackupFileError``."""
    into, aside, existed = order.into, None, order.into.exists()
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = [path for path in into.iterdir() if not path.name.startswith("replaced-")]
        if there and not order.replace:
            raise BackupFileError(
                f"{into} is not empty. Choose a new folder, or say --replace: what is there is moved aside."
            )
        if there:
            aside = into / time.strftime("replaced-%Y%m%dT%H%M%SZ", time.gmtime())
            aside.mkdir(mode=0o700)
            for path in there:
                path.rename(aside / path.name)
    except OSError as error:
        raise BackupFileError(f"{into} cannot be made: {error.strerror}.") from None
    try:
        yield aside
    except BaseException:
        for path in into.iterdir():
            if not path.name.startswith("replaced-"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if aside is not None:
            for path in aside.iterdir():
                path.rename(into / path.name)
            aside.rmdir()
        if not existed:
            with suppress(OSError):
                into.rmdir()
        raise


def _unpack(order: RestoreOrder, files: Mapping[str, bytes]) -> ServiceSettings:
    """Write the files. The nonces' key is made anew: whoever kept a proof of before shows it in vain."""
    into = order.into
    try:
        into.chmod(0o700)
        for folder in ("keys", "tls"):
            (into / folder).mkdir(mode=0o700)
        for name, data in files.items():
            if not name.startswith("keys/nonce-"):
                write_private(into / (COMING if name == SETTINGS else name), data)
        write_private(into / "keys" / "nonce-1.key", secrets.token_bytes(KEY_BYTES))
        key_files.add_rsa(into / "keys")
    except OSError as error:
        raise BackupFileError(f"{into} cannot be written: {error.strerror}.") from None
    settings = load(ServiceSettings, into / COMING)
    if order.database is not None:
        settings = replace(settings, database="" if order.database == SQLITE else order.database)
    check_settings(settings)
    return settings


def _known(order: RestoreOrder, aside: Path | None, folder: ServiceFolder, manifest: BackupManifest) -> Known:
    """What copies of the checkpoints say of the time after the backup. Raises ``BackupFileError``."""
    copies = [path for path in (order.copy, aside and aside / "checkpoints.jsonl") if path is not None]
    later: dict[int, Checkpoint] = {}
    newest = 0
    for path in copies:
        if path is order.copy or path.exists():
            found = _copied(path, folder, manifest)
            newest = max([newest, *(known.id for known in found)])
            later |= {known.id: known for known in found if known.id > manifest.checkpoint}
    if not newest or newest < manifest.checkpoint:
        if order.hold is None:
            raise BackupFileError(
                "Nobody says what was taken away after this backup. Give a copy of the checkpoints that is not older "
                "(--checkpoints), or say --hold-everybody, or --hold-nobody if nothing was."
            )
        return Known(everybody=order.hold)
    marks: set[str] = set()
    gone: dict[str, int] = {}
    for known in later.values():
        said = members(json.loads(known.body))
        marks |= {str(mark) for mark in items(said.get("changed") or [])}
        gone |= {head.chain: head.seq for head in coverage.heads_in(said)}
    until = max((known.at for known in later.values()), default=manifest.made)
    return Known(tuple(sorted(marks)), tuple(sorted(gone.items())), until, bool(order.hold))


def _copied(path: Path, folder: ServiceFolder, manifest: BackupManifest) -> Sequence[Checkpoint]:
    try:
        found = kept.of_one_service(path, folder.keys.checkpoint.public, whole=False)
    except NotCheckableError as error:
        raise BackupFileError(str(error)) from None
    mine = next((known for known in found if known.id == manifest.checkpoint), None)
    if mine is not None and mine.hash().hex() != manifest.checkpoint_hash:
        raise BackupFileError(
            f"Checkpoint {mine.id} of {path} is not the one of the backup: the copy is of another service."
        )
    return found


def _sign(folder: ServiceFolder, now: int) -> None:
    """A checkpoint at once: what came before the backup and after its last one is vouched for again.

    Raises ``BackupFileError`` where its file cannot be written: all the rest is restored then.
    """
    db = folder.database()
    try:
        what = db.read_now(seal.read, folder.keys.checkpoint.public, 0)
        db.write_now(seal.write, folder.keys.checkpoint, now, what)
        known = checkpoint.last_in(folder.checkpoints)
        checkpoint.append_to(folder.checkpoints, db.read_now(checkpoint.after, known, ALL))
    except (OSError, ValueError):
        raise BackupFileError(
            f"{folder.checkpoints} cannot be written. All else is restored: type kiosk audit checkpoint"
        ) from None
    finally:
        db.close_now()
