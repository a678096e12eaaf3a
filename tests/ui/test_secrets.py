"""A typed secret shows nowhere, and is gone from the field once handed over."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from kiosk.ui.parts.field import SecretField
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Show, Shown

MARK = "90817263"


def _filled(show: Show) -> tuple[Shown, SecretField]:
    shown = show(SAMPLES["second-factor-pin"])
    field = shown.view.findChild(SecretField)
    assert field is not None
    QTest.keyClicks(field, MARK)
    return shown, field


def test_it_shows_as_dots_and_reaches_no_screen_reader(show: Show) -> None:
    shown, field = _filled(show)
    assert field.echoMode() == QLineEdit.EchoMode.Password
    assert MARK not in field.displayText()
    spoken = QAccessible.queryAccessibleInterface(field)
    for part in (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description, QAccessible.Text.Help):
        assert MARK not in spoken.text(part)
    assert spoken.state().passwordEdit
    assert all(MARK not in label.text() for label in shown.view.findChildren(QLabel))


def test_it_is_gone_once_handed_over_and_cannot_be_brought_back(show: Show) -> None:
    shown, field = _filled(show)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert shown.events
    assert field.text() == ""
    field.setEchoMode(
        QLineEdit.EchoMode.Normal
    )  # in password mode Qt hides undo; its history must be empty all the same
    field.undo()
    assert field.text() == ""


def test_it_can_be_neither_copied_nor_pasted(show: Show) -> None:
    QGuiApplication.clipboard().setText("before")
    _, field = _filled(show)
    field.selectAll()
    for shortcut in (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut, QKeySequence.StandardKey.Paste):
        QTest.keySequence(field, QKeySequence(shortcut))
    assert QGuiApplication.clipboard().text() == "before"
    assert field.text() == MARK


def test_an_event_with_a_secret_does_not_show_it(show: Show) -> None:
    shown, field = _filled(show)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert MARK not in repr(shown.events)


def test_suggestions_and_learning_are_off(show: Show) -> None:
    _, field = _filled(show)
    wanted = (
        Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhHiddenText
    )
    assert field.inputMethodHints() & wanted == wanted
    assert not field.acceptDrops()
    assert not field.dragEnabled()
