"""Who is heard: the programs of whoever is seen, and nobody else's; and whom the station's microphone reaches.

Two small programs of Debian's carry what goes between a workspace's pipes (``sound``) and the station's sound server:
``pacat`` and, with a microphone, ``parec``. They run only while that workspace is seen. To silence it is to kill them:
the server drops a client that has gone, with whatever it had still to play, and nobody has to agree to that. Neither a
program inside nor a lost word to the sound server can undo it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.nested import null
from kiosk.stage.sound import MICROPHONE_CHANNELS, RATE, SPEAKER_CHANNELS, Pipes, SoundSettings

PLAYER, RECORDER = "/usr/bin/pacat", "/usr/bin/parec"
_BOUNDED = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "/bin/sh", "-c", 'ulimit -d 196608; exec "$@"', "sh")
"""They end with the stage. The recorder keeps what its pipe does not take: a workspace that stops its own sound server
would fill the memory."""
_SPEC = ("--raw", "--format=s16le", f"--rate={RATE}", "--client-name=kiosk", "--stream-name=workspace")
_PLAYS = (PLAYER, *_SPEC, f"--channels={SPEAKER_CHANNELS}", "--latency-msec=60", "--process-time-msec=15")
_RECORDS = (RECORDER, *_SPEC, f"--channels={MICROPHONE_CHANNELS}", "--latency-msec=30")
_AGAIN, _MAX_PAUSE = 1.0, 30.0
"""Seconds until one is started again that ended by itself, because there is no sound server: at first, and at last."""
_PASSED_ON = ("HOME", "XDG_RUNTIME_DIR", "PULSE_COOKIE")


def server() -> str:
    """Address of the station's sound server, as ``PULSE_SERVER`` says it or as PulseAudio and PipeWire have it."""
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return os.environ.get("PULSE_SERVER") or f"unix:{runtime}/pulse/native"


class SoundSwitch:
    """Begins with nobody."""

    def __init__(self, loop: Loop, sound: SoundSettings) -> None:
        self._loop, self._sound = loop, sound
        self._carriers: list[_Carrier] = []
        self._whose: Pipes | None = None

    def begin(self, pipes: Pipes | None) -> None:
        """The programs behind ``pipes`` are heard from now on, and nobody else."""
        if pipes is self._whose:
            return
        self.silence()
        self._whose = pipes
        if pipes is None:
            return
        self._carriers = [_Carrier(self._loop, "speaker", _PLAYS, pipes.played, 0)]
        if self._sound.microphone:
            self._carriers.append(_Carrier(self._loop, "microphone", _RECORDS, pipes.spoken, 1))

    def silence(self) -> None:
        """Nobody is heard, and the microphone reaches nobody, once the kernel has ended two processes."""
        self._whose = None
        while self._carriers:
            self._carriers.pop().end()


class _Carrier:
    """One of the two programs, started again as long as it is wanted. ``end()`` is for good.

    ``what``: names its moment. ``opened()``: a descriptor that it gets as its ``number``.
    """

    def __init__(self, loop: Loop, what: str, words: tuple[str, ...], opened: Callable[[], int], number: int) -> None:
        self._loop, self._moment, self._words = loop, f"sound {what}", words
        self._opened, self._number = opened, number
        self._child: ChildProcess | None = None
        self._pause = _AGAIN
        self._over = False
        loop.after(0, self._moment, self._start)  # whoever comes into view is seen first

    def _start(self) -> None:
        try:
            end = self._opened()
        except OSError:
            self._later()
            return
        env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        env |= {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PULSE_SERVER": server()}
        try:
            kept = {end: self._number} if self._number == 0 else {null(): 0, end: self._number}
            self._child = ChildProcess(self._loop, [*_BOUNDED, *self._words], env, self._ended, kept, null())
        except OSError:
            self._later()
        finally:
            os.close(end)

    def _ended(self) -> None:
        self._child = None
        if not self._over:
            self._later()

    def _later(self) -> None:
        self._loop.after(self._pause, self._moment, self._start)
        self._pause = min(self._pause * 2, _MAX_PAUSE)

    def end(self) -> None:
        self._over = True
        self._loop.cancel(self._moment)
        if self._child is not None:
            self._child.kill(signal.SIGKILL)
