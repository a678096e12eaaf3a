"""Who are you: tap, or type a start code or a sign-in name."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.enrolment_screens import Enrolment, EnrolWho
from kiosk.session.facts.person_input import LoginTyped
from kiosk.session.facts.secret_field import START_CODE_DIGITS
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.field import Field
from kiosk.ui.parts.holding import UsbKeyPrompt
from kiosk.ui.parts.kit import Kit
from kiosk.ui.screens.enrolment.typing import TypingPart

_ICONS = {"start_code": "pin", "login": "keyboard", "tap": "badge"}


class WhoPart(TypingPart[EnrolWho]):
    """The picture to tap by; or the keypad for a start code; or a field for the sign-in name."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._mode = "tap"
        self._hold = UsbKeyPrompt(kit)
        self._name = self._naming()
        self._ways = self._buttons()
        for room in (self._hold, self._name):
            self.panel.column.addWidget(room, 1)

    def _naming(self) -> QWidget:
        kit = self.kit
        room = QWidget()
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(12))
        self._login = Field(lambda login: kit.post(LoginTyped(login)))
        self._login.setAccessibleName(kit.words("locked.login_field"))
        go = KeyedButton(kit, "primary", self._login.confirm, "enter")
        go.say(kit.words("locked.continue"))
        column.addWidget(self._login)
        column.addWidget(go)
        column.addStretch(1)
        return room

    def _buttons(self) -> QWidget:
        """The other ways, for the left side."""
        kit = self.kit
        ways = QWidget()
        column = QVBoxLayout(ways)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(12))
        code = KeyedButton(kit, "plain", lambda: self.press(Touch.TYPE_START_CODE), "pin")
        code.say(kit.words("enrol.who.start_code"))
        name = KeyedButton(kit, "plain", lambda: self.press(Touch.TYPE_LOGIN), "keyboard")
        name.say(kit.words("enrol.who.login"))
        column.addWidget(code)
        column.addWidget(name)
        return ways

    def show_part(self, screen: Enrolment, part: EnrolWho) -> None:
        words = self.kit.words
        mode = self._mode = part.typing or "tap"
        self.panel.head(_ICONS[mode], words(f"enrol.who.{mode}_title"))
        field = words("enrol.who.start_code_field")
        waits, off = part.busy, part.wait
        self.entry.show_entry(part.entry, field, digits_only=True, digits=START_CODE_DIGITS, waits=waits, off=off)
        self._login.setReadOnly(waits or off is not None)
        self._login.setPlaceholderText(words("prove.off_for", wait=off) if off is not None else "")
        self._hold.show_holding("badge", words("enrol.hold.advice.badge"), usb=False, reading=part.busy)
        for widget, shown in ((self.entry, "start_code"), (self._name, "login"), (self._hold, "tap")):
            widget.setVisible(mode == shown)
        self._ways.setVisible(mode == "tap")
        self._say(screen, part)

    def _say(self, screen: Enrolment, part: EnrolWho) -> None:
        words, says = self.kit.words, self.panel.status.say
        if part.busy:
            says(words("reading.busy_lead"))
        elif part.again:
            says(words("prove.on_again"))
        elif not self.say_typed(part.entry, *[START_CODE_DIGITS] * 2, counted=True) and not self.refuse(screen):
            slowed = words("prove.slowed") if part.wait is not None else ""
            says(slowed, "warning", f"{slowed} {words('prove.off_wait', wait=part.wait)}" if slowed else "")

    def title(self, screen: Enrolment) -> str:
        return self.kit.words("enrol.who.title")

    def lead(self, screen: Enrolment, part: EnrolWho) -> str:
        return self.kit.words(f"enrol.who.{self._mode}_lead")

    def beside(self) -> QWidget | None:
        return self._ways

    def act(self) -> QWidget | None:
        return {"login": self._login, "start_code": self.entry.field}.get(self._mode)

    def typed(self, text: str) -> None:
        if self._mode == "login":
            self._login.setFocus()
            self._login.insert(text)
        else:
            super().typed(text)

    def forget(self) -> None:
        super().forget()
        self._login.setText("")
