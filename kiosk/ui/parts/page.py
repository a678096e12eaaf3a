"""The frame of every full screen: station, the help desk's number and clock above, then the screen's own matter."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.ui.parts.button import JUST_CAME
from kiosk.ui.parts.clock import Clock
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.keys import is_typing
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text
from kiosk.ui.words import Words, plain

STILL_MS = 700
"""For so long Enter presses nothing on what is new: it is typed out of habit, or for what was there before."""


class Banner(QWidget):
    """Since when the service is unreachable, and what still works. Hidden while it answers."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("said", "more")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(self)
        line.setContentsMargins(kit.px(40), kit.px(10), kit.px(40), kit.px(10))
        line.setSpacing(kit.px(14))
        self._text = Text("body")
        line.addWidget(Icon("warning", kit.colour("warn"), kit.px(30)), 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._text, 1)
        self.hide()

    def show_since(self, since: str | None, until: str, pins: bool = False) -> None:
        """``since``: HH:MM, None while the service answers. ``until``: HH:MM for which a key or card reopens work here;
        empty where none does. ``pins``: a badge and its PIN do, too."""
        reopens = "downtime.banner_reopen_pin" if pins else "downtime.banner_reopen"
        key = reopens if until else "downtime.banner"
        self.say(self._kit.words(key, since=since, till=until) if since else "")

    def say(self, words: str) -> None:
        """Show ``words``; empty ones hide."""
        self._text.say(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))


def desk(words: Words, number: str) -> str:
    """The help desk's telephone number in words; nothing where none is known."""
    return words("help.number", number=number) if number else ""


class Page(QWidget):
    """Base of the full screens. A screen fills ``body``, and says what Escape presses."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self.setProperty("screen", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # holds the keyboard, but Tab does not stop here
        self._still = QTimer(self, singleShot=True, interval=STILL_MS)
        self._still.timeout.connect(lambda: self.setProperty(JUST_CAME, False))
        whole = self._whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._banner, self._emergencies = Banner(kit), Banner(kit)
        whole.addLayout(self._head())
        whole.addWidget(self._emergencies)
        whole.addWidget(self._banner)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(kit.px(40), kit.px(12), kit.px(40), kit.px(28))
        self.body.setSpacing(kit.px(16))
        whole.addLayout(self.body, 1)

    def centre(self, panel: QWidget) -> None:
        """``panel`` in the middle of ``body``, by itself."""
        self.body.addStretch(1)
        line = QHBoxLayout()  # a layout asks what stands between stretches how high it is at its width
        line.addStretch(1)
        line.addWidget(panel)
        line.addStretch(1)
        self.body.addLayout(line)
        self.body.addStretch(1)

    def _head(self) -> QHBoxLayout:
        kit = self.kit
        line = QHBoxLayout()
        line.setContentsMargins(kit.px(40), kit.px(18), kit.px(40), kit.px(10))
        line.setSpacing(kit.px(14))
        self._station = Text("strong", wraps=False)
        self._place = Text("muted", wraps=False)
        self._clock = Clock(kit.words("page.clock"))
        line.addWidget(self._station)
        line.addWidget(self._place)
        line.addStretch(1)
        self._desk = Text("muted", wraps=False)
        line.addWidget(self._desk)
        line.addWidget(self._clock)
        return line

    def show_around(self, status: StationStatus) -> None:
        """Draw the edge that every screen has."""
        self._station.say(plain(status.station, 40))
        self._place.say(plain(status.place, 60))
        self._desk.say(desk(self.kit.words, status.help_desk))
        self._banner.show_since(status.offline_since, status.offline_until, status.offline_pins)
        beside = ", ".join(plain(name, 40) for name in status.emergencies[:3])
        self._emergencies.say(self.kit.words("emergency.banner", stations=beside) if beside else "")

    def put_above(self, part: QWidget) -> None:
        """``part`` lies above all else of this screen."""
        self._whole.insertWidget(0, part)

    def came(self) -> None:
        """Something else is to be read from now on: Enter presses none of its buttons yet, unless Tab led there."""
        self.setProperty(JUST_CAME, True)
        self._still.start()

    def press(self, touch: Touch) -> None:
        """Post that ``touch`` was pressed."""
        self.kit.post(Pressed(touch))

    def focus_act(self) -> None:
        """Put the keyboard on the screen's act. Here: on the screen itself, where Escape works."""
        self.setFocus()

    def escape(self) -> Touch | None:
        """What Escape presses here; None for nothing."""
        return None

    def typed(self, text: str) -> None:
        """Something printable was typed while no field had the keyboard."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            touch = self.escape()
            if touch is not None and not event.isAutoRepeat():
                self.press(touch)
        elif is_typing(event):
            self.typed(event.text())
        else:
            super().keyPressEvent(event)
