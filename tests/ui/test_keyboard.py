"""Everything can be done with the keyboard alone, and what is typed goes where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from kiosk.model.proof import Method
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import Entered, LoginTyped, MethodPicked, PurposePicked
from kiosk.session.facts.screen_parts import LockScreen
from kiosk.session.facts.screens import SecondFactor, StepUp
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.people import AROUND
from kiosk.ui.samples.proofs import KEY_PIN, PIN
from kiosk.ui.views import draw
from tests.fakes.live import Live, pin_wanted
from tests.fakes.screens import Show, Shown, enter, entered, focus, said


def dots() -> int:
    """How many there are in the field that has the keyboard."""
    field = focus()
    assert isinstance(field, SecretField)
    return field.count


def type_any(text: str) -> None:
    """Types characters that QTest knows no key for."""
    for character in text:
        QApplication.sendEvent(focus(), QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character))


def test_digits_and_enter_give_the_pin(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    QTest.keyClicks(focus(), "4711")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert entered(shown) == ["4711"]


def test_the_keypad_gives_the_same(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    keys = {
        k.accessibleName(): k
        for k in shown.view.findChildren(QAbstractButton)
        if k.property("kind") in ("key", "primary")
    }
    for name in ("4", "7", "9", "Erase", "1", "0", "Enter"):
        QTest.mouseClick(keys[name], Qt.MouseButton.LeftButton)
    assert entered(shown) == ["4710"]


def test_letters_do_not_enter_a_field_for_digits(live: Live) -> None:
    live.at(pin_wanted)
    type_any("a1-b2²٣")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert live.handed() == ["12"]


def test_a_keys_pin_may_hold_any_characters(show: Show) -> None:
    shown = show(SAMPLES["second-factor-key-pin"])
    type_any("grün 7!")
    QTest.keyClick(focus(), Qt.Key.Key_Enter)
    assert entered(shown) == ["grün 7!"]


def test_enter_on_an_empty_field_does_nothing(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [Entered(0)], "the session knows best whether it is empty"


def test_while_the_pin_is_checked_nothing_can_be_typed_and_enter_hits_no_button(show: Show) -> None:
    shown = show(SAMPLES["second-factor-wait"])
    QTest.keyClicks(focus(), "99")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == []


@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("second-factor-pin", Button.CANCEL),
        ("second-factor-key", Button.CANCEL),
        ("locked-login", Button.CANCEL),
        ("reading", Button.CANCEL),
        ("unknown-badge", Button.CANCEL),
        ("step-up-pin", Button.REFUSE),
        ("step-up-key", Button.REFUSE),
        ("step-up-purpose", Button.REFUSE),
        ("step-up-asking", Button.REFUSE),
    ],
)
def test_escape_refuses(show: Show, name: str, button: Button) -> None:
    shown = show(SAMPLES[name])
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events == [Pressed(button)]


def test_escape_on_the_locked_screen_does_nothing(show: Show) -> None:
    shown = show(SAMPLES["locked"])
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events == []


def test_a_letter_on_the_locked_screen_opens_the_login_and_is_not_lost(show: Show) -> None:
    shown = show(SAMPLES["locked"])
    QTest.keyClicks(focus(), "mlopez")
    assert shown.events == [Pressed(Button.USE_CODE)]
    draw(shown.view, SAMPLES["locked-login"])
    shown.view.focus_act()
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events[1:] == [LoginTyped("mlopez")]


def test_a_pin_typed_too_early_never_shows_on_the_locked_screen(show: Show) -> None:
    shown = show(SAMPLES["locked"])
    QTest.keyClicks(focus(), "123456")
    draw(shown.view, SAMPLES["locked-login"])
    assert shown.events == []
    assert [f.text() for f in shown.view.findChildren(QLineEdit)] == [""]


def test_the_login_is_empty_for_the_next_person(show: Show) -> None:
    shown = show(SAMPLES["locked-login"])
    QTest.keyClicks(focus(), "alopez")
    draw(shown.view, LockScreen(AROUND))
    draw(shown.view, SAMPLES["locked-login"])
    assert [f.text() for f in shown.view.findChildren(QLineEdit)] == [""]


@pytest.mark.parametrize(("name", "button"), [("unknown-badge", Button.TRY_AGAIN), ("out-of-order", Button.TRY_AGAIN)])
def test_enter_does_the_main_act(show: Show, name: str, button: Button) -> None:
    shown = show(SAMPLES[name])
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [Pressed(button)]


@pytest.mark.parametrize(
    "act", [lambda w: QTest.keyClick(w, Qt.Key.Key_A), lambda w: QTest.mouseClick(w, Qt.MouseButton.LeftButton)]
)
def test_any_key_and_any_touch_stays(show: Show, act: Callable[[QWidget], object]) -> None:
    shown = show(SAMPLES["fading"])
    act(shown.view)
    assert shown.events == [Pressed(Button.STAY)]


def test_another_method_is_reached_by_tab(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    seen = []
    for _ in range(4):
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
        seen.append(focus().accessibleName())
    assert {"One-time code", "Cancel"} <= set(seen)
    while focus().accessibleName() != "One-time code":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [MethodPicked(Method.OTP)]


def test_digits_typed_on_a_button_go_into_the_field(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClicks(focus(), "1")
    QTest.keyClicks(focus(), "23")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert entered(shown) == ["123"]


def test_a_purpose_is_picked_or_typed(show: Show) -> None:
    shown = show(SAMPLES["step-up-purpose"])
    enter(shown)
    QTest.keyClicks(focus(), "a")
    QTest.keyClicks(focus(), "udit 7")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [PurposePicked("treatment"), PurposePicked("audit 7")]


@pytest.mark.parametrize("name", ["step-up-purpose", "step-up-page"])
def test_enter_out_of_habit_approves_nothing_that_was_not_read(show: Show, name: str) -> None:
    shown = show(SAMPLES[name])
    first, screen = focus(), SAMPLES[name]
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert picked(shown) == []
    enter(shown)
    assert len(picked(shown)) == 1
    assert isinstance(screen, StepUp)
    draw(shown.view, replace(screen, request_number=screen.request_number + 1))
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert len(picked(shown)) == 1, "another request is another thing to read"


def picked(shown: Shown) -> list[Event]:
    return [event for event in shown.events if isinstance(event, PurposePicked | Pressed)]


def test_a_usb_key_is_looked_for_at_a_touch(show: Show) -> None:
    shown = show(SAMPLES["second-factor-key"])
    button = next(b for b in shown.view.findChildren(QAbstractButton) if "USB" in b.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown.events == [Pressed(Button.USB_KEY)]


@pytest.mark.parametrize(
    ("word", "button"), [("Lock", Button.LOCK), ("Help", Button.HELP), ("My keys", Button.MY_KEYS)]
)
def test_the_bar_has_its_buttons(show: Show, word: str, button: Button) -> None:
    shown = show(SAMPLES["active"])
    QTest.mouseClick(
        next(b for b in shown.view.findChildren(QAbstractButton) if b.text() == word), Qt.MouseButton.LeftButton
    )
    assert shown.events == [Pressed(button)]


@pytest.mark.parametrize(
    ("name", "word"), [("unknown-badge", "It is mine: add it"), ("locked-login", "I have a start code")]
)
def test_an_enrolment_is_begun_where_it_is_offered(show: Show, name: str, word: str) -> None:
    shown = show(SAMPLES[name])
    button = next(b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.text() == word)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown.events == [Pressed(Button.ENROL)]


def test_no_badge_is_enrolled_where_that_is_not_allowed(show: Show) -> None:
    view = show(SAMPLES["unknown-badge-closed"]).view
    assert not [b for b in view.findChildren(QAbstractButton) if b.isVisible() and b.text() == "It is mine: add it"]


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)], ids=str)
def test_missing_keys_stand_on_the_bar(show: Show, size: tuple[int, int]) -> None:
    shown = show(SAMPLES["active-keys-missing"], size)
    assert "1 key missing" in said(shown.view)
    assert "key missing" not in said(show(SAMPLES["active"], size).view)


def test_not_me_is_offered_where_the_session_went(show: Show) -> None:
    shown = show(SAMPLES["locked-moved"])
    button = next(b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and "not me" in b.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert shown.events == [Pressed(Button.NOT_ME)]


def test_a_new_entry_empties_the_field_and_the_same_one_keeps_it(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    screen = SAMPLES["second-factor-pin"]
    assert isinstance(screen, SecondFactor)
    draw(shown.view, replace(screen, prove=replace(PIN, entry=EntryView(1, 2))))
    assert dots() == 2
    draw(shown.view, replace(screen, prove=replace(PIN, entry=EntryView(1, 2), retries_left=3)))
    assert dots() == 2
    draw(shown.view, replace(screen, prove=replace(PIN, entry=EntryView(2))))
    assert dots() == 0


def test_another_method_never_gets_what_was_typed_for_the_first(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    draw(shown.view, SAMPLES["second-factor-typed"])
    assert dots() == 4
    draw(shown.view, SAMPLES["second-factor-key-pin"])
    assert KEY_PIN.method is Method.FIDO2
    assert dots() == 0
