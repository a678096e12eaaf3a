"""A backup is made beside a running service, on both databases: whole, private, and what the service knows."""

from __future__ import annotations

import asyncio
import errno
import stat
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from kiosk.service.backup import making
from kiosk.service.backup.contents import BackupManifest, FilePiece, PartReader, PartWriter, TableRow, examine
from kiosk.service.backup.sealed_file import BackupFileError
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import KeyFileError
from kiosk.service.store.schema import METADATA
from tests.fakes.service import Hospital
from tests.service.backup.conftest import PASSPHRASE, Vault

ADA = "04A1B2C3"


def _counts(conn: Connection) -> dict[str, int]:
    return {
        table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
        for table in METADATA.sorted_tables
    }


async def test_it_holds_every_row_and_file_and_nobody_reads_it_without_the_passphrase(
    either: Hospital, vault: Vault
) -> None:
    await either.badge(await either.person("ada"), ADA)
    await (await either.station()).open(ADA)
    before = await either.db.read(_counts)
    made = await vault.make(either)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert making.NAMED.fullmatch(made.path.name)
    assert read(made.path) == made.manifest
    with pytest.raises(BackupFileError, match="passphrase is wrong"):
        read(made.path, b"something else entirely")
    rows = {part.name: part.count for part in made.manifest.parts if part.kind == "table"}
    assert rows == {**before, "used_jti": 0}
    files = {part.name for part in made.manifest.parts if part.kind == "file"}
    assert {"service.toml", "keys/badge-1.key", "keys/token-1.pem", "tls/ca-1.key", "tls/current"} <= files
    assert b"Lovelace" not in made.path.read_bytes()
    told = [row["detail"] for row in await either.trail("admin") if row["detail"]["act"] == "service.backup"]
    assert [(row["file"], row["manifest"]) for row in told] == [(made.path.name, made.manifest.digest())]


async def test_rows_that_are_written_meanwhile_are_in_it_wholly_or_not_at_all(
    either: Hospital, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "TOGETHER", 2)
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    done = asyncio.Event()

    async def work() -> int:
        taps = 0
        while not done.is_set():
            await station.open(ADA)
            taps += 1
        return taps

    tapping = asyncio.create_task(work())
    made = await vault.make(either)
    done.set()
    assert await tapping > 0
    heads = {head.chain: head for head in made.manifest.heads}
    rows: dict[str, list[int]] = {}
    with made.path.open("rb") as file:
        for piece in PartReader(file, PASSPHRASE, "it").pieces():
            if isinstance(piece, TableRow) and piece.table == "audit_row":
                row = dict(zip(piece.columns, piece.values, strict=True))
                rows.setdefault(str(row["chain"]), []).append(int(str(row["seq"])))
    assert rows == {chain: list(range(1, head.seq + 1)) for chain, head in heads.items()}


async def test_only_the_newest_are_kept(service: Hospital, vault: Vault) -> None:
    first = await vault.make(service)
    (vault.where / "kiosk-notes.txt").write_text("not a backup")
    second = await vault.make(service, keep=2)
    third = await vault.make(service, keep=2)
    assert (second.gone, third.gone) == ((), (first.path.name,))
    assert {path.name for path in vault.where.iterdir()} == {second.path.name, third.path.name, "kiosk-notes.txt"}


async def test_none_is_made_while_keys_change_hands(service: Hospital, vault: Vault) -> None:
    with KeyFolder(service.folder.path / "keys").locked(), pytest.raises(KeyFileError, match="rotates or retires"):
        await vault.make(service)
    assert list(vault.where.iterdir()) == []


async def test_a_full_disk_leaves_nothing_behind_and_removes_no_older_one(
    service: Hospital, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await vault.make(service)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PartWriter, "finish", full)
    with pytest.raises(BackupFileError, match="No space left"):
        await vault.make(service, keep=1)
    assert [path.name for path in vault.where.iterdir()] == [before.path.name]


async def test_a_backup_that_was_changed_anywhere_is_not_read(service: Hospital, vault: Vault) -> None:
    made = await vault.make(service)
    whole = made.path.read_bytes()
    for at in (0, 20, 60, len(whole) // 2, len(whole) - 1):
        bent = bytearray(whole)
        bent[at] ^= 1
        made.path.write_bytes(bent)
        with pytest.raises(BackupFileError):
            read(made.path)
    for end in (10, len(whole) // 3, len(whole) - 1):
        made.path.write_bytes(whole[:end])
        with pytest.raises(BackupFileError):
            read(made.path)
    made.path.write_bytes(whole + b"more")
    with pytest.raises(BackupFileError):
        read(made.path)


async def test_files_of_several_pieces_are_whole(service: Hospital, vault: Vault) -> None:
    long = b"".join(b'{"line":%d}\n' % number for number in range(60_000))
    (service.folder.path / "checkpoints.jsonl").write_bytes(long)
    made = await vault.make(service)
    found = b""
    with made.path.open("rb") as file:
        for piece in PartReader(file, PASSPHRASE, "it").pieces():
            if isinstance(piece, FilePiece) and piece.name == "checkpoints.jsonl":
                found += piece.data
    assert found == long


def read(path: Path, passphrase: bytes = PASSPHRASE) -> BackupManifest:
    with path.open("rb") as file:
        return examine(file, passphrase, "it")
