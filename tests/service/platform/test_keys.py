"""The key files: read, refused, exchanged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk.service.platform import keys
from kiosk.service.platform.keys import KeyFileError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.make(tmp_path / "keys")
    return tmp_path / "keys"


def test_what_is_made_is_the_owners_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_nothing_secret_shows_in_its_repr(folder: Path) -> None:
    loaded = keys.load(folder)
    for part in (loaded, loaded.badge, loaded.totp, loaded.checkpoint):
        assert all(secret.hex() not in repr(part) and repr(secret) not in repr(part) for secret in [loaded.nonce])
        assert "by_id" not in repr(part)
        assert "PrivateKey" not in repr(part)


@pytest.mark.parametrize("name", ["token-1.pem", "badge-1.key", "."])
def test_what_others_may_read_is_refused_with_the_way_to_mend_it(folder: Path, name: str) -> None:
    (folder / name).chmod(0o640 if name != "." else 0o750)
    with pytest.raises(KeyFileError, match=r"chmod (600|700) "):
        keys.load(folder)


@pytest.mark.parametrize(
    "name", ["token-1.pem", "checkpoint-1.pem", "badge-1.key", "totp-1.key", "pin-1.key", "row-1.key", "nonce-1.key"]
)
def test_a_missing_or_damaged_key_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"not a key")
    with pytest.raises(KeyFileError, match=name):
        keys.load(folder)
    (folder / name).unlink()
    with pytest.raises(KeyFileError, match=name.partition("-")[0]):
        keys.load(folder)


def test_a_key_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "token-1.pem").write_bytes((folder / "checkpoint-1.pem").read_bytes())
    with pytest.raises(KeyFileError, match="P-256"):
        keys.load(folder)


def test_the_highest_number_is_used_and_the_others_still_count(folder: Path, tmp_path: Path) -> None:
    first = keys.load(folder)
    keys.make(tmp_path / "more")
    for old, new in (("token-1.pem", "token-10.pem"), ("badge-1.key", "badge-2.key"), ("totp-1.key", "totp-2.key")):
        (tmp_path / "more" / old).rename(folder / new)
    key_id, sealed = first.totp.seal(b"secret", "ada")
    second = keys.load(folder)
    assert [key.kid for key in second.tokens][1] == first.tokens[0].kid
    assert second.badge.current == "2"
    assert first.badge.hashes(b"1234")[0] in second.badge.hashes(b"1234")
    assert second.totp.unseal(key_id, sealed, "ada") == b"secret"


def test_a_systemd_credential_takes_the_files_place(folder: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "nonce-1.key").write_bytes(b"n" * 32)
    (folder / "nonce-1.key").unlink()
    assert keys.load(folder, credentials).nonce == b"n" * 32


def test_a_sealed_secret_opens_for_its_person_alone(folder: Path) -> None:
    totp = keys.load(folder).totp
    key_id, sealed = totp.seal(b"a secret of 20 bytes", "ada")
    assert b"secret" not in sealed
    assert totp.unseal(key_id, sealed, "ada") == b"a secret of 20 bytes"
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong_id, wrong, person in (
        (key_id, sealed, "ben"),
        (key_id, broken, "ada"),
        ("9", sealed, "ada"),
        (key_id, b"", "ada"),
    ):
        with pytest.raises(KeyFileError, match="Add the code anew"):
            totp.unseal(wrong_id, wrong, person)


def test_a_folder_of_before_gets_the_rsa_key_once(folder: Path) -> None:
    made = folder / "rsa-1.pem"
    made.unlink()
    with pytest.raises(KeyFileError, match="start the service once"):
        keys.load(folder)
    keys.add_new_kinds(folder)
    first = made.read_bytes()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600 and len(keys.load(folder).rsa) == 1
    keys.add_new_kinds(folder)
    assert made.read_bytes() == first, "tokens that were signed by it are still ours"
    assert not list(folder.glob("*.adopting")), "a new RSA key makes no row of before believed"


def test_an_rsa_key_that_systemd_hands_over_is_not_made_again(folder: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (folder / "rsa-1.pem").rename(credentials / "rsa-1.pem")
    keys.add_new_kinds(folder, credentials)
    assert not (folder / "rsa-1.pem").exists() and len(keys.load(folder, credentials).rsa) == 1
