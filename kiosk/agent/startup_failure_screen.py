"""What a person sees of a station whose folder cannot be used: that it needs help, instead of an empty screen."""

from __future__ import annotations

import errno

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kiosk.agent.signals import Signals
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.session.facts.screens import OutOfOrder
from kiosk.settings import AgentSettings
from kiosk.ui.window import Window
from kiosk.ui.words import ENGLISH, languages

SECONDS = 20
"""Until whoever started this agent may try again; below what a stage grants an agent that has not greeted it."""
_CODES = {errno.EROFS: "HOME-READ-ONLY", errno.ENOSPC: "HOME-FULL", errno.EDQUOT: "HOME-FULL"}


def code_of(error: OSError) -> str:
    """For the help desk."""
    return _CODES.get(error.errno or 0, "HOME")


def show(settings: AgentSettings, error: OSError) -> None:
    """Returns after ``SECONDS``, or when somebody tries again, or at SIGTERM. Needs a display, and nothing else."""
    application = QApplication.instance() or QApplication(["kiosk"])
    window = Window(
        lambda _touched: application.exit(0),
        theme=settings.theme,
        language=settings.language if settings.language in languages() else ENGLISH,
        sounds=False,
        fullscreen=settings.fullscreen,
    )
    signals = Signals(lambda: application.exit(0))
    QTimer.singleShot(SECONDS * 1000, application, lambda: application.exit(0))
    window.show_screen(OutOfOrder(StationStatus(help_desk=settings.help_desk), code_of(error), "out_of_order.home"))
    try:
        application.exec()
    finally:
        signals.close()
