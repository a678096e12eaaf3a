"""The field into which a secret is typed. It holds none: each key goes to the session, which says how many there are.

So nothing can be copied, selected, dragged, undone or read from it, by whatever program and by whatever mistake.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from kiosk.model.secret import Secret
from kiosk.session.facts.person_input import Entered, Erased, Keyed, Missed, Peeked
from kiosk.session.facts.secret_field import NOTHING_TYPED, EntryView
from kiosk.ui.parts import spoken_field, unheard
from kiosk.ui.parts.keys import Strokes, is_typing
from kiosk.ui.parts.kit import Kit

GROUP = 4
"""Digits of a long code that stand together, as on paper."""
_ERASE = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CONTROL = Qt.KeyboardModifier.ControlModifier
_HINTS = (
    Qt.InputMethodHint.ImhHiddenText
    | Qt.InputMethodHint.ImhSensitiveData
    | Qt.InputMethodHint.ImhNoPredictiveText
    | Qt.InputMethodHint.ImhNoAutoUppercase
)


class SecretField(QWidget):
    """Posts ``Keyed``, ``Erased``, ``Entered``; shows one dot a character."""

    left = Signal()
    """It lost the keyboard: to another button, another window or another screen."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._entry = NOTHING_TYPED
        self._digits = 0
        self._waits = False
        self._off = ""
        self._focused = -1
        self._strokes = Strokes()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.setInputMethodHints(_HINTS)
        self.setFixedHeight(kit.px(64))
        self.setProperty("told", "")
        spoken_field.install()

    def show_entry(
        self, entry: EntryView, name: str, *, digits_only: bool, digits: int = 0, waits: bool = False, off: int | None
    ) -> None:
        """``name``: for screen readers. ``digits``: how many there must be, 0 where that is not known.

        ``waits``: takes nothing now. ``off``: nor for these seconds. It stays focusable, so that the keyboard does not
        slip to another button.
        """
        before = self._looks()
        self._entry, self._digits, self._waits = entry, digits, waits or off is not None
        self._off = self._kit.words("prove.off_for", wait=off) if off is not None else ""
        # Where letters count, dead keys must work; digits need no input method, and none gets to see them.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, not digits_only and not self._waits)
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        if before != self._looks():
            spoken_field.changed(self)
            self.update()

    def _looks(self) -> tuple[object, ...]:
        return self._entry.count, self._digits, self._waits, self._off, id(self._entry.shown)

    @property
    def count(self) -> int:
        """Characters typed, as the session says."""
        return self._entry.count

    @property
    def number(self) -> int:
        """Which field it is; another one whenever it was emptied (``EntryView.number``)."""
        return self._entry.number

    @property
    def waits(self) -> bool:
        """Whether it takes nothing now."""
        return self._waits

    @property
    def off(self) -> str:
        """For how long it still is off, in words; empty while it is not."""
        return self._off

    def forget(self) -> None:
        """Show nothing typed, until the session says otherwise."""
        self._entry, self._off = NOTHING_TYPED, ""
        self.update()

    def focus_anew(self) -> None:
        """Take the keyboard where the field is new or was emptied; else leave it on the button that has it."""
        there = QApplication.focusWidget()
        button = isinstance(there, QAbstractButton) and there.isVisible() and self._page().isAncestorOf(there)
        if self._entry.number != self._focused or not button:
            self._focused = self._entry.number
            self.setFocus()

    def _page(self) -> QWidget:
        """The screen that it stands on. For a moment the one before is to be seen, too."""
        page: QWidget = self
        while (above := page.parentWidget()) is not None and not page.property("screen"):
            page = above
        return page

    def take(self, text: str) -> None:
        """Type ``text`` at the end, as the keypad does."""
        if self._may():
            for character in text:
                self._kit.post(Keyed(self._entry.number, Secret(character)))

    def erase(self, whole: bool = False) -> None:
        """Take the last character back, or all."""
        if self._may():
            self._kit.post(Erased(self._entry.number, whole))

    def confirm(self) -> None:
        """As Enter does."""
        if self._may():
            self._kit.post(Entered(self._entry.number))

    def peek(self, on: bool) -> None:
        """Ask to see what was typed, or no longer. Whether it is shown, the session says."""
        self._kit.post(Peeked(self._entry.number, on))

    def _may(self) -> bool:
        """Whether a key is taken. One in a time of waiting is told, for the person must see that it was in vain."""
        if self._off:
            self._kit.post(Missed(self._entry.number))
        return not self._waits

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            if not event.isAutoRepeat():
                self.confirm()
        elif event.key() in _ERASE:
            self.erase(bool(event.modifiers() & _CONTROL))
        elif is_typing(event):
            if self._strokes.is_new(event):  # a key that is held down is typed once
                self.take(event.text())
        else:
            event.ignore()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """A dead key and its letter. What is not whole yet is not shown."""
        text = event.commitString()
        if text and text.isprintable():
            self.take(text)
        event.accept()

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:
        """Hints, and where the field is; never what stands in it, or around the cursor."""
        match query:
            case Qt.InputMethodQuery.ImEnabled:
                return self.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
            case Qt.InputMethodQuery.ImHints:
                return int(self.inputMethodHints().value)
            case Qt.InputMethodQuery.ImCursorRectangle:
                return self.rect()
            case _:
                return None

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.forget()
            self._focused = -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is pasted by the middle button, as a line of text would."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        unheard.begin()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        unheard.finish()
        self.left.emit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        kit, painter = self._kit, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = kit.px(4) if self.hasFocus() else 3 if kit.theme.name == "contrast" else 2
        painter.setPen(QPen(kit.colour("focus" if self.hasFocus() else "edge"), wide))
        painter.setBrush(kit.colour("ground" if self._waits else "surface"))
        edge = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), kit.px(12), kit.px(12))
        if self._off:
            painter.setPen(kit.colour("muted"))
            font = self.font()
            font.setPixelSize(kit.px(24))
            painter.setFont(font)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._off)
        elif self._entry.shown is not None:
            self._paint_text(painter, self._entry.shown)
        else:
            self._paint_dots(painter)

    def _paint_text(self, painter: QPainter, shown: Secret) -> None:
        """In the middle, as large as it has room; kept nowhere."""
        font = self.font()
        room = self.rect().adjusted(self._kit.px(16), 0, -self._kit.px(16), 0)
        for pixels in range(self._kit.px(30), self._kit.px(9), -1):
            font.setPixelSize(pixels)
            if QFontMetrics(font).horizontalAdvance(shown.reveal()) <= room.width():
                break
        painter.setFont(font)
        painter.setPen(self._kit.colour("text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown.reveal())

    def _paint_dots(self, painter: QPainter) -> None:
        """In the middle; of a code of known length those that are missing, too, as rings."""
        places = max(self._digits, self._entry.count)
        gaps = (places - 1) // GROUP if self._digits else 0
        room = self.width() - 2 * self._kit.px(20)
        pitch = min(self._kit.px(22), room / max(places + gaps, 1))
        side = pitch * 0.6
        left = (self.width() - (places + gaps) * pitch) / 2
        ink = self._kit.colour("muted" if self._waits else "text")
        for place in range(places):
            at = left + (place + (place // GROUP if self._digits else 0)) * pitch
            spot = QRectF(at + (pitch - side) / 2, (self.height() - side) / 2, side, side)
            there = place < self._entry.count
            painter.setPen(Qt.PenStyle.NoPen if there else QPen(self._kit.colour("edge"), 1.5))
            painter.setBrush(ink if there else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(spot if there else spot.adjusted(1, 1, -1, -1))
        if self.hasFocus() and not self._waits and not self._digits:
            high = self._kit.px(28)
            painter.fillRect(QRectF(left + places * pitch + 2, (self.height() - high) / 2, 2, high), ink)
