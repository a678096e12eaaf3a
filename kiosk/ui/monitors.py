"""What the window is told of the monitors: how fine they are, and when they are others."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication, QScreen

from kiosk.ui.measure import dpi_of


def dpi(monitor: QScreen, *, on_glass: bool) -> float:
    """Dots per inch that it is drawn for: by its true millimetres, where it is a monitor at all."""
    said, pixels, mm = monitor.logicalDotsPerInch(), monitor.geometry().size(), monitor.physicalSize()
    if not on_glass:
        return said
    return dpi_of(pixels.width(), pixels.height(), mm.width(), mm.height(), said)


def follow(changed: Callable[[], None]) -> None:
    """Call ``changed``, a method of a ``QObject``, whenever one comes, goes, or has another size."""
    application = QGuiApplication.instance()
    if isinstance(application, QGuiApplication):
        application.screenAdded.connect(changed)
        application.screenRemoved.connect(changed)
        application.primaryScreenChanged.connect(changed)
    for monitor in QGuiApplication.screens():
        monitor.geometryChanged.connect(changed)
