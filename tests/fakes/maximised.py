"""A maximised Qt window in one colour, which says how large it is and which monitors there are.

``maximised.py FIFO``: a line of JSON in the pipe at every change.
"""

from __future__ import annotations

import json
import os
import sys

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget


class Maximised(QWidget):
    """Red all over."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe
        self.setStyleSheet("background: #c02020")
        self._told = ""
        look = QTimer(self)
        look.timeout.connect(self._tell)
        look.start(50)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 # Qt's
        event.ignore()

    def _tell(self) -> None:
        screens = sorted(_of(screen.geometry()) for screen in QGuiApplication.screens())
        window = _of(self.frameGeometry())
        told = json.dumps({"window": window, "screens": screens}) + "\n"
        if told != self._told:
            self._told = told
            os.write(self._pipe, told.encode())


def _of(area: QRect) -> list[int]:
    return [area.x(), area.y(), area.width(), area.height()]


if __name__ == "__main__":
    application = QApplication(["maximised"])
    window = Maximised(os.open(sys.argv[1], os.O_WRONLY))
    window.showMaximized()
    sys.exit(application.exec())
