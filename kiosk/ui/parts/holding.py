"""Holding a badge, key or card to the reader: its picture, how to hold it, and USB where a key may be plugged in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.picture import Motive, Picture
from kiosk.ui.parts.text import Text


class UsbKeyPrompt(QWidget):
    """Posts that the key is plugged in by USB, where that is offered."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(kit.px(12))
        self._picture = Picture(kit, "key", 200)
        self._advice = Text("lead", centred=True)
        self._usb = KeyedButton(kit, "plain", lambda: kit.post(Pressed(Touch.USB_KEY)), "usb")
        self._usb.say(kit.words("prove.usb"))
        column.addStretch(1)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._advice)
        column.addStretch(1)
        column.addWidget(self._usb)

    def show_holding(self, motive: Motive, advice: str, *, usb: bool, reading: bool = False) -> None:
        """``reading``: it is being read, as the waves over the reader show."""
        self._picture.change(motive, reading=reading)
        self._advice.say(advice)
        self._usb.setVisible(usb)
