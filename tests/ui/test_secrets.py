"""A typed secret is nowhere in the window: each key goes to the session, which says how many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QClipboard, QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.enrolment_screens import EnrolWho
from kiosk.session.facts.person_input import Entered, Erased, Missed
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from tests.fakes.live import Live, pin_wanted
from tests.fakes.screens import Show, enrolment, entered, focus, said
from tests.session.world import ANA, KEY_OFFER, PIN_OFFER, wants

MARK = "90877963"
TEXTS = (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description, QAccessible.Text.Help)


def field_of(window: QWidget) -> SecretField:
    (field,) = [f for f in window.findChildren(SecretField) if f.isVisible()]
    return field


def test_it_shows_as_dots_and_a_screen_reader_hears_no_more_than_how_many(live: Live) -> None:
    live.at(pin_wanted)
    QTest.keyClicks(focus(), MARK)
    field = field_of(live.window)
    assert field.count == len(MARK)
    spoken = QAccessible.queryAccessibleInterface(field)
    assert spoken.text(QAccessible.Text.Name) == "PIN " + "●" * len(MARK)
    assert not any(digit in spoken.text(part) for part in TEXTS for digit in MARK)
    assert (spoken.role(), spoken.state().passwordEdit) == (QAccessible.Role.EditableText, True)
    assert spoken.textInterface() is None
    assert MARK not in said(live.window)


def test_no_line_of_text_in_the_window_ever_holds_it(live: Live) -> None:
    live.at(pin_wanted)
    QTest.keyClicks(focus(), MARK)
    assert not isinstance(field_of(live.window), QLineEdit)
    assert all(not line.text() for line in live.window.findChildren(QLineEdit))
    assert all(MARK not in label.text() for label in live.window.findChildren(QLabel))


def test_it_can_be_neither_copied_nor_cut_nor_selected_nor_pasted(live: Live) -> None:
    board = QGuiApplication.clipboard()
    board.setText("817")
    live.at(pin_wanted)
    QTest.keyClicks(focus(), MARK)
    field = field_of(live.window)
    keys = QKeySequence.StandardKey
    for shortcut in (keys.SelectAll, keys.Copy, keys.Cut, keys.Paste, keys.Undo, keys.Redo):
        QTest.keySequence(field, QKeySequence(shortcut))
    QTest.mouseDClick(field, Qt.MouseButton.LeftButton)
    QTest.mouseClick(field, Qt.MouseButton.MiddleButton)
    QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    QTest.mouseMove(field, QPoint(200, 10))
    QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=QPoint(200, 10))
    assert board.text() == "817"
    assert not (board.supportsSelection() and board.text(QClipboard.Mode.Selection))
    assert (field.count, field.acceptDrops()) == (len(MARK), False)


def test_a_key_that_is_held_down_is_typed_once(live: Live) -> None:
    live.at(pin_wanted)
    field = field_of(live.window)
    for at, again in ((5000, False), (5250, True), (5280, True)):  # milliseconds of the display
        key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_7, Qt.KeyboardModifier.NoModifier, "7", again)
        key.setTimestamp(at)
        QApplication.sendEvent(field, key)
    assert field.count == 1


def test_an_event_with_a_character_does_not_show_it(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    QTest.keyClicks(focus(), "77")
    assert "7" not in repr(shown.events)
    assert len(shown.events) == 2


def test_input_methods_are_told_nothing_of_what_stands_there(show: Show) -> None:
    field = field_of(show(SAMPLES["second-factor-key-pin"]).view)
    QTest.keyClicks(field, "plumtree")
    wanted = (
        Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhHiddenText
    )
    assert field.inputMethodHints() & wanted == wanted
    asked = Qt.InputMethodQuery
    for query in (asked.ImSurroundingText, asked.ImCurrentSelection, asked.ImTextBeforeCursor, asked.ImTextAfterCursor):
        assert not field.inputMethodQuery(query)


def test_no_input_method_gets_to_see_a_digit(show: Show) -> None:
    assert not field_of(show(SAMPLES["second-factor-pin"]).view).testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def test_a_letter_of_two_keys_is_typed_in_a_keys_pin(show: Show) -> None:
    shown = show(SAMPLES["second-factor-key-pin"])
    composed = QInputMethodEvent("´", [])
    QApplication.sendEvent(focus(), composed)
    done = QInputMethodEvent()
    done.setCommitString("é")
    QApplication.sendEvent(focus(), done)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert entered(shown) == ["é"]


def test_what_is_held_with_ctrl_is_not_typed(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    QTest.keyClick(focus(), Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert shown.events == []


def test_a_character_or_all_is_taken_back(show: Show) -> None:
    shown = show(SAMPLES["second-factor-pin"])
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
        QTest.keyClick(focus(), key)
    QTest.keyClick(focus(), Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    assert shown.events == [Erased(0), Erased(0), Erased(0, whole=True)]


def test_while_it_is_off_no_character_leaves_it_and_enter_neither(show: Show) -> None:
    shown = show(SAMPLES["second-factor-off"])
    QTest.keyClicks(focus(), "4")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [Missed(0), Missed(0)]
    assert field_of(shown.view).off == "Off for 14 seconds"
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events[-1] == Pressed(Touch.CANCEL)


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_screen_reader_is_told_that_it_is_off_and_for_how_long(show: Show, language: str) -> None:
    shown = show(SAMPLES["second-factor-off"], language=language)
    spoken = QAccessible.queryAccessibleInterface(field_of(shown.view))
    assert spoken.state().readOnly
    assert spoken.text(QAccessible.Text.Description) == shown.kit.words("prove.off_for", wait=14)
    assert shown.kit.words("prove.off") in said(shown.view)
    missed = show(SAMPLES["second-factor-missed"], language=language)
    assert missed.kit.words("prove.not_taken") in said(missed.view)


def test_when_the_wait_is_over_it_is_on_again_with_the_keyboard_in_it(live: Live) -> None:
    live.at(pin_wanted)
    QTest.keyClicks(focus(), "000000")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    live.shift.says(wants("c1", ANA, PIN_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3, wait=2)))
    live.show()
    field = field_of(live.window)
    assert (field.waits, field.hasFocus(), field.off) == (True, True, "Off for 2 seconds")
    QTest.keyClicks(focus(), MARK)
    assert live.shift.prove.entry.missed
    live.shift.rings("wait")
    live.show()
    assert field.off == "Off for 1 second"
    live.shift.rings("wait")
    live.show()
    assert (field.waits, field.hasFocus(), field.off) == (False, True, "")
    assert "on again" in said(live.window)
    QTest.keyClicks(focus(), MARK)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert live.events[-1] == Entered(live.events[-1].entry)  # type: ignore[union-attr]
    assert live.handed()[-1] == MARK


def test_the_seconds_that_are_counted_do_not_take_the_keyboard_from_a_button(live: Live) -> None:
    live.at(pin_wanted)
    QTest.keyClicks(focus(), "000000")
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    live.shift.says(wants("c1", ANA, PIN_OFFER, KEY_OFFER, refusal=Refusal(RefusalCode.WRONG_PIN, 3, wait=2)))
    live.show()
    while focus().accessibleName() != "Cancel":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    live.shift.rings("wait")
    live.show()
    assert focus().accessibleName() == "Cancel"
    live.shift.rings("wait")
    live.show()
    assert focus() is field_of(live.window), "on again, with the keyboard in it"


def test_the_seconds_of_a_start_code_do_not_take_it_either(show: Show) -> None:
    screen = enrolment("enrol-who-off")
    assert isinstance(screen.part, EnrolWho)
    shown = show(screen)
    while focus().accessibleName() != "Back":
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    draw(shown.view, replace(screen, part=replace(screen.part, wait=239)))
    shown.view.focus_act()
    assert focus().accessibleName() == "Back"
