"""The demo with a display: the workstation's whole screen in a window, and a table with badges and keys to click."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QPushButton, QWidget

from kiosk.agent.signals import Signals
from kiosk.demo.cast import ANNA, BEN, Clinician, open_hospital
from kiosk.demo.fallen import fallen, station_fell
from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import ChildFailedError
from kiosk.demo.sandbox_check import why_single
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
KEY_SECONDS = 6.0
LOOK_SECONDS = 1.0
"""How soon the table says that a part of the demo has ended."""


class Lifted(QObject):
    """A piece of plastic left the reader: which button, and what went wrong, if anything."""

    came = Signal(object, str)


class CardTable(QWidget):
    """Each button holds its plastic to the reader for a moment; one piece at a time. Says what has ended meanwhile.

    ``screen``: the workstation's window, closed when nothing draws in it any more: black says nothing.
    """

    def __init__(self, hospital: Hospital, screen: VirtualScreen) -> None:
        super().__init__()
        self._hospital, self._screen = hospital, screen
        self.setWindowTitle("The table: badges and keys")
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)  # on a small display the workstation would hide it
        self.setStyleSheet(STYLE)
        self._grid = QGridLayout(self)
        title = QLabel("Click to hold it to the reader")
        title.setObjectName("title")
        self._grid.addWidget(title, 0, 0, 1, 2)
        self._buttons: list[QPushButton] = []
        for row, who in enumerate((ANNA, BEN), 1):
            self._add(row, 0, f"{who.name}'s badge", "badge", "--uid", who.uid)
            self._add(row, 1, f"{who.name}'s FIDO2 key", "key", "--store", str(hospital.folder / f"{who.login}.key"))
            hint = QLabel(f"{who.name}:  PIN {who.pin}   ·   key PIN “{who.key_pin}”")
            hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(hint, row + 4, 0, 1, 2)
        self._add(3, 0, "A badge nobody knows", "badge", "--uid", "04DEADBEEF0001")
        self._switch = ServiceSwitch(hospital)
        self._grid.addWidget(self._switch, 3, 1)
        self._said = QLabel("")
        self._said.setWordWrap(True)
        self._grid.addWidget(self._said, 8, 0, 1, 2)
        self._switch.trouble.connect(self._said.setText)
        self._fallen = QLabel("")
        self._fallen.setObjectName("fallen")
        self._fallen.setWordWrap(True)
        self._fallen.hide()
        self._grid.addWidget(self._fallen, 9, 0, 1, 2)
        self._looking = QTimer(self)
        self._looking.timeout.connect(self.look)
        self._looking.start(int(LOOK_SECONDS * 1000))
        self._lifted = Lifted()
        self._lifted.came.connect(self._free)

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
            time.sleep(BADGE_SECONDS if words[0] == "badge" else KEY_SECONDS)
            plastic.stop()
        except ChildFailedError as failure:
            trouble = str(failure)
        self._lifted.came.emit(button, trouble)

    def _free(self, _button: QPushButton, trouble: str) -> None:
        for button in self._buttons:
            button.setEnabled(True)
        self._said.setText(trouble)


def _pin_of(words: tuple[str, ...]) -> str | None:
    """A key's store wants its PIN on standard input; it is the demo's own, printed on the table."""
    owners: dict[str, Clinician] = {f"{who.login}.key": who for who in (ANNA, BEN)}
    owner = owners.get(Path(words[-1]).name) if words[0] == "key" else None
    return owner.key_pin if owner else None


def run_table(work: Path, theme: str) -> int:
    """Start everything on this display, until the table's window is closed. Raises ``ChildFailedError``."""
    app = QApplication(sys.argv[:1])
    work.mkdir(parents=True, exist_ok=True)
    screen = VirtualScreen(work, inside=os.environ["DISPLAY"], title="The workstation", private=True)
    screen.start()
    hospital = Hospital(work, display=screen.display, authority=screen.environment["XAUTHORITY"])
    try:
        single = why_single()
        print(single or "Each person's programs run in a sandboxed display of their own.", flush=True)
        open_hospital(hospital, nested=not single, theme=theme)
        table = CardTable(hospital, screen)
        corner = app.primaryScreen().availableGeometry().bottomRight()
        table.adjustSize()
        table.move(corner.x() - table.width(), corner.y() - table.height())
        table.show()
        signals = Signals(app.quit)
        print("The workstation and the table are open. Close the table to end the demo.", flush=True)
        try:
            return app.exec()
        finally:
            signals.close()
    finally:
        hospital.stop()
        screen.stop()
