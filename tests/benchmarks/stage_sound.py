"""A workspace's sound: from the order to lock to the last sample that the station's speaker or the workspace gets.

On PulseAudio with a null sink, whose monitor is read in pieces of 5 ms. Into the microphone somebody counts: so what is
heard inside says when it was spoken, and a row says how long that takes while nothing is locked, lest a deaf workspace
pass for one that was silenced well.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rest import cpu_seconds
from tests.benchmarks.table import Row, at_most, load_now, p95
from tests.fakes.process_table import family, until, words
from tests.fakes.sound_station import Ears, sound_station
from tests.fakes.speaking import Speaking
from tests.fakes.staging import ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

ROUNDS = 40
PYTHON, FAKES = "/usr/bin/python3", str(ROOT / "tests/fakes")
PLAYS = ["/bin/sh", "-c", 'exec "$1" "$2/sound_inside.py" 16 /dev/null', "sh", PYTHON, FAKES]
HEARS = [PYTHON, f"{FAKES}/voice_inside.py", "{folder}/{login}.keys"]
MAX_LENGTH, SETTLED = 50.0, 0.4
"""Milliseconds; seconds after which nothing more comes."""


def measure(work: Path) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, sound_station(Path(folder), spoken=True) as address, xvfb() as name:
        os.environ["PULSE_SERVER"] = address
        glass = Glass(name)
        with (
            Speaking(folder) as speaking,
            Staging(glass, [PLAYS, HEARS], sound=1, microphone=1, rest=0) as stage,
            Ears(address) as ears,
        ):
            stage.greet()
            stage.open(1, "ada")
            rounds = [_lock(stage, ears, speaking) for _ in range(ROUNDS)]
            played, way, after = ([each_round[n] for each_round in rounds] for n in range(3))
            yield at_most("lock to the last sample at the speaker, p95", p95(played), "ms", MAX_LENGTH)
            yield at_most("spoken to heard inside, while it is seen, p95", p95(way), "ms", 500)
            yield at_most(
                "spoken how long after the order, and yet heard inside; the latest", max(after), "ms", MAX_LENGTH
            )
            yield at_most("a workspace's sound server and carriers, playing", _cpu(stage), "% of a core", 10)
        glass.close()
        del os.environ["PULSE_SERVER"]
    yield load_now("stage_sound")


def _lock(stage: Staging, ears: Ears, speaking: Speaking) -> tuple[float, float, float]:
    """Milliseconds: of the speaker; from being spoken to being heard; of the last word heard, by the order to lock.

    The last is negative where that was spoken before the order."""
    stage.show(1)
    until("its note", lambda: any(ears.hear() or ()))
    shown = time.monotonic()
    at, heard = until("its recorder", lambda: _said(stage, shown + 0.2))
    way = at - speaking.spoken_at(heard, at)
    begun = time.monotonic()
    stage.lock()
    last = ears.until_silent()
    time.sleep(SETTLED)  # whatever is under way arrives
    at, heard = until("its recorder", lambda: _said(stage, 0))
    return max(0.0, (last - begun) * 1000), way * 1000, (speaking.spoken_at(heard, at) - begun) * 1000


def _said(stage: Staging, since: float) -> tuple[float, int] | None:
    """The newest sample inside and when it came, if that was later than ``since``."""
    words = (stage.keys("ada") or ["0 0"])[-1].split()
    return (float(words[0]), int(words[1])) if float(words[0]) > since else None


def _cpu(stage: Staging) -> float:
    """Of everything there that carries sound."""
    assert stage.process is not None
    stage.show(1)
    time.sleep(1)  # what was started has come to rest
    found = family(stage.process.pid).items()
    pids = [pid for pid, name in found if name == "pulseaudio" or "--client-name=kiosk" in words(pid)]
    before, begun = sum(map(cpu_seconds, pids)), time.monotonic()
    time.sleep(5)  # so long it is measured
    return (sum(map(cpu_seconds, pids)) - before) / (time.monotonic() - begun) * 100
