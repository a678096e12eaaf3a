"""Plain windows over every further monitor while the workspace must not be seen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QScreen
from PySide6.QtWidgets import QWidget

COVERING = (
    Qt.WindowType.Window
    | Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.X11BypassWindowManagerHint
)


class MonitorCovers(QObject):
    """One window a monitor, but not on ``main``. Monitors may come and go."""

    def __init__(self, parent: QObject, colour: QColor) -> None:
        super().__init__(parent)
        self._colour = colour
        self._covering = False
        self._main: QScreen | None = None
        self._windows: dict[str, QWidget] = {}

    def cover(self, main: QScreen) -> None:
        """Cover every monitor but ``main``."""
        self._covering, self._main = True, main
        self.refresh()

    def uncover(self) -> None:
        """Leave them to the workspace."""
        self._covering = False
        for window in self._windows.values():
            window.hide()

    def refresh(self) -> None:
        """The monitors changed: follow them."""
        if not self._covering:
            return
        present = {s.name(): s for s in QGuiApplication.screens() if s is not self._main}
        for name in self._windows.keys() - present.keys():
            self._windows.pop(name).deleteLater()
        for name, screen in present.items():
            window = self._windows.get(name) or self._window()
            self._windows[name] = window
            window.setGeometry(screen.geometry())
            window.show()

    def close(self) -> None:
        """Take them away for good."""
        for window in self._windows.values():
            window.deleteLater()
        self._windows.clear()

    def _window(self) -> QWidget:
        window = QWidget(None, COVERING)
        window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        window.setAutoFillBackground(True)
        palette = window.palette()
        palette.setColor(QPalette.ColorRole.Window, self._colour)
        window.setPalette(palette)
        return window
