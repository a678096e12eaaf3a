"""Fixtures that every room's tests may ask for; each lives in a file of ``tests/fakes``."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.fakes.cardservice"]


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Commands that are run in this process make it strict; what the next test writes may be for another user."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
