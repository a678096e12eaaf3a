"""What a program could have its X server, its descriptors or the kernel do for it outside of its workspace."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.ext import xtest

from kiosk.stage import protocol as p
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
RED, GREEN = (0xC0, 0x20, 0x20), (0x20, 0xC0, 0x20)
BAR = 56
_LIBC = ctypes.CDLL(None, use_errno=True)
_PRIVATE, _CREATE, _REMOVE = 0, 0o1600, 0
_USER_KEYRING = -4


@pytest.fixture(scope="module")
def segment() -> Iterator[int]:
    """Number of a shared memory segment of this user's."""
    number = _LIBC.shmget(_PRIVATE, 4096, _CREATE)
    assert number >= 0
    yield number
    _LIBC.shmctl(number, _REMOVE, None)


@pytest.fixture(scope="module")
def keyring() -> int:
    """Serial of this user's own keyring in the kernel."""
    serial = _LIBC.syscall(250, 0, _USER_KEYRING, 1)
    if serial < 0:
        pytest.skip("this kernel keeps no keys")
    return int(serial)


@pytest.fixture(scope="module")
def stage(segment: int, keyring: int) -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        hostile = program("intruder", "{login}", "{folder}/{login}.keys", str(segment), str(keyring))
        with Staging(glass, [hostile]) as staging:
            staging.greet()
            yield staging
        glass.close()


@pytest.fixture(scope="module")
def found(stage: Staging) -> dict[str, Any]:
    stage.open(1, "ada")
    told: dict[str, Any] = json.loads(until("its report", lambda: stage.keys("ada"))[0])
    until("red", lambda: stage.glass.pixel(600, 400) == RED)
    return told


def test_its_server_opens_no_memory_of_the_host_for_it(found: dict[str, Any]) -> None:
    assert found["attached"] is False


def test_it_holds_no_file_in_which_others_words_are(found: dict[str, Any]) -> None:
    assert found["files"] == []


def test_the_kernel_keeps_no_keys_for_it_and_shows_it_none(found: dict[str, Any]) -> None:
    assert not found["keys read"] and not found["keys kept"]


def test_all_that_it_can_write_to_has_an_end(found: dict[str, Any]) -> None:
    assert found["boundless"] == []


def test_the_first_touch_lands_where_it_was(stage: Staging, found: dict[str, Any]) -> None:
    stage.glass.move(200, 300)
    for kind in (X.ButtonPress, X.ButtonRelease):
        xtest.fake_input(stage.glass.display, kind, 1)
    stage.glass.display.sync()
    until("the touch", lambda: len(stage.keys("ada")) > 1)
    assert stage.keys("ada")[1] == f"200 {300 - BAR}"


def test_a_workspace_that_cannot_be_furnished_costs_nobody_else_theirs(stage: Staging, found: dict[str, Any]) -> None:
    """As on a full disk: the stage cannot write what the workspace needs."""
    spare = until("a spare", lambda: next(iter(sorted(stage.folder.glob("stage/*/2"))), None))
    (spare / "passwd").symlink_to("/nowhere")
    stage.say(p.Add(2, "ben", "Ben", ""))
    stage.say(p.Show(2))
    assert stage.hear(p.Gone) == p.Gone(2, "START")
    stage.show(1)
    until("red", lambda: stage.glass.pixel(600, 400) == RED)


def test_without_descriptors_the_stage_stays_locked_and_the_workspaces_stay(
    stage: Staging, found: dict[str, Any]
) -> None:
    stage.show(1)
    assert stage.process is not None
    number = stage.process.pid
    most = resource.prlimit(number, resource.RLIMIT_NOFILE)
    held = len(list(Path(f"/proc/{number}/fd").iterdir()))
    resource.prlimit(number, resource.RLIMIT_NOFILE, (held, most[1]))
    os.kill(stage.agent, signal.SIGKILL)
    until("the shield", lambda: stage.glass.colours() == {LOCKED})
    time.sleep(0.2)  # the time in which a new agent would have been started
    resource.prlimit(number, resource.RLIMIT_NOFILE, most)
    stage.accept()
    stage.greet()
    assert stage.hear(p.Have) == p.Have(1, "ada")
