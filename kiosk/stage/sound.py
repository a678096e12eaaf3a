"""A workspace's sound: a small sound server of its own (PulseAudio 16), inside, and two pipes that lead out of it.

What its programs play comes out of one pipe; what the station's microphone hears goes into the other. Nothing else of
the station's sound is there: no socket, no device. So nothing depends on what a program may do to the server beside it,
or runs in its place: whoever is heard, and whom the microphone hears, is decided at the other ends (``audible``).

Programs speak PulseAudio's protocol, as they would with PipeWire. The server keeps the time by the system's clock and
throws away what the pipe does not take: a workspace that nobody hears plays on, and waits for nothing.
[pulseaudio(1); PulseAudio, "Modules": module-pipe-sink, module-pipe-source]
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import NamedTuple

RATE = 48_000
"""Samples a second, of two bytes each."""
SPEAKER_CHANNELS, MICROPHONE_CHANNELS = 2, 1
INSIDE = "/run/sound"
"""Where a workspace sees its two pipes."""
_OUT, _IN = "out", "in"
_OUT_BYTES, _IN_BYTES = 16_384, 8192
"""What a pipe holds at most: 85 ms of each. Longer is heard as a delay, much shorter as gaps on a busy machine."""
_SERVER = (
    "pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disallow-exit --disallow-module-loading"
    " --disable-shm=yes --realtime=no --high-priority=no --log-level=error"
)
_SPEAKER = (
    f"module-pipe-sink sink_name=speaker file={INSIDE}/{_OUT} format=s16le rate={RATE} channels={SPEAKER_CHANNELS}"
    " use_system_clock_for_timing=yes"
)
_MICROPHONE = (
    f"module-pipe-source source_name=microphone file=$XDG_RUNTIME_DIR/pulse/microphone format=s16le rate={RATE}"
    f" channels={MICROPHONE_CHANNELS}"
)
_SCRIPT = """
if command -v pulseaudio >/dev/null; then
    mkdir -m 700 -p "$XDG_RUNTIME_DIR/pulse"
    (while :; do {carry}{server}; sleep 1; done) 7>&- 8<&- 9<&- &
    tries=0
    until [ -S "$XDG_RUNTIME_DIR/pulse/native" ] || [ $tries -ge 100 ]; do sleep 0.02; tries=$((tries + 1)); done
fi
"""
"""A program that looks for sound once only finds it: so the programs wait for it, two seconds at most."""


_CARRY = f"""
        rm -f "$XDG_RUNTIME_DIR/pulse/microphone"
        (until [ -p "$XDG_RUNTIME_DIR/pulse/microphone" ]; do sleep 0.05; done
        exec cat {INSIDE}/{_IN} >"$XDG_RUNTIME_DIR/pulse/microphone") &
        """
"""The server makes the pipe of a microphone itself, and takes none that is there: so what comes is carried on."""


class SoundSettings(NamedTuple):
    """What every workspace of the station has: whether its programs are heard, and hear the microphone."""

    on: bool = False
    microphone: bool = False


def script(sound: SoundSettings) -> str:
    """For the shell inside, before the programs."""
    if not sound.on:
        return ""
    modules = ["module-native-protocol-unix socket=$XDG_RUNTIME_DIR/pulse/native", _SPEAKER]
    modules += [_MICROPHONE] if sound.microphone else []
    carry = _CARRY if sound.microphone else ""
    return _SCRIPT.format(carry=carry, server=" ".join([_SERVER, *(f'--load="{module}"' for module in modules)]))


def environment(runtime: str, sound: SoundSettings) -> dict[str, str]:
    """Where programs find their sound server; named, so that none of them starts another. ``runtime``: folder."""
    return {"PULSE_SERVER": f"unix:{runtime}/pulse/native"} if sound.on else {}


class Pipes:
    """In ``folder``, which it makes. Both ends of both are held, so that neither ever ends. Raises ``OSError``."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        os.mkdir(folder, 0o711)
        with contextlib.ExitStack() as unless_made:
            self._out = _pipe(f"{folder}/{_OUT}", _OUT_BYTES)
            unless_made.callback(os.close, self._out)
            self._in = _pipe(f"{folder}/{_IN}", _IN_BYTES)
            unless_made.pop_all()

    def played(self) -> int:
        """A descriptor, the caller's to close, with what the programs play from now on."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._out, _OUT_BYTES)  # of the moment in which they were last heard
        return os.open(f"{self.folder}/{_OUT}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def spoken(self) -> int:
        """A descriptor, the caller's to close, into which goes what they hear."""
        return os.open(f"{self.folder}/{_IN}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self) -> None:
        """Whoever is inside has ended, or is about to."""
        os.close(self._out)
        os.close(self._in)


def _pipe(path: str, size: int) -> int:
    os.mkfifo(path)
    os.chmod(path, 0o666)  # noqa: S103 # whoever runs inside may be another user; its folder is private
    held = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.fcntl(held, fcntl.F_SETPIPE_SZ, size)
    return held
