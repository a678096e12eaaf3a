"""Fixtures that every room's tests may ask for; each lives in a file of ``tests/fakes``."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import order

TESTS = Path(__file__).parent
DRAWING = {"agent", "cli", "demo", "session", "ui"}
"""Folders of which some files make windows, or timers of Qt."""
pytest_plugins = ["tests.fakes.cardservice", "tests.fakes.clusters"]

# How long an example takes says how busy the machine is, and nothing about the program.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeated", settings.get_profile("any_machine"), derandomize=True)
settings.load_profile("any_machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor among them later: they all stay, in each process.

    The search took two fifths of the time that collecting takes.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Alike in every process, as xdist wants it: see ``tests.order``."""
    items[:] = order.ordered(items, TESTS)


@pytest.fixture(scope="module", autouse=True)
def windows_gone(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a file drew goes here, on the thread that made it: Qt warns if garbage is found on another one later."""
    yield
    if "PySide6" in sys.modules and request.path.relative_to(TESTS).parts[0] in DRAWING:
        gc.collect()


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Commands that are run in this process make it strict; what the next test writes may be for another user."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
