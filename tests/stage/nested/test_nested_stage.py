"""The stage process on a real X server: what another client sees and what the programs inside hear."""

from __future__ import annotations

import subprocess
import threading
import time

from Xlib import X

from kiosk.stage import protocol as p
from tests.fakes.process_table import alive, family, until
from tests.fakes.staging import LOCKED, Staging, program
from tests.fakes.visible_display import Glass
from tests.stage.nested.seen import GREEN, MIDDLE, RED, is_locked, sees


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
