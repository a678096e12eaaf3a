"""One sentence with an icon, on a filling of its tone. Tone is told by shape and words, not by colour alone."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk.model.consent import in_language
from kiosk.session.facts.screen_parts import Notice
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Sentence, Text

Tone = Literal["info", "warning", "refused", "good"]
_LOOKS = {
    "info": ("info", "accent", "soft"),
    "warning": ("warning", "warn", "warn_soft"),
    "refused": ("cross", "refuse", "refuse_soft"),
    "good": ("check", "good", "good_soft"),
}


class NoticeLine(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, kit: Kit, *, size: Literal["large", "small", "bar"] = "large", widest: int = 0) -> None:
        """``widest``: where it stands centred, as wide as its words and no wider than this; 0: as wide as its place."""
        super().__init__()
        self.setProperty("said", "more")
        self._kit, self._widest = kit, widest
        self._tone: Tone = "info"
        line = self._line = QHBoxLayout(self)
        small = size != "large"
        high = kit.px({"large": 14, "small": 8, "bar": 2}[size])
        line.setContentsMargins(kit.px(16), high, kit.px(18), high)
        line.setSpacing(kit.px(14))
        self._icon = Icon("info", kit.colour("accent"), kit.px(28 if small else 34))
        self._text = Sentence("body") if size == "bar" else Text("body" if small else "strong")
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._text, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(size != "bar")
        self.setSizePolicy(policy)
        self.hide()

    def show_notice(self, notice: Notice | None) -> None:
        """Show the session's notice; None hides."""
        if notice is None:
            self.say("")
        else:
            words = self._kit.words
            said = in_language(notice.said, words.language)
            self.say(" ".join(filter(None, (said, words(notice.key, **dict(notice.values))))), notice.tone)

    def say(self, words: str, tone: Tone = "info", aloud: str = "") -> None:
        """Show ``words``, which a screen reader speaks, or ``aloud``, where they are new; empty ones hide."""
        self._tone = tone
        icon, colour, _ = _LOOKS[tone]
        self._icon.change(icon, self._kit.colour(colour))
        self._text.say(words)
        self.setAccessibleName(aloud or words)
        self.setVisible(bool(words))
        if words and self._widest:
            self._fit()
        self.update()

    def _fit(self) -> None:
        """Layouts do not ask a centred widget for its height at the width it gets: say both."""
        self._text.ensurePolished()
        status = self._line.contentsMargins()
        beside = status.left() + status.right() + self._icon.width() + self._line.spacing()
        wide = min(self._widest, self._text.fontMetrics().horizontalAdvance(self._text.text()) + beside + 4)
        high = max(self._text.heightForWidth(wide - beside), self._icon.height())
        self.setFixedSize(wide, high + status.top() + status.bottom())

    def paintEvent(self, event: QPaintEvent) -> None:
        _, ink, filling = _LOOKS[self._tone]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._kit.colour(filling))
        painter.setPen(QPen(self._kit.colour(ink), 2) if self._kit.theme.name == "contrast" else Qt.PenStyle.NoPen)
        radius = self._kit.px(12)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
