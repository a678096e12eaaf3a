"""What one person left of the keyboard does not reach the next: a key held down, Caps Lock, the layout's group."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from Xlib import X

from tests.fakes.painter import COLOURS
from tests.fakes.process_table import until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def stage() -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        with Staging(glass) as staging:
            staging.greet()
            for number, login in ((2, "ben"), (1, "ada")):
                staging.open(number, login)
                sees(staging, login)
            yield staging
        glass.close()


@pytest.fixture(autouse=True)
def locked(stage: Staging) -> None:
    stage.lock()
    until("the lock", lambda: stage.glass.colours() == {LOCKED})


def sees(stage: Staging, login: str) -> None:
    until(login, lambda: stage.glass.pixel(600, 400) == tuple(COLOURS[login].to_bytes(3, "big")))


def lamps_and_locks(glass: Glass) -> tuple[int, int]:
    return glass.display.get_keyboard_control().led_mask, glass.root.query_pointer().mask


def press(glass: Glass, *names: str) -> None:
    for name in names:
        glass.key(name, True)
        glass.key(name, False)


def test_a_key_held_since_the_lock_screen_does_not_repeat_into_the_workspace(stage: Staging) -> None:
    stage.glass.key("a", True)
    try:
        before = stage.keys("ada")
        stage.show(1)
        sees(stage, "ada")
        stage.glass.type("b")  # as long as it is held, the keyboard is nobody's
    finally:
        stage.glass.key("a", False)
    codes = {name: stage.glass.display.keysym_to_keycode(ord(name)) for name in "abc"}

    def heard() -> list[int]:
        stage.glass.type("c")
        return [int(press.split()[0]) for press in stage.keys("ada")[len(before) :] if press.startswith("+")]

    until("the keyboard", lambda: codes["c"] in heard())
    assert set(heard()) == {codes["c"]}


def test_who_is_shown_again_keeps_their_keyboard_though_they_hold_a_key(stage: Staging) -> None:
    stage.show(1)
    sees(stage, "ada")
    before = len(stage.presses("ada"))
    stage.glass.key("Shift_L", True)
    until("Shift", lambda: len(stage.presses("ada")) > before)
    stage.show(1)
    press(stage.glass, "a")
    stage.glass.key("Shift_L", False)
    letter = f"+{stage.glass.display.keysym_to_keycode(ord('a'))} "
    heard = until("the letter", lambda: [press for press in stage.presses("ada")[before:] if press.startswith(letter)])
    assert [press.removeprefix(letter) for press in heard] == ["1"]


def test_neither_caps_lock_nor_num_lock_goes_on_to_the_next_person(stage: Staging) -> None:
    stage.show(1)
    sees(stage, "ada")
    assert lamps_and_locks(stage.glass) == (0, 0)
    press(stage.glass, "Caps_Lock", "Num_Lock")
    assert lamps_and_locks(stage.glass) != (0, 0)
    stage.show(2)
    sees(stage, "ben")
    assert lamps_and_locks(stage.glass) == (0, 0)
    press(stage.glass, "a")
    until("the key", lambda: stage.presses("ben"))
    assert stage.presses("ben")[-1].endswith(" 0")


def test_what_was_locked_at_the_lock_screen_is_nobody_s(stage: Staging) -> None:
    press(stage.glass, "Caps_Lock")
    stage.show(1)
    assert lamps_and_locks(stage.glass) == (0, 0)


def test_a_key_in_the_moment_in_which_the_work_is_said_to_be_seen_arrives(stage: Staging) -> None:
    for _ in range(20):
        stage.lock()
        before = len(stage.presses("ada"))
        stage.show(1)
        press(stage.glass, "a")
        until("the key", lambda: len(stage.presses("ada")) > before)  # noqa: B023 # asked in this round only


def test_a_key_held_while_a_question_covers_the_work_is_let_go_there(stage: Staging) -> None:
    stage.show(1)
    sees(stage, "ada")
    before = len(stage.keys("ada"))
    stage.glass.key("a", True)
    try:
        until("the key", lambda: len(stage.keys("ada")) > before)
        question = stage.glass.root.create_window(
            0, 0, 1280, 800, 0, X.CopyFromParent, background_pixel=0xFFFFFF, override_redirect=1
        )
        question.map()
        stage.glass.display.sync()
        question.set_input_focus(X.RevertToNone, X.CurrentTime)
        stage.glass.display.sync()
        until("its release", lambda: stage.keys("ada")[-1].startswith("-"))
    finally:
        stage.glass.key("a", False)
        question.destroy()
        stage.glass.display.sync()
