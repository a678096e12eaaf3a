"""An empty PySide6 window that says "ready" at its first paint: what any Qt program in Python costs to start."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Empty(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        QTimer.singleShot(0, say_ready)


def say_ready() -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    window = Empty()
    window.showFullScreen()
    sys.exit(app.exec())
