"""Short sounds through whatever player the machine has; never waited for, silent where there is none."""

from __future__ import annotations

import shutil
from array import array
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.model.loudness import LOUDEST
from kiosk.resources import resource

if TYPE_CHECKING:  # 1.0 ms, for which the first paint would wait
    from PySide6.QtCore import QProcess

SOUNDS = ("tap", "welcome", "refused", "locked", "attention", "granted")
_PLAYERS = ("pw-play", "paplay", "aplay", "afplay")
_HEADER = 44
"""Bytes before the samples of our own files (WAV, PCM of 16 bits)."""


@cache
def player() -> str | None:
    """The program that plays a WAV file, None where there is none."""
    return next((found for name in _PLAYERS if (found := shutil.which(name))), None)


def command(program: str, path: str, level: int) -> list[str]:
    """Words that play ``path`` at ``level`` percent. ``aplay`` knows no loudness: it is given ``softer`` samples."""
    if program.endswith("pw-play"):
        return [program, "--volume", f"{level / 100:.2f}", path]
    if program.endswith("paplay"):
        return [program, f"--volume={level * 65536 // 100}", path]
    if program.endswith("afplay"):
        return [program, "-v", f"{level / 100:.2f}", path]
    return [program, "-q", "-" if level < LOUDEST else path]


def softer(wave: bytes, level: int) -> bytes:
    """One of our own files with each sample at ``level`` percent."""
    samples = array("h", wave[_HEADER:])
    return wave[:_HEADER] + array("h", (sample * level // 100 for sample in samples)).tobytes()


class Speaker(QObject):
    """Plays one sound at a time; a new one takes the place of the last."""

    def __init__(self, parent: QObject, on: bool) -> None:
        super().__init__(parent)
        self._on = on
        self._process: QProcess | None = None

    def play(self, name: str, level: int = LOUDEST) -> None:
        """Start sound ``name`` (one of ``SOUNDS``) after what is being painted; an unknown name is silent.

        ``level``: percent; at 0 nothing is played."""
        if self._on and level > 0 and name in SOUNDS:
            QTimer.singleShot(0, self, lambda: self._start(name, level))

    def _start(self, name: str, level: int) -> None:
        from PySide6.QtCore import QProcess  # 1.0 ms

        program = player()
        if program is None:
            QApplication.beep()
            return
        self.stop()
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        path = resource("sounds", f"{name}.wav")
        words = command(program, str(path), level)
        self._process.start(words[0], words[1:])
        if words[-1] == "-":
            self._process.write(softer(path.read_bytes(), level))
            self._process.closeWriteChannel()

    def stop(self) -> None:
        """Be silent now."""
        if self._process is not None:
            self._process.kill()
            self._process.finished.connect(self._process.deleteLater)
            if self._process.state() == self._process.ProcessState.NotRunning:
                self._process.deleteLater()
            self._process = None
