"""The machine goes to sleep, or is told to lock: a real bus, a logind of our own, pixels read by another client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress, new_signal
from jeepney.io.blocking import open_dbus_connection

from kiosk.stage import protocol as p
from kiosk.stage.logind import SYSTEM_BUS, socket_of
from tests.fakes.logind import NAME, SESSION, FakeLogind, is_held, message_bus_daemon, wait_until_let_go
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, xvfb

RED = (0xC0, 0x20, 0x20)
pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with message_bus_daemon(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


def shows_ada(stage: Staging) -> None:
    stage.greet()
    stage.open(1, "ada")
    sees_red(stage)


def sees_red(stage: Staging) -> None:
    until("red", lambda: stage.glass.pixel(600, 400) == RED)


def is_locked(stage: Staging) -> bool:
    return stage.glass.colours() == {LOCKED}


def test_the_machine_sleeps_only_when_the_shield_is_on_the_screen(glass: Glass, bus: str) -> None:
    with FakeLogind(bus) as logind, Staging(glass) as stage:
        delay = logind.delay()
        assert logind.asked[0][0] == "sleep" and logind.asked[0][3] == "delay"
        shows_ada(stage)
        for _ in range(10):
            logind.prepare(True)
            wait_until_let_go(delay)
            assert is_locked(stage)
            assert stage.hear(p.Locked) == p.Locked("SUSPEND")
            logind.prepare(False)
            delay = logind.delay()
            assert is_locked(stage), "awake, and still locked"
            stage.show(1)
            sees_red(stage)
        assert is_held(delay)


def test_a_display_that_cannot_draw_yet_delays_the_sleep(glass: Glass, bus: str) -> None:
    """Nobody but the test has a word with the X server: the shield cannot be there, so the inhibitor must be."""
    with FakeLogind(bus) as logind, Staging(glass) as stage:
        delay = logind.delay()
        shows_ada(stage)
        glass.display.grab_server()
        glass.display.sync()
        try:
            logind.prepare(True)
            time.sleep(0.3)
            assert is_held(delay) and glass.pixel(600, 400) == RED
        finally:
            glass.display.ungrab_server()
            glass.display.flush()
        wait_until_let_go(delay)
        assert is_locked(stage)


def test_logind_restarts(glass: Glass, bus: str) -> None:
    with Staging(glass) as stage:
        with FakeLogind(bus) as logind:
            first = logind.delay()
            shows_ada(stage)
        with FakeLogind(bus) as logind:
            second = logind.delay()
            logind.prepare(True)
            wait_until_let_go(second)
            assert is_locked(stage)
        del first


def test_only_logind_itself_is_believed(glass: Glass, bus: str) -> None:
    with FakeLogind(bus) as logind, Staging(glass) as stage, open_dbus_connection(bus) as liar:
        delay = logind.delay()
        shows_ada(stage)
        manager = DBusAddress("/org/freedesktop/login1", NAME, f"{NAME}.Manager")
        liar.send(new_signal(manager, "PrepareForSleep", "b", (True,)))
        logind.order_lock(SESSION + "2")  # another session's, sent after it: once it has had no effect …
        logind.prepare(False)
        logind.delay()  # … and this has, the stage has heard both
        assert glass.pixel(600, 400) == RED and stage.glass.colours() != {LOCKED}
        del delay


def test_the_system_is_told_to_lock(glass: Glass, bus: str) -> None:
    with FakeLogind(bus) as logind, Staging(glass) as stage:
        logind.delay()
        shows_ada(stage)
        logind.order_lock()
        assert stage.hear(p.Locked) == p.Locked("ORDERED")
        assert is_locked(stage)


def test_where_no_delay_is_granted_it_locks_all_the_same(
    glass: Glass, bus: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with FakeLogind(bus, refuses=True) as logind, Staging(glass) as stage:
        shows_ada(stage)
        heard = until("a sentence", lambda: capfd.readouterr().err)
        assert heard == (
            "stage: logind does not wait for the lock before it sleeps: org.freedesktop.DBus.Error.AccessDenied.\n"
        )
        logind.prepare(True)
        assert stage.hear(p.Locked) == p.Locked("SUSPEND")
        assert is_locked(stage)


def test_without_a_bus_the_stage_works_says_so_once_and_finds_it_later(
    glass: Glass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    with Staging(glass) as stage:
        shows_ada(stage)
        time.sleep(1.2)  # it has tried again
        assert capfd.readouterr().err == "stage: There is no message bus: nothing locks before this machine sleeps.\n"
        with message_bus_daemon(tmp_path) as address, FakeLogind(address) as logind:
            delay = logind.delay()
            logind.prepare(True)
            wait_until_let_go(delay)
            assert is_locked(stage)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("", SYSTEM_BUS),
        ("unix:path=/tmp/bus,guid=1", "/tmp/bus"),
        ("tcp:host=x;unix:abstract=/tmp/bus", "\0/tmp/bus"),
        ("nonsense", SYSTEM_BUS),
    ],
)
def test_addresses(address: str, path: str) -> None:
    assert socket_of(address) == path
