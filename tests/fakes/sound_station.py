"""A station's sound server (Debian's PulseAudio): a speaker that nobody hears but ``Ears``, a microphone that hums."""

from __future__ import annotations

import array
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.fakes.process_table import until

_QUIET = ("--realtime=no", "--high-priority=no", "--log-level=error", "--disable-shm=yes", "--exit-idle-time=-1")
_SPEAKER = "module-null-sink sink_name=speaker format=s16le rate=48000 channels=2"
_HUM = "module-sine-source source_name=hum rate=48000 frequency=300"
MICROPHONE_PIPE = "spoken"
_SPOKEN = "module-pipe-source source_name=hum file={folder}/spoken format=s16le rate=48000 channels=1"


@contextmanager
def sound_station(folder: Path, *, spoken: bool = False) -> Iterator[str]:
    """Its address. ``spoken``: its microphone hears what is written into the pipe ``MICROPHONE_PIPE`` there."""
    address = f"unix:{folder}/native"
    microphone = _SPOKEN.format(folder=folder) if spoken else _HUM
    modules = (f"module-native-protocol-unix socket={folder}/native auth-anonymous=1", _SPEAKER, microphone)
    words = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", *_QUIET, *(f"--load={m}" for m in modules)]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    server = subprocess.Popen(words, env=env, stderr=subprocess.DEVNULL)
    try:
        until("the sound server", (folder / "native").is_socket)
        subprocess.run(["pactl", "-s", address, "set-default-source", "hum"], env=env, check=True)
        subprocess.run(["pactl", "-s", address, "set-default-sink", "speaker"], env=env, check=True)
        yield address
    finally:
        server.kill()
        server.wait()


class Ears:
    """Hears what the speaker plays. A context manager."""

    def __init__(self, address: str) -> None:
        self._words = ["parec", "-s", address, "-d", "speaker.monitor", "--raw", "--format=s16le", "--rate=48000"]
        self._words += ["--channels=1", "--latency-msec=5"]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Ears:
        self._process = subprocess.Popen(self._words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        until("the first samples", lambda: self.hear(0.1) is not None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def hear(self, patience: float = 1.0) -> set[int] | None:
        """The samples that have come since the last time, silence as 0; None if none come within ``patience``."""
        assert self._process is not None and self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], patience)[0]:
            return None
        piece = os.read(self._process.stdout.fileno(), 1 << 16)
        return set(array.array("h", piece[: len(piece) // 2 * 2]))

    def until_silent(self, quiet: float = 0.2, patience: float = 10.0) -> float:
        """Waits until nothing but silence came for ``quiet`` seconds. When the last other sample came, monotonic."""
        last = begun = time.monotonic()
        while time.monotonic() - last < quiet:
            heard = self.hear(quiet)
            if heard and heard != {0}:
                last = time.monotonic()
                assert last - begun < patience, "it does not end"
        return last
