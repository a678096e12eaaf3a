"""Words on a screen."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

Kind = Literal["display", "title", "heading", "strong", "lead", "body", "muted", "small", "clock", "code", "numbered"]


class Text(QLabel):
    """A label that is never read as markup and never takes the focus. ``kind`` is its place in the type scale."""

    def __init__(self, kind: Kind = "body", *, centred: bool = False, wraps: bool = True) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setWordWrap(wraps)
        self.setAlignment((Qt.AlignmentFlag.AlignHCenter if centred else _side()) | Qt.AlignmentFlag.AlignVCenter)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(wraps)
        self.setSizePolicy(policy)

    def say(self, words: str) -> None:
        """Show ``words``; nothing at all where they are empty."""
        if words != self.text():
            self.setText(words)
        self.setVisible(bool(words))

    def become(self, kind: Kind) -> None:
        """Take another place in the type scale."""
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self.updateGeometry()


def _side() -> Qt.AlignmentFlag:
    """Where lines begin in the language of the screen, whatever is written there: a name in Arabic letters stands in an
    English list where the others do."""
    right = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return Qt.AlignmentFlag.AlignAbsolute | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)


class Digits(Text):
    """One line in which every figure is as wide as any other, so that columns of them stand straight."""

    def __init__(self, kind: Kind = "body") -> None:
        super().__init__(kind, wraps=False)
        font = self.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)


class Short(Text):
    """One line that gives way where there is no room, and then ends in "…"; its whole is there for screen readers."""

    def __init__(self, kind: Kind = "body") -> None:
        super().__init__(kind, wraps=False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 10, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self.alignment()), words)


class Sentence(Short):
    """On a strip: one line where there is room, else as many smaller ones as its height holds."""

    MIN_SCALE = 0.55
    """Of the size that the style gives it."""

    def fitting(self) -> QFont | None:
        """The largest font in which all the words stand in the label; None: in no readable one."""
        font = QFont(self.font())
        least = round(font.pixelSize() * self.MIN_SCALE)
        for pixels in range(font.pixelSize(), least - 1, -1):
            font.setPixelSize(pixels)
            needed = QFontMetrics(font).boundingRect(self.rect(), int(self._flags()), self.text())
            if self.rect().contains(needed):
                return font
        return None

    def _flags(self) -> Qt.AlignmentFlag | Qt.TextFlag:
        return self.alignment() | Qt.TextFlag.TextWordWrap

    def paintEvent(self, event: QPaintEvent) -> None:
        font = self.fitting()
        if font is None:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setFont(font)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), int(self._flags()), self.text())
