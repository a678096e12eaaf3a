"""Approving on a phone: the QR code that opens its page, and the number that is typed there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.model.challenge import PhoneAsk
from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import QrCode
from kiosk.ui.parts.text import Digits, Text


class PhonePrompt(QWidget):
    """Posts that a new code is wanted, where the last one is over."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(6))
        self._qr = QrCode(kit, kit.words("prove.phone.qr"))
        self._type = Text("body", centred=True)
        self._number = Digits("display")
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._anew = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.TRY_AGAIN)), "retry")
        self._anew.say(kit.words("prove.phone.anew"))
        column.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        column.addWidget(self._type)
        column.addWidget(self._number)
        column.addStretch(1)
        column.addWidget(self._anew)

    def show_phone(self, asked: PhoneAsk | None) -> None:
        """``asked`` None: nothing waits for a phone."""
        self._qr.setVisible(asked is not None)
        self._anew.setVisible(asked is None)
        if asked is None:
            self.forget()
            return
        self._qr.show_uri(asked.uri)
        self._type.say(self._kit.words("prove.phone.type"))
        self._number.say(f"{asked.number[:3]} {asked.number[3:]}")
        self._number.setAccessibleName(" ".join(asked.number))

    def forget(self) -> None:
        """Show neither code nor number."""
        self._qr.forget()
        self._type.say("")
        self._number.say("")
        self._number.setAccessibleName("")
