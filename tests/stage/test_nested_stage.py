"""The stage process on a real X server: what another client sees and what the programs inside hear."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from Xlib import X

from kiosk.stage import protocol as p
from tests.fakes.glass import Glass, xvfb
from tests.fakes.process_table import alive, family, only, until
from tests.fakes.staging import LOCKED, Staging, program

RED, GREEN = (0xC0, 0x20, 0x20), (0x20, 0xC0, 0x20)
MIDDLE = (1280, 512)
pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    """Two monitors side by side, 1280 and 1280 wide."""
    with xvfb(2560, 1024) as name:
        seen = Glass(name)
        for words in (["left", "1280/340x1024/270+0+0", "screen"], ["right", "1280/340x1024/270+1280+0", "none"]):
            subprocess.run(["xrandr", "--display", name, "--setmonitor", *words], check=True, timeout=10)
        yield seen
        seen.close()


@pytest.fixture
def stage(glass: Glass) -> Iterator[Staging]:
    with Staging(glass) as staging:
        yield staging


@pytest.fixture
def ada(stage: Staging) -> int:
    """Ada's workspace is shown; the number of its first process."""
    stage.greet()
    first = stage.open(1, "ada")
    sees(stage, RED)
    return first


def sees(stage: Staging, colour: tuple[int, int, int]) -> None:
    """Whoever looks at the middle, and at both monitors, sees ``colour``."""
    points = (MIDDLE, (40, 900), (2500, 200))
    until(f"{colour}", lambda: all(stage.glass.pixel(*point) == colour for point in points))


def is_locked(stage: Staging) -> None:
    until("nothing but the shield", lambda: stage.glass.colours() == {LOCKED})


def stage_pid(stage: Staging) -> int:
    assert stage.process is not None
    return stage.process.pid


def one(stage: Staging, name: str, under: int = 0) -> int:
    """The only process of that name."""
    return until(f"one {name}", lambda: only([p for p, n in family(under or stage_pid(stage)).items() if n == name]))


def test_a_second_stage_is_refused_and_the_first_goes_on(stage: Staging, ada: int) -> None:
    second = Staging(stage.glass)
    with pytest.raises(AssertionError, match="the stage ended with 78"):
        second.start()
    second.__exit__(None, None, None)
    sees(stage, RED)
    stage.glass.type("a")
    until("a key", lambda: stage.presses("ada"))


def test_after_a_killed_stage_the_next_one_is_not_refused(glass: Glass) -> None:
    for _ in range(3):
        with Staging(glass) as stage:
            stage.greet()
            stage.kill()


def test_it_starts_locked(stage: Staging) -> None:
    is_locked(stage)
    stage.greet()
    assert stage.glass.colours() == {LOCKED}


def test_a_workspace_is_seen_when_shown_and_never_when_locked(stage: Staging, ada: int) -> None:
    stage.lock()
    is_locked(stage)
    stage.open(2, "ben")
    sees(stage, GREEN)
    stage.show(1)
    sees(stage, RED)
    assert GREEN not in stage.glass.colours()
    stage.lock()
    is_locked(stage)


def test_keys_reach_the_workspace_that_is_seen_and_no_other(stage: Staging, ada: int) -> None:
    stage.glass.type("abc")
    until("three keys", lambda: len(stage.presses("ada")) == 3)
    stage.open(2, "ben")
    sees(stage, GREEN)
    stage.glass.type("defgh")
    until("five keys", lambda: len(stage.presses("ben")) == 5, 5)
    stage.lock()
    is_locked(stage)
    stage.glass.type("secret")
    time.sleep(0.3)
    assert (len(stage.presses("ada")), len(stage.presses("ben"))) == (3, 5)


def test_a_key_held_during_a_switch_does_not_stick(stage: Staging, ada: int) -> None:
    stage.glass.key("Control_L", True)
    until("it is down", lambda: stage.keys("ada"))
    stage.open(2, "ben")
    until("it is let go", lambda: any(k[0] == "-" for k in stage.keys("ada")))
    stage.glass.key("Control_L", False)
    stage.show(1)
    stage.glass.type("a")
    until("the next key", lambda: len(stage.presses("ada")) > 1)
    assert stage.presses("ada")[1].endswith(" 0"), "no modifier is down"


def test_a_button_held_during_a_switch_does_not_stick(stage: Staging, ada: int) -> None:
    stage.glass.move(*MIDDLE)
    stage.glass.button(1, True)
    stage.open(2, "ben")
    sees(stage, GREEN)
    stage.glass.button(1, False)
    stage.show(1)

    def heard() -> list[str]:
        stage.glass.type("a")
        return stage.presses("ada")

    until("a key", heard)
    assert stage.presses("ada")[0].endswith(" 0"), "no button is down"


@pytest.mark.parametrize(
    "packet",
    [b"", b"UNLOCK", b"SHOW", b"SHOW 01", b"SHOW -1", b"SHOW 1 1", b"show 1", b"ADD 5 x", b"\xff" * 40, b"A" * 4097],
    ids=["empty", "unknown", "short", "zero", "sign", "long", "case", "fields", "bytes", "huge"],
)
def test_a_malformed_message_locks_and_costs_the_agent_its_life(stage: Staging, ada: int, packet: bytes) -> None:
    before = stage.agent
    stage.say_raw(packet)
    is_locked(stage)
    stage.accept()
    assert not alive(before)
    stage.greet()
    assert stage.hear(p.Have).login == "ada"
    assert stage.glass.colours() == {LOCKED}


def test_an_agent_that_falls_silent_is_replaced_and_the_screen_locked(stage: Staging, ada: int) -> None:
    before = stage.agent
    stage.silence()
    is_locked(stage)
    stage.accept()
    assert stage.agent != before and not alive(before)


def test_a_killed_agent_means_locked_and_the_workspaces_stay(stage: Staging, ada: int) -> None:
    os.kill(stage.agent, signal.SIGKILL)
    is_locked(stage)
    stage.accept()
    stage.greet()
    assert stage.hear(p.Have) == p.Have(1, "ada")
    assert stage.hear(p.Inside) == p.Inside(1, ada)
    assert stage.glass.colours() == {LOCKED}
    stage.show(1)
    sees(stage, RED)


@pytest.mark.parametrize("shown", [True, False], ids=["active", "locked"])
def test_a_killed_stage_leaves_nothing_to_be_seen_and_nothing_running(stage: Staging, ada: int, shown: bool) -> None:
    if not shown:
        stage.lock()
        is_locked(stage)
    everybody = family(stage_pid(stage))
    stage.kill()
    until("nothing of ada's", lambda: RED not in stage.glass.colours())
    until(
        "nobody left", lambda: not [f"{pid} {everybody[pid]}" for pid in everybody if alive(pid) and pid != stage.agent]
    )
    assert RED not in stage.glass.colours()


def test_a_hidden_one_s_dead_server_concerns_nobody_else(stage: Staging, ada: int) -> None:
    stage.open(2, "ben")
    sees(stage, GREEN)
    os.kill(stage.server("ada"), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "SERVER")
    sees(stage, GREEN)
    until("all of ada's", lambda: not alive(ada))
    stage.say(p.Show(1))
    assert stage.hear(p.Gone).number == 1
    sees(stage, GREEN)


def test_the_shown_one_s_dead_server_leaves_the_shield(stage: Staging, ada: int) -> None:
    os.kill(stage.server("ada"), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "SERVER")
    is_locked(stage)


def test_when_the_programs_end_the_workspace_is_gone(stage: Staging, ada: int) -> None:
    os.kill(next(pid for pid, name in family(ada).items() if name.startswith("python")), signal.SIGKILL)
    assert stage.hear(p.Gone) == p.Gone(1, "PROGRAMS")
    is_locked(stage)


def test_a_dead_window_manager_is_started_again(stage: Staging, ada: int) -> None:
    before = one(stage, "openbox", ada)
    os.kill(before, signal.SIGKILL)
    until("another one", lambda: one(stage, "openbox", ada) != before)
    sees(stage, RED)


def test_a_frozen_program_and_server_cannot_delay_a_lock(stage: Staging, ada: int) -> None:
    for pid, name in family(stage_pid(stage)).items():
        if name == "Xephyr" or pid in family(ada):
            os.kill(pid, signal.SIGSTOP)
    stage.lock()
    is_locked(stage)


def test_end_takes_every_descendant(glass: Glass) -> None:
    deaf = program("painter", "{login}", "{folder}/{login}.keys", "stubborn")
    with Staging(glass, [deaf]) as stage:
        stage.greet()
        first = stage.open(1, "ada")
        sees(stage, RED)
        everybody = family(first)
        assert len([name for name in everybody.values() if name.startswith("python")]) >= 2
        stage.say(p.End(1))
        assert stage.hear(p.Gone) == p.Gone(1, "ENDED")
        is_locked(stage)
        until("nobody left", lambda: not any(alive(pid) for pid in everybody))


def test_monitors_that_change_lock(stage: Staging, ada: int) -> None:
    words = ["xrandr", "--display", stage.glass.name, "--setmonitor"]
    subprocess.run([*words, "third", "300/80x300/80+2000+700", "none"], check=True, timeout=10)
    try:
        assert stage.hear(p.Locked) == p.Locked("MONITORS")
        is_locked(stage)
    finally:
        subprocess.run([*words[:3], "--delmonitor", "third"], check=True, timeout=10)


def test_idleness_is_told_once_and_not_before_a_touch_has_aged(stage: Staging, ada: int) -> None:
    stage.say(p.Watch(1))
    stage.hear(p.Idle)
    stage.say(p.Watch(0))


def test_the_stage_itself_locks_after_the_station_s_own_limit(glass: Glass) -> None:
    with Staging(glass, idle_limit=1) as stage:
        stage.greet()
        stage.open(1, "ada")
        assert stage.hear(p.Locked) == p.Locked("IDLE")
        is_locked(stage)


def test_a_tap_is_a_touch_for_that_limit_too(glass: Glass) -> None:
    with Staging(glass, idle_limit=1) as stage:
        stage.greet()
        stage.open(1, "ada")
        for _ in range(30):
            stage.say(p.Stir())
            last = time.monotonic()
            time.sleep(0.05)
            if stage.said(p.Locked):
                break
        assert stage.hear(p.Locked) == p.Locked("IDLE")
        assert time.monotonic() - last >= 1


def test_the_one_hidden_longest_makes_room(glass: Glass) -> None:
    with Staging(glass, most=2) as stage:
        stage.greet()
        for number, login in enumerate(("ada", "ben", "cleo"), 1):
            stage.open(number, login)
        assert stage.hear(p.Gone) == p.Gone(1, "LIMIT_MANY")
        stage.show(2)
        sees(stage, GREEN)


def test_during_hundreds_of_switches_the_wrong_colour_is_never_seen_after_shown(stage: Staging, ada: int) -> None:
    """Another client looks as often as it can; each look that began after ``Shown`` and ended before the next order."""
    stage.open(2, "ben")
    sees(stage, GREEN)
    looks = 0
    for round_ in range(100):
        number, wrong = (1, GREEN) if round_ % 2 == 0 else (2, RED)
        stage.show(number)
        for _ in range(3):
            assert wrong not in stage.glass.rows()
            looks += 1
        if round_ % 10 == 0:
            stage.lock()
            is_locked(stage)
    assert looks == 300


def test_a_stage_killed_in_the_middle_of_switching_never_shows_again(stage: Staging, ada: int) -> None:
    stage.open(2, "ben")
    stop = threading.Timer(0.05, stage.kill)
    stop.start()
    number = 0
    while stage.process is not None and stage.process.poll() is None:
        number += 1
        try:
            stage.say(p.Show(1 + number % 2))
        except OSError:
            break
    until("nothing of anybody", lambda: not stage.glass.colours() & {RED, GREEN})
    for _ in range(50):
        assert not stage.glass.rows() & {RED, GREEN}


def test_workspaces_make_room_for_the_agent_s_bar_as_high_as_it_is(stage: Staging, ada: int) -> None:
    root = stage.glass.root
    bar = root.create_window(0, 0, 1280, 90, 0, X.CopyFromParent, background_pixel=0xFFFFFF, override_redirect=1)
    bar.map()
    stage.glass.display.sync()
    until("red below the bar", lambda: stage.glass.pixel(2000, 91) == RED)
    until("no red beside it", lambda: stage.glass.pixel(2000, 89) == LOCKED)
    sees(stage, RED)
    bar.destroy()
    stage.glass.display.sync()


def test_the_agent_s_window_over_the_workspace_keeps_the_keyboard(stage: Staging, ada: int) -> None:
    root = stage.glass.root
    over = root.create_window(0, 0, 1280, 1024, 0, X.CopyFromParent, background_pixel=0xFFFFFF, override_redirect=1)
    over.map()
    over.set_input_focus(X.RevertToParent, X.CurrentTime)
    stage.glass.display.sync()
    stage.glass.type("secret")
    over.configure(height=56)
    stage.glass.display.sync()
    until("the workspace's turn", lambda: stage.glass.display.get_input_focus().focus != over)
    stage.glass.type("a")
    until("one key", lambda: stage.presses("ada"))
    assert len(stage.presses("ada")) == 1
    over.destroy()
    stage.glass.display.sync()
