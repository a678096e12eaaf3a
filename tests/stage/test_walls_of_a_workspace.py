"""What a hostile program inside a workspace can reach: nothing that is not its own person's."""

from __future__ import annotations

import json
import shlex
import stat
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
RED, GREEN = (0xC0, 0x20, 0x20), (0x20, 0xC0, 0x20)
FORBIDDEN = ["/etc/shadow", "/root/.ssh", "/var/lib", "/run/dbus", "/work", "/sys/class", "/home/ben", "/dev/input"]
FORBIDDEN += ["/dev/snd", "/run/user/1000/pulse", "/run/user/1000/pipewire-0"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        hostile = program("hostile_client", "{login}", "{folder}/{login}.keys", name, *FORBIDDEN)
        with Staging(glass, [hostile]) as staging:
            staging.greet()
            yield staging
        glass.close()


@pytest.fixture(scope="module")
def found(stage: Staging) -> dict[str, Any]:
    stage.open(1, "ada")
    told: dict[str, Any] = json.loads(until("its report", lambda: stage.keys("ada"))[0])
    return told


@pytest.fixture(scope="module")
def his(stage: Staging, found: dict[str, Any]) -> dict[str, Any]:
    """What the same program found in Ben's workspace, after Ada's had all that it could get."""
    stage.open(2, "ben")
    told: dict[str, Any] = json.loads(until("its report", lambda: stage.keys("ben"))[0])
    return told


def test_the_host_display_is_out_of_reach(found: dict[str, Any]) -> None:
    assert found["host"] is False and found["abstract"] is False


def test_there_is_one_display_and_it_is_the_person_s_own(found: dict[str, Any], stage: Staging) -> None:
    # The host's socket has an empty file of its name here, where the nested server's own view put one.
    assert "X907" in found["sockets"]
    assert set(found["sockets"]) <= {"X907", f"X{stage.glass.name[1:]}"}
    assert found["screens"] == [1280, 800 - 56]


def test_the_rest_of_the_machine_is_not_there(found: dict[str, Any]) -> None:
    visible = set(found["seen"])
    assert not visible - {"/work"}, "the test's own programs lie in /work or wherever the checkout is"
    assert found["homes"] == ["ada"] and found["writable"] == []


def test_no_process_but_its_own_and_no_network(found: dict[str, Any]) -> None:
    assert max(found["processes"]) < 64 and found["network"] is False


def test_its_environment_holds_nothing_of_the_station_s(found: dict[str, Any]) -> None:
    assert not [name for name in found["environment"] if name in ("KIOSK_STAGE_FD", "PYTHONPATH", "SSH_AUTH_SOCK")]


def test_grabs_and_a_held_server_delay_neither_switch_nor_lock(stage: Staging, his: dict[str, Any]) -> None:
    """What an open menu holds, and more: keyboard, pointer and the whole server, by a window that raises itself."""
    stage.show(1)
    until("red", lambda: stage.glass.pixel(600, 400) == RED)
    stage.show(2)
    until("green", lambda: stage.glass.pixel(600, 400) == GREEN)
    stage.lock()
    until("the shield", lambda: stage.glass.colours() == {LOCKED})
    stage.show(1)
    until("red again", lambda: stage.glass.pixel(600, 400) == RED)


def test_what_one_copied_another_cannot_paste(stage: Staging, found: dict[str, Any], his: dict[str, Any]) -> None:
    """Ada's program has taken both clipboards before Ben's first looks; nor do they reach the host display."""
    assert found["clipboards"] == []
    assert his["clipboards"] == []
    host = stage.glass.display
    assert [host.get_selection_owner(host.intern_atom(name)) for name in ("PRIMARY", "CLIPBOARD")] == [0, 0]


def test_a_picture_taken_inside_never_shows_another_s(stage: Staging, his: dict[str, Any]) -> None:
    for number in (2, 1, 2, 1):
        stage.show(number)
        time.sleep(0.1)  # for a picture that must not be: they look a hundred times a second
    stage.show(2)
    until("Ben's picture of his own", lambda: "20C020" in stage.keys("ben")[1:])
    assert set(stage.keys("ada")[1:]) <= {"000000", "C02020"}
    assert set(stage.keys("ben")[1:]) <= {"000000", "20C020"}


def test_the_stage_s_own_folder_is_private(stage: Staging) -> None:
    base = stage.folder / "stage"
    assert stat.S_IMODE(base.stat().st_mode) == 0o700
    cookies = list(base.rglob("authority"))
    assert cookies
    for cookie in cookies:
        assert stat.S_IMODE(cookie.stat().st_mode) == 0o600


def test_who_fills_their_memory_harms_nobody() -> None:
    """Their program is refused more than the station lets one have; their colleague is shown and locked as ever."""
    programs = (("memory_hog", "ada"), ("painter", "ben"))
    theirs, his = (shlex.join(program(name, who, f"{{folder}}/{who}.keys")) for name, who in programs)
    either = f"case $KIOSK_LOGIN in ada) exec {theirs};; *) exec {his};; esac"
    with xvfb() as name:
        glass = Glass(name)
        with Staging(glass, [["/bin/sh", "-c", either]], data_mib=200) as stage:
            stage.greet()
            stage.open(1, "ada")
            assert 50 < int(until("its fill", lambda: stage.keys("ada"))[0]) < 200
            stage.open(2, "ben")
            until("green", lambda: glass.pixel(600, 400) == GREEN)
            stage.lock()
            until("the shield", lambda: glass.colours() == {LOCKED})
        glass.close()
