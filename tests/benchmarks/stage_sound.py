"""A workspace's sound: from the order to lock to the last sample that the station's speaker or the workspace gets.

On PulseAudio with a null sink, whose monitor is read in pieces of 5 ms; the microphone is a tone. Each figure is too
long by at most that piece and what the reader had to wait for the processor.
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
from tests.fakes.staging import ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

ROUNDS = 40
WORDS = ["/usr/bin/python3", str(ROOT / "tests/fakes/sound_inside.py"), "16", "{folder}/{login}.keys"]
LONGEST = 50.0
"""Milliseconds."""


def measure(work: Path) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, sound_station(Path(folder)) as address, xvfb() as name:
        os.environ["PULSE_SERVER"] = address
        glass = Glass(name)
        with Staging(glass, [WORDS], sound=1, microphone=1, rest=0) as stage, Ears(address) as ears:
            stage.greet()
            stage.open(1, "ada")
            played, spoken = [], []
            for _ in range(ROUNDS):
                one, other = _lock(stage, ears)
                played.append(one)
                spoken.append(other)
            yield at_most("lock to the last sample at the speaker, p95", p95(played), "ms", LONGEST)
            yield at_most("lock to the last sample of the microphone inside, p95", p95(spoken), "ms", LONGEST)
            yield at_most("a workspace's sound server and carriers, playing", _cpu(stage), "% of a core", 10)
        glass.close()
        del os.environ["PULSE_SERVER"]
    yield load_now("stage_sound")


def _lock(stage: Staging, ears: Ears) -> tuple[float, float]:
    """Milliseconds for the speaker, and for the microphone; 0 where the last sample came before the order."""
    stage.show(1)
    until("its note", lambda: any(ears.hear() or ()))
    until("its recorder", lambda: "nothing" not in (stage.keys("ada") or ["nothing"])[-1])
    begun = time.monotonic()
    stage.lock()
    last = ears.until_silent()
    told = until("its recorder", lambda: _moment(stage.keys("ada")[-1]))
    return max(0.0, (last - begun) * 1000), max(0.0, (told - begun) * 1000)


def _moment(line: str) -> float | None:
    return float(line.rpartition(" ")[2]) if line.startswith("hears nothing") else None


def _cpu(stage: Staging) -> float:
    """Of everything there that carries sound."""
    assert stage.process is not None
    stage.show(1)
    time.sleep(1)
    found = family(stage.process.pid).items()
    pids = [pid for pid, name in found if name == "pulseaudio" or "--client-name=kiosk" in words(pid)]
    before, begun = sum(map(cpu_seconds, pids)), time.monotonic()
    time.sleep(5)
    return (sum(map(cpu_seconds, pids)) - before) / (time.monotonic() - begun) * 100
