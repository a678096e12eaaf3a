"""Somebody speaks into a station's microphone: every sample says when it was spoken."""

from __future__ import annotations

import array
import contextlib
import os
import threading
import time
from types import TracebackType

from tests.fakes.sound_station import MICROPHONE_PIPE

_STEP = 0.005
_SAMPLES = int(48_000 * _STEP)
_MAX_COUNT = 30_000


class Speaking:
    """Into the microphone of a ``sound_station(…, spoken=True)`` in ``folder``. A context manager."""

    def __init__(self, folder: str) -> None:
        self._pipe = os.open(f"{folder}/{MICROPHONE_PIPE}", os.O_WRONLY | os.O_NONBLOCK)
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> Speaking:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._pipe)

    def _speak(self) -> None:
        step = 0
        while not self._over.is_set():
            step += 1
            self._over.wait(max(0.0, self._begun + step * _STEP - time.monotonic()))
            with contextlib.suppress(BlockingIOError):  # the server was busy: that much is not spoken
                os.write(self._pipe, array.array("h", [step % _MAX_COUNT + 1] * _SAMPLES).tobytes())

    def spoken_at(self, sample: int, heard: float) -> float:
        """When ``sample`` was spoken, which was ``heard`` later, less than ``_MAX_COUNT`` steps. Both monotonic."""
        step = int((heard - self._begun) / _STEP)
        return self._begun + (step - (step + 1 - sample) % _MAX_COUNT) * _STEP
