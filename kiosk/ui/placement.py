"""Where the window lies: a strip at the top for the session bar, else the whole of its monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from kiosk.ui import monitors
from kiosk.ui.measure import Measure, measure_for
from kiosk.ui.views import is_bar, is_fading

if TYPE_CHECKING:  # 15 ms of screens, and pages: after the lock screen has been painted
    from kiosk.session.facts.screens import Screen
    from kiosk.ui.screens.active import SessionBar
    from kiosk.ui.screens.fading import FadingPage
    from kiosk.ui.views import View

WINDOWED = QSize(1024, 768)


class Placement:
    """``fullscreen`` False: an ordinary window. ``on_glass`` False: off screen there is no stack of windows to rise in,
    and nothing that shows through."""

    def __init__(self, window: QWidget, fullscreen: bool, on_glass: bool) -> None:
        self._window, self._fullscreen, self._on_glass = window, fullscreen, on_glass
        self.whole = QRect()
        """What a full screen takes; not valid before the first one."""

    def monitor(self) -> QScreen:
        return QGuiApplication.primaryScreen()

    def measure(self, *, shown: bool) -> Measure:
        """For what is drawn now; ``shown``: the window shows something already."""
        size = self.monitor().geometry().size() if self._fullscreen else (self._window.size() if shown else WINDOWED)
        if self.whole.isValid() and not self._fullscreen:
            size = self.whole.size()
        return measure_for(size.width(), size.height(), monitors.dpi(self.monitor(), on_glass=self._on_glass))

    def lay(self, screen: Screen, view: View) -> None:
        """Give window and ``view`` their size: the strip, or everything."""
        if self._fullscreen:
            self.whole = self.monitor().geometry()
        elif not self.whole.isValid():
            self.whole = QRect(self._window.pos(), WINDOWED)
        size = self.whole.size()
        if is_bar(screen):
            bar = cast("SessionBar", view)
            bar.resize(size.width(), bar.height())
            size.setHeight(bar.height_for(screen, size.width()))
        view.setGeometry(QRect(0, 0, size.width(), size.height()))
        self._shape(screen, view)
        self._put(size)

    def stay_above(self) -> None:
        """Of all windows, where it is not to be asked for all again."""
        if self._fullscreen and self._on_glass:
            self._window.raise_()

    def _put(self, size: QSize) -> None:
        window = self._window
        if self._fullscreen:
            window.setGeometry(QRect(self.whole.topLeft(), size))
        else:
            window.resize(size)
        if not window.isVisible():
            window.show()
            window.windowHandle().installEventFilter(window)

    def _shape(self, screen: Screen, view: View) -> None:
        """While fading, let the workspace show through."""
        if not self._on_glass or not self._fullscreen:
            return
        if is_fading(screen):
            self._window.setMask(cast("FadingPage", view).dimmed())
        elif not self._window.mask().isEmpty():
            self._window.clearMask()
