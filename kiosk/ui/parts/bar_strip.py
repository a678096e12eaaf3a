"""The session bar's one line: who works here, by what proof, for how long, and what can be pressed."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.model.card import CardService
from kiosk.model.proof import ACR_RANK
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screen_parts import Notice, StationStatus
from kiosk.session.facts.screens import Active
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.keyboard import LayoutButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.person import Initials, roles_of
from kiosk.ui.parts.programs import ProgramRow
from kiosk.ui.parts.text import Short, Text
from kiosk.ui.words import plain

ENDING = Notice("bar.ending", "warning")


class BarStrip(QWidget):
    """``height``: in pixels. What matters least is left out where it is too narrow (``make_room``)."""

    def __init__(self, kit: Kit, height: int) -> None:
        super().__init__()
        self._kit, self._inner = kit, height - kit.px(8)
        self._whole = self._brief = ""
        self.setFixedHeight(height)
        self._make_words(height)
        self._make_buttons()
        state = (self._shield, self._assurance, self._grace, self._idle, self._missing_icon, self._missing)
        right = (*state, self._layout, self._keys, self._help, self._lock)
        self._parts: tuple[QWidget, ...] = (self.programs, self._disc, self._name, self._roles, self._notice, *right)
        line = self._line = QHBoxLayout(self)
        line.setContentsMargins(kit.px(14), kit.px(3), kit.px(8), kit.px(5))
        line.setSpacing(kit.px(12))
        for part in self._parts:
            if part is self._shield:
                line.addStretch(1)
            line.addWidget(part)

    def _make_words(self, height: int) -> None:
        kit = self._kit
        self._disc = Initials(kit, height - kit.px(12))
        self._name = Short("strong")
        self._roles = Text("small", wraps=False)
        self._notice = NoticeLine(kit, size="bar")
        self._shield = Icon("shield", kit.colour("good"), kit.px(26))
        self._assurance = Text("small", wraps=False)
        self._grace = Text("small", wraps=False)
        self._idle = Text("small", wraps=False)
        self._missing_icon = Icon("warning", kit.colour("warn"), kit.px(26))
        self._missing = Text("small", wraps=False)

    def _make_buttons(self) -> None:
        kit = self._kit
        self._keys = KeyedButton(kit, "bar", lambda: kit.post(Pressed(Touch.MY_KEYS)), "key")
        self._keys.say(kit.words("bar.my_keys"))
        self._help = KeyedButton(kit, "bar", lambda: kit.post(Pressed(Touch.HELP)), "help")
        self._help.say(kit.words("bar.help"))
        self._lock = KeyedButton(kit, "primary", lambda: kit.post(Pressed(Touch.LOCK)), "lock")
        self._lock.say(kit.words("bar.lock"))
        self._layout = LayoutButton(kit, "bar")
        self.programs = ProgramRow(kit, self._inner)
        for button in (self._layout, self._keys, self._help, self._lock):
            button.setStyleSheet("min-height: 0; min-width: 0;")
            button.setFixedHeight(self._inner)

    @property
    def stops(self) -> list[KeyedButton]:
        """What Tab stops at, from left to right."""
        return [*self.programs.buttons, self._layout, self._keys, self._help, self._lock]

    def show_person(self, screen: Active) -> None:
        """Who works here, and what is to be said to them."""
        words, person = self._kit.words, screen.person
        self._disc.say(person.initials)
        self._name.say(plain(person.name, 80))
        notice = screen.notice or (ENDING if screen.ending else None)
        self._roles.say("" if notice else roles_of(self._kit, person))
        self._show_notice(notice, screen.status.help_desk)
        silenced = len(screen.silenced)
        self._help.say(words("bar.help_silenced", n=silenced) if silenced else words("bar.help"))

    def show_state(self, screen: Active) -> None:
        """What holds here now: proof, time, programs, layout."""
        words, trouble = self._kit.words, self._trouble(screen.status)
        known = screen.assurance.acr if screen.assurance.acr in ACR_RANK else "unknown"
        self._shield.change("warning" if trouble else "shield", self._kit.colour("warn" if trouble else "good"))
        self._whole, self._brief = trouble, in_brief(self._kit, screen.status)
        self._assurance.say(trouble or words(f"assurance.{known.rsplit(':', 1)[-1]}"))
        self._idle.say(words("bar.idle", time=words.duration(screen.idle)))
        self.programs.show_programs(screen.programs)
        self._missing.setText(words("bar.keys_missing", n=screen.keys_missing) if screen.keys_missing else "")
        self._layout.show_layout(screen.status.layout)

    def show_grace(self, seconds: int) -> None:
        """For how long a tap alone reopens the session."""
        key = "bar.grace" if seconds > 0 else "bar.grace_over"
        self._grace.say(self._kit.words(key, time=self._kit.words.duration(seconds)))

    def _show_notice(self, notice: Notice | None, number: str) -> None:
        """With the help desk's number where the sentence sends there: the bar has no other place for it."""
        words = self._kit.words
        if notice is None or not number or not words.for_desk(notice.key):
            self._notice.show_notice(notice)
        else:
            said = words(notice.key, **dict(notice.values))
            self._notice.say(f"{said} ({plain(number, 40)})", notice.tone)

    def _trouble(self, status: StationStatus) -> str:
        """What does not work here now, while what is open stays open; nothing if all does."""
        words = self._kit.words
        if status.offline_since:
            key = "bar.offline_reopen" if status.offline_until else "bar.offline"
            return words(key, since=status.offline_since, till=status.offline_until)
        return "" if status.card_service is CardService.OK else words("locked.unreadable_title")

    def make_room(self, width: int) -> None:
        """Leave out what matters least where ``width`` is too narrow; never what is pressed.

        A long notice then takes smaller lines.
        """
        words = (self._idle, self._roles, self._grace, self._assurance)
        self._show_all(words, width)
        for part in (*words, self._shield, self._missing, self._missing_icon, self._disc):
            if self._wants() <= width:
                return
            if part is self._assurance and self._brief:
                self._assurance.say(self._brief)
                if self._wants() <= width:
                    return
            part.hide()
        for button in (self._help, self._keys, self._lock):
            if self._wants() <= width:
                return
            self._size(button, short=True)
        lacks = max(self._wants() - width, 0)
        self._name.setMaximumWidth(max(self._name.minimumSizeHint().width(), self._name.sizeHint().width() - lacks))

    def _show_all(self, words: tuple[Text, ...], width: int) -> None:
        if self._whole:
            self._assurance.say(self._whole)
        for text in (*words, self._missing):
            text.setVisible(bool(text.text()))
        self._missing_icon.setVisible(bool(self._missing.text()))
        self.programs.fit(width)
        for kept in (self._shield, self._disc):
            kept.show()
        for button in (self._help, self._keys, self._lock):
            self._size(button, short=False)
        self._name.setMaximumWidth(self._name.sizeHint().width())

    def _size(self, button: KeyedButton, short: bool) -> None:
        """As wide as its words, or its icon alone; wide enough for a finger, and no narrower for what stands beside."""
        button.shorten(short)
        button.ensurePolished()
        button.setFixedWidth(max(button.sizeHint().width(), self._kit.measure.mm(20 if short else 26)))

    def _wants(self) -> int:
        """The width at which nothing in the strip is cut short."""
        shown = [max(p.sizeHint().width(), p.minimumWidth()) for p in self._parts if not p.isHidden()]
        margins = self._line.contentsMargins()
        return sum(shown) + self._line.spacing() * len(shown) + margins.left() + margins.right()


def in_brief(kit: Kit, status: StationStatus) -> str:
    """What does not work here, in the few words that a narrow strip has room for."""
    since = status.offline_since
    return kit.words("bar.offline", since=since) if since else ""
