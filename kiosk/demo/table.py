"""The demo with a display: the workstation's whole screen in a window, and a table with what people carry."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from kiosk.demo.cast import ANNA, BEN, Clinician
from kiosk.demo.code_app import CodeApp
from kiosk.demo.fallen import fallen, station_fell
from kiosk.demo.hospital import Hospital
from kiosk.demo.pocket_phone import PocketPhone
from kiosk.demo.processes import ChildFailedError
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.service_switch import ServiceSwitch

STYLE = """
QWidget { background: #eceff1; color: #17222b; font-size: 14px; }
QLabel#title { font-size: 20px; font-weight: 600; }
QLabel#fallen { background: #fbe3e1; border: 1px solid #a3231b; border-radius: 10px; padding: 10px; }
QPushButton { background: white; border: 1px solid #b6c2ca; border-radius: 10px; padding: 18px; min-width: 170px; }
QPushButton:disabled { background: #d6e7d9; color: #17222b; }
"""
BADGE_SECONDS = 1.2
HELD_SECONDS = 6.0
"""A key, or a card with a chip: it is asked several things while it lies there."""
NO_APPS: Mapping[str, str] = MappingProxyType({})
LOOK_SECONDS = 1.0
"""How soon the table says that a part of the demo has ended."""


class Lifted(QObject):
    """A piece of plastic left the reader: which button, and what went wrong, if anything."""

    came = Signal(object, str)


class CardTable(QWidget):
    """Each button holds its plastic to the reader for a moment; one piece at a time. Says what has ended meanwhile.

    ``screen``: the workstation's window, closed when nothing draws in it any more: black says nothing.
    ``code_apps``: by login, the address with which a code app was set up.
    """

    def __init__(self, hospital: Hospital, screen: VirtualScreen, code_apps: Mapping[str, str] = NO_APPS) -> None:
        super().__init__()
        self._hospital, self._screen = hospital, screen
        self.setWindowTitle("The table: badges, keys, cards and phones")
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)  # on a small display the workstation would hide it
        self.setStyleSheet(STYLE)
        self._grid = QGridLayout(self)
        title = QLabel("Click to hold it to the reader")
        title.setObjectName("title")
        self._grid.addWidget(title, 0, 0, 1, 2)
        self._buttons: list[QPushButton] = []
        self._said, self._fallen = QLabel(""), QLabel("")
        self._phones: list[PocketPhone] = []
        for column, who in enumerate((ANNA, BEN)):
            self._lay_out(column, who, code_apps.get(who.login, ""))
        self._add(6, 0, "A badge nobody knows", "badge", "--uid", "04DEADBEEF0001")
        self._switch = ServiceSwitch(hospital)
        self._grid.addWidget(self._switch, 6, 1)
        self._switch.trouble.connect(self._said.setText)
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._fallen.setObjectName("fallen")
        self._fallen.hide()
        for row, label in enumerate((self._said, self._fallen), 8):
            label.setWordWrap(True)
            self._grid.addWidget(label, row, 0, 1, 2)
        self._looking = QTimer(self)
        self._looking.timeout.connect(self.look)
        self._looking.start(int(LOOK_SECONDS * 1000))
        self._lifted = Lifted()
        self._lifted.came.connect(self._free)

    def _lay_out(self, column: int, who: Clinician, code_app: str) -> None:
        """What one person has: plastic, a code app, a phone, and what they know."""
        folder = self._hospital.folder
        self._add(1, column, f"{who.name}'s badge", "badge", "--uid", who.uid)
        self._add(2, column, f"{who.name}'s FIDO2 key", "key", "--store", str(folder / f"{who.login}.key"))
        self._add(3, column, f"{who.name}'s PIV card", "piv", "--store", str(folder / f"{who.login}.piv"))
        if code_app:
            self._grid.addWidget(CodeApp(who, code_app), 4, column)
        phone = PocketPhone(self._hospital, self._screen, who)
        phone.told.connect(self._said.setText)
        self._phones.append(phone)
        self._grid.addWidget(phone, 5, column)
        hint = QLabel(f"PIN {who.pin}\nkey PIN “{who.key_pin}”\ncard PIN {who.card_pin}")
        hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(hint, 7, column)

    def put_away(self) -> None:
        """Close what is open besides the table. May be called twice."""
        for phone in self._phones:
            phone.put_away()

    def look(self) -> None:
        """Say what has ended, if anything did."""
        said = fallen(self._hospital)
        if said != self._fallen.text():
            self._fallen.setText(said)
            self._fallen.setVisible(bool(said))
            self.adjustSize()
            self.move(self.x(), min(self.y(), self.screen().availableGeometry().bottom() - self.height()))
        if station_fell(self._hospital):
            self._screen.stop()

    def _add(self, row: int, column: int, text: str, *words: str) -> None:
        button = QPushButton(text)
        button.clicked.connect(lambda: self._hold(button, words))
        self._buttons.append(button)
        self._grid.addWidget(button, row, column)

    def _hold(self, button: QPushButton, words: tuple[str, ...]) -> None:
        for other in self._buttons:
            other.setEnabled(False)
        threading.Thread(target=self._hold_in_thread, args=(button, words), daemon=True).start()

    def _hold_in_thread(self, button: QPushButton, words: tuple[str, ...]) -> None:
        trouble = ""
        try:
            plastic = self._hospital.place(*words, pin=_pin_of(words))
            time.sleep(BADGE_SECONDS if words[0] == "badge" else HELD_SECONDS)
            plastic.stop()
        except ChildFailedError as failure:
            trouble = str(failure)
        self._lifted.came.emit(button, trouble)

    def _free(self, _button: QPushButton, trouble: str) -> None:
        for button in self._buttons:
            button.setEnabled(True)
        self._said.setText(trouble)


def _pin_of(words: tuple[str, ...]) -> str | None:
    """A key's or card's store wants its PIN on standard input; it is the demo's own, printed on the table."""
    pins = {f"{who.login}.key": who.key_pin for who in (ANNA, BEN)} | {
        f"{who.login}.piv": who.card_pin for who in (ANNA, BEN)
    }
    return pins.get(Path(words[-1]).name)
