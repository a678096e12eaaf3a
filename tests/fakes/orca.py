"""The real Orca on a display of its own, and each thing that it gives to its voice.

Debian's package ``orca``; no sound is made. Orca reads a file of the user's own (``orca-customizations.py``): ours
writes down what Orca is about to have spoken, and leaves the rest to it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from kiosk.demo.processes import until

HEARS = """import json, orca.speech
_before = orca.speech._speak
def _speak(text, acss, interrupt):
    with open({path!r}, "a", encoding="utf-8") as spoken:
        spoken.write(json.dumps(text) + "\\n")
    _before(text, acss, interrupt)
orca.speech._speak = _speak
"""
QUIET = 2.0
"""Seconds without a word after which it has said all."""
FIRST = 6.0
"""Seconds for the first word: a busy machine lets it wait. What says nothing at all is nothing by then."""


class Orca:
    """``environment``: of the display and the buses on which the programs are that it reads."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._spoken, self._read = folder, folder / "spoken.jsonl", 0
        self._env = {
            **os.environ,
            **environment,
            "HOME": str(folder),
            "GSETTINGS_BACKEND": "memory",
            "LC_ALL": "C.UTF-8",
        }

    @staticmethod
    def version() -> str:
        """Raises ``FileNotFoundError`` where it is not installed."""
        if shutil.which("orca") is None:
            raise FileNotFoundError("orca")
        return subprocess.run(["orca", "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def start(self) -> None:
        """Until it has said that it is on."""
        preferences = self._folder / "orca"
        preferences.mkdir(parents=True)
        (preferences / "orca-customizations.py").write_text(HEARS.format(path=str(self._spoken)))
        with (self._folder / "orca.log").open("w") as log:
            words = ["orca", "--user-prefs", str(preferences), "--debug-file", str(self._folder / "orca.debug")]
            self._process = subprocess.Popen(
                words, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until("the screen reader", self._spoken.exists)
        self.said()

    def said(self) -> list[str]:
        """What it has given to its voice since the last time, once it is quiet."""
        before, since = self._read, time.monotonic()
        while time.monotonic() - since < (QUIET if before > self._read else FIRST):
            lines = self._spoken.read_text(encoding="utf-8").splitlines()
            if len(lines) != before:
                before, since = len(lines), time.monotonic()
            time.sleep(0.1)  # it says nothing when it has done: silence is its end
        news, self._read = lines[self._read :], len(lines)
        return [" ".join(str(json.loads(line)).split()) for line in news]

    def stop(self) -> None:
        """It waits for programs that have gone, so it is not asked."""
        self._process.kill()
        self._process.wait()
