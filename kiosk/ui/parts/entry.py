"""A secret being typed: the field with the keypad; or, for any characters, with words and the thing it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.model.secret import Secret
from kiosk.ui.parts.button import Button
from kiosk.ui.parts.field import LONGEST_SECRET, SecretField
from kiosk.ui.parts.keypad import Keypad
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.picture import Motive, Picture
from kiosk.ui.parts.text import Text

START_CODE_DIGITS, RECOVERY_DIGITS = 12, 20
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


class Entry(QWidget):
    """Hands what was typed to ``typed``, once, when Enter is pressed."""

    def __init__(self, kit: Kit, typed: Callable[[Secret], None]) -> None:
        super().__init__()
        self._kit = kit
        self._entry: object = None
        self._digits = 0
        self._status: NoticeLine | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(10))
        self.field = SecretField(typed)
        self._keypad = Keypad(kit, self.field.take, self.field.erase, self.field.confirm)
        self._hint = Text("lead")
        self._confirm = Button(kit, "primary", self.field.confirm, "enter")
        self._confirm.say(kit.words("prove.confirm"))
        self._room = self._picture_room()
        column.addWidget(self.field)
        column.addWidget(self._keypad, 1)
        column.addWidget(self._hint)
        column.addWidget(self._room, 1)
        column.addWidget(self._confirm)

    def _picture_room(self) -> QWidget:
        """Where there is no keypad: the thing whose PIN it is."""
        self._picture = Picture(self._kit, "key", _HIGH)
        return _PictureRoom(self._picture)

    def begin(self, entry: object) -> None:
        """Empty the field, unless ``entry`` is what was begun last."""
        if entry != self._entry:
            self._entry = entry
            self.field.forget()

    def forget(self) -> None:
        """Empty the field for good."""
        self._entry = None
        self.field.forget()

    def show_entry(self, name: str, hint: str, *, digits_only: bool, waits: bool, motive: Motive = "key") -> None:
        """``name``: of the field, for screen readers. ``hint``, ``motive``: shown where there is no keypad.

        The field stays focusable while it ``waits``, so that the keyboard does not slip to another button.
        """
        self.field.digits_only = digits_only
        self.field.show_small(self._digits > START_CODE_DIGITS)
        self.field.setReadOnly(waits)
        self.field.setAccessibleName(name)
        self._keypad.setVisible(digits_only)
        self._keypad.setEnabled(not waits)
        for widget in (self._hint, self._room, self._confirm):
            widget.setVisible(not digits_only)
        if not digits_only:
            self._hint.say(hint)
            self._picture.change(motive)
        self._confirm.setEnabled(not waits)

    def count(self, digits: int, status: NoticeLine) -> None:
        """Take just so many digits, and say in ``status`` how many are there: a row of dots is hard to count."""
        self.limit(digits, digits)
        self._digits = digits
        if self._status is None:
            self._status = status
            self.field.textChanged.connect(lambda _: self._counted())

    @property
    def counts(self) -> bool:
        """Whether it is said how many digits are there."""
        return self._digits > 0

    def _counted(self) -> None:
        typed = len(self.field.text())
        if typed and self._digits and self._status is not None:
            self._status.say(self._kit.words("prove.counted", n=typed, of=self._digits))

    def limit(self, shortest: int, longest: int = LONGEST_SECRET) -> None:
        """Take no fewer characters, and no more. Of fewer ``field.short`` tells, and leaves them there."""
        self._digits = 0
        self.field.shortest = shortest
        self.field.setMaxLength(min(longest, LONGEST_SECRET) if longest else LONGEST_SECRET)
