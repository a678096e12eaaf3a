"""``kiosk service backup``, ``restore`` and ``restored``, as they are typed."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from kiosk.demo.processes import ChildFailedError
from tests.fakes.central import PIN, UID
from tests.fakes.commands import kiosk

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A data folder where Anna lost their badge after the backup; the backup; and a copy of the checkpoints."""
    folder = tmp_path_factory.mktemp("ward")
    data, secret = folder / "service", folder / "passphrase"
    kiosk("service", "init", "--data", str(data), "--origin", "https://auth.hospital.example")
    admin = ("admin", "--data", str(data))
    kiosk(*admin, "person", "add", "anna", "--name", "Anna Berg", "--role", "nurse")
    kiosk(*admin, "badge", "add", "anna", "--uid", UID)
    kiosk(*admin, "pin", "set", "anna", typed=PIN + "\n")
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    words = ("service", "backup", "--data", str(data), "--to", str(folder / "backups"))
    said = kiosk(*words, "--passphrase-file", str(secret))
    assert "is whole" in said
    (made,) = (folder / "backups").iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    kiosk(*admin, "badge", "revoke", "anna")
    kiosk("audit", "checkpoint", "--data", str(data))
    copy = Path(shutil.copy(data / "checkpoints.jsonl", folder / "copy.jsonl"))
    return data, made, copy


def restored(made: Path, into: Path, *more: str) -> str:
    return kiosk("service", "restore", str(made), "--data", str(into), *more, typed=PASSPHRASE)


def test_it_is_looked_at_without_writing_anything(ward: tuple[Path, Path, Path]) -> None:
    said = kiosk("service", "restore", str(ward[1]), "--check", typed=PASSPHRASE)
    assert "https://auth.hospital.example" in said
    with pytest.raises(ChildFailedError, match="passphrase is wrong"):
        kiosk("service", "restore", str(ward[1]), "--check", typed="another one altogether")
    with pytest.raises(ChildFailedError, match="Give --data"):
        kiosk("service", "restore", str(ward[1]), typed=PASSPHRASE)


def test_who_lost_a_badge_since_is_held_named_and_confirmed(ward: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, made, copy = ward
    into = tmp_path / "again"
    said = restored(made, into, "--checkpoints", str(copy))
    assert "Held until you confirm them: anna" in said
    admin = ("admin", "--data", str(into))
    assert kiosk(*admin, "factor", "list", "anna").count("restored: to be confirmed") == 2
    with pytest.raises(ChildFailedError, match="ended with 4"):
        kiosk("audit", "verify", "--data", str(into), "--checkpoints", str(copy))
    assert kiosk("service", "restored", "--data", str(into)) == "anna\n"
    assert "2 factors" in kiosk("service", "restored", "--data", str(into), "--confirm", "anna")
    assert kiosk("service", "restored", "--data", str(into)) == ""
    with pytest.raises(ChildFailedError, match="Nothing of anna is held"):
        kiosk("service", "restored", "--data", str(into), "--confirm", "anna")


def test_the_old_folder_is_moved_aside_and_asked_for_what_it_knows(
    ward: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    data, made, _ = ward
    mine = Path(shutil.copytree(data, tmp_path / "service"))
    with pytest.raises(ChildFailedError, match="not empty"):
        restored(made, mine)
    said = restored(made, mine, "--replace")
    assert "Held until you confirm them: anna" in said, "its own checkpoints are newer than the backup"
    (aside,) = mine.glob("replaced-*")
    assert (aside / "kiosk.db").exists()


def test_without_a_copy_it_asks_whom_to_hold(ward: tuple[Path, Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError, match="Nobody says what was taken away"):
        restored(ward[1], tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert "nobody knows which rows are gone" in restored(ward[1], tmp_path / "again", "--hold-nobody")


def test_a_passphrase_comes_by_a_descriptor_or_from_systemd_and_never_from_an_open_file(
    ward: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = ("service", "restore", str(ward[1]), "--check")
    read, write = os.pipe()
    os.write(write, PASSPHRASE.encode() + b"\n")
    os.close(write)
    assert "is whole" in kiosk(*check, "--passphrase-fd", str(read))
    os.close(read)
    (tmp_path / "backup-passphrase").write_text(PASSPHRASE)
    with pytest.raises(ChildFailedError, match="chmod 600"):
        kiosk(*check, "--passphrase-file", str(tmp_path / "backup-passphrase"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "is whole" in kiosk(*check)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ChildFailedError, match="Give the passphrase"):
        kiosk(*check)
    with pytest.raises(ChildFailedError, match="too short"):
        kiosk("service", "backup", "--data", str(ward[0]), "--to", str(tmp_path / "to"), typed="short")
    assert not list((tmp_path / "to").iterdir())
