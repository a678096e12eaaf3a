"""The session bar: a thin strip over the workspace, the only thing drawn while someone works.

Where nobody has touched anything for a while it grows, and says large who is signed in.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.card import CardService
from kiosk.model.proof import ACR_RANK
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screen_parts import Notice, StationStatus
from kiosk.session.facts.screens import Active
from kiosk.session.facts.stage_news import UserActivity
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.clock import Countdown
from kiosk.ui.parts.emergency_strip import EmergencyStrip
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.keyboard import LayoutButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.person import Initials, roles_of
from kiosk.ui.parts.programs import ProgramRow
from kiosk.ui.parts.sign import IdentitySign
from kiosk.ui.parts.sounds import SoundsButton
from kiosk.ui.parts.text import Short, Text
from kiosk.ui.words import plain

EVERY = 20
"""Seconds between two looks at the time left: it is said in minutes."""
ENDING = Notice("bar.ending", "warning")


class SessionBar(QWidget):
    """Draws ``Active``. ``height_for(screen)`` says how much of the display it needs."""

    def __init__(self, kit: Kit, height: int) -> None:
        super().__init__()
        self.kit = kit
        self._height = height
        self.setProperty("screen", True)
        self._last: Active | None = None
        self._stops = 0
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._countdown = Countdown(self._show_grace, self, EVERY)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        strip = self._usual = QWidget()
        strip.setFixedHeight(height)
        self._strip = QHBoxLayout(strip)
        self._fill(self._strip)
        self._emergency = EmergencyStrip(kit, height)
        whole.addWidget(strip)
        whole.addWidget(self._emergency)
        self._sign = IdentitySign(kit)
        whole.addWidget(self._sign)
        whole.addWidget(self._help_text())
        whole.addStretch(1)

    def _fill(self, line: QHBoxLayout) -> None:
        kit = self.kit
        line.setContentsMargins(kit.px(14), kit.px(3), kit.px(8), kit.px(5))
        line.setSpacing(kit.px(12))
        self._disc = Initials(kit, self._height - kit.px(12))
        self._name = Short("strong")
        self._roles = Text("small", wraps=False)
        self._notice = NoticeLine(kit, size="bar")
        self._shield = Icon("shield", kit.colour("good"), kit.px(26))
        self._assurance = Text("small", wraps=False)
        self._grace = Text("small", wraps=False)
        self._idle = Text("small", wraps=False)
        self._missing_icon = Icon("warning", kit.colour("warn"), kit.px(26))
        self._missing = Text("small", wraps=False)
        self._whole = self._brief = ""
        self._keys = KeyedButton(kit, "bar", lambda: kit.post(Pressed(Touch.MY_KEYS)), "key")
        self._keys.say(kit.words("bar.my_keys"))
        self._help = KeyedButton(kit, "bar", lambda: kit.post(Pressed(Touch.HELP)), "help")
        self._help.say(kit.words("bar.help"))
        self._lock = KeyedButton(kit, "primary", lambda: kit.post(Pressed(Touch.LOCK)), "lock")
        self._lock.say(kit.words("bar.lock"))
        self._layout = LayoutButton(kit, "bar")
        self._programs = ProgramRow(kit, self._height - kit.px(8))
        for button in (self._layout, self._keys, self._help, self._lock):
            button.setStyleSheet("min-height: 0; min-width: 0;")
            button.setFixedHeight(self._height - kit.px(8))
        state = (self._shield, self._assurance, self._grace, self._idle, self._missing_icon, self._missing)
        right = (*state, self._layout, self._keys, self._help, self._lock)
        self._parts: tuple[QWidget, ...] = (self._programs, self._disc, self._name, self._roles, self._notice, *right)
        for part in self._parts:
            if part is self._shield:
                line.addStretch(1)
            line.addWidget(part)

    def _help_text(self) -> QWidget:
        kit = self.kit
        self._helping = QWidget()
        column = self._help_column = QVBoxLayout(self._helping)
        column.setContentsMargins(kit.px(28), kit.px(10), kit.px(28), kit.px(20))
        column.setSpacing(kit.px(10))
        self._by_keyboard = Text("body")
        for sentence in ("lock", "colleague", "grace", "keys"):
            text = self._by_keyboard if sentence == "keys" else Text("body")
            text.say(kit.words(f"help.{sentence}"))
            text.setProperty("said", "more")
            column.addWidget(text)
        self._desk = Text("body")
        column.addWidget(self._desk)
        self._silenced = Text("body")
        self._let_ask = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.LET_ASK)), "retry")
        self._let_ask.say(kit.words("help.let_ask"))
        column.addWidget(self._silenced)
        self._write = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.WRITE_TEXT)), "keyboard")
        self._write.say(kit.words("help.write_text"))
        self._sounds = SoundsButton(kit)
        # Beside each other: on a low display what is below them would be beyond its edge, and Tab would lead there.
        beside = QHBoxLayout()
        beside.setSpacing(kit.px(12))
        beside.addWidget(self._write)
        beside.addWidget(self._let_ask)
        beside.addWidget(self._sounds)
        beside.addStretch(1)
        column.addLayout(beside)
        self._helping.hide()
        return self._helping

    def height_for(self, screen: Active, width: int) -> int:
        """Pixels from the top: the strip, and below it the sign and the help where they are open."""
        height = self._height + (self._sign.height() if screen.sign else 0)
        return height + (self._help_column.totalHeightForWidth(width) if screen.help else 0)

    def draw(self, screen: Active) -> None:
        """Show ``screen``; the time left is counted on unless it is new."""
        words, last = self.kit.words, self._last
        self._last = screen
        self._usual.setVisible(screen.emergency is None)
        self._emergency.show_emergency(screen.emergency, self._in_brief(screen.status))
        self._disc.say(screen.person.initials)
        self._name.say(plain(screen.person.name, 80))
        self.setAccessibleName(words("bar.signed_in", name=plain(screen.person.name, 80)))
        notice = screen.notice or (ENDING if screen.ending else None)
        self._roles.say("" if notice else roles_of(self.kit, screen.person))
        self._show_notice(notice, screen.status.help_desk)
        self._sign.show_person(screen.person if screen.sign else None)
        trouble = self._trouble(screen.status)
        known = screen.assurance.acr if screen.assurance.acr in ACR_RANK else "unknown"
        self._shield.change("warning" if trouble else "shield", self.kit.colour("warn" if trouble else "good"))
        self._whole, self._brief = trouble, self._in_brief(screen.status)
        self._assurance.say(trouble or words(f"assurance.{known.rsplit(':', 1)[-1]}"))
        self._idle.say(words("bar.idle", time=words.duration(screen.idle)))
        self._programs.show_programs(screen.programs)
        self._walk()
        self._missing.setText(words("bar.keys_missing", n=screen.keys_missing) if screen.keys_missing else "")
        self._show_silenced(screen.silenced, screen.silences_all)
        self._show_owed(screen.owes)
        self._by_keyboard.setVisible(bool(screen.programs))  # only where the stage takes these keys
        self._helping.setVisible(screen.help)
        self._sounds.show_around(screen.status)
        self._layout.show_layout(screen.status.layout)
        if screen.reached != (last is not None and last.reached):
            self._reach(screen.reached)
        if last is None or last.grace_left != screen.grace_left or last.person != screen.person:
            self._countdown.start(screen.grace_left)
        self._make_room()

    def _show_notice(self, notice: Notice | None, number: str) -> None:
        """With the help desk's number where the sentence sends there: the bar has no other place for it."""
        words = self.kit.words
        self._desk.say(words("help.desk_number" if number else "help.desk", number=number))
        if notice is None or not number or not words.for_desk(notice.key):
            self._notice.show_notice(notice)
        else:
            said = words(notice.key, **dict(notice.values))
            self._notice.say(f"{said} ({plain(number, 40)})", notice.tone)

    def _show_silenced(self, programs: tuple[str, ...], all_others: bool) -> None:
        """Which programs they silenced, and the way to let them ask again; the bar's own button says how many."""
        words = self.kit.words
        names = ", ".join(plain(name, 60) for name in programs)
        said = "help.silenced_all" if all_others else "help.silenced"
        self._silenced.say(words(said, programs=names) if programs else "")
        self._silenced.setVisible(bool(programs))
        self._let_ask.setVisible(bool(programs))
        self._help.say(words("bar.help_silenced", n=len(programs)) if programs else words("bar.help"))

    def _show_owed(self, owes: bool) -> None:
        """A text is owed: the way to write it."""
        self._write.setVisible(owes)

    def _trouble(self, status: StationStatus) -> str:
        """What does not work here now, while what is open stays open; nothing if all does."""
        words = self.kit.words
        if status.offline_since:
            key = "bar.offline_reopen" if status.offline_until else "bar.offline"
            return words(key, since=status.offline_since, till=status.offline_until)
        return "" if status.card_service is CardService.OK else words("locked.unreadable_title")

    def leave(self) -> None:
        """No longer shown: stop counting."""
        self._last = None
        self._countdown.stop()
        self._emergency.stop()

    def focus_act(self) -> None:
        """The keyboard belongs to the workspace; should it come here, no button is to have it unasked."""
        if self._last is None or not self._last.reached:
            self.setFocus()

    def _walked(self) -> list[KeyedButton]:
        """What Tab stops at, from left to right."""
        if not self._emergency.isHidden():
            return self._emergency.stops
        return [
            *self._programs.buttons,
            self._layout,
            self._keys,
            self._help,
            self._lock,
            self._write,
            self._let_ask,
            self._sounds,
        ]

    def _walk(self) -> None:
        """Programs may have come since."""
        stops = self._walked()
        if len(stops) != self._stops:
            self._stops = len(stops)
            for button, next_one in pairwise(stops):
                QWidget.setTabOrder(button, next_one)

    def _reach(self, reached: bool) -> None:
        """The keyboard has come, because somebody asked for it, or has gone."""
        first = next(button for button in self._walked() if not button.isHidden())
        if reached:
            first.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back to the program, from whichever button."""
        if event.key() == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.kit.post(Pressed(Touch.CANCEL))
        else:
            super().keyPressEvent(event)

    def _show_grace(self, seconds: int) -> None:
        key = "bar.grace" if seconds > 0 else "bar.grace_over"
        self._grace.say(self.kit.words(key, time=self.kit.words.duration(seconds)))
        self._make_room()

    def _in_brief(self, status: StationStatus) -> str:
        """``_trouble`` in fewer words, for a narrow strip."""
        since = status.offline_since
        return self.kit.words("bar.offline", since=since) if since else ""

    def _make_room(self) -> None:
        """Leave out what matters least where the strip is too narrow; never what is pressed.

        A long notice then takes smaller lines.
        """
        words = (self._idle, self._roles, self._grace, self._assurance)
        if self._whole:
            self._assurance.say(self._whole)
        for text in (*words, self._missing):
            text.setVisible(bool(text.text()))
        self._missing_icon.setVisible(bool(self._missing.text()))
        self._programs.fit(self.width())
        for kept in (self._shield, self._disc):
            kept.show()
        for button in (self._help, self._keys, self._lock):
            self._size(button, short=False)
        self._name.setMaximumWidth(self._name.sizeHint().width())
        for part in (*words, self._shield, self._missing, self._missing_icon, self._disc):
            if self._wants() <= self.width():
                return
            if part is self._assurance and self._brief:
                self._assurance.say(self._brief)
                if self._wants() <= self.width():
                    return
            part.hide()
        for button in (self._help, self._keys, self._lock):
            if self._wants() <= self.width():
                return
            self._size(button, short=True)
        self._name.setMaximumWidth(
            max(self._name.minimumSizeHint().width(), self._name.sizeHint().width() - self._lacks())
        )

    def _size(self, button: KeyedButton, short: bool) -> None:
        """As wide as its words, or its icon alone; wide enough for a finger, and no narrower for what stands beside."""
        button.shorten(short)
        button.ensurePolished()
        button.setFixedWidth(max(button.sizeHint().width(), self.kit.measure.mm(20 if short else 26)))

    def _lacks(self) -> int:
        return max(self._wants() - self.width(), 0)

    def _wants(self) -> int:
        """The width at which nothing in the strip is cut short."""
        shown = [max(p.sizeHint().width(), p.minimumWidth()) for p in self._parts if not p.isHidden()]
        status = self._strip.contentsMargins()
        return sum(shown) + self._strip.spacing() * len(shown) + status.left() + status.right()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch of the sign itself, where the display tells of no other."""
        if self._last is not None and self._last.sign:
            self.kit.post(UserActivity())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
