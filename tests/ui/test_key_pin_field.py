"""The field of a key's PIN: Caps Lock, the layout, and the eye that is held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.model.secret import Secret
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.events import Event
from kiosk.session.facts.person_input import Keyed, Peeked
from kiosk.session.facts.screens import SecondFactor
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.parts.keyboard import Eye, LayoutButton
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.proofs import KEY_PIN, PIN
from kiosk.ui.views import draw
from tests.fakes.screens import Show, Shown, said

LEFT = Qt.MouseButton.LeftButton


def shown_with(show: Show, entry: EntryView) -> Shown:
    sample = SAMPLES["second-factor-key-pin"]
    assert isinstance(sample, SecondFactor)
    return show(replace(sample, prove=replace(KEY_PIN, entry=entry)))


def eye_of(shown: Shown) -> Eye:
    return shown.view.findChildren(Eye)[0]


def field_of(shown: Shown) -> SecretField:
    return next(field for field in shown.view.findChildren(SecretField) if field.isVisible())


def peeks(events: list[Event]) -> list[bool]:
    return [event.on for event in events if isinstance(event, Peeked)]


def test_caps_lock_is_said_as_long_as_it_is_on(show: Show) -> None:
    assert "Caps Lock is on." in said(shown_with(show, EntryView(1, 2, caps=True)).view)
    assert "Caps Lock" not in said(shown_with(show, EntryView(1, 2)).view)


def test_the_layout_is_shown_where_there_are_several_and_a_touch_changes_it(show: Show) -> None:
    shown = shown_with(show, EntryView(1, 2, layout="DE"))
    [button] = [button for button in shown.view.findChildren(LayoutButton) if button.isVisible()]
    assert (button.text(), button.accessibleName()) == ("DE", "Keyboard: DE. Touch for the next one.")
    QTest.mouseClick(button, LEFT)
    assert shown.events == [Pressed(Button.LAYOUT)]
    alone = shown_with(show, EntryView(1, 2))
    assert not [button for button in alone.view.findChildren(LayoutButton) if button.isVisible()]


@pytest.mark.parametrize("name", ["locked-layout", "active-layout"])
def test_lock_screen_and_bar_have_it_too(show: Show, name: str) -> None:
    shown = show(SAMPLES[name])
    [button] = [button for button in shown.view.findChildren(LayoutButton) if button.isVisible()]
    QTest.mouseClick(button, LEFT)
    assert shown.events == [Pressed(Button.LAYOUT)]


def test_the_eye_shows_as_long_as_it_is_held(show: Show) -> None:
    shown = shown_with(show, EntryView(1, 5))
    eye = eye_of(shown)
    QTest.mousePress(eye, LEFT)
    assert peeks(shown.events) == [True]
    QTest.mouseRelease(eye, LEFT)
    assert peeks(shown.events) == [True, False]
    eye.setFocus()
    QTest.keyPress(eye, Qt.Key.Key_Space)
    QTest.keyRelease(eye, Qt.Key.Key_Space)
    assert peeks(shown.events) == [True, False, True, False]


def test_a_touch_of_the_eye_leaves_the_keyboard_where_it_is(show: Show) -> None:
    shown = shown_with(show, EntryView(1, 5))
    QTest.mouseClick(eye_of(shown), LEFT)
    assert isinstance(QApplication.focusWidget(), SecretField)


@pytest.mark.parametrize("how", ["hidden", "unfocused", "another screen"])
def test_however_the_hold_ends_it_is_told(show: Show, how: str) -> None:
    shown = shown_with(show, EntryView(1, 5))
    eye, field = eye_of(shown), shown.view.findChildren(SecretField)[0]
    QTest.mousePress(eye, LEFT)
    if how == "hidden":
        shown.view.hide()
    elif how == "unfocused":
        QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))
    else:
        sample = SAMPLES["second-factor-pin"]
        draw(shown.view, sample)
    assert peeks(shown.events) == [True, False]


def test_there_is_no_eye_at_the_keypad(show: Show) -> None:
    sample = SAMPLES["second-factor-pin"]
    assert isinstance(sample, SecondFactor)
    shown = show(replace(sample, prove=replace(PIN, entry=EntryView(1, 4))))
    assert not eye_of(shown).isVisible()


def test_what_is_seen_is_not_said_to_a_screen_reader(show: Show) -> None:
    shown = shown_with(show, EntryView(1, 6, shown=Secret("zebra7")))
    field = shown.view.findChildren(SecretField)[0]
    told = QAccessible.queryAccessibleInterface(field)
    assert told.text(QAccessible.Text.Name).count("●") == 6
    assert not any("zebra" in told.text(kind) for kind in QAccessible.Text)
    assert "zebra" not in said(shown.view)


def test_it_is_painted_while_it_is_shown_and_only_then(show: Show) -> None:
    pictures = [
        shown_with(show, entry).view.findChildren(SecretField)[0].grab().toImage()
        for entry in (EntryView(1, 6), EntryView(1, 6, shown=Secret("zebra7")), EntryView(1, 6))
    ]
    assert pictures[0] == pictures[2]
    assert pictures[0] != pictures[1]


def strokes(field: SecretField, *times: tuple[int, bool]) -> None:
    """One key, at these milliseconds of the display; True where Qt calls it a repeat."""
    for at, repeated in times:
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_E, Qt.KeyboardModifier.NoModifier, 26, 0, 0, "e", repeated)
        event.setTimestamp(at)
        QApplication.sendEvent(field, event)


def test_two_strokes_that_a_busy_display_passes_on_together_are_two(show: Show) -> None:
    """Qt calls the second one a repeat: press and release have the same time. A letter less would cost a try."""
    shown = shown_with(show, EntryView(1, 0))
    strokes(field_of(shown), (5000, False), (5000, True), (5250, True), (5280, True))
    assert len([event for event in shown.events if isinstance(event, Keyed)]) == 2
