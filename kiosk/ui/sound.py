"""Short sounds through whatever player the machine has; never waited for, silent where there is none."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.resources import resource

if TYPE_CHECKING:  # the first paint waits for what is imported here
    from PySide6.QtCore import QProcess

SOUNDS = ("tap", "welcome", "refused", "locked", "attention", "granted")
_PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))


@cache
def player() -> tuple[str, ...] | None:
    """The command that plays a WAV file, None where there is none."""
    for name, *options in _PLAYERS:
        if found := shutil.which(name):
            return (found, *options)
    return None


class Speaker(QObject):
    """Plays one sound at a time; a new one takes the place of the last."""

    def __init__(self, parent: QObject, on: bool) -> None:
        super().__init__(parent)
        self._on = on
        self._process: QProcess | None = None

    def play(self, name: str) -> None:
        """Start sound ``name`` (one of ``SOUNDS``) after what is being painted; an unknown name is silent."""
        if self._on and name in SOUNDS:
            QTimer.singleShot(0, self, lambda: self._start(name))

    def _start(self, name: str) -> None:
        from PySide6.QtCore import QProcess

        command = player()
        if command is None:
            QApplication.beep()
            return
        self.stop()
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.start(command[0], [*command[1:], str(resource("sounds", f"{name}.wav"))])

    def stop(self) -> None:
        """Be silent now."""
        if self._process is not None:
            self._process.kill()
            self._process.finished.connect(self._process.deleteLater)
            if self._process.state() == self._process.ProcessState.NotRunning:
                self._process.deleteLater()
            self._process = None
