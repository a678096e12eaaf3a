"""A secret being typed: the field with the keypad; or, for any characters, with words and the thing it belongs to."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.keyboard import Eye, LayoutButton
from kiosk.ui.parts.keypad import Keypad
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.picture import Motive, Picture
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.parts.text import Text
from kiosk.ui.words import Words

_HIGH = 150
"""Of the picture, as drawn for 1280 × 800."""


class _PictureRoom(QWidget):
    """What is said above takes the room that it needs; the picture has what is left."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._picture = picture
        picture.setParent(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._picture.fit(_HIGH, self.height())
        self._picture.move((self.width() - self._picture.width()) // 2, (self.height() - self._picture.height()) // 2)


class EntryField(QWidget):
    """What is typed goes to the session key by key; what it says of it is drawn."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(10))
        self.field = SecretField(kit)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.field)  # a touch of the eye, or of the layout, leaves the keyboard where it is
        self._keypad = Keypad(kit, self.field, self.field.take, self.field.erase, self.field.confirm)
        self._hint = Text("lead")
        self._confirm = KeyedButton(kit, "primary", self.field.confirm, "enter")
        self._confirm.say(kit.words("prove.confirm"))
        self._room = self._picture_room()
        self._eye = Eye(kit, self.field.peek)
        self.field.left.connect(self._eye.let_go)
        self._layout = LayoutButton(kit)
        self._caps = NoticeLine(kit, size="small")
        line = QHBoxLayout()
        line.setSpacing(kit.px(10))
        line.addWidget(self.field, 1)
        line.addWidget(self._eye)
        below = QHBoxLayout()
        below.setSpacing(kit.px(10))
        below.addWidget(self._layout)
        below.addWidget(self._caps, 1)
        column.addLayout(line)
        column.addWidget(self._keypad, 1)
        column.addLayout(below)
        column.addWidget(self._hint)
        column.addWidget(self._room, 1)
        column.addWidget(self._confirm)

    def _picture_room(self) -> QWidget:
        """Where there is no keypad: the thing whose PIN it is."""
        self._picture = Picture(self._kit, "key", _HIGH)
        return _PictureRoom(self._picture)

    def show_entry(
        self,
        entry: EntryView,
        name: str,
        hint: str = "",
        *,
        digits_only: bool,
        waits: bool,
        off: int | None = None,
        digits: int = 0,
        motive: Motive = "key",
    ) -> None:
        """``name``: of the field, for screen readers. ``hint``, ``motive``: shown where there is no keypad.

        ``waits``: takes nothing now; ``off``: nor for these seconds. ``digits``: of a code of known length.
        """
        self.field.show_entry(entry, name, digits_only=digits_only, digits=digits, waits=waits, off=off)
        idle = waits or off is not None
        self._keypad.setVisible(digits_only)
        self._keypad.setEnabled(not idle)
        self._keypad.show_off(off is not None)
        for widget in (self._hint, self._room, self._confirm, self._eye):
            widget.setVisible(not digits_only)
        if not digits_only:
            self._hint.say(hint)
            self._picture.change(motive)
        self._confirm.setEnabled(not idle)
        self._eye.setEnabled(not idle)
        self._caps.say(self._kit.words("keyboard.caps") if entry.caps else "", "warning")
        self._layout.show_layout(entry.layout)

    def forget(self) -> None:
        """Show nothing typed, until the session says otherwise."""
        self.field.forget()


def typed_said(words: Words, entry: EntryView, shortest: int, longest: int, *, digits_only: bool, counted: bool) -> str:
    """Of what is typed: that it was in vain, is too short or too long, or how many digits there are; else nothing."""
    if entry.missed:
        return words("prove.not_taken")
    if entry.short:
        return words("enrol.too_few" if digits_only else "enrol.too_short", n=shortest)
    if entry.long and not counted:
        return words("enrol.too_many" if digits_only else "enrol.too_long", n=longest)
    return words("prove.counted", n=entry.count, of=shortest) if counted and entry.count else ""
