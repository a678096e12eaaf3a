"""The workstation's private key: kept as told, refused when others could have it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.client.errors import KeyMissingError, KeystoreError, KeyUnsafeError
from kiosk.client.key_pem import new_key, pem_of
from kiosk.client.keystore import CREDENTIAL, open_keystore


def test_a_key_made_in_a_file_is_the_key_loaded_again(tmp_path: Path) -> None:
    made = open_keystore("file", tmp_path).create()
    assert pem_of(open_keystore("file", tmp_path).load()) == pem_of(made)


def test_the_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    open_keystore("file", tmp_path).create()
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "workstation.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    open_keystore("file", tmp_path).create()
    (tmp_path / "keys" / "workstation.pem").chmod(mode)
    with pytest.raises(KeyUnsafeError, match="Enrol this workstation again"):
        open_keystore("file", tmp_path).load()


def test_a_link_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    open_keystore("file", tmp_path).create()
    real = tmp_path / "keys" / "workstation.pem"
    real.rename(tmp_path / "elsewhere.pem")
    real.symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(KeystoreError):
        open_keystore("file", tmp_path).load()


def test_no_key_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError):
        open_keystore("file", tmp_path).load()


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_a_key_of_another_kind_is_refused(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    open_keystore("file", tmp_path).create()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "keys" / "workstation.pem").write_bytes(pem)
    with pytest.raises(KeystoreError, match="P-256"):
        open_keystore("file", tmp_path).load()


def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path) -> None:
    open_keystore("file", tmp_path).create()
    (tmp_path / "keys" / "workstation.pem").write_bytes(b"planted words")
    with pytest.raises(KeystoreError) as caught:
        open_keystore("file", tmp_path).load()
    assert "planted" not in str(caught.value)


def test_forgetting_removes_the_file_and_may_be_repeated(tmp_path: Path) -> None:
    store = open_keystore("file", tmp_path)
    store.create()
    store.forget()
    store.forget()
    assert not (tmp_path / "keys" / "workstation.pem").exists()


def test_a_systemd_credential_is_read_where_systemd_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    (tmp_path / CREDENTIAL).write_bytes(pem_of(key))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert pem_of(open_keystore("systemd", tmp_path).load()) == pem_of(key)
    assert pem_of(open_keystore("systemd", tmp_path).create()) == pem_of(key)


def test_without_a_systemd_credential_the_error_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(KeyMissingError, match="systemd-creds encrypt"):
        open_keystore("systemd", tmp_path).load()


def test_an_unknown_kind_of_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="no key store called"):
        open_keystore("plaintext", tmp_path)
