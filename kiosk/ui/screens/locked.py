"""Locked: tap your badge. Also says that sign-in is paused, or why the last try was refused."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.health import HealthLine, can_read, clock, trouble
from kiosk.ui.parts.keyboard import LayoutButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import Row
from kiosk.ui.parts.picture import Motive, Picture
from kiosk.ui.parts.sounds import SoundsButton
from kiosk.ui.parts.text import Text
from kiosk.ui.parts.waiting import WaitingLine


class LockedPage(Page):
    """Draws ``LockScreen``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._early = ""
        self._typing = False
        self._field: Field | None = None
        self._picture = Picture(kit, "badge")
        self._title = Text("display", centred=True)
        self._lead = Text("lead", centred=True)
        self._notice = NoticeLine(kit, widest=min(kit.px(860), kit.measure.width - kit.px(360)))
        self._waiting = WaitingLine(kit)
        self._health = HealthLine(kit)
        self.body.addStretch(3)
        self.body.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._title)
        self.body.addWidget(self._lead)
        self._login = QWidget()
        self._login.hide()
        self.body.addWidget(self._login, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addLayout(self._notice_line())
        self.body.addStretch(2)
        self.body.addWidget(self._waiting)
        self.body.addStretch(2)
        self.body.addLayout(self._foot())

    def _notice_line(self) -> QHBoxLayout:
        self._not_me = KeyedButton(self.kit, "refuse", lambda: self.press(Touch.NOT_ME), "cross")
        self._not_me.say(self.kit.words("locked.not_me"))
        line = QHBoxLayout()
        line.setSpacing(self.kit.px(14))
        line.addStretch(1)
        line.addWidget(self._notice, 0)
        line.addWidget(self._not_me)
        line.addStretch(1)
        return line

    def _fill_login_box(self) -> Field:
        """The field and its buttons, when somebody wants to type for the first time."""
        from kiosk.session.facts.person_input import LoginTyped  # 5.1 ms, and 31 ms of its types

        kit = self.kit
        self._login.setFixedWidth(kit.px(620))
        column = QVBoxLayout(self._login)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(14))
        field = Field(lambda login: kit.post(LoginTyped(login)))
        field.setAccessibleName(kit.words("locked.login_field"))
        go = KeyedButton(kit, "primary", field.confirm, "enter")
        go.say(kit.words("locked.continue"))
        back = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "back")
        back.say(kit.words("locked.back"))
        buttons = QHBoxLayout()
        buttons.setSpacing(kit.px(14))
        buttons.addWidget(back, 1)
        buttons.addWidget(go, 1)
        column.addWidget(field)
        column.addLayout(buttons)
        start = KeyedButton(kit, "plain", lambda: self.press(Touch.ENROL), "pin")
        start.say(kit.words("locked.start_code"))
        codes = KeyedButton(kit, "plain", lambda: self.press(Touch.HAVE_CODES), "records")
        codes.say(kit.words("locked.have_codes"))
        column.addWidget(start)
        column.addWidget(codes)
        return field

    def _foot(self) -> QVBoxLayout:
        kit = self.kit
        self._code = KeyedButton(kit, "plain", lambda: self.press(Touch.USE_CODE), "keyboard")
        self._code.say(kit.words("locked.use_code"))
        self._language = KeyedButton(kit, "plain", lambda: self.press(Touch.LANGUAGE), "globe")
        self._language.say(kit.words("locked.language"))
        self._emergency = KeyedButton(kit, "refuse", lambda: self.press(Touch.EMERGENCY), "warning")
        self._emergency.say(kit.words("locked.emergency"))
        self._buttons = Row(kit)
        self._buttons.add(self._emergency)
        self._buttons.add(self._code)
        self._buttons.add(self._language)
        self._layout = LayoutButton(kit)
        self._buttons.add(self._layout)
        self._sounds = SoundsButton(kit)
        self._buttons.add(self._sounds)
        foot = QVBoxLayout()
        foot.setSpacing(kit.px(18))
        foot.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignHCenter)
        foot.addWidget(self._health, 0, Qt.AlignmentFlag.AlignHCenter)
        return foot

    def draw(self, screen: LockScreen) -> None:
        """Show ``screen``."""
        words, status = self.kit.words, screen.status
        self.show_around(status)
        self._typing = screen.typing_login
        motive, title, lead = self._matter(screen)
        why = clock(status) if status.clock_stops and screen.name == "downtime" else None
        self.setAccessibleName("" if screen.typing_login or screen.name == "refused" else words("locked.said"))
        self._picture.change(motive)
        self._picture.setVisible(not screen.typing_login)
        self._title.become("title" if screen.typing_login or screen.name != "locked" else "display")
        self._title.say(words(title))
        self._lead.say(
            words(why.key, **dict(why.values)) if why else words(lead, till=status.offline_until) if lead else ""
        )
        if screen.typing_login and self._field is None:
            self._field = self._fill_login_box()
        self._login.setVisible(screen.typing_login)
        self._show_notice(screen)
        self._waiting.show_waiting(() if screen.typing_login else screen.waiting)
        self._buttons.setVisible(not screen.typing_login)
        self._layout.show_layout(status.layout)
        self._sounds.show_around(status)
        self._emergency.setVisible(screen.emergency)
        self._code.setVisible(screen.name != "downtime")
        self._health.show_around(status)
        if self._field is not None and (self._early or not screen.typing_login):
            self._field.setText(self._early if screen.typing_login else "")
        self._early = ""

    def leave(self) -> None:
        """No longer shown: letters that came before the field was open are nobody's."""
        self._early = ""

    def _matter(self, screen: LockScreen) -> tuple[Motive, str, str]:
        """Picture, title and the line below."""
        if screen.typing_login:
            return "badge", "locked.login_title", "locked.login_lead"
        if screen.name == "downtime":
            if screen.status.offline_until and not screen.status.clock_stops:
                title = (
                    "locked.downtime_reopen_title_pin" if screen.status.offline_pins else "locked.downtime_reopen_title"
                )
                return "badge", title, "locked.downtime_reopen_lead"
            return "paused", "locked.downtime_title", "locked.downtime_lead"
        if screen.name == "refused":
            return "cross", "locked.refused_title", ""
        if not can_read(screen.status):
            return "unreadable", "locked.unreadable_title", ""
        heard = screen.status.sounds == "on"
        return "badge", "locked.title", "locked.lead" if heard else "locked.lead_silent"

    def _show_notice(self, screen: LockScreen) -> None:
        """The session's word first; then where the session went; then what the readers need."""
        notice = screen.notice
        if notice is None and screen.went_to is not None:
            notice = Notice("locked.went_to", "info", (("station", screen.went_to),))
        if notice is None and screen.name != "downtime":
            notice = trouble(screen.status)
        self._notice.show_notice(notice)
        self._not_me.setVisible(screen.went_to is not None)
        self._picture.grow(150 if notice is not None or screen.status.offline_since else 230)

    def focus_act(self) -> None:
        """The login field while it is open; else the screen, where a letter opens it."""
        if self._typing and self._field is not None:
            self._field.setFocus()
            self._field.end(False)
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        """Escape closes the login field; on the locked screen itself there is nothing to leave."""
        return Touch.CANCEL if self._typing else None

    def typed(self, text: str) -> None:
        """Letters begin a login. Digits do not: they may be a PIN that was typed too early, and must not show."""
        if self._typing and self._field is not None:
            self._field.setFocus()
            self._field.insert(text)
        elif text.isalpha() or (self._early and text.isprintable()):
            self._early += text
            if len(self._early) == 1 and not self._code.isHidden():
                self.press(Touch.USE_CODE)
