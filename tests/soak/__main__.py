"""``make soak``: a station under the stage for half an hour, a tap every two seconds, on real parts. What grows?

pcscd with a virtual reader, the service over TLS on SQLite, ``kiosk stage run`` with its agent and workspaces. Sampled
after each round of about twenty taps, when the station is locked. ``SOAK_MINUTES`` for another length. Exit status 1 if
something grows by more than its bound or a tap did not do what it should, 2 if it was too short to tell.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import ChildFailedError
from tests.benchmarks.throughput import plan_of, run
from tests.fakes.hospital import Ward
from tests.soak.samples import Resources, Sample, take
from tests.soak.shift import MAX_WORKSPACES, PROGRAM, Shift
from tests.soak.verdict import TooShortError, table, trends

FILLING = 3000
"""Sign-ins of each of two stations before the soak: 8 MiB of pages, of which SQLite keeps 4 a connection."""
SERIES = Path("build/soak.json")
"""All that was sampled, for whoever looks for a leak."""


def main() -> int:
    minutes = float(os.environ.get("SOAK_MINUTES") or 30)
    with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as work, VirtualCardService(readers=4) as cards:
        os.environ.update(cards.environment)  # this process enrols the keys
        ward = Ward(Path(work), cards=cards)
        try:
            ward.start()
            _fill(ward, Path(work))
            place = ward.workplace(
                "soak", "Ward 7", 0, nested=PROGRAM, settings=f"workspaces = {MAX_WORKSPACES}", readable=[]
            )
            place.station.start()
            place.wait("locked", service="online")
            shift = Shift(ward, place)
            shift.first_day()
            print(f"Soaking for {minutes:g} minutes. Load {_load()}.", flush=True)
            samples = _soak(shift, place.screen.display, minutes * 60)
        except ChildFailedError as failure:
            print(f"The soak could not go on: {failure}", flush=True)
            return 1
        finally:
            ward.stop()
    return _judge(samples, shift)


def _fill(ward: Ward, work: Path) -> None:
    """Sign-ins at other stations until SQLite has all the pages that it keeps: what grows then is something else."""
    plans = [plan_of(ward, work, number, FILLING) for number in range(2)]
    run(plans, work / "station0" / "trust.pem", [ward.port], work)


def _soak(shift: Shift, display: str, seconds: float) -> list[Sample]:
    screen = Resources(display)
    stages = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"kiosk-stage-{os.getuid()}"
    samples: list[Sample] = []
    SERIES.parent.mkdir(exist_ok=True)
    begun = time.monotonic()
    for number in shift.rounds():
        time.sleep(1)  # what a round set going has come to rest
        samples.append(take(shift.taps, os.getpid(), screen, stages))
        passed = time.monotonic() - begun
        memory = sum(held.whole for held in samples[-1].by.values())
        said = f"{len(samples[-1].by)} processes, {memory:.0f} MiB, {samples[-1].folders} workspaces. Load {_load()}."
        print(f"{passed / 60:5.1f} min  round {number}, {shift.taps} taps, {said}", flush=True)
        SERIES.write_text(json.dumps([asdict(sample) for sample in samples]))
        if passed > seconds:
            break
    screen.close()
    return samples


def _judge(samples: list[Sample], shift: Shift) -> int:
    slowest = max(shift.waits)
    middle = statistics.median(shift.waits)
    print(f"{shift.taps} taps, {shift.step_ups} step-ups, every one as it should be. Load {_load()}.")
    print(f"Card laid down to picture: median {middle:.2f} s, slowest {slowest:.2f} s, pcscd's poll of 0.4 s included.")
    try:
        found = list(trends(samples))
    except TooShortError as short:
        print(short)
        return 2
    print(table(found))
    grown = sorted({f"{trend.what}: {trend.kind}" for trend in found if trend.grows})
    print("Grows: " + "; ".join(grown) + "." if grown else "Nothing grows.")
    return 1 if grown else 0


def _load() -> str:
    return " ".join(f"{figure:.2f}" for figure in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
