"""Keys that a reader may type are held back until it is known whose they are; a person's go where they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from kiosk.demo.processes import until
from kiosk.model.wedge import MIN_TYPED
from kiosk.model.wedge_decode import alphabet
from kiosk.model.wedge_text import parse
from kiosk.session.facts.person_input import Keyed
from kiosk.session.facts.screens import SecondFactor
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from kiosk.ui.wedge import WedgeFilter
from tests.fakes.screens import Show

GAP = 30
NONE = Qt.KeyboardModifier.NoModifier


def let_go(gate: WedgeFilter) -> None:
    """Until it holds nothing back."""

    def idle() -> bool:
        QApplication.processEvents()
        return not gate.holds

    until("the gate", idle, every=0.002)


class Desk:
    """A window with a field and a button, and a reader."""

    def __init__(self, *, us_keys: bool = False) -> None:
        self.window = QWidget()
        self.window.resize(600, 400)
        self.field, self.other, self.button = QLineEdit(self.window), QLineEdit(self.window), QPushButton(self.window)
        self.pressed = self.entered = 0
        self.button.clicked.connect(self._pressed)
        self.field.returnPressed.connect(self._entered)
        self.window.show()
        self.window.activateWindow()
        self.field.setFocus()
        QApplication.processEvents()
        self.read: list[tuple[str | None, float]] = []
        gate = alphabet((parse("uid"),))
        self.gate = WedgeFilter(gate, GAP, lambda text, at: self.read.append((text, at)), us_keys=us_keys)
        self.at = 1000

    def _pressed(self) -> None:
        self.pressed += 1

    def _entered(self) -> None:
        self.entered += 1

    def key(self, text: str, after: int, *, up: bool = True, repeat: bool = False, code: int = 0) -> None:
        """One key, ``after`` milliseconds by the display's clock."""
        self.at += after
        key = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab, " ": Qt.Key.Key_Space}.get(
            text, Qt.Key(ord(text.upper()))
        )
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) if up else (QEvent.Type.KeyPress,):
            event = QKeyEvent(kind, key, NONE, code or ord(text) + 8, 0, 0, text, repeat)
            event.setTimestamp(self.at)
            QCoreApplication.sendEvent(self.window.windowHandle(), event)

    def keys(self, text: str, after: int = 5) -> None:
        for character in text:
            self.key(character, after)

    def wait(self) -> None:
        """Until nothing is held back any more."""
        let_go(self.gate)

    def close(self) -> None:
        self.gate.close()
        self.window.close()
        self.window.deleteLater()


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def test_a_readers_number_gets_into_no_field(desk: Desk) -> None:
    desk.keys("A1B2C3D4\r")
    desk.wait()
    assert desk.read == [("A1B2C3D4", desk.at / 1000 - 0.005)]
    assert (desk.field.text(), desk.entered) == ("", 0)


def test_what_a_person_types_comes_whole_and_in_order(desk: Desk) -> None:
    for character in "dad4you2":
        desk.key(character, 200)
    desk.key("\r", 200)
    desk.wait()
    assert desk.read == []
    assert (desk.field.text(), desk.entered) == ("dad4you2", 1)


def test_fast_fingers_are_a_persons(desk: Desk) -> None:
    """Two and three keys that roll over each other, and Enter right behind."""
    for gap, character in zip((200, 10, 200, 10, 10), "badea", strict=True):
        desk.key(character, gap)
    desk.key("\r", 10)
    desk.wait()
    assert desk.read == []
    assert (desk.field.text(), desk.entered) == ("badea", 1)


def test_digits_as_fast_without_an_enter_are_nobodys(desk: Desk) -> None:
    desk.keys("12345678")
    desk.wait()
    assert [text for text, _ in desk.read] == [None]
    assert desk.field.text() == ""


def test_an_enter_too_late_for_the_reader_is_the_persons(desk: Desk) -> None:
    desk.keys("12345678")
    desk.wait()
    desk.key("\r", GAP + 1)
    assert [text for text, _ in desk.read] == [None]
    assert (desk.field.text(), desk.entered) == ("", 1)


def test_a_second_enter_of_the_reader_presses_nothing(desk: Desk) -> None:
    desk.keys("12345678\r\r")
    desk.wait()
    desk.key("\r", 300)
    assert len(desk.read) == 1
    assert desk.entered == 1


def test_what_stands_in_the_field_stays_and_the_number_is_not_added(desk: Desk) -> None:
    desk.key("b", 200)
    desk.wait()
    desk.keys("12345678\r")
    desk.wait()
    assert desk.field.text() == "b"
    assert [text for text, _ in desk.read] == ["12345678"]


def test_a_key_of_a_person_that_runs_into_a_readers_number_gets_into_no_field(desk: Desk) -> None:
    desk.key("b", 200)
    desk.keys("12345678\r")
    desk.wait()
    assert desk.field.text() == ""
    assert [text for text, _ in desk.read] == ["b12345678"]


def test_what_was_held_back_for_a_field_that_lost_the_keyboard_is_given_to_nobody(desk: Desk) -> None:
    desk.key("1", 200)
    desk.other.setFocus()
    desk.wait()
    assert (desk.field.text(), desk.other.text(), desk.read) == ("", "", [])


def test_a_login_that_is_begun_on_its_page_goes_on_in_the_pages_field(desk: Desk) -> None:
    desk.window.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    desk.window.setFocus()
    desk.key("a", 200)
    desk.field.setFocus()
    desk.wait()
    assert desk.field.text() == "a"


def test_a_digit_for_one_persons_pin_gets_into_no_others(qapp: QApplication, show: Show) -> None:
    """The field is one widget, whoever is asked."""
    sample = SAMPLES["second-factor-pin"]
    assert isinstance(sample, SecondFactor)
    for number, typed in ((0, 1), (1, 0)):
        shown = show(sample)
        gate = WedgeFilter(alphabet((parse("uid"),)), GAP, lambda text, at: None)
        window = shown.view.window().windowHandle()
        QCoreApplication.sendEvent(window, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_7, NONE, 16, 0, 0, "7"))
        draw(shown.view, replace(sample, prove=replace(sample.prove, entry=EntryView(number))))
        let_go(gate)
        gate.close()
        assert sum(isinstance(event, Keyed) for event in shown.events) == typed


def test_space_presses_a_button_still(desk: Desk) -> None:
    desk.button.setFocus()
    desk.key(" ", 200)
    desk.wait()
    assert desk.pressed == 1
    desk.key(" ", 200, up=False)
    desk.wait()
    assert desk.pressed == 1
    event = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Space, NONE, ord(" ") + 8, 0, 0, " ")
    QCoreApplication.sendEvent(desk.window.windowHandle(), event)
    assert desk.pressed == 2


def test_a_key_held_down_is_a_persons(desk: Desk) -> None:
    desk.key("7", 200, up=False)
    for _ in range(20):
        desk.key("7", 25, up=False, repeat=True)
    desk.wait()
    assert desk.field.text() == "7" * 21
    assert desk.read == []


@pytest.mark.parametrize("gap", [0, 1, 5])
def test_a_digit_that_a_reader_types_twice_is_no_key_held_down(desk: Desk, gap: int) -> None:
    """Qt says that it is, where release and press have one time."""
    desk.key("9", 200)
    for _ in range(14):
        desk.key("9", gap, repeat=True)
    desk.key("\r", gap)
    desk.wait()
    assert [text for text, _ in desk.read] == ["9" * 15]
    assert (desk.field.text(), desk.entered) == ("", 0)


@pytest.mark.parametrize("typed", ["11", "11111"])
def test_an_enter_that_comes_too_late_is_a_persons(desk: Desk, typed: str) -> None:
    """Also where the program was too busy to see that the run before it was over."""
    desk.keys(typed)
    desk.key("\r", GAP + 1)
    desk.wait()
    assert desk.entered == 1
    assert (desk.field.text(), desk.read) in ((typed, []), ("", [(None, (desk.at - GAP - 1) / 1000)]))


def test_keys_that_no_reader_types_are_not_held_back(desk: Desk) -> None:
    desk.key("1", 200)
    desk.key("z", 5)
    assert desk.field.text() == "1z"


def whose(keys: list[tuple[str, int]]) -> tuple[str, int, list[str | None]]:
    """By the rule as it is written: what gets into the field, how many Enters, and what a reader typed."""
    field, enters, read, run, over = "", 0, list[str | None](), "", None

    def ended() -> None:
        nonlocal field, run
        if len(run) >= MIN_TYPED:
            read.append(None)
        else:
            field += run
        run = ""

    at = 0
    for character, after in keys:
        at += after
        if run and after > GAP:
            ended()
        if character == "\r" and len(run) >= MIN_TYPED:
            read.append(run)
            run, over = "", at
        elif character == "\r":
            again = not run and over is not None and at - over <= GAP
            ended()
            enters += not again
        elif character == "z":
            ended()
            field += character
        else:
            run += character
    ended()
    return field, enters, read


@given(st.lists(st.tuples(st.sampled_from("1aF9z\r1a"), st.sampled_from([1, 5, GAP, GAP + 1, 300])), max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_key_is_a_persons_or_a_readers_and_none_both(qapp: QApplication, keys: list[tuple[str, int]]) -> None:
    desk = Desk()
    try:
        for character, after in keys:
            desk.key(character, after)
        desk.wait()
        field, enters, read = whose(keys)
        assert (desk.field.text(), desk.entered, [text for text, _ in desk.read]) == (field, enters, read)
    finally:
        desk.close()


def test_a_reader_that_types_for_the_united_states_is_understood_on_any_layout(qapp: QApplication) -> None:
    """On a French keyboard the unshifted digits are & é " ' ( - è _ ç à, and A is where Q is."""
    desk = Desk(us_keys=True)
    try:
        for character, code in zip("&é\"'(q", (10, 11, 12, 13, 14, 38), strict=True):
            desk.key(character, 5, code=code)
        desk.key("\r", 5)
        desk.wait()
        assert [text for text, _ in desk.read] == ["12345A"]
        desk.key("é", 200, code=11)
        desk.wait()
        assert desk.field.text() == "é"
    finally:
        desk.close()
