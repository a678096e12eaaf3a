"""Fixture: a folder that a server's users can enter; pytest's own are for one user alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def login_folder() -> Iterator[Path]:
    """Gone with the module's tests."""
    with tempfile.TemporaryDirectory(prefix="kiosk-login-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        yield Path(made)
