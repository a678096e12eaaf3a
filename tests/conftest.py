"""Fixtures that every room's tests may ask for; each lives in a file of ``tests/fakes``."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fakes.cardservice", "tests.fakes.clusters"]

# How long an example takes says how busy the machine is, and nothing about the program.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeated", settings.get_profile("any_machine"), derandomize=True)
settings.load_profile("any_machine")

SLOW_FILES_FIRST = (
    "test_collection.py",
    "stage/test_faults_of_a_station.py",
    "attacks/test_screens_that_go_by_themselves.py",
    "attacks/test_program_takes_its_prompt_back.py",
    "attacks/test_another_request_under_typing_fingers.py",
    "attacks/test_lock_out_as_a_weapon.py",
    "attacks/test_restored_service.py",
    "attacks/test_slow_bodies_and_readers.py",
    "attacks/test_retired_ca.py",
    "attacks/test_wedge_digits_in_fields.py",
    "attacks/test_secrets_spoken.py",
    "demo/test_ending.py",
    "stage/test_limits.py",
    "stage/nested/test_failing.py",
    "stage/test_faults.py",
    "agent/test_whole_agent.py",
    "service/enrolment/test_property.py",
    "session/test_every_pair.py",
    "attacks/test_copied_badge_elsewhere.py",
    "service/platform/test_key_rotation.py",
    "service/test_process.py",
    "attacks/test_rows_fill_the_disk.py",
    "ui/test_layout.py",
    "ui/test_consent.py",
    "ui/test_enrolment.py",
    "ui/test_every_pair_of_pages.py",
    "ui/test_ways.py",
    "ui/test_another_language.py",
    "ui/test_accessible.py",
    "test_settings.py",
    "test_glossary.py",
)
"""Files of 15 s and more. Begun last, each would keep one process busy while the others have nothing left."""


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
    """Alike in every process, as xdist wants it: those at the card service, the longest files, then as collected."""
    tests = Path(__file__).parent
    place = {tests / name: number for number, name in enumerate(SLOW_FILES_FIRST)}
    early = {item.path for item in items if "one_card_service" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (item.path not in early, place.get(item.path, len(place))))


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Commands that are run in this process make it strict; what the next test writes may be for another user."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
