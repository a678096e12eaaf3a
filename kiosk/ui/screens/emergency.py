"""Emergency access: what it opens and for how long, who it is, and why, each by one touch."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.emergency_screens import Emergency
from kiosk.session.facts.person_input import LoginTyped, ReasonPicked, SealedCodeTyped
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine
from kiosk.ui.parts.page import Page
from kiosk.ui.parts.panel import limited
from kiosk.ui.parts.text import Text

MAX_REASONS = 6


class EmergencyPage(Page):
    """Draws ``Emergency``."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        words = kit.words
        self._reasons: tuple[str, ...] = ()
        self._typing: Field | None = None
        title = Text("title", centred=True)
        title.say(words("emergency.title"))
        self._lead = Text("lead", centred=True)
        self._notice = NoticeLine(kit, widest=min(kit.px(860), kit.measure.width - kit.px(80)))
        columns = QWidget()
        line = QHBoxLayout(columns)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(kit.px(44))
        line.addWidget(self._who(), 1)
        line.addWidget(self._why(), 1)
        self.body.addWidget(title)
        self.body.addWidget(self._lead)
        self.body.addStretch(1)
        self.body.addLayout(limited(kit, columns))
        self.body.addStretch(1)
        notice = QHBoxLayout()
        notice.addStretch(1)
        notice.addWidget(self._notice)
        notice.addStretch(1)
        self.body.addLayout(notice)
        self._back = KeyedButton(kit, "plain", lambda: self.press(Touch.CANCEL), "back")
        self._back.say(words("emergency.cancel"))
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._back)
        foot.addStretch(1)
        self.body.addLayout(foot)

    def _who(self) -> QWidget:
        kit, words = self.kit, self.kit.words
        side, column = self._side("emergency.who_title")
        self._said = Text("body")
        self._name = KeyedButton(kit, "plain", lambda: self.press(Touch.TYPE_LOGIN), "keyboard")
        self._name.say(words("emergency.type_login"))
        self._login = Field(lambda login: kit.post(LoginTyped(login)))
        self._login.setAccessibleName(words("locked.login_field"))
        self._go = KeyedButton(kit, "primary", self._login.confirm, "enter")
        self._go.say(words("locked.continue"))
        self._code_field = Field(lambda code: kit.post(SealedCodeTyped(code)))
        self._code_field.setAccessibleName(words("emergency.code_field"))
        self._code_go = KeyedButton(kit, "primary", self._code_field.confirm, "enter")
        self._code_go.say(words("locked.continue"))
        self._code = KeyedButton(kit, "plain", lambda: self.press(Touch.SAFE_CODE), "keyboard")
        self._code.say(words("emergency.type_code"))
        self._nobody = KeyedButton(kit, "plain", lambda: self.press(Touch.NOT_KNOWN), "person")
        self._nobody.say(words("emergency.not_known"))
        fields = (self._login, self._go, self._code_field, self._code_go)
        for part in (self._said, self._name, self._code, *fields, self._nobody):
            column.addWidget(part)
        column.addStretch(1)
        return side

    def _why(self) -> QWidget:
        side, column = self._side("emergency.why_title")
        self._buttons = [KeyedButton(self.kit, "refuse", self._picker(place)) for place in range(MAX_REASONS)]
        for button in self._buttons:
            column.addWidget(button)
        column.addStretch(1)
        return side

    def _side(self, title: str) -> tuple[QWidget, QVBoxLayout]:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.kit.px(12))
        heading = Text("heading")
        heading.say(self.kit.words(title))
        column.addWidget(heading)
        return side, column

    def _picker(self, place: int) -> Callable[[], None]:
        return lambda: self.kit.post(ReasonPicked(self._reasons[place]))

    def draw(self, screen: Emergency) -> None:
        """Show ``screen``."""
        words, offer = self.kit.words, screen.offer
        self.show_around(screen.status)
        self._lead.say(words("emergency.lead", wait=offer.seconds))
        self._reasons = offer.reasons
        self._typing = self._code_field if screen.typing_code else self._login if screen.typing_login else None
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(offer.reasons))
            if place < len(offer.reasons):
                button.say(words.name_of("emergency_reason", offer.reasons[place]))
                button.wear("check" if offer.reasons[place] == screen.reason else "warning")
                button.become("primary" if offer.reasons[place] == screen.reason else "refuse")
        self._say_who(screen)
        self._notice.show_notice(screen.notice)

    def _say_who(self, screen: Emergency) -> None:
        if screen.opening:
            key = "emergency.opening"
        elif screen.reading:
            key = "emergency.who_reading"
        else:
            key = f"emergency.said_{screen.said}" if screen.said else "emergency.who_card"
        self._said.say(self.kit.words(key))
        for part in (self._login, self._go):
            part.setVisible(screen.typing_login)
        for part in (self._code_field, self._code_go):
            part.setVisible(screen.typing_code)
        choosing = not screen.typing_login and not screen.typing_code and not screen.opening
        self._name.setVisible(choosing)
        self._code.setVisible(choosing and bool(screen.offer.codes))
        self._nobody.setVisible(choosing and screen.offer.unknown)
        self._back.setVisible(True)

    def focus_act(self) -> None:
        """The field that is open; else nothing that Enter presses."""
        if self._typing is not None:
            self._typing.setFocus()
        else:
            self.setFocus()

    def escape(self) -> Touch | None:
        return Touch.CANCEL
