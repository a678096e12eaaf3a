"""The workstation's key in a real Secret Service, and every store that must be refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk.client.errors import KeystoreError
from kiosk.client.keyring_store import vet
from tests.fakes.secret_service import AVAILABLE, EMPTY, LOCKED, UNLOCKED, run_python

assert AVAILABLE, "install dbus and gnome-keyring (make test does)"
SHOW = """
import hashlib, sys
from pathlib import Path
from kiosk.client.errors import KeystoreError
from kiosk.client.keystore import open_keystore, pem_of
store = open_keystore("keyring", Path(sys.argv[2]))
try:
    key = getattr(store, sys.argv[1])()
except KeystoreError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(hashlib.sha256(pem_of(key)).hexdigest() if key else "done")
"""


def test_a_key_survives_the_session_in_which_it_was_made(tmp_path: Path) -> None:
    made = run_python(tmp_path, UNLOCKED, SHOW, "create", "/station/a")
    loaded = run_python(tmp_path, UNLOCKED, SHOW, "load", "/station/a")
    other = run_python(tmp_path, UNLOCKED, SHOW, "load", "/station/b")
    assert made.returncode == 0, made.stderr
    assert loaded.stdout == made.stdout
    assert "KeyMissingError" in other.stderr


def test_a_locked_secret_service_is_an_error_and_never_a_prompt(tmp_path: Path) -> None:
    assert run_python(tmp_path, UNLOCKED, SHOW, "create", "/station/a").returncode == 0
    locked = run_python(tmp_path, LOCKED, SHOW, "load", "/station/a")
    assert "KeystoreLockedError" in locked.stderr


def test_no_secret_service_is_an_error_that_says_so(tmp_path: Path) -> None:
    missing = run_python(tmp_path, EMPTY, SHOW, "load", "/station/a", PATH="/nowhere:/usr/bin:/bin")
    assert missing.returncode == 1
    assert "Keystore" in missing.stderr


def test_a_backend_that_the_environment_names_is_not_used(tmp_path: Path) -> None:
    made = run_python(
        tmp_path, UNLOCKED, SHOW, "create", "/station/a", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"
    )
    loaded = run_python(tmp_path, UNLOCKED, SHOW, "load", "/station/a")
    assert made.returncode == 0, made.stderr
    assert loaded.stdout == made.stdout


@pytest.mark.parametrize("module", ["keyrings.alt.file", "keyring.backends.null", "keyring.backends.fail"])
def test_other_backends_are_refused_by_name(module: str) -> None:
    store = SimpleNamespace(priority=9)
    store.__module__ = module
    with pytest.raises(KeystoreError, match="not a safe key store"):
        vet(store)


def test_a_backend_that_says_it_is_unfit_is_refused() -> None:
    store = SimpleNamespace(priority=0.5)
    store.__module__ = "keyring.backends.SecretService"
    with pytest.raises(KeystoreError, match="not fit"):
        vet(store)
