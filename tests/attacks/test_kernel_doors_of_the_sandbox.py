"""A program in a workspace reaches for what the kernel offers and no program there needs: on the real stage."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.stage import seccomp
from tests.fakes.doors import CALLS, OF_32_BITS
from tests.fakes.process_table import until
from tests.fakes.staging import Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of the calls are those of x86-64"),
]
PERMITTED_TO_NOBODY = {
    *("ptrace", "pidfd_getfd", "kcmp", "process_vm_readv", "process_vm_writev", "setns"),
    *("mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick"),
    "mount_setattr",
}
"""Answered with EPERM; every other one as by a kernel that does not have it."""


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        made = Glass(name)
        yield made
        made.close()


def told(glass: Glass, namespaces: int, *more: str) -> dict[str, Any]:
    """What the program in a workspace of that kind found."""
    with Staging(glass, [program("doors", "{login}", "{folder}/{login}.keys", *more)], namespaces=namespaces) as stage:
        stage.greet()
        stage.open(1, "ada")
        said: dict[str, Any] = json.loads(until("its report", lambda: stage.keys("ada"), 150)[0])
        return said


@pytest.fixture(scope="module")
def usual(glass: Glass) -> dict[str, Any]:
    return told(glass, seccomp.BROWSERS)


def test_what_no_program_needs_is_not_there(usual: dict[str, Any]) -> None:
    wanted = {name: "EPERM" if name in PERMITTED_TO_NOBODY else "ENOSYS" for name in CALLS}
    assert usual["calls"] == wanted


def test_the_same_calls_have_no_other_door(usual: dict[str, Any]) -> None:
    assert set(usual["x32"].values()) == {"ENOSYS"}
    wanted = {name: "EPERM" if name in PERMITTED_TO_NOBODY else "ENOSYS" for name in OF_32_BITS}
    # A kernel without programs of 32 bits ends whoever asks.
    assert usual["32 bits"] in (wanted, dict.fromkeys(wanted, "died"))


def test_nobody_traces_the_first_process(usual: dict[str, Any]) -> None:
    assert usual["traces"] == "EPERM"


def test_a_browser_may_make_its_namespace_but_mounts_nothing_in_it(usual: dict[str, Any]) -> None:
    assert usual["namespace"] == "open"
    assert usual["mounts"] == "EPERM"
    assert usual["thread"] == "runs"


def test_where_the_station_says_so_there_are_no_namespaces_at_all(glass: Glass) -> None:
    found = told(glass, seccomp.NONE)
    assert (found["namespace"], found["mounts"], found["thread"]) == ("EPERM", "no namespace", "runs")
    assert found["calls"]["io_uring_setup"] == "ENOSYS"


def test_where_the_station_says_so_programs_build_sandboxes_by_mounting(glass: Glass) -> None:
    found = told(glass, seccomp.ALL)
    assert (found["namespace"], found["mounts"]) == ("open", "open")
    assert found["calls"]["io_uring_setup"] == "ENOSYS"
    assert found["traces"] == "EPERM"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_chromium_has_its_own_sandbox_unless_the_station_takes_it(glass: Glass) -> None:
    assert "<title>42</title>" in told(glass, seccomp.BROWSERS, "browser")["browser"]
    without = told(glass, seccomp.NONE, "browser")["browser"]
    assert "No usable sandbox" in without
    assert "42</title>" not in without
