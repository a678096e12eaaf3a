"""Two replicas restart in turn, then get a later version in turn, under workstations that tap.

``ROLLING_STATIONS`` is how many there are (200). A station is a light client with a key and a connection of its own; it
taps, waits ``PAUSE`` seconds, and taps again. ``ROLLING_PATIENT=1``: it waits a minute for an answer, for a machine
that is busy with something else; what is refused, or breaks, it still sees at once.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from tests.benchmarks.table import Row, at_most, p99
from tests.fakes.postgres import cluster
from tests.fakes.replicas import Replica, later_version, two
from tests.fakes.service_process import ROOT
from tests.fakes.tapping import Tapping, be_patient

STATIONS = int(os.environ.get("ROLLING_STATIONS", "200"))
PATIENT = bool(os.environ.get("ROLLING_PATIENT"))
PAUSE = 5.0


def measure(work: Path) -> Iterator[Row]:
    with pytest.MonkeyPatch.context() as patch:
        if PATIENT:
            be_patient(patch)
        yield from _measured(work)


def _measured(work: Path) -> Iterator[Row]:
    (work / "stations").mkdir()
    with cluster(durable=True) as postgres, two(work / "replicas", postgres.fresh()) as pair:
        tapping = Tapping(pair[0], STATIONS, work / "stations")
        yield from _rows("restart", tapping, pair, ROOT)
        yield from _rows("get a later version", tapping, pair, later_version(work / "later"))


def _rows(how: str, tapping: Tapping, pair: tuple[Replica, Replica], root: Path) -> Iterator[Row]:
    with tapping.counted((pair[0].base, pair[1].base), PAUSE):
        for replica in pair:
            replica.again(signal.SIGTERM, root)
            until("all have tapped", functools.partial(_has, tapping, tapping.taps + STATIONS))
    what = f"of {tapping.taps} taps of {STATIONS} stations while two replicas {how} in turn"
    yield at_most(f"{what}: told an error", len(tapping.failed), "", 0)
    yield at_most(f"{what}: lost", max(tapping.taps - tapping.told, 0), "", 0)
    yield at_most(f"{what}: doubled", max(tapping.told - tapping.taps, 0), "", 0)
    yield Row(
        f"{what}: the slowest, against p99", max(tapping.taken) * 1000, "ms", p99(tapping.taken) * 1000, "none", True
    )


def _has(tapping: Tapping, taps: int) -> bool:
    """Or that somebody was told an error: then they tap no more, and the rows say so."""
    return tapping.taps >= taps or bool(tapping.failed)
